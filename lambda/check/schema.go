package check

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// KeyInfo documents one key.
type KeyInfo struct {
	Path    string // such as endpoints[].client.timeout
	Name    string
	Type    string // what kind of value, such as "duration"
	Default string // as it would be written; "" if there is none
	Doc     string // one line
	Verdict Verdict
	Note    string // what differs from Gatus: the reason, and what to write instead
	Skips   bool   // checks are written below it that do not run, of which its use warns
}

// sectionInfo documents one mapping of the file.
type sectionInfo struct {
	Path string // such as endpoints[].client; "" is the top level
	Noun string // what it is called in messages, such as "client"
	Keys []KeyInfo
}

// names lists the keys that may be written.
func (s *sectionInfo) names() []string {
	var names []string
	for i := range s.Keys {
		switch k := &s.Keys[i]; {
		case k.Verdict == Rejected || k.Verdict == Ignored:
		case k.Name == "*":
			names = append(names, "any name")
		default:
			names = append(names, k.Name)
		}
	}
	return names
}

// find returns the key of that name, or nil.
func (s *sectionInfo) find(name string) *KeyInfo {
	for i := range s.Keys {
		if s.Keys[i].Name == name {
			return &s.Keys[i]
		}
	}
	return nil
}

// field says how a value is written and how it reaches its place in a T.
type field[T any] struct {
	typ  string
	read func(r *reader, n *yaml.Node, to *T) // n is neither an alias nor null
}

// key is one row of a section's table.
type key[T any] struct {
	name    string   // "*": any name that the table does not list
	field   field[T] // zero for ignored and rejected keys
	def     string
	doc     string
	verdict Verdict
	note    string
	skips   bool // checks are written below it that do not run
	// emptyOK: a rejected key may be written if its value is empty.
	emptyOK bool
}

// section is the closed table of the keys that a mapping may hold. Reading,
// the messages about unknown keys, the accepted lists and the reference are
// all made from it.
type section[T any] struct {
	info  sectionInfo
	keys  []key[T]
	index map[string]int
	// other may accept a key that the table does not list.
	other func(r *reader, name, value *yaml.Node, to *T) bool
}

// newSection makes the table of a section. The path is that of messages and of
// the reference, the noun what sentences call it.
func newSection[T any](path, noun string, keys ...key[T]) *section[T] {
	s := &section[T]{
		info: sectionInfo{Path: path, Noun: noun, Keys: make([]KeyInfo, 0, len(keys))},
		keys: make([]key[T], 0, len(keys)), index: make(map[string]int, len(keys)),
	}
	for _, k := range keys {
		s.add(k)
	}
	return s
}

// add appends a row, and with it its documentation.
func (s *section[T]) add(k key[T]) {
	s.index[k.name] = len(s.keys)
	s.keys = append(s.keys, k)
	s.info.Keys = append(s.info.Keys, KeyInfo{
		Path: join(s.info.Path, k.name), Name: k.name, Type: cmp.Or(k.field.typ, "anything"), Default: k.def,
		Doc: k.doc, Verdict: k.verdict, Note: k.note, Skips: k.skips,
	})
}

// join appends a name to a path.
func join(path, name string) string {
	return strings.TrimPrefix(path+"."+name, ".")
}

// decode reads a mapping by its table, merge keys included.
func decode[T any](r *reader, n *yaml.Node, s *section[T], to *T) {
	if n.Kind != yaml.MappingNode {
		r.wrongKind(n, "a mapping of "+describe(s.info.names()))
		return
	}
	// One bit per key: a table has fewer than 64 keys, which a test pins.
	var seen uint64
	decodeInto(r, n, s, to, &seen)
}

// decodeInto reads the keys that were not seen yet: first those written here,
// then those of the merged mappings, so that what is explicit wins.
func decodeInto[T any](r *reader, n *yaml.Node, s *section[T], to *T, seen *uint64) {
	merges := false
	for name, value := range pairs(n) {
		if isMerge(name) {
			merges = true
			continue
		}
		i, known := s.index[name.Value]
		if !known {
			i, known = s.index["*"]
		}
		switch {
		case name.Kind != yaml.ScalarNode: // refused before
		case !known && s.other != nil && s.other(r, name, value, to):
		case !known:
			r.unknownKey(&s.info, name)
		case *seen&(1<<i) == 0 || s.keys[i].name == "*":
			*seen |= 1 << i
			readKey(r, name, value, &s.keys[i], &s.info.Keys[i], to)
		}
	}
	if merges {
		for source := range r.merged(n) {
			decodeInto(r, source, s, to, seen)
		}
	}
}

// readKey acts on the verdict of one key, and reads its value if it has an
// effect. A null value is as good as no key.
func readKey[T any](r *reader, name, value *yaml.Node, k *key[T], info *KeyInfo, to *T) {
	n := resolve(value)
	if k.emptyOK && n.Kind == yaml.ScalarNode && n.Value == "" {
		return
	}
	r.used[info]++
	r.push(name.Value)
	defer r.pop()
	switch k.verdict {
	case Rejected:
		r.reject(name, info)
		return
	case Ignored:
		r.once(name, info)
		return
	case Adapted:
		r.once(name, info)
	}
	if !r.isNull(n) {
		k.field.read(r, n, to)
	}
}
