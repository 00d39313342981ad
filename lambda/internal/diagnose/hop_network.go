package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtNetwork evaluates what lies between the load balancer and its targets.
// It is asked only where an answer was late, as a target that answers proves the
// way, or where health is checked on another port and those checks are late.
func lookAtNetwork(w *walk) (Verdict, string) {
	if w.route.group == nil || !w.waited() && !slices.ContainsFunc(w.route.targets, w.checkedApart) {
		return NotApplicable, ""
	}
	lb := w.route.balancer
	if lb.Type != "" && lb.Type != "application" {
		return Unclear, lb.Name + " is no application load balancer; the way behind it is not evaluated"
	}
	verdict := NotApplicable
	for _, t := range w.route.targets {
		if w.waited() || w.checkedApart(t) {
			verdict = worse(verdict, lookAtWay(w, t))
		}
	}
	return verdict, w.route.group.Name
}

// lookAtWay looks at the way to one target. A healthy one proves it.
func lookAtWay(w *walk, t target) Verdict {
	group := w.route.group
	if t.State == "healthy" && w.healthPort(t) == t.Port {
		if !slices.ContainsFunc(w.cleared, func(c cleared) bool { return c.code == NetTargetGroup }) {
			w.clear(NetTargetGroup, told(t.health, fmt.Sprintf("%s:%d of %s is healthy, so the way to it is open", t.ID, t.Port, group.Name)))
		}
		return OK
	}
	owner, ok := t.owner.Get()
	switch {
	case isSix(t.ID):
		w.unevaluated("the target "+t.ID, "IPv6 is not evaluated: interfaces are found by their addresses of IPv4 only")
		return Unclear
	case t.owner.State == topology.Absent:
		return NotApplicable // there is no way to an address that nobody has
	case !ok || t.Port == 0 || w.route.balancer.Type == "application" && len(w.route.balancer.SecurityGroups) == 0:
		return Unclear
	}
	from, to := endOfBalancer(*w.route.balancer), endOf(owner, "the targets of "+group.Name)
	verdict := NotApplicable
	if w.waited() {
		verdict = w.lookAlong(from, to, t.Port, func(b block) candidate { return targetBlocked(w, t, b) })
	}
	if verdict != Broken && w.checkedApart(t) {
		verdict = worse(verdict, lookAtCheck(w, t, from, to))
	}
	if verdict == OK && t.Reason == "Target.Timeout" && w.waited() {
		lookAtSilence(w, t, owner)
	}
	return verdict
}

// lookAlong evaluates the way from the load balancer to a port of a target; each
// thing that blocks it makes a candidate.
func (w *walk) lookAlong(from, to end, port int, blame func(block) candidate) Verdict {
	p := w.pass(from, to, port)
	p.clear(w, from, to, port)
	for _, b := range p.blocks {
		w.broken(blame(b))
	}
	return p.verdict()
}

// blockedTargets is D20 where a security group lacks a rule, else D21, with what
// does not depend on which port of the targets it is about.
func blockedTargets(w *walk, b block) candidate {
	group := w.route.group
	code := NetACL
	if b.kind == blockGroup {
		code = NetTargetGroup
	}
	return candidate{
		code: code, root: b.root + "/" + w.route.balancer.Name,
		evidence: []Evidence{b.evidence},
		verify:   []string{b.verify, healthCommand(w)},
		actions: []Action{{
			Priority: "P0", Do: b.do, Command: b.command, Mutates: true, Risk: "reversible",
			DoneWhen: "the targets of " + group.Name + " are healthy", Done: Test{TargetsHealthy, group.ARN},
		}},
	}
}

// targetBlocked is a block on the way of requests.
func targetBlocked(w *walk, t target, b block) candidate {
	lb, group := w.route.balancer, w.route.group
	c := blockedTargets(w, b)
	c.say = func([]string) string {
		end := ""
		if b.partly != "" {
			end = "; this stops " + b.partly
		}
		return fmt.Sprintf("%s, so %s cannot connect to the targets of %s%s", b.fault, lb.Name, group.Name, end)
	}
	c.evidence = append(c.evidence, w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))))
	if t.Reason == "Target.Timeout" {
		c.evidence = append(c.evidence, told(t.health, fmt.Sprintf("targets of %s: %s, %q", group.Name, t.Reason, t.Description)))
	}
	all, mine := w.receiving(), w.sharing(t)
	if mine > 0 {
		c.predicts = []prediction{gatewayTimeout(connectTime)}
	}
	if b.partly != "" {
		c.inferred = append(c.inferred, "that the request is among what is stopped: "+b.partly)
	}
	if mine < len(all) {
		c.inferred = append(c.inferred, fmt.Sprintf("that the request went to a target in %s, where %d of %d targets are", t.owner.Value.Subnet, mine, len(all)))
	}
	return c
}

// receiving are the targets that get requests: the healthy ones, or where none
// is healthy every one that is not leaving, because the load balancer then
// fails open.
func (w *walk) receiving() []target {
	if w.served == nil || len(w.served.of) != len(w.route.targets) {
		w.served = &served{of: w.route.targets, all: receivingOf(w.route.targets), alike: map[string]int{}, in: map[string]bool{}}
		for _, r := range w.served.all {
			w.served.alike[r.spot()]++
			w.served.in[r.place()] = true
		}
	}
	return w.served.all
}

// served are the targets that get requests, found once: a group may have a
// thousand.
type served struct {
	of, all []target
	alike   map[string]int  // how many are in the same subnet and security groups
	in      map[string]bool // by address and port
}

// spot is where in the network a target is.
func (t target) spot() string {
	return t.owner.Value.Subnet + "|" + strings.Join(t.owner.Value.SecurityGroups, ",")
}

func (t target) place() string { return fmt.Sprintf("%s:%d", t.ID, t.Port) }

func receivingOf(all []target) []target {
	var healthy, rest []target
	for _, t := range all {
		switch t.State {
		case "healthy":
			healthy = append(healthy, t)
		case "unhealthy", "initial", "unavailable":
			rest = append(rest, t)
		}
	}
	if len(healthy) > 0 {
		return healthy
	}
	return rest
}

// receives reports whether requests get to a target.
func (w *walk) receives(t target) bool {
	w.receiving()
	return w.served.in[t.place()]
}

// sharing counts the receiving targets in the same subnet and security groups,
// for which the network is the same.
func (w *walk) sharing(t target) int {
	w.receiving()
	return w.served.alike[t.spot()]
}

// lookAtSilence is D17: the way is open, and the target does not answer.
func lookAtSilence(w *walk, t target, owner topology.Interface) {
	d := w.dial(owner, t.Port)
	if d.verdict == Broken || !w.receives(t) {
		return
	}
	lb, group := w.route.balancer, w.route.group
	who, root := "the targets of "+group.Name, group.Name
	if s, ok := quietService(w); ok && feeds(*s, group.ARN) { // the same tasks may be in several groups
		who, root = "the tasks of "+s.Name, w.rootOfService(*s)
	}
	c := candidate{
		code: GroupTimeout, root: root,
		predicts: []prediction{gatewayTimeout(idleTime(w.route.idle)), {classes: waiting}},
		say: func([]string) string {
			return fmt.Sprintf("%s can be reached on port %d but do not answer: health checks time out, and requests wait until %s gives up", who, t.Port, lb.Name)
		},
		evidence: []Evidence{
			told(t.health, fmt.Sprintf("%s:%d of %s: %s, %q", t.ID, t.Port, group.Name, t.Reason, t.Description)),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		actions: []Action{{
			Priority: "P0", Do: fmt.Sprintf("find out from the log what %s wait for; then bound that wait below %s, and keep it out of the health check %s", who, idleText(w), group.Health.Path),
			Owner: w.symptom.Endpoint.Owner, DoneWhen: "the targets of " + group.Name + " are healthy", Done: Test{TargetsHealthy, group.ARN},
		}},
		advice: []NotAdvice{{
			What:     "changing the health check path " + group.Health.Path,
			Why:      fmt.Sprintf("the reason is %s, not a status: a path that does not exist would read \"Health checks failed with these codes: [404]\"", t.Reason),
			Evidence: fmt.Sprintf("%s:%d of %s: %s, %q", t.ID, t.Port, group.Name, t.Reason, t.Description),
		}},
		verify: []string{healthCommand(w), fmt.Sprintf("curl -sS -o /dev/null -m 20 -w '%%{http_code} %%{time_connect} %%{time_starttransfer}\\n' %s   # from inside the VPC", shell(fmt.Sprintf("http://%s:%d%s", t.ID, t.Port, group.Health.Path)))},
	}
	switch lateness := gatewayTimeout(idleTime(w.route.idle)); {
	case d.verdict == OK:
		c.evidence = append(c.evidence, d.evidence)
	case w.seen.cut || lateness.judge(w) != matching:
		c.inferred = append(c.inferred, fmt.Sprintf("that %s:%d accepts connections", t.ID, t.Port))
		w.blind(fmt.Sprintf("%s:%d", owner.Address, t.Port), d)
	}
	if port := w.healthPort(t); port != t.Port {
		c.inferred = append(c.inferred, fmt.Sprintf("that what does not answer at port %d, where health is checked, does not answer at port %d either", port, t.Port))
	}
	w.broken(c)
}

// idleText is the idle timeout in words.
func idleText(w *walk) string {
	if w.route.idle == 0 {
		return "the idle timeout of " + w.route.balancer.Name
	}
	return fmt.Sprintf("the %.0f s after which %s gives up", w.route.idle.Seconds(), w.route.balancer.Name)
}

// healthCommand shows the health of the group's targets with the reasons.
func healthCommand(w *walk) string {
	return fmt.Sprintf("aws elbv2 describe-target-health --target-group-arn %s --query 'TargetHealthDescriptions[].[Target.Id,Target.Port,TargetHealth.State,TargetHealth.Reason,TargetHealth.Description]' --output table --region %s", w.route.group.ARN, w.facts.Region)
}

func peerName(r topology.SecurityRule) string { return r.Group + r.CIDR + r.PrefixList }
