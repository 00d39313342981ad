package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// loops reports whether a redirect leads back to the rule that it is of. One
// that leads elsewhere is no loop, unless what stands there leads back.
func loops(w *walk, rule topology.Rule) bool {
	at, asked := *w.route.listener, requestOf(w.symptom.Endpoint)
	return slices.ContainsFunc(rule.Actions, func(a topology.Action) bool {
		r := a.Redirect
		if r == nil {
			return false
		}
		port := r.Port == "#{port}" || r.Port == "" || r.Port == strconv.Itoa(at.Port)
		protocol := r.Protocol == "#{protocol}" || r.Protocol == "" || strings.EqualFold(r.Protocol, at.Protocol)
		filled := strings.NewReplacer("#{host}", asked.host, "#{path}", strings.TrimPrefix(asked.path, "/"))
		again := asked
		if r.Path != "" {
			again.path = "/" + strings.TrimPrefix(filled.Replace(r.Path), "/")
		}
		same := r.Host == "" || strings.EqualFold(filled.Replace(r.Host), asked.host)
		back, found := taken(w.route.rules, again)
		return port && protocol && same && found && back.Default == rule.Default && back.Priority == rule.Priority
	})
}

// ownAnswer is what a rule answers by itself.
type ownAnswer struct {
	status int
	text   string // "a fixed response 404", "a redirect 301 to …"
	body   string
}

// quoted is the answer with its body, if it has one.
func (a ownAnswer) quoted() string {
	if a.body == "" {
		return a.text
	}
	return fmt.Sprintf("%s %q", a.text, a.body)
}

// answerOf is the fixed response or redirect of a rule; nil if it forwards.
func answerOf(r topology.Rule) *ownAnswer {
	for _, a := range r.Actions {
		switch {
		case a.Fixed != nil:
			return &ownAnswer{a.Fixed.Status, fmt.Sprintf("a fixed response %d", a.Fixed.Status), a.Fixed.Body}
		case a.Redirect != nil:
			return &ownAnswer{a.Redirect.Status, fmt.Sprintf("a redirect %d to %s://%s:%s%s", a.Redirect.Status, strings.ToLower(a.Redirect.Protocol), a.Redirect.Host, a.Redirect.Port, a.Redirect.Path), ""}
		}
	}
	return nil
}

// noRule is D11: no rule matches and the default answers; or a rule answers by
// itself, and there is none behind it that would forward.
func noRule(w *walk, rule topology.Rule, answer ownAnswer, read topology.Status) candidate {
	e, root := w.symptom.Endpoint, rootOf(*w.route.balancer, *w.route.listener)
	c := candidate{
		code: RuleDefaultFixed, root: root,
		predicts: []prediction{{statuses: []int{answer.status}, responders: []Responder{ByRule}}, {classes: []result.Class{result.HTTPRedirectLoop, result.HTTPRedirect}}},
		say: func(places []string) string {
			if others := len(w.route.rules) - 1; others > 0 {
				return fmt.Sprintf("%s has %s and none matches %s; its default action, %s, answers", root, counted(others, "rule"), listed(places), answer.text)
			}
			return fmt.Sprintf("%s has no rules, so its default action, %s, answers %s", root, answer.text, listed(places))
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("no rule of %s matches %s; the default is %s", root, e.Place(), answer.quoted())),
			w.probed(fmt.Sprintf("%s answered %d with the same status, type and body as the default action", e.Place(), w.seen.answer.Status)),
		},
		verify: []string{rulesCommand(w, *w.route.listener), curlCommand(w)},
	}
	if answer.body == "" {
		c.evidence[1].Statement = fmt.Sprintf("%s answered %d, as the default action does", e.Place(), w.seen.answer.Status)
	}
	if !strings.HasPrefix(answer.text, "a redirect") {
		c.predicts = c.predicts[:1]
	} else if w.seen.class == result.HTTPRedirectLoop && !loops(w, rule) {
		c.predicts = nil // what it leads to leads back
	}
	if !rule.Default {
		c.root = fmt.Sprintf("%s/%d", root, rule.Priority)
		c.say = func(places []string) string {
			return fmt.Sprintf("%s of %s answers %s itself with %s; no rule behind it forwards", ruleName(rule), root, listed(places), answer.text)
		}
		c.evidence[0].Statement = fmt.Sprintf("%s of %s takes %s; its action is %s", ruleName(rule), root, e.Place(), answer.quoted())
		c.evidence[1].Statement = strings.Replace(c.evidence[1].Statement, "default action", "action of that rule", 1)
	}
	c.evidence = append(c.evidence, elsewhere(w)...)
	key := c.key()
	c.together = func(all []*walk) []Action { return createRules(all, key) }
	c.askFirst(w, rule, answer)
	createRules([]*walk{w}, key) // says what it has to know
	return c
}

// unsure names rules that would take the request if the checker's address, as
// the load balancer sees it, were among theirs.
func unsure(w *walk, taken topology.Rule) []string {
	var all []string
	public := w.route.balancer.Scheme == "internet-facing" && w.dialledPublic()
	for _, r := range inOrder(w.route.rules) {
		if public && privateOnly(r) { // nobody comes from there over the internet
			continue
		}
		if r.Default || !taken.Default && r.Priority >= taken.Priority {
			continue
		}
		other := r
		other.Conditions = slices.DeleteFunc(slices.Clone(r.Conditions), func(c topology.Condition) bool { return c.Field == "source-ip" })
		if len(other.Conditions) < len(r.Conditions) && (len(other.Conditions) == 0 || matches(other, requestOf(w.symptom.Endpoint))) {
			all = append(all, fmt.Sprintf("that the checker's address is none of those of %s", ruleName(r)))
		}
	}
	return all
}

// privateOnly: all addresses that a rule is for are those of private networks.
func privateOnly(r topology.Rule) bool {
	return slices.ContainsFunc(r.Conditions, func(c topology.Condition) bool {
		return c.Field == "source-ip" && !slices.ContainsFunc(c.Values, func(cidr string) bool {
			net, err := netip.ParsePrefix(cidr)
			return err != nil || !net.Addr().IsPrivate()
		})
	})
}
