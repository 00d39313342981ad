package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtOwners is D19: targets whose addresses nobody has, or somebody who is
// no task of the services behind the group.
func lookAtOwners(w *walk) bool {
	tasks, names := feedingTasks(w)
	ours := rosterOf(tasks.Value)
	var dead, strange []target
	var owned []string
	var read topology.Status
	for _, t := range w.route.targets {
		switch {
		case w.route.group.TargetType != "ip" || t.State == "draining":
		case t.owner.State == topology.Absent:
			dead = append(dead, t)
		case t.owner.State == topology.Known && tasks.State == topology.Known && !ours.has(t):
			strange = append(strange, t)
		case t.owner.State == topology.Known:
			owned, read = append(owned, fmt.Sprintf("%s belongs to %s", t.ID, ownerName(t.owner.Value))), t.owner.Status
		}
	}
	if len(dead) > 0 {
		w.broken(stale(w, dead, "belong to no network interface", Evidence{}))
	}
	if len(strange) > 0 {
		why := fmt.Sprintf("belong to %s, which is no task of %s", ownerName(strange[0].owner.Value), names)
		w.broken(stale(w, strange, why, told(tasks.Status, fmt.Sprintf("no running task of %s has the address %s", names, addresses(strange)))))
	}
	if len(owned) > 0 && len(dead)+len(strange) == 0 {
		w.clear(GroupStaleTarget, told(read, listed(owned)))
	}
	return len(dead)+len(strange) > 0
}

func addresses(targets []target) string {
	var all []string
	for _, t := range targets {
		all = append(all, t.ID)
	}
	return listed(all)
}

// feeding are the tasks of services that register targets in a group.
type feeding struct {
	tasks    topology.Fact[[]topology.Task]
	services []string
}

// feedingTasks are the running tasks of the services that register targets in
// the group, and the names of the services. Unless those that were looked at
// have all targets, they are known only if every service of the clusters could
// be read: any of them may feed the group.
func feedingTasks(w *walk) (topology.Fact[[]topology.Task], string) {
	var found feeding
	for _, cluster := range w.in.Clusters {
		names := hint(w, w.facts.ServiceNames, topology.ServiceNames, cluster)
		if names.State != topology.Known {
			return topology.Fact[[]topology.Task]{}, ""
		}
		for _, some := range w.inTurn(cluster, names.Value) {
			if !found.add(w, cluster, some) {
				return topology.Fact[[]topology.Task]{}, ""
			}
			if len(w.strangers(found.tasks)) == 0 && len(found.services) > 0 {
				return found.tasks, listed(found.services)
			}
		}
	}
	return found.tasks, listed(found.services)
}

// add reads those of some services that feed the group, and reports whether
// all could be read.
func (f *feeding) add(w *walk, cluster string, services []string) bool {
	known := true
	for _, name := range services {
		s := hint(w, w.facts.Services, topology.Services, cluster, name)
		if s.State == topology.Unknown {
			known = false
			continue // the others may be asked for at once
		}
		if !feeds(s.Value, w.route.group.ARN) {
			continue
		}
		tasks := hint(w, w.facts.RunningTasks, topology.RunningTasks, cluster, name)
		if tasks.State != topology.Known {
			return false
		}
		f.services = append(f.services, name)
		f.tasks.Status, f.tasks.Value = tasks.Status, append(f.tasks.Value, tasks.Value...)
	}
	return known
}

// strangers are targets by address whose owner is known, and none of the tasks.
func (w *walk) strangers(tasks topology.Fact[[]topology.Task]) (found []target) {
	if tasks.State != topology.Known || w.route.group.TargetType != "ip" {
		return nil
	}
	ours := rosterOf(tasks.Value)
	for _, t := range w.route.targets {
		if t.owner.State == topology.Known && t.State != "draining" && !ours.has(t) {
			found = append(found, t)
		}
	}
	return found
}

// roster has the addresses and the interfaces of tasks, to find a target among
// them: a group may have a thousand targets.
type roster map[string]bool

func rosterOf(tasks []topology.Task) roster {
	all := make(roster, 2*len(tasks))
	for _, t := range tasks {
		all[t.Address], all[t.Interface] = true, true
	}
	delete(all, "")
	return all
}

func (r roster) has(t target) bool { return r[t.ID] || r[t.owner.Value.ID] }

func ownerName(i topology.Interface) string {
	if i.Description != "" {
		return fmt.Sprintf("%s (%s)", i.ID, i.Description)
	}
	return i.ID
}

// stale is D19. Requests get to them only while they count as healthy, or
// while no target is healthy.
func stale(w *walk, bad []target, why string, more Evidence) candidate {
	g := w.route.group
	if len(bad) == 1 {
		why = "belongs" + strings.TrimPrefix(why, "belong")
	}
	sentence := fmt.Sprintf("%s in %s %s", addresses(bad), g.Name, why)
	c := candidate{
		code: GroupStaleTarget, root: g.Name + "/" + string(bad[0].owner.State),
		say: func([]string) string { return sentence + "; left over, and still registered" },
		evidence: []Evidence{
			told(bad[0].owner.Status, sentence),
			told(bad[0].health, fmt.Sprintf("%s of %s: %s", addresses(bad), g.Name, states(bad))),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{
			fmt.Sprintf("aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=%s --region %s", bad[0].ID, w.facts.Region),
			healthCommand(w),
		},
	}
	if more.Statement != "" {
		c.evidence = append(c.evidence, more)
	}
	c.foresee(w, bad)
	c.actions = []Action{deregister(w, bad, c.key())}
	if i := slices.IndexFunc(bad, func(t target) bool { return t.State == "healthy" }); i >= 0 && bad[i].owner.State == topology.Known {
		// It answers health checks, so somebody may have meant it to be there.
		c.actions[0].Priority, c.actions[0].Command, c.actions[0].Mutates, c.actions[0].Risk = "P1", "", false, ""
		c.actions[0].Do = fmt.Sprintf("find out who registered %s in %s, and whether it belongs there", addresses(bad), g.Name)
	}
	return c
}

// foresee is what stale targets predict, and how sure: by their share of the
// targets that get requests.
func (c *candidate) foresee(w *walk, bad []target) {
	all, count := w.receiving(), 0
	for _, t := range bad {
		if w.receives(t) {
			count++
		}
	}
	switch {
	case count == 0:
		return
	case count == len(all):
		c.severity = S1
	case count*2 >= len(all):
		c.severity = S2
	}
	c.predicts = []prediction{gatewayTimeout(connectTime)}
	if bad[0].owner.State == topology.Known { // whoever has it may answer anything
		c.predicts = append(c.predicts, prediction{statuses: []int{502}, responders: []Responder{ByBalancer}}, prediction{classes: []result.Class{result.HTTPStatus}, responders: []Responder{ByApp}})
		c.inferred = append(c.inferred, "that the answer came from "+ownerName(bad[0].owner.Value))
	} else if count < len(all) {
		c.inferred = append(c.inferred, fmt.Sprintf("that the request went to %s: %d of %d targets that get requests", addresses(bad), count, len(all)))
	}
}

func deregister(w *walk, bad []target, key string) Action {
	g := w.route.group
	var targets []string
	for _, t := range bad {
		targets = append(targets, fmt.Sprintf("Id=%s,Port=%d", t.ID, t.Port))
	}
	return Action{
		Priority: "P0", Do: fmt.Sprintf("deregister %s from %s, and find out who registers targets by hand", addresses(bad), g.Name), Mutates: true, Risk: "reversible",
		Command:  fmt.Sprintf("aws elbv2 deregister-targets --target-group-arn %s --targets %s --region %s", g.ARN, strings.Join(targets, " "), w.facts.Region),
		DoneWhen: "every target of " + g.Name + " belongs to a task", Done: Test{FindingGone, key},
	}
}
