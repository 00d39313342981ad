package check

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// scalar is a value of the file with its variables expanded.
type scalar struct {
	text     string
	expanded bool     // text holds the value of a variable, which no message may show
	values   []string // of the variables in it
	quoted   bool     // written in quotes or as a block, so it can only be text
}

// scalar returns the text of a node. It refuses lists, mappings and undefined
// variables; accepted is what the key takes.
func (r *reader) scalar(n *yaml.Node, accepted string) (scalar, bool) {
	if n.Kind != yaml.ScalarNode {
		r.wrongKind(n, accepted)
		return scalar{}, false
	}
	const quotes = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	s := scalar{text: n.Value, quoted: n.Style&quotes != 0}
	if strings.IndexByte(n.Value, '$') < 0 {
		return s, true
	}
	e := expand(n.Value, r.env)
	for _, problem := range e.problems {
		if r.hidden && problem.Accepted != "" {
			problem.Problem = "the ${ in this credential starts no variable"
		}
		r.fail(n, problem)
	}
	for _, eaten := range e.eaten {
		r.warn(n, "%q stays as it is here, but Gatus would remove it; write %q to mean the same in both", eaten, "$"+eaten)
	}
	s.text, s.expanded, s.values = e.text, e.expanded, e.values
	r.conceal(e.secrets...)
	return s, len(e.problems) == 0
}

// isNull reports whether a value is as good as absent. A variable that expands
// to nothing makes a plain value null, as if nothing had been written.
func (r *reader) isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	if n.Tag == "!!null" {
		return true
	}
	if strings.IndexByte(n.Value, '$') < 0 {
		return false
	}
	s, ok := r.scalar(n, "")
	if !ok || s.quoted {
		return false
	}
	switch s.text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// expansion is a text with its variables replaced.
type expansion struct {
	text     string
	expanded bool
	values   []string // of its variables
	secrets  []string // those of variables whose name says that they are secrets, defaults included
	problems []Message
	eaten    []string // what Gatus would have removed
}

// expand replaces $NAME, ${NAME}, ${NAME:-default} and $$. A $ that starts no
// name stays, because patterns such as ^ok$ and prices such as $5 are meant.
func expand(text string, env func(string) (string, bool)) expansion {
	var e expansion
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		rest := text[i+1:]
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			rest = rest[1:]
		case strings.HasPrefix(rest, "{"):
			rest = e.braced(&b, rest, env)
		case nameLength(rest) > 0:
			n := nameLength(rest)
			e.variable(&b, rest[:n], env)
			rest = rest[n:]
		default:
			b.WriteByte('$')
			if rest != "" && strings.IndexByte("*#@!?-0123456789", rest[0]) >= 0 {
				e.eaten = append(e.eaten, "$"+rest[:1])
			}
		}
		text = rest
	}
	b.WriteString(text)
	e.text = b.String()
	return e
}

// braced expands what follows a $ and starts with a brace, and returns what is
// left of the text.
func (e *expansion) braced(b *strings.Builder, text string, env func(string) (string, bool)) string {
	inner, rest, closed := strings.Cut(text[1:], "}")
	name, fallback, hasFallback := strings.Cut(inner, ":-")
	if !closed || nameLength(name) != len(name) || name == "" {
		e.problems = append(e.problems, Message{
			Problem:  quote("$"+text[:min(len(text), len(inner)+2)]) + " is not a variable",
			Accepted: "${NAME} or ${NAME:-default}, where NAME is letters, digits and _; $$ for a dollar sign",
		})
		return rest
	}
	if value, set := env(name); hasFallback && (!set || value == "") {
		b.WriteString(fallback)
		e.expanded = true
		if namesSecret(name) {
			e.secrets = append(e.secrets, fallback)
		}
		return rest
	}
	e.variable(b, name, env)
	return rest
}

// variable appends the value of a variable, which must be set: an empty value in
// its place would check something else than what was meant.
func (e *expansion) variable(b *strings.Builder, name string, env func(string) (string, bool)) {
	value, set := env(name)
	if !set {
		e.problems = append(e.problems, Message{
			Problem: "the environment variable " + name + " is not set; set it, or give a default: ${" + name + ":-default}; $$ stands for a dollar sign",
		})
		return
	}
	b.WriteString(value)
	e.expanded = true
	e.values = append(e.values, value)
	if namesSecret(name) {
		e.secrets = append(e.secrets, value)
	}
}

// nameLength returns how many bytes at the start of the text can name a
// variable.
func nameLength(text string) int {
	for i := range len(text) {
		c := text[i]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}
