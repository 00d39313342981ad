package diagnose

import (
	"fmt"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtOwners is D19: a target whose address nobody has, or somebody who is
// no task of the service.
func lookAtOwners(w *walk) bool {
	found := false
	tasks, names := feedingTasks(w)
	for _, t := range w.route.targets {
		if w.route.group.TargetType != "ip" || t.State == "draining" {
			continue
		}
		switch {
		case t.owner.State == topology.Absent:
			w.broken(stale(w, t, fmt.Sprintf("%s in %s belongs to no network interface", t.ID, w.route.group.Name), nil))
			found = true
		case t.owner.State == topology.Known && tasks.State == topology.Known && !isTask(tasks.Value, t):
			strange := told(tasks.Status, fmt.Sprintf("no running task of %s has the address %s", names, t.ID))
			w.broken(stale(w, t, fmt.Sprintf("%s in %s belongs to %s, which is no task of %s", t.ID, w.route.group.Name, ownerName(t.owner.Value), names), &strange))
			found = true
		case t.owner.State == topology.Known:
			w.clear(GroupStaleTarget, told(t.owner.Status, fmt.Sprintf("%s belongs to %s", t.ID, ownerName(t.owner.Value))))
		}
	}
	return found
}

// feedingTasks are the running tasks of every service that registers targets
// in the group, and the names of the services. They are known only if every
// service of the clusters could be read: any of them may feed the group.
func feedingTasks(w *walk) (topology.Fact[[]topology.Task], string) {
	var all topology.Fact[[]topology.Task]
	var names []string
	for _, cluster := range w.in.Clusters {
		listed := hint(w, w.facts.ServiceNames, topology.ServiceNames, cluster)
		if listed.State != topology.Known {
			return topology.Fact[[]topology.Task]{}, ""
		}
		for _, name := range listed.Value {
			s := hint(w, w.facts.Services, topology.Services, cluster, name)
			if s.State == topology.Unknown {
				return topology.Fact[[]topology.Task]{}, ""
			}
			if !feeds(s.Value, w.route.group.ARN) {
				continue
			}
			tasks := hint(w, w.facts.RunningTasks, topology.RunningTasks, cluster, name)
			if tasks.State != topology.Known {
				return topology.Fact[[]topology.Task]{}, ""
			}
			names = append(names, name)
			all.Status, all.Value = tasks.Status, append(all.Value, tasks.Value...)
		}
	}
	return all, listed(names)
}

func isTask(tasks []topology.Task, t target) bool {
	_, ok := topology.TaskAt(tasks, t.ID)
	for _, task := range tasks {
		ok = ok || task.Interface != "" && task.Interface == t.owner.Value.ID
	}
	return ok
}

func ownerName(i topology.Interface) string {
	if i.Description != "" {
		return fmt.Sprintf("%s (%s)", i.ID, i.Description)
	}
	return i.ID
}

// stale is D19. Requests get to it only while it counts as healthy, or while
// no target is healthy.
func stale(w *walk, t target, sentence string, more *Evidence) candidate {
	g, all := w.route.group, w.receiving()
	count := 0
	for _, r := range all {
		if r.owner.State == topology.Absent || r.ID == t.ID {
			count++
		}
	}
	c := candidate{
		code: GroupStaleTarget, root: g.Name + "/" + t.ID,
		say: func([]string) string { return sentence + "; it is left over and should not be registered" },
		evidence: []Evidence{
			told(t.owner.Status, sentence),
			told(t.health, fmt.Sprintf("%s:%d of %s is %s %s", t.ID, t.Port, g.Name, t.State, t.Reason)),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{
			fmt.Sprintf("aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=%s --region %s", t.ID, w.facts.Region),
			healthCommand(w),
		},
		actions: []Action{{
			Priority: "P0", Do: fmt.Sprintf("deregister %s:%d from %s, and find out who registers targets by hand", t.ID, t.Port, g.Name), Mutates: true, Risk: "reversible",
			Command:  fmt.Sprintf("aws elbv2 deregister-targets --target-group-arn %s --targets Id=%s,Port=%d --region %s", g.ARN, t.ID, t.Port, w.facts.Region),
			DoneWhen: t.ID + " is no target of " + g.Name, Done: Test{FindingGone, string(GroupStaleTarget) + "/" + g.Name + "/" + t.ID},
		}},
	}
	if more != nil {
		c.evidence = append(c.evidence, *more)
	}
	if !w.receives(t) {
		return c
	}
	switch {
	case count == len(all):
		c.severity = S1
	case count*2 >= len(all):
		c.severity = S2
	}
	c.predicts = []prediction{gatewayTimeout(connectTime)}
	if t.owner.State == topology.Known { // whoever has it may answer anything
		c.predicts = append(c.predicts, prediction{statuses: []int{502}, responders: []Responder{ByBalancer}}, prediction{classes: []result.Class{result.HTTPStatus}, responders: []Responder{ByApp}})
		c.inferred = append(c.inferred, "that the answer came from "+ownerName(t.owner.Value))
	} else if count < len(all) {
		c.inferred = append(c.inferred, fmt.Sprintf("that the request went to %s, one of %d targets that get requests", t.ID, len(all)))
	}
	return c
}
