package check

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The bounds of a file. No real one comes near; they keep aliases that multiply
// each other from filling the memory.
const (
	maxDepth  = 100
	maxValues = 2_000_000
)

// inProgress marks an anchored value whose size is being counted.
const inProgress = -1

// tree looks at a whole file before its keys are read: no key twice in a
// mapping, no foreign tags, no alias inside itself, no explosion of aliases.
type tree struct {
	r     *reader
	sizes map[*yaml.Node]int // of anchored values, aliases expanded
	fatal bool               // reading on would not end
}

// checkTree reports whether the tree can be walked.
func checkTree(r *reader, root *yaml.Node) bool {
	t := &tree{r: r, sizes: make(map[*yaml.Node]int)}
	if size := t.size(root, 0); size > maxValues && !t.fatal {
		t.fatal = true
		r.fail(root, Message{Problem: fmt.Sprintf("with every alias replaced, the file holds more than %d values; use fewer aliases of aliases", maxValues)})
	}
	return !t.fatal
}

// size counts the values below a node, aliases expanded, up to maxValues+1.
func (t *tree) size(n *yaml.Node, depth int) int {
	if depth > maxDepth {
		if !t.fatal {
			t.r.fail(n, Message{Problem: fmt.Sprintf("the file is nested more than %d levels deep", maxDepth)})
		}
		t.fatal = true
		return 1
	}
	if n.Kind == yaml.AliasNode {
		return t.aliasSize(n)
	}
	t.checkTag(n)
	if n.Kind == yaml.MappingNode {
		t.checkKeys(n)
	}
	if n.Anchor != "" {
		t.sizes[n] = inProgress
	}
	size := 1
	for _, child := range n.Content {
		size = min(size+t.size(child, depth+1), maxValues+1)
	}
	if n.Anchor != "" {
		t.sizes[n] = size
	}
	return size
}

// aliasSize looks the size up: an anchor always stands before its aliases.
func (t *tree) aliasSize(n *yaml.Node) int {
	size := t.sizes[n.Alias]
	if size == inProgress {
		t.fatal = true
		t.r.fail(n, Message{Problem: "the alias *" + n.Value + " stands inside the value that it repeats"})
		return 1
	}
	return size
}

// checkTag refuses tags such as !Ref, which belong to other tools.
func (t *tree) checkTag(n *yaml.Node) {
	switch n.ShortTag() {
	case "", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!merge", "!!timestamp":
		return
	}
	t.r.fail(n, Message{Problem: "the tag " + quote(n.Tag) + " means nothing here; remove it"})
}

// checkKeys refuses keys that are no scalars, and keys that stand twice.
func (t *tree) checkKeys(n *yaml.Node) {
	const few = 32
	var index map[string]*yaml.Node
	if len(n.Content) > 2*few {
		index = make(map[string]*yaml.Node, len(n.Content)/2)
	}
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind == yaml.AliasNode {
			name = name.Alias
		}
		if name.Kind != yaml.ScalarNode {
			m := Message{Problem: shape(name) + " cannot be a key", Accepted: "text"}
			if strings.Contains(string(t.r.line(name.Line)), "{{") {
				m = Message{Problem: unrendered}
				t.fatal = true // what it would have become cannot be judged
			}
			t.r.fail(name, m)
			continue
		}
		if first := t.first(n, i, name.Value, index); first != nil {
			t.r.fail(name, Message{Problem: fmt.Sprintf("the key %s stands here a second time; the first is at %s", quote(name.Value), t.where(first, name))})
		}
		if index != nil {
			index[name.Value] = name
		}
	}
}

// first finds the key of that name among those before the i-th.
func (t *tree) first(n *yaml.Node, i int, name string, index map[string]*yaml.Node) *yaml.Node {
	if index != nil {
		return index[name]
	}
	for j := 0; j < i; j += 2 {
		if key := n.Content[j]; key.Kind == yaml.ScalarNode && key.Value == name {
			return key
		}
	}
	return nil
}

// where names the place of a node for a message about another one.
func (t *tree) where(n, other *yaml.Node) string {
	return t.r.where(n, other)
}

// where names the place of a node for a message about another one, with the
// file only if it is a different one.
func (r *reader) where(n, other *yaml.Node) string {
	name, line, column := r.files.place(n.Line, n.Column)
	if otherName, _, _ := r.files.place(other.Line, other.Column); name == otherName {
		return fmt.Sprintf("line %d, column %d", line, column)
	}
	return fmt.Sprintf("%s:%d:%d", name, line, column)
}
