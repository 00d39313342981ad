package diagnose

import (
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// memoryWindow is how long a kill for want of memory is held against a service.
const memoryWindow = 30 * time.Minute

// justNow is how long a request may still meet the end of a task.
const justNow = 2 * time.Minute

// memoryFaults are D25. Exit code 137 alone is a possibility, which the crash
// loop names; a single one of a service that should not stop is told here.
func (w *walk) memoryFaults(p party, all stops) []candidate {
	var some []stop
	kind := stopMemory
	for _, k := range []stopKind{stopMemory, stopKilled} {
		for _, s := range p.of(all, k) {
			if w.in.Now.Sub(s.Stopped) <= memoryWindow {
				some, kind = append(some, s), k
			}
		}
		if len(some) > 0 {
			break
		}
	}
	if len(some) == 0 || kind == stopKilled && mostWithin(some, loopWindow) >= loopTasks && p.goesOn(some, w.in.Now) {
		return nil
	}
	c := w.base(ECSOutOfMemory, p, some, all)
	name, limit := some[0].container.Name, limitOf(p, some[0])
	c.say = func([]string) string {
		if kind == stopKilled {
			return fmt.Sprintf("container %s of %s was killed (exit code 137) %s in 30 min; ECS does not say why", name, p.service.Name, times(len(some)))
		}
		return fmt.Sprintf("container %s of %s was killed at its memory limit%s %s in 30 min", name, p.service.Name, limit, times(len(some)))
	}
	c.inferred = append(c.inferred, some[0].guess()...)
	if kind == stopKilled {
		c.rivals = []Rival{{What: "the container did not end within its stop timeout and was killed", Decides: "MemoryUtilization of " + p.service.Name + " in CloudWatch before the task stopped"}}
	}
	if s := p.service; len(some) < loopTasks && s.Running >= s.Desired && w.in.Now.Sub(some[0].Stopped) > justNow {
		c.inferred = append(c.inferred, fmt.Sprintf("that this is still felt: the last was killed at %s, and %d of %d tasks run", clock(some[0].Stopped), s.Running, s.Desired))
	}
	c.actions = []Action{
		{Priority: "P0", Do: fmt.Sprintf("give the container %s of %s more memory%s", name, p.service.Name, than(limit)), Mutates: true, Risk: "a deployment", DoneWhen: "no container of " + p.service.Name + " is killed", Done: Test{FindingGone, c.key()}},
		{Priority: "P2", Do: "find what takes the memory: a leak, or requests that are too large", Owner: w.symptom.Endpoint.Owner, DoneWhen: "MemoryUtilization stays below 80 of 100", Done: Test{FindingGone, c.key()}},
	}
	return []candidate{c}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func than(limit string) string {
	if limit == "" {
		return ""
	}
	return " than" + strings.TrimPrefix(limit, " of")
}

// limitOf is the memory of the container, or that of the task.
func limitOf(p party, s stop) string {
	if p.defined == nil || p.defined.ARN != s.TaskDefinition {
		return ""
	}
	for _, c := range p.defined.Containers {
		if c.Name == s.container.Name && c.Memory > 0 {
			return fmt.Sprintf(" of %d MiB", c.Memory)
		}
	}
	if p.defined.Memory != "" {
		return fmt.Sprintf(" of %s MiB", p.defined.Memory)
	}
	return ""
}

// groupFaults are what makes health checks of a target group fail: where one of
// them is found, that ECS stops tasks is its consequence.
var groupFaults = []Code{GroupHealth404, GroupHealth401, GroupTimeout, GroupRefused, GroupStaleTarget, NetTargetGroup, NetACL, ECSCrashLoop, ECSOutOfMemory}

// healthFaults are D26.
func (w *walk) healthFaults(p party, all stops) []candidate {
	some := p.of(all, stopHealth)
	if !p.goesOn(some, w.in.Now) {
		return nil
	}
	s, last := p.service, some[0]
	c := w.base(ECSHealthKill, p, some, all)
	c.follows = groupFaults
	who := "their health checks"
	if strings.Contains(last.text, "ELB") || strings.Contains(last.text, "target-group") || strings.Contains(last.text, "targetgroup") {
		who = "the health checks of the load balancer"
	}
	needs, line := w.startTime(p, last)
	allowed := s.GracePeriod
	if g := w.route.group; g != nil {
		allowed += g.Health.Interval * time.Duration(g.Health.UnhealthyThreshold)
	}
	c.say = func([]string) string {
		return fmt.Sprintf("ECS stops the tasks of %s because they fail %s, each after %s", s.Name, who, lasting(last.life()))
	}
	c.inferred = []string{"why the health checks fail"}
	c.actions = []Action{{Priority: "P0", Do: fmt.Sprintf("find why the tasks of %s fail %s: their log, and what the check's path answers", s.Name, who), Owner: w.symptom.Endpoint.Owner, DoneWhen: "no task of " + s.Name + " is stopped for its health", Done: Test{FindingGone, c.key()}}}
	if needs > allowed {
		grace := (needs*3/2 + 10*time.Second).Truncate(10 * time.Second)
		c.inferred = nil
		c.evidence = append(c.evidence, line, told(p.read, fmt.Sprintf("the grace period of %s is %.0f s", s.Name, s.GracePeriod.Seconds())))
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s need %.0f s to start; the grace period is %.0f s, so ECS stops each one after %s", s.Name, needs.Seconds(), s.GracePeriod.Seconds(), lasting(last.life()))
		}
		c.actions = []Action{{
			Priority: "P0", Do: fmt.Sprintf("raise the grace period of %s to %.0f s, half as long again as a start takes", s.Name, grace.Seconds()), Mutates: true, Risk: "reversible; starts a deployment",
			Command:  fmt.Sprintf("aws ecs update-service --cluster %s --service %s --health-check-grace-period-seconds %.0f --region %s", s.Cluster, s.Name, grace.Seconds(), w.facts.Region),
			DoneWhen: "no task of " + s.Name + " is stopped for its health", Done: Test{FindingGone, c.key()},
		}}
	}
	return []candidate{c}
}

// startTime is how long a task took until its server listened, by its log; 0 if
// the log does not say.
func (w *walk) startTime(p party, s stop) (time.Duration, Evidence) {
	for _, d := range p.logged() {
		key := topology.Key(d.LogGroup, strings.Trim(d.LogPrefix+"/"+d.Name+"/"+s.ID, "/"))
		logs := hint(w, w.facts.Logs, topology.Logs, key)
		if _, _, listens := serverIn(logs.Value); listens != nil && !s.Started.IsZero() && listens.First.After(s.Started) {
			took := listens.First.Sub(s.Started)
			return took, told(logs.Status, fmt.Sprintf("task %s started at %s and logged %q at %s", s.ID, clock(s.Started), listens.Sample, clock(listens.First)))
		}
	}
	return 0, Evidence{}
}
