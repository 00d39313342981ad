package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// shadowed is D12 before anybody asks: a rule that no request can get to,
// because an earlier and wider one takes everything that it would match and
// does something else. Redirects are left out: they are put first on purpose.
func (v *survey) shadowed(o entrance) {
	for i, later := range o.rules {
		to, forwards := forwardedTo(&later)
		if later.Default || !forwards {
			continue
		}
		for _, first := range o.rules[:i] {
			got, sends := forwardedTo(&first)
			answer := answerOf(first)
			if !covered(later, first) || covered(first, later) || sends && got == to || !sends && (answer == nil || answer.status < 400) {
				continue
			}
			does := groupName(got)
			if !sends {
				does = answer.text
			}
			v.note(fault{
				code: RuleShadowed, root: fmt.Sprintf("%s/%d", o.name(), first.Priority),
				sentence: fmt.Sprintf("%s → %s of %s gets no requests: %s → %s comes before it and takes them all", ruleName(later), groupName(to), o.name(), ruleName(first), does),
				evidence: []Evidence{told(o.read, fmt.Sprintf("all that %s matches, %s matches first", ruleName(later), ruleName(first)))},
				action: Action{
					Do:      fmt.Sprintf("decide where %s belongs: move that rule before rule %d, or delete it", patterns(later), first.Priority),
					Mutates: true, Risk: "where requests go changes at once", DoneWhen: "no earlier rule takes all that it matches",
				},
				verify: []string{v.rulesOf(o)},
			})
			break
		}
	}
}

func patterns(r topology.Rule) string {
	return strings.TrimPrefix(ruleName(r), fmt.Sprintf("rule %d ", r.Priority))
}

// covered: whatever the one rule matches, the other does, too. It says so only
// where that is certain from the patterns.
func covered(rule, by topology.Rule) bool {
	if len(by.Conditions) == 0 || len(rule.Transforms) > 0 {
		return false
	}
	for _, wide := range by.Conditions {
		if !slices.ContainsFunc(rule.Conditions, func(narrow topology.Condition) bool { return subsumes(wide, narrow) }) {
			return false
		}
	}
	return true
}

// subsumes: a request for which the narrow condition holds fulfils the wide one.
func subsumes(wide, narrow topology.Condition) bool {
	if wide.Field != narrow.Field || !strings.EqualFold(wide.Header, narrow.Header) || len(wide.Regex)+len(narrow.Regex)+len(wide.Query)+len(narrow.Query) > 0 || len(narrow.Values) == 0 {
		return false
	}
	for _, value := range narrow.Values {
		if !slices.ContainsFunc(wide.Values, func(pattern string) bool { return takesAll(wide.Field, pattern, value) }) {
			return false
		}
	}
	return true
}

// takesAll: every text that the one pattern matches, the other does. A * takes
// whatever stands in its place, another * as well; a ? does not.
func takesAll(field, wide, narrow string) bool {
	switch {
	case wide == narrow:
		return true
	case field == "source-ip" || field == "http-request-method" || strings.Contains(wide, "?"):
		return false
	case field == "path-pattern":
		return glob(wide, narrow)
	}
	return glob(strings.ToLower(wide), strings.ToLower(narrow))
}

// plainOnly notes target groups behind a public load balancer that has
// listeners with TLS, to which only those without lead.
func (v *survey) plainOnly(lb topology.LoadBalancer, all []entrance) {
	var secured []string
	for _, o := range all {
		if o.secure() {
			secured = append(secured, forwardedGroups(o)...)
		}
	}
	if lb.Scheme != "internet-facing" || len(secured) == 0 {
		return
	}
	for _, o := range all {
		for _, r := range o.rules {
			to, forwards := forwardedTo(&r)
			if o.Protocol != "HTTP" || !forwards || r.Default || slices.Contains(secured, to) || strings.Contains(ruleName(r), "/.well-known/") || len(v.facts.TargetHealth.Of(to).Value) == 0 {
				continue
			}
			v.note(fault{
				code: RulePlainOnly, root: o.name() + "/" + groupName(to),
				sentence: fmt.Sprintf("%s → %s is on %s only: no listener of %s with TLS leads there", ruleName(r), groupName(to), o.name(), lb.Name),
				evidence: []Evidence{told(o.read, fmt.Sprintf("%s of %s → %s", ruleName(r), o.name(), groupName(to))), told(o.read, fmt.Sprintf("the listeners of %s with TLS lead to %s", lb.Name, listed(namesIn(secured))))},
				action:   Action{Do: fmt.Sprintf("add the rule for %s to the listener with TLS, if clients are to use it", patterns(r)), Mutates: true, Risk: "reversible", DoneWhen: "a listener with TLS leads to " + groupName(to)},
				verify:   []string{v.rulesOf(o)},
			})
		}
	}
}
