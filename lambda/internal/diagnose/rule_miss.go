package diagnose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// miss is a rule that does not match a request by a little.
type miss struct {
	rule    topology.Rule
	field   string // of the condition that fails
	pattern string // the value that is nearest
	add     string // the value that would match
	how     string // what differs
}

// nearMiss finds the first rule that forwards and of which only one condition
// fails, by a little.
func nearMiss(rules []topology.Rule, r request) (miss, bool) {
	for _, rule := range inOrder(rules) {
		if _, forwards := forwardedTo(&rule); rule.Default || !forwards {
			continue
		}
		var failing []topology.Condition
		for _, c := range rule.Conditions {
			if !holds(c, r) {
				failing = append(failing, c)
			}
		}
		if len(failing) != 1 {
			continue
		}
		if m, near := nearly(failing[0], r); near {
			m.rule = rule
			return m, true
		}
	}
	return miss{}, false
}

// nearly compares a condition for path or host with what was asked.
func nearly(c topology.Condition, r request) (miss, bool) {
	for _, pattern := range c.Values {
		switch c.Field {
		case "path-pattern":
			if how, near := nearPath(pattern, r.path); near {
				return miss{field: c.Field, pattern: pattern, add: r.path, how: how}, true
			}
		case "host-header":
			if how, near := nearHost(strings.ToLower(pattern), strings.ToLower(r.host)); near {
				return miss{field: c.Field, pattern: pattern, add: r.host, how: how}, true
			}
		}
	}
	return miss{}, false
}

// nearPath says by what a pattern misses a path: a final slash, case, or the
// star that would take what lies below.
func nearPath(pattern, path string) (string, bool) {
	switch {
	case pattern == "/*" || pattern == "*" || pattern == "/" || path == "/":
		return "", false
	case glob(pattern, path+"/") || strings.HasSuffix(path, "/") && glob(pattern, strings.TrimSuffix(path, "/")):
		return "the final slash", true
	case glob(strings.ToLower(pattern), strings.ToLower(path)):
		return "upper and lower case, which paths distinguish", true
	case !strings.HasSuffix(pattern, "*") && glob(strings.TrimSuffix(pattern, "/")+"/*", path):
		return "a star at the end: the pattern takes that path only, not what lies below it", true
	}
	return "", false
}

// nearHost: a wildcard does not take the name above it, nor a name its www.
func nearHost(pattern, host string) (string, bool) {
	switch {
	case pattern == "*."+host:
		return "a label that the * stands for", true
	case pattern == "www."+host || host == "www."+pattern:
		return "www", true
	}
	return "", false
}

// justMissed is D13.
func justMissed(w *walk, m miss, answer ownAnswer, read topology.Status) candidate {
	e, root := w.symptom.Endpoint, rootOf(*w.route.balancer, *w.route.listener)
	predicts := []prediction{{statuses: []int{answer.status}, responders: []Responder{ByRule}}}
	if answer.status == 0 {
		predicts = []prediction{wrongApplication}
	}
	to, _ := forwardedTo(&m.rule)
	c := candidate{
		code: RuleNearMiss, root: fmt.Sprintf("%s/%d/%s", root, m.rule.Priority, m.add),
		predicts: predicts,
		say: func([]string) string {
			return fmt.Sprintf("%s of %s (→ %s) misses %s by a little: %q does not match %q, for want of %s; the default action, %s, answers", ruleName(m.rule), root, groupName(to), e.Place(), m.pattern, m.add, m.how, answer.text)
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("no rule of %s matches %s; %s would, but for %s", root, e.Place(), ruleName(m.rule), m.how)),
			w.probed(fmt.Sprintf("%s: %s", e.Place(), saw(w))),
		},
		verify: []string{rulesCommand(w, *w.route.listener), curlCommand(w)},
	}
	for _, s := range w.in.Symptoms {
		if s.Healthy && s.Endpoint.Host == e.Host && matches(m.rule, requestOf(s.Endpoint)) {
			c.evidence = append(c.evidence, Evidence{Statement: fmt.Sprintf("%s, which the rule does match, is healthy", s.Endpoint.Place()), Source: "probe", At: s.At})
			break
		}
	}
	c.actions = []Action{addValue(w, m, c.key())}
	return c
}

// addValue adds what is missing to the rule, or to a new one beside it where the
// rule has as many values as it may have.
func addValue(w *walk, m miss, key string) Action {
	e := w.symptom.Endpoint
	a := Action{
		Priority: "P0", Do: fmt.Sprintf("add %q to the %s condition of %s", m.add, m.field, ruleName(m.rule)), Mutates: true, Risk: "reversible", Owner: e.Owner,
		DoneWhen: "a rule matches " + e.Place(), Done: Test{FindingGone, key},
	}
	fits := true
	if m.field == "path-pattern" {
		m.add, fits = patternFor(m.add)
	}
	full := valuesIn(m.rule) >= mostValues
	if full {
		a.Do = fmt.Sprintf("make a rule like %s for %q: it has %d values, and a rule may have %d", ruleName(m.rule), m.add, valuesIn(m.rule), mostValues)
	}
	switch {
	case !fits || !writable(m.rule) || full && !onlyForwards(m.rule): // it would put a mask where a secret stands
	case full:
		to, _ := forwardedTo(&m.rule)
		a.Command = fmt.Sprintf("aws elbv2 create-rule --listener-arn %s --priority %d --conditions %s --actions Type=forward,TargetGroupArn=%s --region %s",
			w.route.listener.ARN, freePriority(w.route.rules, *w.route.rule), shell(conditionsWith(m.alone())), to, w.facts.Region)
	default:
		a.Command = fmt.Sprintf("aws elbv2 modify-rule --rule-arn %s --conditions %s --region %s", m.rule.ARN, shell(conditionsWith(m)), w.facts.Region)
	}
	return a
}

// alone is the miss with what is missing in the place of what the condition has.
func (m miss) alone() miss {
	m.rule.Conditions = slices.Clone(m.rule.Conditions)
	for i, c := range m.rule.Conditions {
		if c.Field == m.field {
			m.rule.Conditions[i].Values, m.rule.Conditions[i].Regex = nil, nil
		}
	}
	return m
}

// shell quotes an argument for a POSIX shell, where it needs it.
func shell(argument string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=@+", r)
	}
	if argument != "" && !strings.ContainsFunc(argument, func(r rune) bool { return !plain(r) }) {
		return argument
	}
	return "'" + strings.ReplaceAll(argument, "'", `'\''`) + "'"
}

// writable reports whether a rule can be written again from what is known of
// it: secrets in its conditions are not, nor what it asks of clients before it
// forwards.
func writable(r topology.Rule) bool {
	masked := func(v string) bool { return strings.Contains(v, redact.Mask) }
	return !slices.ContainsFunc(r.Conditions, func(c topology.Condition) bool {
		return slices.ContainsFunc(c.Values, masked) || slices.ContainsFunc(c.Regex, masked) ||
			slices.ContainsFunc(c.Query, func(q topology.QueryPair) bool { return masked(q.Value) })
	})
}

// onlyForwards: nothing is asked of clients first, and nothing is rewritten.
func onlyForwards(r topology.Rule) bool {
	return len(r.Actions) == 1 && len(r.Transforms) == 0
}

// conditionsWith writes all conditions of a rule with the missing value:
// modify-rule replaces what is there.
func conditionsWith(m miss) string {
	type values struct {
		Name   string   `json:"HttpHeaderName,omitempty"`
		Values []string `json:"Values,omitempty"`
		Regex  []string `json:"RegexValues,omitempty"`
	}
	var all []map[string]any
	for _, c := range m.rule.Conditions {
		v := values{c.Header, slices.Clone(c.Values), c.Regex}
		if c.Field == m.field {
			v.Values = append(v.Values, m.add)
		}
		one := map[string]any{"Field": c.Field}
		switch c.Field {
		case "path-pattern":
			one["PathPatternConfig"] = v
		case "host-header":
			one["HostHeaderConfig"] = v
		case "http-header":
			one["HttpHeaderConfig"] = v
		case "http-request-method":
			one["HttpRequestMethodConfig"] = v
		case "source-ip":
			one["SourceIpConfig"] = v
		case "query-string":
			one["QueryStringConfig"] = map[string]any{"Values": queryValues(c.Query)}
		}
		all = append(all, one)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "[]" // cannot be: strings only
	}
	return string(text)
}

func queryValues(pairs []topology.QueryPair) []map[string]string {
	var all []map[string]string
	for _, p := range pairs {
		one := map[string]string{"Value": p.Value}
		if p.Key != "" {
			one["Key"] = p.Key
		}
		all = append(all, one)
	}
	return all
}
