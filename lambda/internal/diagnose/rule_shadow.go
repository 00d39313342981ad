package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// later is a rule that would take the request if the one before it did not.
type laterRule struct {
	rule   topology.Rule
	group  string // ARN that it forwards to
	wanted bool   // the configuration says that the endpoint belongs there
}

// shadows looks for a rule behind the one that takes the request that also
// matches and leads elsewhere. With a hint in the configuration it is wrong
// only if the hint says so; without one, if the later rule is more specific,
// or the earlier one answers by itself.
func shadows(w *walk, first topology.Rule) (laterRule, bool) {
	wanted := wantedGroups(w)
	got, forwards := forwardedTo(&first)
	if first.Default || forwards && wanted[got] != "" {
		return laterRule{}, false
	}
	for _, r := range inOrder(w.route.rules) {
		to, sends := forwardedTo(&r)
		if r.ARN == first.ARN && r.Priority == first.Priority || !r.Default && !matches(r, requestOf(w.symptom.Endpoint)) || !sends || to == got {
			continue
		}
		switch {
		case len(wanted) > 0 && wanted[to] != "":
			return laterRule{r, to, true}, true
		case len(wanted) == 0 && !forwards && answerOf(first) != nil:
			return laterRule{r, to, false}, true
		case len(wanted) == 0 && !r.Default && narrower(r, first):
			return laterRule{r, to, false}, true
		}
	}
	return laterRule{}, false
}

// narrower: the rule has a longer path pattern, or a host where the other has none.
func narrower(a, b topology.Rule) bool {
	return longest(a, "path-pattern") > longest(b, "path-pattern") && longest(a, "host-header") >= longest(b, "host-header")
}

func longest(r topology.Rule, field string) int {
	n := 0
	for _, c := range r.Conditions {
		if c.Field == field {
			for _, v := range c.Values {
				n = max(n, len(strings.Trim(v, "*")))
			}
		}
	}
	return n
}

// wantedGroups are the target groups that the endpoint belongs to as the
// configuration says, ARN to name: by the group itself, or by its service.
func wantedGroups(w *walk) map[string]string {
	hints := w.symptom.Endpoint.RunsOn
	found := map[string]string{}
	if hints.Group == "" && hints.Service == "" {
		return found
	}
	groups := hint(w, w.facts.TargetGroups, topology.TargetGroups, "").Value
	for _, g := range groups {
		if hints.Group != "" && g.Name == hints.Group {
			found[g.ARN] = g.Name
		}
	}
	if len(found) > 0 || hints.Service == "" {
		return found
	}
	for _, cluster := range w.in.Clusters {
		if hints.Cluster != "" && hints.Cluster != cluster {
			continue
		}
		for _, b := range hint(w, w.facts.Services, topology.Services, cluster, hints.Service).Value.Balancers {
			if g, ok := topology.Group(groups, b.TargetGroup); ok {
				found[g.ARN] = g.Name
			}
		}
	}
	return found
}

func anyOf(groups map[string]string) string {
	var names []string
	for _, name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return listed(names)
}

// shadowed is D12.
func shadowed(w *walk, first topology.Rule, later laterRule, read topology.Status) candidate {
	e, root := w.symptom.Endpoint, rootOf(*w.route.balancer, *w.route.listener)
	does := ""
	predicts := []prediction{wrongApplication}
	if answer := answerOf(first); answer != nil {
		does = answer.text
		predicts = []prediction{{statuses: []int{answer.status}, responders: []Responder{ByRule}}}
	} else if got, ok := forwardedTo(&first); ok {
		does = groupName(got)
	}
	c := candidate{
		code: RuleShadowed, root: fmt.Sprintf("%s/%d", root, first.Priority),
		predicts: predicts,
		say: func(places []string) string {
			return fmt.Sprintf("%s → %s of %s captures %s before %s → %s", ruleName(first), does, root, listed(places), ruleName(later.rule), groupName(later.group))
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("%s → %s matches %s, and comes before %s → %s, which matches too", ruleName(first), does, e.Place(), ruleName(later.rule), groupName(later.group))),
			w.probed(fmt.Sprintf("%s: %s", e.Place(), saw(w))),
		},
		verify: []string{rulesCommand(w, *w.route.listener), curlCommand(w)},
	}
	answer := answerOf(first)
	switch {
	case later.wanted:
		c.evidence = append(c.evidence, Evidence{Statement: fmt.Sprintf("%s belongs to %s", e.Key, groupName(later.group)), Source: "configuration"})
	case answer == nil:
		c.inferred = []string{fmt.Sprintf("that %s belongs to %s, whose rule is the more specific one", e.Place(), groupName(later.group))}
	}
	c.actions = []Action{takeBefore(w, first, later, c.key())}
	if answer != nil {
		c.askFirst(w, first, *answer)
	}
	return c
}

// takeBefore lets the later rule take the request.
func takeBefore(w *walk, first topology.Rule, later laterRule, key string) Action {
	e := w.symptom.Endpoint
	a := Action{
		Priority: "P0", Mutates: true, Risk: "reversible; other paths that both rules match change their target", Owner: e.Owner,
		DoneWhen: fmt.Sprintf("%s → %s takes %s", ruleName(later.rule), groupName(later.group), e.Place()), Done: Test{FindingGone, key},
	}
	before := priorityBefore(w.route.rules, first.Priority)
	switch {
	case later.rule.Default:
		a.Do = fmt.Sprintf("narrow %s so that it does not match %s", ruleName(first), e.Place())
	case before > 0:
		a.Do = fmt.Sprintf("move %s before rule %d, to %d", ruleName(later.rule), first.Priority, before)
		a.Command = fmt.Sprintf("aws elbv2 set-rule-priorities --rule-priorities RuleArn=%s,Priority=%d --region %s", later.rule.ARN, before, w.facts.Region)
	default:
		a.Do = fmt.Sprintf("exchange the priorities of rule %d and %s", first.Priority, ruleName(later.rule))
		a.Command = fmt.Sprintf("aws elbv2 set-rule-priorities --rule-priorities RuleArn=%s,Priority=%d RuleArn=%s,Priority=%d --region %s", later.rule.ARN, first.Priority, first.ARN, later.rule.Priority, w.facts.Region)
	}
	return a
}

// priorityBefore is the highest free priority before another one; 0 if none.
func priorityBefore(rules []topology.Rule, than int) int {
	used := map[int]bool{}
	for _, r := range rules {
		used[r.Priority] = true
	}
	for p := than - 1; p > 0; p-- {
		if !used[p] {
			return p
		}
	}
	return 0
}
