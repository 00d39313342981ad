package diagnose

import (
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// purpose is what a rule that answers by itself may be there for. The rules
// show that it answers, and never that it is a mistake.
type purpose struct {
	rule   topology.Rule
	is     string // "a planned maintenance"
	ends   bool   // it is there for a time
	closed bool   // it keeps clients out, so nothing is proposed that lets them in
}

// purposeOf is the purpose of what answers; false where nobody would set it up
// so for a purpose: a default that answers what it always did.
func purposeOf(rule topology.Rule, answer ownAnswer) (purpose, bool) {
	p := purpose{rule: rule, is: "there to answer this request"}
	switch {
	case answer.status == 503:
		p.is, p.ends = "a planned maintenance", true
	case rule.Default:
		return purpose{}, false
	case answer.status == 401 || answer.status == 403:
		p.is, p.closed = "there to keep this request out", true
	case answer.status < 400:
		p.is = "meant to send clients elsewhere"
	}
	return p, true
}

// doubt is what the cause rests on.
func (p purpose) doubt() string { return fmt.Sprintf("that %s is not %s", ruleName(p.rule), p.is) }

// ask is the first thing to do, before anything is changed.
func (p purpose) ask(w *walk, key string) Action {
	e := w.symptom.Endpoint
	a := Action{
		Priority: "P0", Do: fmt.Sprintf("find out whether %s is %s", ruleName(p.rule), p.is), Owner: e.Owner,
		DoneWhen: fmt.Sprintf("it is known whether %s is %s", ruleName(p.rule), p.is), Done: Test{FindingGone, key},
	}
	if who, _, known := changedBy(w, p.rule); known {
		a.Do += "; " + who
	}
	switch {
	case p.closed:
		a.Do += fmt.Sprintf("; if so, do not probe %s, or expect %d", e.Place(), w.seen.answer.Status)
	case p.ends:
		a.Do += "; if so, wait for its end"
	default:
		a.Do += fmt.Sprintf("; if so, let the probe of %s expect it", e.Place())
	}
	return a
}

// unless puts a question before actions that only a mistake asks for.
func (p purpose) unless(w *walk, key string, actions []Action) []Action {
	first := p.ask(w, key)
	if p.closed {
		return []Action{first}
	}
	for i := range actions {
		actions[i].Priority = "P1"
		actions[i].Do = fmt.Sprintf("if this is not %s, %s", p.is, actions[i].Do)
	}
	return append([]Action{first}, actions...)
}

// askFirst makes a cause of a rule that answers by itself: that it answers is
// certain, that it should not is not.
func (c *candidate) askFirst(w *walk, rule topology.Rule, answer ownAnswer) {
	p, some := purposeOf(rule, answer)
	if !some || w.seen.class == result.HTTPRedirectLoop { // nobody means a loop
		return
	}
	c.inferred = append(c.inferred, p.doubt())
	if _, e, known := changedBy(w, rule); known {
		c.evidence = append(c.evidence, e)
	}
	key := c.key()
	if together := c.together; together != nil {
		c.together = func(all []*walk) []Action { return p.unless(all[0], key, together(all)) }
	}
	c.actions = p.unless(w, key, c.actions)
}

// changedBy is who changed a rule last, or rules of its listener, as far as the
// audit log has it.
func changedBy(w *walk, rule topology.Rule) (text string, e Evidence, known bool) {
	for _, of := range []struct{ resource, name string }{
		{rule.ARN, ruleName(rule)},
		{w.route.listener.ARN, "rules of " + rootOf(*w.route.balancer, *w.route.listener)},
	} {
		if of.resource == "" {
			continue
		}
		fact := hint(w, w.facts.Changes, topology.Changes, of.resource)
		all := slices.DeleteFunc(slices.Clone(fact.Value), func(c topology.Change) bool { return c.Failed != "" || c.Who == "" })
		if len(all) > 0 {
			last := slices.MaxFunc(all, func(a, b topology.Change) int { return a.At.Compare(b.At) })
			text = fmt.Sprintf("%s changed %s at %s (%s)", last.Who, of.name, last.At.UTC().Format("2006-01-02 15:04:05Z"), last.Event)
			return text, told(fact.Status, text), true
		}
		if fact.State != topology.Known {
			break // one question at a time
		}
	}
	return "", Evidence{}, false
}
