package diagnose

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtNetwork evaluates what lies between the load balancer and its targets.
// It is asked only where an answer was late: a target that answers proves the way.
func lookAtNetwork(w *walk) (Verdict, string) {
	if w.route.group == nil || !w.waited() {
		return NotApplicable, ""
	}
	verdict := NotApplicable
	for _, t := range w.route.targets {
		owner, ok := t.owner.Get()
		if !ok {
			continue
		}
		verdict = worse(verdict, lookAtTargetGroup(w, t, owner))
	}
	return verdict, w.route.group.Name
}

// lookAtTargetGroup is D20: do the target's security groups admit the load balancer?
func lookAtTargetGroup(w *walk, t target, owner topology.Interface) Verdict {
	lb := w.route.balancer
	rules, read, known := groupRules(w, owner.SecurityGroups, true)
	nets, netsKnown := netsOf(w, lb.Subnets)
	if !known || !netsKnown {
		return Unclear
	}
	rule, admitted, known := admitting(w, rules, t.Port, peer{lb.SecurityGroups, nets})
	groups := strings.Join(owner.SecurityGroups, ", ")
	switch {
	case admitted:
		w.clear(NetTargetGroup, told(read, fmt.Sprintf("%s admits tcp/%d from %s (%s)", groups, t.Port, lb.Name, peerName(rule))))
		return OK
	case !known:
		return Unclear
	}
	w.broken(targetNotAdmitted(w, t, owner, read))
	return Broken
}

func targetNotAdmitted(w *walk, t target, owner topology.Interface, read topology.Status) candidate {
	lb, groups := w.route.balancer, strings.Join(owner.SecurityGroups, ", ")
	from := "the subnets of " + lb.Name
	source := "--cidr SUBNET_CIDR"
	if len(lb.SecurityGroups) > 0 {
		from = lb.SecurityGroups[0]
		source = "--source-group " + from
	}
	c := candidate{
		code: NetTargetGroup, root: fmt.Sprintf("%s:%d/%s", groups, t.Port, lb.Name),
		predicts: []prediction{gatewayTimeout(connectTime)},
		say: func([]string) string {
			return fmt.Sprintf("no rule of %s admits tcp/%d from %s (%s), so it cannot connect to the targets of %s", groups, t.Port, from, lb.Name, w.route.group.Name)
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("%s has no ingress rule for tcp/%d from %s or its subnets", groups, t.Port, from)),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{fmt.Sprintf("aws ec2 describe-security-group-rules --filters Name=group-id,Values=%s --region %s", strings.Join(owner.SecurityGroups, ","), w.facts.Region)},
	}
	if t.Reason == "Target.Timeout" {
		c.evidence = append(c.evidence, told(t.health, fmt.Sprintf("targets of %s: %s, %q", w.route.group.Name, t.Reason, t.Description)))
	}
	c.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("admit tcp/%d from %s in %s", t.Port, from, owner.SecurityGroups[0]),
		Command: fmt.Sprintf("aws ec2 authorize-security-group-ingress --group-id %s --protocol tcp --port %d %s --region %s", owner.SecurityGroups[0], t.Port, source, w.facts.Region),
		Mutates: true, Risk: "reversible", DoneWhen: "the targets of " + w.route.group.Name + " are healthy",
		Done: Test{TargetsHealthy, w.route.group.ARN},
	}}
	return c
}

func peerName(r topology.SecurityRule) string { return r.Group + r.CIDR + r.PrefixList }
