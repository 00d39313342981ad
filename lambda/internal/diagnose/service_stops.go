package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// stopKind is why a task stopped, as far as it is a fault.
type stopKind int

const (
	stopOther  stopKind = iota // scaled in, stopped by somebody, replaced
	stopPull                   // the image could not be pulled
	stopInit                   // secrets, parameters or the like could not be had
	stopExit                   // an essential container ended with an error
	stopMemory                 // a container ran out of memory
	stopKilled                 // SIGKILL, for a reason that ECS does not give
	stopHealth                 // ECS stopped it because its health checks failed
)

// stop is a task that stopped.
type stop struct {
	topology.Task
	kind      stopKind
	container topology.Container // that ended it, where one did
	guessed   bool               // which containers end the task is not known
	text      string             // what ECS says
}

// life is how long it ran; 0 if it never started.
func (s stop) life() time.Duration {
	if s.Started.IsZero() || s.Stopped.IsZero() {
		return 0
	}
	return s.Stopped.Sub(s.Started)
}

// killed is the exit code of SIGKILL.
const killed = 137

// classify reads why a task stopped. The reason that ECS gives comes before
// exit codes: a task that it stops gets SIGTERM and SIGKILL.
func classify(t topology.Task, d *topology.TaskDefinition) stop {
	s := stop{Task: t, text: t.StoppedReason}
	s.container, s.guessed = culprit(t, d)
	all := t.StoppedReason + " " + s.container.Reason
	switch {
	case strings.Contains(all, "failed ELB health checks"), strings.Contains(all, "failed container health checks"), strings.Contains(all, "unhealthy) in "):
		s.kind = stopHealth
	case strings.Contains(all, "CannotPull"):
		s.kind = stopPull
		if strings.Contains(s.container.Reason, "CannotPull") {
			s.text = s.container.Reason
		}
	case strings.Contains(all, "ResourceInitializationError"):
		s.kind = stopInit
	case strings.Contains(all, "OutOfMemory"):
		s.kind, s.text = stopMemory, s.container.Reason
	case s.container.Exit == nil || *s.container.Exit == 0 || t.StopCode != "EssentialContainerExited" && t.StopCode != "":
		s.kind = stopOther
	case *s.container.Exit == killed:
		s.kind = stopKilled
	default:
		s.kind = stopExit
	}
	return s
}

// stops are those of a service, the last first.
type stops struct {
	read topology.Status
	all  []stop
}

// stopsOf reads what stopped. ECS keeps it for about an hour. It is needed
// where the service is not whole, and otherwise rules out.
func (w *walk) stopsOf(p party) stops {
	s := p.service
	d, _ := p.primary()
	whole := s.Running >= s.Desired && d.Failed == 0 && d.Rollout != "IN_PROGRESS" && d.Rollout != "FAILED" && !w.brokenGateway()
	read := get[[]topology.Task]
	if whole {
		read = hint[[]topology.Task]
	}
	fact := read(w, w.facts.StoppedTasks, topology.StoppedTasks, s.Cluster, s.Name)
	found := stops{read: fact.Status}
	for _, t := range fact.Value {
		found.all = append(found.all, classify(t, p.defined))
	}
	slices.SortStableFunc(found.all, func(a, b stop) int { return b.Stopped.Compare(a.Stopped) })
	if fact.State == topology.Known && !slices.ContainsFunc(found.all, stop.faulty) {
		w.clear(ECSCrashLoop, told(fact.Status, fmt.Sprintf("no task of %s stopped with an error in the last hour; %d of %d run%s", s.Name, s.Running, s.Desired, p.live())))
	}
	return found
}

// live says what runs: the revision, how its deployment went, and the image.
// That it runs does not say that it serves.
func (p party) live() string {
	d, ok := p.primary()
	if !ok {
		return ""
	}
	text := fmt.Sprintf(" %s, deployment %s since %s", revision(d.TaskDefinition), strings.ToLower(d.Rollout), clock(d.Created))
	for _, t := range p.tasks {
		if digest := digestOf(t); digest != "" && t.TaskDefinition == d.TaskDefinition {
			return text + ", image " + short(digest)
		}
	}
	return text
}

func (s stop) faulty() bool { return s.kind != stopOther }

// brokenGateway: the load balancer answers itself that it has no good target.
func (w *walk) brokenGateway() bool {
	return w.responder() == ByBalancer && (w.seen.answer.Status == 502 || w.seen.answer.Status == 503)
}

// of are the stops of one kind that the primary deployment had.
func (p party) of(all stops, kind stopKind) []stop {
	var some []stop
	for _, s := range all.all {
		if s.kind == kind && p.isPrimary(s.Task) {
			some = append(some, s)
		}
	}
	return some
}

// isPrimary reports whether a task is of the primary deployment, by its id
// where ECS gives it, else by the revision.
func (p party) isPrimary(t topology.Task) bool {
	d, ok := p.primary()
	if ok && strings.HasPrefix(t.StartedBy, "ecs-svc/") && strings.HasPrefix(d.ID, "ecs-svc/") {
		return t.StartedBy == d.ID
	}
	wanted := p.service.TaskDefinition
	if ok {
		wanted = d.TaskDefinition
	}
	return t.TaskDefinition == wanted
}

// Bounds of what is taken for something that goes on.
const (
	loopWindow  = 15 * time.Minute // two stops within it are a loop
	loopTasks   = 2
	steadyAfter = 10 * time.Minute // without a stop, with all tasks: it is over
)

// goesOn reports whether stops are still happening.
func (p party) goesOn(some []stop, now time.Time) bool {
	if len(some) == 0 {
		return false
	}
	return p.service.Running < p.service.Desired || now.Sub(some[0].Stopped) < steadyAfter
}

// mostWithin counts the stops in the busiest span of that length.
func mostWithin(some []stop, length time.Duration) int {
	most := 0
	for i := range some {
		n := 0
		for _, s := range some[i:] {
			if some[i].Stopped.Sub(s.Stopped) <= length {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// lastGood is the newest revision that is known to have worked: one that still
// serves, else one whose tasks ran for long until a deployment replaced them.
func (p party) lastGood(all stops) (string, bool) {
	wanted := p.service.TaskDefinition
	if d, ok := p.primary(); ok {
		wanted = d.TaskDefinition
	}
	for _, d := range p.service.Deployments {
		if d.TaskDefinition != wanted && (d.Running > 0 || d.Rollout == "COMPLETED") {
			return d.TaskDefinition, true
		}
	}
	for _, s := range all.all {
		if s.kind == stopOther && s.TaskDefinition != wanted && s.life() >= steadyAfter {
			return s.TaskDefinition, true
		}
	}
	return "", false
}

// rollBack is the action that takes a service back to what worked.
func (w *walk) rollBack(p party, all stops, key string) Action {
	a := Action{
		Priority: "P0", Mutates: true, Risk: "a deployment", Owner: w.symptom.Endpoint.Owner,
		DoneWhen: fmt.Sprintf("%s runs %d of %d and no task stops", p.service.Name, p.service.Desired, p.service.Desired), Done: Test{FindingGone, key},
	}
	good, ok := p.lastGood(all)
	if !ok {
		a.Do = fmt.Sprintf("roll %s back to the last revision that reached a steady state; which one that was is no longer to be seen in ECS", p.service.Name)
		return a
	}
	a.Do = fmt.Sprintf("roll %s back to %s, the last revision that ran", p.service.Name, revision(good))
	a.Command = fmt.Sprintf("aws ecs update-service --cluster %s --service %s --task-definition %s --region %s", p.service.Cluster, p.service.Name, good, w.facts.Region)
	return a
}
