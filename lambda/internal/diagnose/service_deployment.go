package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// stuckAfter is how long a deployment may take until it is called stuck.
const stuckAfter = 15 * time.Minute

// attempt is a deployment that did not come through.
type attempt struct {
	task    string // definition that was to run; "": not known
	what    string // failed, was rolled back, is stuck
	why     string
	read    topology.Status
	said    string
	created time.Time
}

// deploymentFaults are D27: a deployment that failed, was rolled back or does
// not end. What keeps its tasks from running is another finding, of which it
// is the consequence.
func (w *walk) deploymentFaults(p party, all stops) []candidate {
	a, ok := w.failedAttempt(p, all)
	if !ok {
		return nil
	}
	s := p.service
	c := candidate{
		code: ECSDeployFailed, root: w.rootOfService(s), follows: []Code{ECSImagePull, ECSResourceInit, ECSCrashLoop, ECSOutOfMemory, ECSHealthKill},
		evidence: []Evidence{told(a.read, a.said), told(p.read, fmt.Sprintf("%s runs %d of %d tasks of %s", s.Name, s.Running, s.Desired, revision(s.TaskDefinition)))},
		verify:   []string{w.describeService(s), fmt.Sprintf("aws ecs list-service-deployments --cluster %s --service %s --region %s", s.Cluster, s.Name, w.facts.Region)},
	}
	name := "the deployment of " + s.Name
	if a.task != "" {
		name = "the deployment of " + revision(a.task)
	}
	live, image := w.notLive(p, a, all)
	c.say = func([]string) string {
		text := name + " " + a.what
		if a.why != "" {
			text += " (" + a.why + ")"
		}
		return text + live
	}
	if image.Statement != "" {
		c.evidence = append(c.evidence, image)
	}
	do := fmt.Sprintf("repair what stops the tasks of %s, then deploy again", strings.TrimPrefix(name, "the deployment of "))
	if a.why != "" {
		do += ": " + a.why
	}
	c.actions = []Action{{Priority: "P1", Do: do, Mutates: true, Risk: "a deployment", Owner: w.symptom.Endpoint.Owner, DoneWhen: "the newest deployment of " + s.Name + " is completed", Done: Test{FindingGone, c.key()}}}
	return []candidate{c}
}

// failedAttempt finds the newest deployment if it did not come through.
func (w *walk) failedAttempt(p party, all stops) (attempt, bool) {
	s := p.service
	d, ok := p.primary()
	if !ok {
		return attempt{}, false
	}
	if d.Rollout == "FAILED" {
		return attempt{d.TaskDefinition, "failed", d.Reason, p.read, fmt.Sprintf("the deployment of %s is FAILED: %s", revision(d.TaskDefinition), d.Reason), d.Created}, true
	}
	if back := rolledBack(p, w.in.Now); back != "" {
		a := attempt{what: "failed and was rolled back to " + revision(d.TaskDefinition), read: p.read, said: back, created: d.Created}
		w.fillAttempt(&a, p, all)
		return a, true
	}
	event := placing(s.Events, d.Created)
	if d.Rollout == "IN_PROGRESS" && s.Running < s.Desired && (event.Text != "" || w.in.Now.Sub(d.Created) > stuckAfter) {
		a := attempt{d.TaskDefinition, fmt.Sprintf("has been stuck since %s", clock(d.Created)), reasonIn(event.Text), p.read, event.Text, d.Created}
		if a.said == "" {
			a.said = fmt.Sprintf("the deployment of %s has been in progress since %s", revision(d.TaskDefinition), clock(d.Created))
		}
		return a, true
	}
	return attempt{}, false
}

// recently is how long the event of a rollback is told: ECS keeps events for
// longer than they say something about now.
const recently = 24 * time.Hour

// rolledBack is the text of AWS that says so of the newest deployment.
func rolledBack(p party, now time.Time) string {
	d, _ := p.primary()
	if strings.Contains(strings.ToLower(d.Reason), "rollback") || strings.Contains(strings.ToLower(d.Reason), "rolling back") {
		return d.Reason
	}
	for _, e := range p.service.Events {
		lower := strings.ToLower(e.Text)
		if now.Sub(e.At) > recently {
			continue
		}
		if strings.Contains(lower, "rolling back") || strings.Contains(lower, "rolled back") {
			return e.Text
		}
	}
	return ""
}

// fillAttempt finds out what was to be deployed: a revision of stopped tasks
// that is not the one that runs, newer than it.
func (w *walk) fillAttempt(a *attempt, p party, all stops) {
	runs := p.service.TaskDefinition
	for _, s := range all.all {
		if s.TaskDefinition != runs && s.faulty() && s.Created.Before(a.created.Add(time.Minute)) {
			a.task, a.why = s.TaskDefinition, s.said()
			break
		}
	}
	history := hint(w, w.facts.ServiceDeployments, topology.ServiceDeployments, p.service.Cluster, p.service.Name)
	for _, one := range history.Value {
		if strings.HasPrefix(one.Status, "ROLLBACK") {
			a.read = history.Status
			a.said = fmt.Sprintf("a deployment of %s that began at %s is %s: %s", p.service.Name, clock(one.Created), one.Status, one.Reason)
			break
		}
	}
}

// placing is the newest event that says why tasks are not placed.
func placing(events []topology.Event, since time.Time) topology.Event {
	for _, e := range events {
		lower := strings.ToLower(e.Text)
		if !e.At.Before(since) && (strings.Contains(lower, "unable to place a task") || strings.Contains(lower, "unable to consistently start tasks") || strings.Contains(lower, "was unable to start")) {
			return e
		}
	}
	return topology.Event{}
}

// reasonIn is what an event of ECS says, without whose it is and what to read.
func reasonIn(event string) string {
	event, _, _ = strings.Cut(event, " For more information")
	if rest, of := strings.CutPrefix(event, "(service "); of {
		_, event, _ = strings.Cut(rest, ") ")
	}
	return strings.TrimSuffix(event, ".")
}

// notLive compares images: what runs, and what was to run.
func (w *walk) notLive(p party, a attempt, all stops) (string, Evidence) {
	if a.task == "" || a.task == p.service.TaskDefinition && p.service.Running == 0 {
		return "", Evidence{}
	}
	text := fmt.Sprintf("; what %s was to change is not live", revision(a.task))
	runs, wanted := "", ""
	for _, t := range p.tasks {
		if t.TaskDefinition != a.task {
			runs = digestOf(t)
		}
	}
	if i := slices.IndexFunc(all.all, func(s stop) bool { return s.TaskDefinition == a.task && digestOf(s.Task) != "" }); i >= 0 {
		wanted = digestOf(all.all[i].Task)
	}
	if runs == "" || wanted == "" || runs == wanted {
		return text, Evidence{}
	}
	return text, told(w.facts.RunningTasks.Of(topology.Key(p.service.Cluster, p.service.Name)).Status, fmt.Sprintf("the image that runs is %s, that of %s is %s", short(runs), revision(a.task), short(wanted)))
}

func digestOf(t topology.Task) string {
	for _, c := range t.Containers {
		if c.Digest != "" {
			return c.Digest
		}
	}
	return ""
}

// short is the beginning of a digest, enough to tell two apart.
func short(digest string) string { return digest[:min(len(digest), len("sha256:")+12)] }
