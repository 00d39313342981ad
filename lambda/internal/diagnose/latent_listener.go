package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// entrance is a listener with its rules, in the order in which they are tried.
type entrance struct {
	topology.Listener
	balancer topology.LoadBalancer
	rules    []topology.Rule
	read     topology.Status
}

func (o entrance) name() string { return rootOf(o.balancer, o.Listener) }

func (o entrance) secure() bool { return o.Protocol == "HTTPS" || o.Protocol == "TLS" }

// balancers looks at each load balancer, as far as all rules of a listener, or
// of all of them, were read.
func (v *survey) balancers() {
	var dead []deadEnd
	for _, lb := range v.facts.LoadBalancers.Of("").Value {
		entrances, complete := v.entrances(lb)
		for _, o := range entrances {
			v.shadowed(o)
			if v.reachesNothing(o) || complete && v.answersItself(o, entrances) {
				continue
			}
			for _, r := range o.rules {
				for _, arn := range v.emptyOf(r) {
					dead = addDeadEnd(dead, arn, fmt.Sprintf("%s of %s", ruleName(r), o.name()), o.read)
				}
			}
		}
		if complete {
			v.plainOnly(lb, entrances)
		}
	}
	for _, end := range dead {
		v.emptyGroup(end)
	}
}

// deadEnd is a target group without targets, and the rules that lead there.
type deadEnd struct {
	group string // ARN
	rules []string
	read  topology.Status // of the first
}

func addDeadEnd(all []deadEnd, group, rule string, read topology.Status) []deadEnd {
	for i := range all {
		if all[i].group == group {
			all[i].rules = append(all[i].rules, rule)
			return all
		}
	}
	return append(all, deadEnd{group, []string{rule}, read})
}

// entrances are the listeners whose rules are known, and whether that is all.
func (v *survey) entrances(lb topology.LoadBalancer) (all []entrance, complete bool) {
	listeners := v.facts.Listeners.Of(lb.ARN)
	complete = listeners.State == topology.Known
	for _, l := range listeners.Value {
		fact := topology.Fact[[]topology.Rule]{Status: listeners.Status, Value: []topology.Rule{{Default: true, Actions: l.DefaultActions}}}
		if lb.Type == "" || lb.Type == "application" { // others have no rules but the default
			fact = v.facts.Rules.Of(l.ARN)
		}
		if fact.State != topology.Known || len(fact.Value) == 0 {
			complete = false
			continue
		}
		all = append(all, entrance{l, lb, inOrder(fact.Value), fact.Status})
	}
	return all, complete
}

// emptyOf are target groups to which a rule sends requests, and which are known
// to have no targets.
func (v *survey) emptyOf(r topology.Rule) []string {
	var all []string
	for _, g := range weights(&r) {
		if g.Weight > 0 && v.isEmpty(g.Group) && !slices.Contains(all, g.Group) {
			all = append(all, g.Group)
		}
	}
	return all
}

// isEmpty: nothing is registered, and no deployment is under way that would
// explain it.
func (v *survey) isEmpty(group string) bool {
	health := sought(v, v.facts.TargetHealth, topology.TargetHealth, group)
	return health.State == topology.Known && len(health.Value) == 0 && settled(v.feeders(group))
}

// reachesNothing notes a listener of which every forward leads to groups
// without targets, or has the weight 0.
func (v *survey) reachesNothing(o entrance) bool {
	var groups []string
	evidence := []Evidence{}
	forwards, weightless := 0, true
	for _, r := range o.rules {
		all := weights(&r)
		if len(all) == 0 {
			continue
		}
		forwards++
		for _, g := range all {
			if g.Weight == 0 {
				continue
			}
			if weightless = false; !v.isEmpty(g.Group) {
				return false
			}
			if !slices.Contains(groups, g.Group) {
				groups = append(groups, g.Group)
				evidence = append(evidence, told(v.facts.TargetHealth.Of(g.Group).Status, groupName(g.Group)+" has no targets"))
			}
		}
	}
	if forwards == 0 {
		return false
	}
	why := "everything that it forwards goes to " + listed(namesIn(groups)) + ", without targets" + v.whyQuiet(groups)
	do := fmt.Sprintf("get targets into %s, or delete the listener if nothing is meant to answer there", listed(namesIn(groups)))
	if weightless {
		why, do = "everything that it forwards has the weight 0", "give a target group a weight, or delete the listener if nothing is meant to answer there"
	}
	v.note(fault{
		code: ListenerNowhere, root: o.name(),
		sentence: fmt.Sprintf("%s reaches nothing: %s", o.name(), why),
		evidence: append([]Evidence{told(o.read, fmt.Sprintf("%s of %s %s", counted(forwards, "rule"), o.name(), verb(make([]string, forwards), "forwards", "forward")))}, evidence[:min(len(evidence), enoughEvidence)]...),
		action:   Action{Do: do, Mutates: true, Risk: "reversible, but for a listener that is deleted", DoneWhen: o.name() + " leads to a target"},
		verify:   []string{v.rulesOf(o)},
	})
	return true
}

func namesIn(arns []string) []string {
	var all []string
	for _, arn := range arns {
		all = append(all, groupName(arn))
	}
	return all
}

// whyQuiet says how the services stand that should register in groups.
func (v *survey) whyQuiet(groups []string) string {
	var words []string
	for _, arn := range groups {
		for _, s := range v.feeders(arn) {
			words = append(words, fmt.Sprintf("%s %s", s.Name, running(s.Service)))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return "; " + listed(words)
}

func (v *survey) rulesOf(o entrance) string {
	return "aws elbv2 describe-rules --listener-arn " + o.ARN + " --region " + v.facts.Region
}

// answersItself notes a listener that forwards nothing and answers everything
// with an error, where there is something that it should lead to: what another
// listener without TLS leads to, or groups that stand behind nothing. A
// listener without TLS that refuses everything does so on purpose.
func (v *survey) answersItself(o entrance, all []entrance) bool {
	answer := ""
	for _, r := range o.rules {
		own := answerOf(r)
		if own == nil || own.status < 400 || len(weights(&r)) > 0 {
			return false
		}
		answer = cmp.Or(answer, own.text)
	}
	why, evidence := "", []Evidence{told(o.read, fmt.Sprintf("%s of %s, and each answers by itself", counted(len(o.rules), "rule"), o.name()))}
	for _, other := range all {
		to := forwardedGroups(other)
		switch {
		case len(to) == 0:
		case o.secure() && !other.secure():
			why = fmt.Sprintf("while %s forwards to %s", other.name(), listed(namesIn(to)))
			evidence = append(evidence, told(other.read, fmt.Sprintf("%s forwards to %s", other.name(), listed(namesIn(to)))))
		default:
			return false
		}
	}
	if why == "" {
		if idle := v.behindNothing(o.balancer); len(idle) > 0 {
			why = fmt.Sprintf("while %s, with targets, %s behind no load balancer", listed(idle), verb(idle, "stands", "stand"))
			evidence = append(evidence, told(v.facts.TargetGroups.Of("").Status, fmt.Sprintf("%s: no load balancer", listed(idle))))
		}
	}
	if why == "" {
		return false
	}
	v.note(fault{
		code: ListenerNowhere, root: o.name(),
		sentence: fmt.Sprintf("%s reaches nothing: it answers everything with %s, %s", o.name(), answer, why), evidence: evidence,
		action: Action{Do: fmt.Sprintf("add the rules to %s that lead to the target groups it is meant for", o.name()), Mutates: true, Risk: "reversible", DoneWhen: o.name() + " forwards something"},
		verify: []string{v.rulesOf(o)},
	})
	return true
}

// forwardedGroups are those to which a listener sends requests.
func forwardedGroups(o entrance) []string {
	var all []string
	for _, r := range o.rules {
		for _, g := range weights(&r) {
			if g.Weight > 0 && !slices.Contains(all, g.Group) {
				all = append(all, g.Group)
			}
		}
	}
	return all
}

// behindNothing are target groups of the same VPC that have targets and no load
// balancer.
func (v *survey) behindNothing(lb topology.LoadBalancer) []string {
	var all []string
	for _, g := range v.facts.TargetGroups.Of("").Value {
		if len(g.LoadBalancers) == 0 && g.VPC != "" && g.VPC == lb.VPC && len(v.facts.TargetHealth.Of(g.ARN).Value) > 0 {
			all = append(all, g.Name)
		}
	}
	return all
}

// emptyGroup is D14 before anybody asks.
func (v *survey) emptyGroup(end deadEnd) {
	arn, rules := end.group, end.rules
	f := fault{
		code: GroupEmpty, root: groupName(arn),
		sentence: fmt.Sprintf("%s %s to %s, which has no targets%s", listed(rules), verb(rules, "leads", "lead"), groupName(arn), v.whyQuiet([]string{arn})),
		evidence: []Evidence{told(v.facts.TargetHealth.Of(arn).Status, groupName(arn)+" has no targets"), told(end.read, listed(rules)+" → "+groupName(arn))},
		action:   Action{Do: fmt.Sprintf("register targets in %s, or remove %s if nothing is meant to answer there", groupName(arn), listed(rules)), Mutates: true, Risk: "reversible", DoneWhen: "a target of " + groupName(arn) + " is registered"},
		verify:   []string{v.healthOf(topology.TargetGroup{ARN: arn})},
	}
	for _, s := range v.feeders(arn) {
		f.evidence = append(f.evidence, told(s.read, fmt.Sprintf("%s %s", s.Name, running(s.Service))))
		if s.Desired == 0 {
			f.action.Do = fmt.Sprintf("start tasks of %s, whose desired count is 0, or remove %s if nothing is meant to answer there", s.Name, listed(rules))
		}
	}
	v.note(f)
}
