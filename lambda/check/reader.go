package check

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// reader walks one configuration and collects what there is to say about it.
// It lives as long as one call of Load.
type reader struct {
	files    files
	lastLine lineRunes
	dir      string // where relative file names start
	env      func(string) (string, bool)
	schema   []*sectionInfo // every table; here, because tables cannot refer to the list of themselves

	path     []step // where the walk is
	hidden   bool   // the value being read is a credential, which no message shows
	messages Messages
	said     map[said]bool
	used     map[*KeyInfo]int
	values   []valueUse
	pools    pools

	sensitive []string        // values of variables that no report may show
	concealed map[string]bool // the same

	toldTypes     map[string]bool // foreign types of alerts, told once each
	alertList     []Alert         // scratch
	conditionList []*condition.Condition
}

// step is one part of a path: a key, or an index if key is empty.
type step struct {
	key   string
	index int
}

// said identifies a message: a mapping that is merged in many places is
// faulted once.
type said struct {
	line, column int
	problem      string
}

// push, pushIndex and pop keep the path up to date.
func (r *reader) push(key string) { r.path = append(r.path, step{key: key}) }
func (r *reader) pushIndex(i int) { r.path = append(r.path, step{index: i}) }
func (r *reader) pop()            { r.path = r.path[:len(r.path)-1] }

// pathText shows where the walk is.
func (r *reader) pathText() string { return pathText(r.path) }

// under calls f with the key on the path.
func (r *reader) under(key string, f func()) {
	r.push(key)
	f()
	r.pop()
}

// pathText shows a path as messages have it.
func pathText(path []step) string {
	var b strings.Builder
	for _, s := range path {
		switch {
		case strings.ContainsFunc(s.key, unicode.IsControl):
			b.WriteString("." + quote(s.key)) // a message is one line
		case s.key == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + s.key)
		default:
			b.WriteString(s.key)
		}
	}
	return b.String()
}

// say adds a message about the node, at the path where the walk is.
func (r *reader) say(n *yaml.Node, m Message) {
	id := said{n.Line, n.Column, m.Problem}
	if r.said[id] {
		return
	}
	r.said[id] = true
	m.File, m.Line, m.Column = r.files.place(n.Line, n.Column)
	m.Problem, m.Got = withoutFallbacks(m.Problem), withoutFallbacks(m.Got)
	m.Accepted, m.Nearest = withoutFallbacks(m.Accepted), withoutFallbacks(m.Nearest)
	if m.Path == "" {
		m.Path = r.pathText()
	}
	r.messages = append(r.messages, m)
}

// fail adds an error about the node.
func (r *reader) fail(n *yaml.Node, m Message) {
	m.Level = Error
	switch {
	case r.hidden:
		m.Got = "…"
	case m.Got == "" && n.Kind == yaml.ScalarNode:
		m.Got = redact.URL(n.Value)
	}
	r.say(n, m)
}

// warn adds a warning about the node.
func (r *reader) warn(n *yaml.Node, format string, args ...any) {
	r.say(n, Message{Level: Warning, Problem: fmt.Sprintf(format, args...)})
}

// reject refuses a key for the reason that its table gives.
func (r *reader) reject(name *yaml.Node, info *KeyInfo) {
	r.fail(name, Message{Problem: info.Note, Verdict: Rejected})
}

// once tells, at its first use, that a key has no effect or another one.
func (r *reader) once(name *yaml.Node, info *KeyInfo) {
	level := Info
	if info.Skips {
		level = Warning
	}
	if r.used[info] == 1 && info.Note != "" {
		r.say(name, Message{Level: level, Problem: info.Note, Verdict: info.Verdict})
	}
}

// wrongKind refuses a value that has the wrong shape.
func (r *reader) wrongKind(n *yaml.Node, accepted string) {
	r.fail(n, Message{Problem: shape(n) + " does not fit here", Accepted: accepted})
}

// shape describes a node in messages.
func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return quote(redact.URL(n.Value))
}

// quote shows a value as written, cut to a length that a line can hold.
func quote(s string) string {
	const most = 80
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return strconv.Quote(s)
}

// resolve follows aliases. The tree has no cycles any more when it is read.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// pairs yields the keys and values of a mapping as written. Keys that are not
// scalars have been refused before.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(*yaml.Node, *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(resolve(n.Content[i]), n.Content[i+1]) {
				return
			}
		}
	}
}

// isMerge tells the merge key from a quoted "<<", which is a name.
func isMerge(name *yaml.Node) bool { return name.Value == "<<" && name.Tag == "!!merge" }

// merged yields the mappings that a mapping merges, the winning one first.
func (r *reader) merged(n *yaml.Node) iter.Seq[*yaml.Node] {
	return func(yield func(*yaml.Node) bool) {
		for name, value := range pairs(n) {
			if !isMerge(name) {
				continue
			}
			sources := []*yaml.Node{value}
			if list := resolve(value); list.Kind == yaml.SequenceNode {
				sources = list.Content
			}
			for _, source := range sources {
				mapping := resolve(source)
				if mapping.Kind != yaml.MappingNode {
					r.fail(source, Message{
						Problem:  shape(mapping) + " cannot be merged with <<",
						Accepted: "an alias of a mapping such as *defaults, or a list of them",
					})
					continue
				}
				if !yield(mapping) {
					return
				}
			}
		}
	}
}

// each calls f for every item of a list, with the index on the path.
func (r *reader) each(n *yaml.Node, accepted string, f func(i int, item *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.wrongKind(n, accepted)
		return
	}
	for i, item := range n.Content {
		r.pushIndex(i)
		f(i, resolve(item))
		r.pop()
	}
}

// entries calls f for every key of a free mapping, merge keys included, with
// the key on the path.
func (r *reader) entries(n *yaml.Node, accepted string, f func(name, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.wrongKind(n, accepted)
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	r.entriesInto(n, seen, f)
}

// entriesInto is entries without the keys that were seen: what is explicit wins.
func (r *reader) entriesInto(n *yaml.Node, seen map[string]bool, f func(name, value *yaml.Node)) {
	for name, value := range pairs(n) {
		if isMerge(name) || seen[name.Value] {
			continue
		}
		seen[name.Value] = true
		r.push(name.Value)
		f(name, resolve(value))
		r.pop()
	}
	for source := range r.merged(n) {
		r.entriesInto(source, seen, f)
	}
}
