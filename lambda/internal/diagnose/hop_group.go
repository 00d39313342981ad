package diagnose

import (
	"fmt"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtGroup finds the target group that the rule forwards to, its targets,
// and who owns their addresses.
func lookAtGroup(w *walk) (Verdict, string) {
	arn, ok := forwardedTo(w.route.rule)
	if !ok {
		return NotApplicable, ""
	}
	groups, ok := get(w, w.facts.TargetGroups, topology.TargetGroups, "").Get()
	if !ok {
		return Unclear, arn
	}
	g, ok := topology.Group(groups, arn)
	if !ok {
		return Unclear, arn
	}
	w.route.group = &g
	health := get(w, w.facts.TargetHealth, topology.TargetHealth, arn)
	bad := 0
	for _, t := range health.Value {
		one := target{Target: t, health: health.Status}
		if g.TargetType == "ip" {
			one.owner = get(w, w.facts.InterfacesByAddress, topology.InterfacesByAddress, t.ID)
		}
		if t.State != "healthy" {
			bad++
		}
		w.route.targets = append(w.route.targets, one)
	}
	switch {
	case health.State != topology.Known:
		return Unclear, g.Name
	case bad > 0:
		return Degraded, fmt.Sprintf("%s, %d of %s not healthy", g.Name, bad, counted(len(health.Value), "target"))
	}
	return OK, g.Name
}

// forwardedTo is the target group that gets the most of what a rule forwards.
func forwardedTo(r *topology.Rule) (string, bool) {
	if r == nil {
		return "", false
	}
	best := topology.Weight{Weight: -1}
	for _, a := range r.Actions {
		for _, g := range a.Groups {
			if g.Weight > best.Weight {
				best = g
			}
		}
	}
	return best.Group, best.Weight >= 0
}
