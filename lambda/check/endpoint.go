package check

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v4"
	"hokus.ai/tidewatch/lambda/internal/condition"
)

// The defaults of an endpoint.
const (
	defaultInterval = time.Minute
	defaultSeverity = Major
)

// endpoint is one entry of endpoints while it is read: the check that it
// becomes, and what can be judged only when all of it is known.
type endpoint struct {
	Check
	at      *yaml.Node // the mapping
	enabled bool
	tls     bool // the scheme speaks TLS
	method  string
	graphql bool
	client  client
	user    *url.Userinfo

	name, group, url, headers, body      *yaml.Node
	conditions, warnConditions, requires *yaml.Node
	defaults                             map[string]Alert // of alerts, by type
}

// parsed is one text of a condition, parsed once however often it is written.
type parsed struct {
	condition *condition.Condition
	err       error
	lints     []condition.Lint
	reads     []condition.Placeholder
}

// endpoint reads one entry into e, which is used again for the next one.
func (r *reader) endpoint(e *endpoint, n *yaml.Node, defaults map[string]Alert) {
	*e = endpoint{
		Check: Check{Interval: defaultInterval, Severity: defaultSeverity},
		at:    n, enabled: true, method: methods[0], client: newClient(), defaults: defaults,
	}
	decode(r, n, endpointSection, e)
	if n.Kind != yaml.MappingNode {
		return
	}
	r.name(e)
	r.target(e)
	r.request(e)
	e.Client, e.Timeout = one(r.pools.clients, e.client.Client), e.client.timeout
	if e.conditions == nil || e.conditions.Kind == yaml.SequenceNode && len(e.conditions.Content) == 0 {
		r.fail(cmp.Or(e.conditions, n), Message{
			Problem:  "the endpoint has no conditions, so nothing would tell whether it is healthy",
			Accepted: suggestedCondition(e.Kind),
		})
	}
	r.under("conditions", func() { e.Conditions = r.conditions(e.conditions, e) })
	r.under("warn-conditions", func() { e.Warnings = r.conditions(e.warnConditions, e) })
}

// suggestedCondition is what an endpoint of the kind should at least demand.
func suggestedCondition(k Kind) string {
	if k == KindHTTP || k == "" {
		return `conditions: ["[STATUS] == 200"]`
	}
	return `conditions: ["[CONNECTED] == true"]`
}

// name checks name and group and makes the key, whose parts they become, so that
// they are kept once.
func (r *reader) name(e *endpoint) {
	const accepted = `any text without ", \ or control characters`
	r.under("name", func() {
		switch {
		case e.name != nil && e.name.Kind != yaml.ScalarNode: // refused before
		case e.name == nil || e.Name == "":
			r.fail(cmp.Or(e.name, e.at), Message{Problem: "the endpoint has no name", Accepted: accepted})
		case strings.ContainsFunc(e.Name, notInName):
			r.fail(e.name, Message{Problem: quote(e.name.Value) + " holds a character that a name cannot", Accepted: accepted})
		}
	})
	if strings.ContainsFunc(e.Group, notInName) {
		r.under("group", func() {
			r.fail(e.group, Message{Problem: quote(e.group.Value) + " holds a character that a group cannot", Accepted: accepted})
		})
	}
	e.Key = e.Name
	if e.Group != "" {
		e.Key = e.Group + "/" + e.Name
		e.Group, e.Name = e.Key[:len(e.Group)], e.Key[len(e.Group)+1:]
	}
}

// notInName tells the characters that Gatus refuses, those that would break the
// lines of reports, and those that would show them in another order.
func notInName(c rune) bool {
	return c == '"' || c == '\\' || unicode.In(c, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// conditions reads a list of conditions.
func (r *reader) conditions(n *yaml.Node, e *endpoint) []*condition.Condition {
	if n == nil {
		return nil
	}
	r.conditionList = r.conditionList[:0]
	r.each(n, `a list such as ["[STATUS] == 200"]`, func(_ int, item *yaml.Node) {
		if c := r.condition(item, e); c != nil {
			r.conditionList = append(r.conditionList, c)
		}
	})
	return share(r.pools.lists, r.conditionList)
}

// condition reads one condition, and warns of what it will not do.
func (r *reader) condition(n *yaml.Node, e *endpoint) *condition.Condition {
	s, ok := r.scalar(n, `a condition such as "[STATUS] == 200"`)
	if !ok {
		return nil
	}
	p, known := r.pools.conditions[s.text]
	if !known {
		p = parseCondition(s.text)
		r.pools.conditions[s.text] = p
	}
	if inner, quoted := typographic(s.text); quoted && !s.expanded {
		r.fail(n, Message{Problem: quote(n.Value) + typographicProblem, Got: n.Value, Accepted: `"` + inner + `"`})
		return nil
	}
	if p.err != nil {
		r.badCondition(n, s, p.err)
		return nil
	}
	for _, lint := range p.lints {
		problem := lint.Problem
		if s.expanded {
			problem = r.problemAsWritten(n, problem)
		}
		r.say(r.within(n, s, lint.Offset), Message{Level: Warning, Got: n.Value, Problem: problem})
	}
	kind := e.Kind.info()
	for _, placeholder := range p.reads {
		if e.Kind != "" && !kind.fills(placeholder, e.tls) {
			r.warn(n, "%s is never filled by a check of %s://, so this condition says nothing about the endpoint", placeholder, e.Target.Scheme)
		}
	}
	return p.condition
}

const typographicProblem = ` stands in typographic quotes, which are part of the text; write " or ' instead`

// typographic finds a text in quotes of a word processor, which are no quotes
// to YAML and so become part of it.
func typographic(text string) (inner string, quoted bool) {
	const marks = "“”„‟‘’‚«»"
	inner = strings.Trim(text, marks)
	return inner, inner != "" && !strings.ContainsAny(inner, marks) && !strings.HasPrefix(text, inner) && !strings.HasSuffix(text, inner)
}

// problemAsWritten says what is the matter with a condition without showing
// what its variables stand for: in the words of the text as written, if that
// has the same fault, else in none.
func (r *reader) problemAsWritten(n *yaml.Node, problem string) string {
	for _, lint := range parseCondition(n.Value).lints {
		if expand(lint.Problem, r.env).text == problem {
			return lint.Problem
		}
	}
	return "once its variables are replaced, this condition does not mean what it says; to see why, write harmless values in their place and run `tidewatch check`"
}

// parseCondition asks all that there is to know of a text at once, so that
// thousands of endpoints with the same condition cost one parse.
func parseCondition(text string) parsed {
	c, err := condition.Parse(text)
	if err != nil {
		return parsed{err: err}
	}
	return parsed{condition: c, lints: c.Lints(), reads: c.Reads()}
}

// badCondition refuses a condition. What variables stand for is not shown.
func (r *reader) badCondition(n *yaml.Node, s scalar, err error) {
	m := Message{Problem: quote(n.Value) + " is not a condition"}
	var syntax *condition.SyntaxError
	if errors.As(err, &syntax) {
		if s.expanded {
			m.Problem += " once its variables are replaced"
			m.Accepted = syntax.Accepted
		} else {
			m.Problem += ": " + syntax.Problem
			m.Accepted, m.Nearest = syntax.Accepted, syntax.Nearest
		}
		m.Got = n.Value
		n = r.within(n, s, syntax.Offset)
	}
	r.fail(n, m)
}

// within returns a node that stands at a byte of a scalar, for messages.
func (r *reader) within(n *yaml.Node, s scalar, offset int) *yaml.Node {
	if s.expanded || offset <= 0 {
		return n
	}
	at := *n
	at.Column = r.column(n, offset)
	return &at
}
