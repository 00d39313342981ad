package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtTargets asks of every target who owns it, and of those that are
// unhealthy, why.
func lookAtTargets(w *walk) (Verdict, string) {
	if w.route.group == nil || len(w.route.targets) == 0 {
		return NotApplicable, ""
	}
	verdict := OK
	if lookAtOwners(w) {
		verdict = Degraded
	}
	for _, t := range w.route.targets {
		switch {
		case t.State != "unhealthy":
		case t.Reason == "Target.ResponseCodeMismatch":
			verdict = worse(verdict, lookAtCodes(w, t))
		case t.Reason == "Target.FailedHealthChecks":
			verdict = worse(verdict, lookAtPort(w, t))
		default:
			verdict = worse(verdict, Degraded)
		}
	}
	other := func(t target) bool { return t.State == "unhealthy" && t.Reason != "Target.ResponseCodeMismatch" }
	if i := slices.IndexFunc(w.route.targets, other); i >= 0 && w.route.group.Health.Path != "" {
		t := w.route.targets[i]
		w.clear(GroupHealth404, told(t.health, fmt.Sprintf("the reason of %s is %s and not a status, so the health check path %s is not what is wrong", w.route.group.Name, t.Reason, w.route.group.Health.Path)))
	}
	return verdict, states(w.route.targets)
}

var codesIn = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[([0-9, ]+)\]`) })

// codes are the statuses in "Health checks failed with these codes: [404]".
func codes(description string) []string {
	m := codesIn().FindStringSubmatch(description)
	if m == nil {
		return nil
	}
	return strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' })
}

// lookAtCodes is D15 and D16. Statuses above 499 are the application's trouble.
func lookAtCodes(w *walk, t target) Verdict {
	all := codes(t.Description)
	if len(all) == 0 || all[0] >= "500" {
		return Degraded
	}
	code := GroupHealth404
	if all[0] == "401" || all[0] == "403" {
		code = GroupHealth401
	}
	if !w.has(code, w.route.group.Name) { // one target tells it for all
		w.broken(refusedCheck(w, t, code, strings.Join(all, ", ")))
	}
	return Broken
}

// refusedCheck is D15 and D16. A load balancer whose targets are all unhealthy
// sends to them all the same, so this alone breaks no request: it does where
// ECS stops the tasks for it.
func refusedCheck(w *walk, t target, code Code, statuses string) candidate {
	g, killed := w.route.group, stoppedForHealth(w)
	c := candidate{
		code: code, root: g.Name,
		predicts: []prediction{{statuses: []int{502, 503}, responders: []Responder{ByBalancer}}},
		say: func([]string) string {
			without, end := "", ""
			if code == GroupHealth401 {
				without = ", which carries no credentials,"
			}
			if killed.Statement != "" {
				end = ", and ECS stops them for it"
			}
			return fmt.Sprintf("the health check GET %s of %s%s is answered %s, so its targets count as unhealthy%s", g.Health.Path, g.Name, without, statuses, end)
		},
		evidence: []Evidence{
			told(t.health, fmt.Sprintf("targets of %s: %s, %q", g.Name, t.Reason, t.Description)),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{healthCommand(w), fmt.Sprintf("curl -sS -o /dev/null -m 10 -w '%%{http_code}\\n' -H 'Host: %s:%d' %s   # from inside the VPC", t.ID, t.Port, shell(fmt.Sprintf("http://%s:%d%s", t.ID, t.Port, g.Health.Path)))},
	}
	if w.goodTarget() {
		c.predicts = nil // requests go to those that are healthy
	}
	if killed.Statement != "" {
		c.evidence = append(c.evidence, killed)
	} else {
		c.inferred = append(c.inferred, "that ECS stops tasks for it: as long as it does not, the load balancer sends to unhealthy targets when it has no others")
	}
	if code == GroupHealth401 {
		c.advice = []NotAdvice{{What: "widening the matcher to " + statuses, Why: "then a target that refuses every request counts as healthy", Evidence: c.evidence[0].Statement}}
		c.actions = []Action{{
			Priority: "P0", Do: fmt.Sprintf("let the application answer GET %s without credentials, whatever the Host header: the load balancer sends Host: %s:%d", g.Health.Path, t.ID, t.Port),
			Owner: w.symptom.Endpoint.Owner, DoneWhen: "the targets of " + g.Name + " are healthy", Done: Test{TargetsHealthy, g.ARN},
		}}
		return c
	}
	c.actions = []Action{otherPath(w, t)}
	return c
}

// stoppedForHealth is the word of ECS that it stopped tasks for failing health checks.
func stoppedForHealth(w *walk) Evidence {
	s, ok := quietService(w)
	if !ok {
		return Evidence{}
	}
	stopped := hint(w, w.facts.StoppedTasks, topology.StoppedTasks, s.Cluster, s.Name)
	for _, t := range stopped.Value {
		other := strings.Contains(t.StoppedReason, ":targetgroup/") && !strings.Contains(t.StoppedReason, w.route.group.ARN)
		if strings.Contains(t.StoppedReason, "failed ELB health checks") && !other {
			return told(stopped.Status, fmt.Sprintf("task %s stopped at %s: %s", t.ID, clock(t.Stopped), t.StoppedReason))
		}
	}
	return Evidence{}
}

// commonPaths are asked of a target, beside those of its endpoints, for one
// that answers.
var commonPaths = []string{"/health", "/healthz", "/"}

// otherPath proposes a path only if it answered 2xx on the target in less than
// half of the time that a health check waits.
func otherPath(w *walk, t target) Action {
	g := w.route.group
	a := Action{Priority: "P0", Owner: w.symptom.Endpoint.Owner, DoneWhen: "the targets of " + g.Name + " are healthy", Done: Test{TargetsHealthy, g.ARN}}
	for _, path := range append([]string{w.symptom.Endpoint.Path}, commonPaths...) {
		if path == g.Health.Path {
			continue
		}
		host := fmt.Sprintf("%s:%d", t.ID, t.Port)
		answer, ok := hint(w, w.facts.Asks, topology.Asks, "http://"+host+path, host).Get()
		if ok && answer.Class == "" && answer.Status/100 == 2 && (g.Health.Timeout == 0 || answer.Took*2 < g.Health.Timeout) {
			a.Do = fmt.Sprintf("change the health check path of %s from %s to %s, which answered %d after %d ms on the target", g.Name, g.Health.Path, path, answer.Status, answer.Took.Milliseconds())
			a.Command = fmt.Sprintf("aws elbv2 modify-target-group --target-group-arn %s --health-check-path %s --region %s", g.ARN, shell(path), w.facts.Region)
			a.Mutates, a.Risk = true, "reversible"
			return a
		}
	}
	a.Do = fmt.Sprintf("let the application answer 2xx at %s; no other path is proposed, because none that was tried answered", g.Health.Path)
	return a
}
