package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// downFor are reasons why nothing of a service listens: each says more than
// that connections are refused.
var downFor = []Code{ECSImagePull, ECSResourceInit, ECSCrashLoop, ECSOutOfMemory, ECSHealthKill, ECSDeployFailed, DepDatabaseDown}

// lookAtRefusal is D18 at a dependency: its address belongs to whom it should,
// the way is open, and nothing listens on the port. It is asked only where the
// log or the answer speaks of the call.
func (w *walk) lookAtRefusal(c chain, e call, owner topology.Fact[topology.Interface], meant topology.Service) Verdict {
	said := e.failing != nil && strings.Contains(strings.ToLower(e.failing.Sample), "refused")
	if e.to.Port == 0 || e.failing == nil && len(c.parts) == 0 && !e.inAnswer {
		return NotApplicable
	}
	d := w.dial(owner.Value, e.to.Port)
	switch {
	case d.verdict == OK:
		w.clear(GroupRefused, d.evidence)
		return OK
	case !d.refused && !said:
		return NotApplicable
	}
	made := w.ofCall(GroupRefused, e.caller+"/"+cmp.Or(meant.Name, e.to.Host)+fmt.Sprintf(":%d", e.to.Port), e)
	made.follows = downFor
	if d.refused {
		made.evidence = append(made.evidence, d.evidence)
	} else {
		made.inferred = append(made.inferred, fmt.Sprintf("that %s still refuses: only the log of %s says so", e.where(), e.caller))
		w.blind(fmt.Sprintf("%s:%d", owner.Value.Address, e.to.Port), d)
	}
	made.evidence = append(made.evidence, told(owner.Status, fmt.Sprintf("%s belongs to %s", owner.Value.Address, ownerName(owner.Value))))
	whose := cmp.Or(meant.Name, ownerName(owner.Value))
	ports, told := w.portsOf(meant)
	ends := ""
	if len(ports) > 0 && !slices.Contains(ports, e.to.Port) {
		ends = fmt.Sprintf("; the containers of %s have the ports %s", whose, portList(ports))
		made.evidence = append(made.evidence, told)
	}
	made.say = func([]string) string {
		return fmt.Sprintf("%s calls %s, which belongs to %s, and nothing listens there: connections are refused%s", e.caller, e.where(), whose, ends)
	}
	made.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("find out from its log why %s does not listen on 0.0.0.0:%d", whose, e.to.Port), Owner: w.symptom.Endpoint.Owner,
		DoneWhen: e.where() + " accepts connections", Done: Test{FindingGone, made.key()},
	}}
	if ends != "" {
		made.actions[0].Do = fmt.Sprintf("call %s by the port on which it listens, %s, instead of %d (%s), and deploy %s", whose, portList(ports), e.to.Port, e.place(), e.caller)
	}
	made.verify = []string{fmt.Sprintf("nc -vz -w 3 %s %d   # from inside the VPC", shell(owner.Value.Address), e.to.Port)}
	w.broken(made)
	return Broken
}

// portsOf are the ports that the containers of a service are given.
func (w *walk) portsOf(s topology.Service) ([]int, Evidence) {
	if s.TaskDefinition == "" {
		return nil, Evidence{}
	}
	fact := hint(w, w.facts.TaskDefinitions, topology.TaskDefinitions, s.TaskDefinition)
	var ports []int
	for _, c := range fact.Value.Containers {
		ports = append(ports, c.Ports...)
	}
	return ports, told(fact.Status, fmt.Sprintf("the containers of %s:%d have the ports %s", fact.Value.Family, fact.Value.Revision, portList(ports)))
}
