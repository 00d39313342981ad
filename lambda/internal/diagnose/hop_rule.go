package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtRules simulates which rule takes the request, and asks whether it is
// the right one.
func lookAtRules(w *walk) (Verdict, string) {
	l := w.route.listener
	if l == nil || !w.symptom.Reached(result.PhaseTTFB) {
		return NotApplicable, ""
	}
	fact := rulesOf(w, *w.route.balancer, *l)
	rules, ok := fact.Get()
	if !ok {
		return Unclear, rootOf(*w.route.balancer, *l)
	}
	rules = inOrder(rules)
	w.route.rules = rules
	rule, found := taken(rules, requestOf(w.symptom.Endpoint))
	if !found {
		return Unclear, "no default rule was listed"
	}
	if next, ok := redirected(w, rule); ok {
		w.route.listener = next
		return lookAtRules(w)
	}
	w.route.rule, w.route.guessed = &rule, guessed(rules, requestOf(w.symptom.Endpoint))
	w.route.unsure = unsure(w, rule)
	if w.responder() == ByWAF {
		return Unclear, describeRule(rule) + " would take it; a web ACL before the rules stopped it"
	}
	return verdictOnRule(w, rule, fact.Status), describeRule(rule)
}

// guessed is the header whose value a rule compares and that is a secret, so
// that nobody here can tell whether it is the right one. The simulation takes
// it for right: whoever configures such a header means it to match.
func guessed(rules []topology.Rule, r request) string {
	for _, rule := range inOrder(rules) {
		for _, c := range rule.Conditions {
			if c.Field == "http-header" && slices.Contains(c.Values, redact.Mask) && holds(c, r) {
				return c.Header
			}
		}
	}
	return ""
}

// redirected is the listener to which a rule sends the client, if the client
// has followed: what was seen is then not the redirect itself.
func redirected(w *walk, rule topology.Rule) (*topology.Listener, bool) {
	for _, a := range rule.Actions {
		if r := a.Redirect; r != nil && w.seen.answer.Status != r.Status && w.seen.class != result.HTTPRedirectLoop && r.Host == "#{host}" && strings.TrimPrefix(r.Path, "/") == "#{path}" {
			port, err := strconv.Atoi(r.Port)
			if err != nil || port == w.route.listener.Port {
				return nil, false
			}
			l, found := topology.ListenerOn(w.facts.Listeners.Of(w.route.balancer.ARN).Value, port)
			return &l, found && l.Port > w.route.listener.Port // from 80 to 443, and not back
		}
	}
	return nil, false
}

// rulesOf are the rules of a listener. Listeners of network load balancers
// have none but the default.
func rulesOf(w *walk, lb topology.LoadBalancer, l topology.Listener) topology.Fact[[]topology.Rule] {
	if lb.Type == "" || lb.Type == "application" {
		return get(w, w.facts.Rules, topology.Rules, l.ARN)
	}
	return topology.Fact[[]topology.Rule]{Status: w.facts.Listeners.Of(lb.ARN).Status, Value: []topology.Rule{{Default: true, Actions: l.DefaultActions}}}
}

// verdictOnRule: is the rule that takes the request the one that should?
func verdictOnRule(w *walk, rule topology.Rule, read topology.Status) Verdict {
	if later, wrong := shadows(w, rule); wrong {
		return brokenRule(w, shadowed(w, rule, later, read))
	}
	answer := answerOf(rule)
	if answer == nil {
		return wrongDefault(w, rule, read)
	}
	if miss, near := nearMiss(w.route.rules, requestOf(w.symptom.Endpoint)); near && rule.Default {
		return brokenRule(w, justMissed(w, miss, *answer, read))
	}
	return brokenRule(w, noRule(w, rule, *answer, read))
}

// brokenRule notes a candidate unless what was seen speaks against it: the
// listener had the request, so a rule that would have answered otherwise did
// not take it, and is not broken either.
func brokenRule(w *walk, c candidate) Verdict {
	c.walk = w
	if !slices.ContainsFunc(c.predicts, func(p prediction) bool { return p.judge(w) != contradicted }) {
		return Unclear
	}
	w.broken(c)
	return Broken
}

// wrongDefault is D11 where the default action forwards, but to another group
// than the one that the configuration names.
func wrongDefault(w *walk, rule topology.Rule, read topology.Status) Verdict {
	wanted := wantedGroups(w)
	got, forwards := forwardedTo(&rule)
	if !rule.Default || !forwards || len(wanted) == 0 || wanted[got] != "" {
		return OK
	}
	e, root := w.symptom.Endpoint, rootOf(*w.route.balancer, *w.route.listener)
	if miss, near := nearMiss(w.route.rules, requestOf(e)); near {
		return brokenRule(w, justMissed(w, miss, ownAnswer{0, "which forwards to " + groupName(got), ""}, read))
	}
	c := candidate{
		code: RuleDefaultFixed, root: root,
		predicts: []prediction{wrongApplication},
		say: func(places []string) string {
			return fmt.Sprintf("no rule of %s matches %s; its default action forwards to %s instead of %s", root, listed(places), groupName(got), anyOf(wanted))
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("no rule of %s matches %s; the default forwards to %s", root, e.Place(), groupName(got))),
			w.probed(fmt.Sprintf("%s: %s", e.Place(), saw(w))),
		},
		inferred: []string{"that the answer is wrong because it comes from " + groupName(got)},
		verify:   []string{rulesCommand(w, *w.route.listener), curlCommand(w)},
	}
	key := c.key()
	c.together = func(all []*walk) []Action { return createRules(all, key) }
	createRules([]*walk{w}, key) // says what it has to know
	return brokenRule(w, c)
}

// wrongApplication is what somebody sees who is sent to another application.
var wrongApplication = prediction{
	classes:    []result.Class{result.HTTPStatus, result.AssertBody, result.AssertHeader, result.AssertValue, result.AssertLatency},
	responders: []Responder{ByApp, ByNobody},
}

// describeRule is a rule with what it does, for the trace.
func describeRule(r topology.Rule) string {
	text := "default"
	if !r.Default {
		text = ruleName(r)
	}
	for _, a := range r.Actions {
		if strings.HasPrefix(a.Type, "authenticate") || a.Type == "jwt-validation" {
			text += ", " + a.Type + " first"
		}
	}
	for _, t := range r.Transforms {
		text += fmt.Sprintf(", %s %s to %s", t.Type, t.Regex, t.Replace)
	}
	if arn, ok := forwardedTo(&r); ok {
		text += " → " + groupName(arn)
	}
	return text
}

// groupName is the name in a target group's ARN.
func groupName(arn string) string {
	parts := strings.Split(arn, "/")
	if len(parts) < 3 {
		return arn
	}
	return parts[len(parts)-2]
}

// ruleName is a rule as people name it: its priority and patterns.
func ruleName(r topology.Rule) string {
	if r.Default {
		return "the default rule"
	}
	var parts []string
	for _, c := range r.Conditions {
		parts = append(parts, strings.Join(append(append([]string{}, c.Values...), c.Regex...), ","))
	}
	return fmt.Sprintf("rule %d %s", r.Priority, strings.Join(parts, " "))
}

func rulesCommand(w *walk, l topology.Listener) string {
	return "aws elbv2 describe-rules --listener-arn " + l.ARN + " --region " + w.facts.Region
}
