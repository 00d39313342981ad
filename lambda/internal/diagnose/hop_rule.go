package diagnose

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtRules simulates which rule takes the request.
func lookAtRules(w *walk) (Verdict, string) {
	l := w.route.listener
	if l == nil || !w.symptom.Reached(result.PhaseTTFB) {
		return NotApplicable, ""
	}
	fact := get(w, w.facts.Rules, topology.Rules, l.ARN)
	rules, ok := fact.Get()
	if !ok {
		return Unclear, rootOf(*w.route.balancer, *l)
	}
	w.route.rules = rules
	rule, found := taken(rules, requestOf(w.symptom.Endpoint))
	if !found {
		return Unclear, "no default rule was listed"
	}
	w.route.rule = &rule
	if !rule.Default {
		return OK, ruleName(rule)
	}
	if fixed := fixedOf(rule); fixed != nil {
		w.broken(noRule(w, fact.Status, *fixed))
		return Broken, "default"
	}
	return OK, "default"
}

// noRule is D11.
func noRule(w *walk, read topology.Status, fixed topology.Fixed) candidate {
	e, root := w.symptom.Endpoint, rootOf(*w.route.balancer, *w.route.listener)
	others := len(w.route.rules) - 1
	return candidate{
		code: RuleDefaultFixed, root: root,
		predicts: []prediction{{statuses: []int{fixed.Status}, responders: []Responder{ByRule}}},
		say: func(places []string) string {
			return fmt.Sprintf("%s has %s and none matches %s; its default action, a fixed response %d, answers", root, counted(others, "rule"), listed(places), fixed.Status)
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("no rule of %s matches %s; the default is a fixed response %d %q", root, e.Place(), fixed.Status, fixed.Body)),
			w.probed(fmt.Sprintf("%s answered %d with the same status, type and body as the default action", e.Place(), w.seen.answer.Status)),
		},
		actions: []Action{createRule(w)},
		verify:  []string{"aws elbv2 describe-rules --listener-arn " + w.route.listener.ARN + " --region " + w.facts.Region},
	}
}

// createRule proposes a target group only where the configuration names it.
func createRule(w *walk) Action {
	e, l := w.symptom.Endpoint, w.route.listener
	a := Action{Priority: "P0", Mutates: true, Risk: "reversible", Owner: e.Owner, DoneWhen: "a rule matches " + e.Place(), Done: Test{FindingGone, string(RuleDefaultFixed) + "/" + rootOf(*w.route.balancer, *l)}}
	groups := hint(w, w.facts.TargetGroups, topology.TargetGroups, "")
	for _, g := range groups.Value {
		if e.RunsOn.Group != "" && g.Name == e.RunsOn.Group {
			a.Do = fmt.Sprintf("add a rule to %s that forwards %s to the target group %s", rootOf(*w.route.balancer, *l), e.Place(), g.Name)
			a.Command = fmt.Sprintf("aws elbv2 create-rule --listener-arn %s --priority %d --conditions Field=host-header,Values=%s Field=path-pattern,Values=%s --actions Type=forward,TargetGroupArn=%s --region %s",
				l.ARN, freePriority(w.route.rules), e.Host, e.Path, g.ARN, w.facts.Region)
			return a
		}
	}
	a.Do = fmt.Sprintf("add a rule to %s for %s; which target group it belongs to is for its owner to say", rootOf(*w.route.balancer, *l), e.Place())
	return a
}

func freePriority(rules []topology.Rule) int {
	used := map[int]bool{}
	for _, r := range rules {
		used[r.Priority] = true
	}
	for p := 10; ; p += 10 {
		if !used[p] {
			return p
		}
	}
}

// ruleName is a rule as people name it: its priority and patterns.
func ruleName(r topology.Rule) string {
	var parts []string
	for _, c := range r.Conditions {
		parts = append(parts, strings.Join(c.Values, ","))
	}
	return fmt.Sprintf("rule %d %s", r.Priority, strings.Join(parts, " "))
}
