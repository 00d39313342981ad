package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// targets looks for those that are registered and should not be, and for those
// that no request can reach.
func (v *survey) targets() {
	groups := v.facts.TargetGroups.Of("")
	for _, g := range groups.Value {
		health := v.facts.TargetHealth.Of(g.ARN)
		if health.State != topology.Known {
			continue
		}
		var staying []topology.Target
		for _, t := range health.Value {
			if !strings.Contains(t.State, "draining") {
				staying = append(staying, t)
			}
		}
		if g.TargetType == "ip" {
			v.owners(g, staying, health.Status)
		}
		v.unused(g, staying, groups.Status, health.Status)
	}
}

// owners is D19 before anybody suffers from it: addresses that nobody has, and
// tasks of a service that does not belong here.
func (v *survey) owners(g topology.TargetGroup, all []topology.Target, read topology.Status) {
	var dead, strange []topology.Target
	var deadBy, strangeBy []Evidence
	whose := ""
	foreign := v.foreign(g, all)
	for _, t := range all {
		if t.Zone == "all" || isSix(t.ID) { // lies outside of the VPC, or its interface is not looked for
			continue
		}
		owner := inVPC(sought(v, v.facts.InterfacesByAddress, topology.InterfacesByAddress, t.ID), g.VPC)
		if owner.State == topology.Absent {
			if in := v.inside(g.VPC, t.ID, accountOf(g.ARN)); in.certain {
				dead = append(dead, t)
				deadBy = append(deadBy, told(owner.Status, "no network interface of the account and region has the address "+t.ID), in.evidence)
			}
		} else if s, ok := foreign[t.ID]; ok && owner.State == topology.Known {
			strange, whose = append(strange, t), s.Name
			strangeBy = append(strangeBy, told(v.facts.RunningTasks.Of(topology.Key(s.Cluster, s.Name)).Status, fmt.Sprintf("%s is the address of a task of %s", t.ID, s.Name)))
		}
	}
	v.leftOver(g, dead, "absent", "no network interface owns", append(deadBy, told(read, registered(g, dead))))
	v.leftOver(g, strange, "known", fmt.Sprintf("a task of %s has, which is none of this group", whose), append(strangeBy, told(read, registered(g, strange))))
}

func registered(g topology.TargetGroup, all []topology.Target) string {
	return fmt.Sprintf("%s is registered in %s: %s", ids(all), g.Name, conditions(all))
}

func ids(all []topology.Target) string {
	var found []string
	for _, t := range all {
		found = append(found, t.ID)
	}
	return listed(found)
}

// conditions counts targets by state and reason.
func conditions(all []topology.Target) string {
	var same []target
	for _, t := range all {
		same = append(same, target{Target: t})
	}
	return states(same)
}

// leftOver notes targets that should not be registered.
func (v *survey) leftOver(g topology.TargetGroup, all []topology.Target, root, why string, evidence []Evidence) {
	if len(all) == 0 {
		return
	}
	var targets []string
	for _, t := range all {
		targets = append(targets, fmt.Sprintf("Id=%s,Port=%d", t.ID, t.Port))
	}
	v.note(fault{
		code: GroupStaleTarget, root: g.Name + "/" + root,
		sentence: fmt.Sprintf("%s still has the target %s, which %s", g.Name, ids(all), why),
		evidence: evidence[max(0, len(evidence)-enoughEvidence):],
		action: Action{
			Do: fmt.Sprintf("deregister %s from %s, and find out who registers targets by hand", ids(all), g.Name), Mutates: true, Risk: "reversible",
			Command:  fmt.Sprintf("aws elbv2 deregister-targets --target-group-arn %s --targets %s --region %s", g.ARN, strings.Join(targets, " "), v.facts.Region),
			DoneWhen: "every target of " + g.Name + " belongs to a task",
		},
		verify: []string{ownerCommand(all[0].ID, v.facts.Region), v.healthOf(g)},
	})
}

func (v *survey) healthOf(g topology.TargetGroup) string {
	return fmt.Sprintf("aws elbv2 describe-target-health --target-group-arn %s --query 'TargetHealthDescriptions[].[Target.Id,TargetHealth.State,TargetHealth.Reason,TargetHealth.Description]' --output table --region %s", g.ARN, v.facts.Region)
}

// foreign are targets that are tasks of services which do not feed the group,
// by address. Tasks are read only where something does not add up: there are
// more targets than tasks, or one has other security groups than the tasks.
func (v *survey) foreign(g topology.TargetGroup, all []topology.Target) map[string]placed {
	own := v.feeders(g.ARN)
	if len(own) == 0 || !v.complete || !settled(v.running) || !v.doubtful(own, all) {
		return nil
	}
	found, mine := map[string]placed{}, map[string]bool{}
	for _, s := range v.running {
		if s.Running == 0 {
			continue
		}
		tasks := sought(v, v.facts.RunningTasks, topology.RunningTasks, s.Cluster, s.Name)
		feeding := feeds(s.Service, g.ARN)
		if feeding && tasks.State != topology.Known {
			return nil
		}
		for _, address := range addressesOf(tasks.Value) {
			if feeding {
				mine[address] = true
			} else {
				found[address] = s
			}
		}
	}
	for address := range mine {
		delete(found, address)
	}
	return found
}

func (v *survey) doubtful(own []placed, all []topology.Target) bool {
	tasks, addresses := 0, map[string]bool{}
	var groups [][]string
	for _, s := range own {
		tasks += s.Running
		groups = append(groups, sorted(s.Network.SecurityGroups))
	}
	for _, t := range all {
		if t.Zone == "all" || isSix(t.ID) {
			continue
		}
		addresses[t.ID] = true
		owner := v.facts.InterfacesByAddress.Of(t.ID).Value
		its := sorted(owner.SecurityGroups)
		if owner.ID != "" && !slices.ContainsFunc(groups, func(g []string) bool { return len(g) == 0 || slices.Equal(g, its) }) {
			return true
		}
	}
	return len(addresses) > tasks
}

func sorted(texts []string) []string {
	copied := slices.Clone(texts)
	slices.Sort(copied)
	return copied
}

// unused notes targets that get nothing: their zone is not enabled, their
// instance does not run, or nothing forwards to their group.
func (v *survey) unused(g topology.TargetGroup, all []topology.Target, grouped, read topology.Status) {
	var idle, stopped []topology.Target
	for _, t := range all {
		switch {
		case t.State == "unused" && t.Reason == "Target.NotInUse":
			idle = append(idle, t)
		case t.State == "unused" && t.Reason == "Target.InvalidState":
			stopped = append(stopped, t)
		}
	}
	if len(stopped) > 0 {
		v.note(fault{
			code: GroupUnused, root: g.Name + "/stopped",
			sentence: fmt.Sprintf("%s has %s registered that AWS says is not running: %s", g.Name, ids(stopped), stopped[0].Description),
			evidence: []Evidence{told(read, registered(g, stopped))}, verify: []string{v.healthOf(g)},
			action: Action{Do: fmt.Sprintf("start %s, or deregister it from %s", ids(stopped), g.Name), Mutates: true, Risk: "reversible", DoneWhen: "every target of " + g.Name + " runs"},
		})
	}
	if len(idle) == 0 {
		return
	}
	if len(g.LoadBalancers) == 0 {
		v.unrouted(g, idle, grouped, read)
		return
	}
	v.outOfZone(g, idle, read)
}

// unrouted: a service registers its tasks in a group that no listener forwards
// to. Whoever shifts traffic between groups does that for a while on purpose.
func (v *survey) unrouted(g topology.TargetGroup, idle []topology.Target, grouped, read topology.Status) {
	own := v.feeders(g.ARN)
	if len(own) == 0 || slices.ContainsFunc(own, func(s placed) bool { return s.Controller != "" && s.Controller != "ECS" }) {
		return
	}
	v.note(fault{
		code: GroupUnused, root: g.Name + "/unrouted",
		sentence: fmt.Sprintf("%s registers its tasks in %s, to which no listener forwards, so no request reaches them there", namesOf(own), g.Name),
		evidence: []Evidence{told(grouped, g.Name+" belongs to no load balancer"), told(read, registered(g, idle)), told(own[0].read, fmt.Sprintf("%s is attached to %s", own[0].Name, g.Name))},
		action:   Action{Do: fmt.Sprintf("add the listener rule that leads to %s, or detach %s from it", g.Name, namesOf(own)), Mutates: true, Risk: "a deployment, where the service is detached", DoneWhen: "no target of " + g.Name + " is unused"},
		verify:   []string{fmt.Sprintf("aws elbv2 describe-target-groups --target-group-arns %s --query 'TargetGroups[].LoadBalancerArns' --region %s", g.ARN, v.facts.Region)},
	})
}

func (v *survey) outOfZone(g topology.TargetGroup, idle []topology.Target, read topology.Status) {
	balancers := v.facts.LoadBalancers.Of("")
	var zones []string
	for _, arn := range g.LoadBalancers {
		at := slices.IndexFunc(balancers.Value, func(lb topology.LoadBalancer) bool { return lb.ARN == arn })
		if at < 0 {
			return
		}
		zones = append(zones, balancers.Value[at].Zones...)
	}
	var outside []string
	for _, t := range idle {
		if t.Zone != "" && t.Zone != "all" && !slices.Contains(zones, t.Zone) && !slices.Contains(outside, t.Zone) {
			outside = append(outside, t.Zone)
		}
	}
	if len(outside) == 0 || len(zones) == 0 {
		return
	}
	v.note(fault{
		code: GroupUnused, root: g.Name + "/zone",
		sentence: fmt.Sprintf("targets of %s in %s get no requests: the load balancer is enabled for %s only", g.Name, listed(outside), listed(sorted(zones))),
		evidence: []Evidence{told(read, registered(g, idle)), told(balancers.Status, "zones of the load balancer: "+listed(sorted(zones)))},
		action:   Action{Do: fmt.Sprintf("enable %s for the load balancer, with one of its subnets, or keep the tasks out of that zone", listed(outside)), Mutates: true, Risk: "reversible", DoneWhen: "no target of " + g.Name + " is unused"},
		verify:   []string{v.healthOf(g)},
	})
}
