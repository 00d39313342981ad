package diagnose

import (
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtGroup finds the target group that the rule forwards to, its targets,
// and who owns their addresses.
func lookAtGroup(w *walk) (Verdict, string) {
	arn, ok := chosenGroup(w)
	if !ok {
		return NotApplicable, ""
	}
	groups, ok := get(w, w.facts.TargetGroups, topology.TargetGroups, "").Get()
	if !ok {
		return Unclear, groupName(arn)
	}
	g, ok := topology.Group(groups, arn)
	if !ok {
		return Unclear, groupName(arn)
	}
	w.route.group = &g
	health := get(w, w.facts.TargetHealth, topology.TargetHealth, arn)
	if weightless(w.route.rule, arn) {
		w.broken(noWeight(w))
		return Broken, g.Name
	}
	for _, t := range health.Value {
		one := target{Target: t, health: health.Status}
		if g.TargetType == "ip" {
			one.owner = ownerOfTarget(w, t, g.VPC)
		}
		w.route.targets = append(w.route.targets, one)
	}
	return verdictOnGroup(w, health.Status)
}

func verdictOnGroup(w *walk, read topology.Status) (Verdict, string) {
	g, all := w.route.group, w.route.targets
	switch {
	case read.State == topology.Unknown || slices.ContainsFunc(all, func(t target) bool { return t.State == "" }):
		return Unclear, g.Name
	case g.TargetType == "lambda" || g.TargetType == "alb":
		return Unclear, fmt.Sprintf("%s has targets of the type %s, which are not evaluated", g.Name, g.TargetType)
	case !slices.ContainsFunc(all, target.usable):
		w.broken(emptyGroup(w, read))
		return Broken, g.Name
	}
	w.clear(GroupEmpty, told(read, fmt.Sprintf("%s has %s registered", g.Name, counted(len(all), "target"))))
	bad := len(slices.DeleteFunc(slices.Clone(all), func(t target) bool { return t.State == "healthy" }))
	if bad > 0 {
		return Degraded, fmt.Sprintf("%s, %d of %s not healthy", g.Name, bad, counted(len(all), "target"))
	}
	return OK, g.Name
}

// usable: the load balancer may send requests to it. Unhealthy targets are
// usable: where none is healthy it sends to all of them.
func (t target) usable() bool {
	return t.State == "healthy" || t.State == "unhealthy" || t.State == "unavailable"
}

// forwardedTo is the target group that gets the most of what a rule forwards.
func forwardedTo(r *topology.Rule) (string, bool) {
	if r == nil {
		return "", false
	}
	best := topology.Weight{Weight: -1}
	for _, g := range weights(r) {
		if g.Weight > best.Weight {
			best = g
		}
	}
	return best.Group, best.Weight >= 0
}

func weights(r *topology.Rule) []topology.Weight {
	var all []topology.Weight
	for _, a := range r.Actions {
		all = append(all, a.Groups...)
	}
	return all
}

// chosenGroup is the group to look at: the one that gets most, unless all is
// well with it and another one that gets a share has no healthy target.
func chosenGroup(w *walk) (string, bool) {
	first, ok := forwardedTo(w.route.rule)
	if !ok {
		return "", false
	}
	sharing := slices.DeleteFunc(weights(w.route.rule), func(g topology.Weight) bool { return g.Weight == 0 })
	if len(sharing) < 2 || !allWell(w, first) {
		w.route.shared = len(sharing) > 1
		return first, true
	}
	for _, g := range sharing {
		if !allWell(w, g.Group) {
			w.route.shared = true
			return g.Group, true
		}
	}
	return first, true
}

func allWell(w *walk, arn string) bool {
	health := get(w, w.facts.TargetHealth, topology.TargetHealth, arn)
	return slices.ContainsFunc(health.Value, func(t topology.Target) bool { return t.State == "healthy" })
}

// weightless: everything that the rule forwards to has the weight 0.
func weightless(r *topology.Rule, arn string) bool {
	return !slices.ContainsFunc(weights(r), func(g topology.Weight) bool { return g.Weight > 0 || g.Group != arn && g.Weight != 0 })
}
