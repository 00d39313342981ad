package check

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// checkDependencies resolves depends-on to the keys as written at their
// endpoints, and refuses unknown keys and cycles.
func (r *reader) checkDependencies(f *fleet) {
	for i := range f.members {
		m := &f.members[i]
		if m.requires == nil {
			continue
		}
		r.pushIndex(m.index)
		r.push("depends-on")
		r.each(m.requires, "a list of keys such as [internal/database]", func(_ int, item *yaml.Node) {
			if on, ok := r.dependency(f, item); ok && !slices.Contains(m.on, on) {
				m.on = append(m.on, on)
			}
		})
		r.pop()
		r.pop()
		if m.check >= 0 {
			for _, on := range m.on {
				f.checks[m.check].DependsOn = append(f.checks[m.check].DependsOn, f.members[on].key)
			}
		}
	}
	r.checkCycles(f)
}

// dependency finds the member that an item of depends-on names.
func (r *reader) dependency(f *fleet, n *yaml.Node) (int, bool) {
	s, ok := r.scalar(n, "the key of an endpoint")
	if !ok {
		return 0, false
	}
	i, known := f.byKey[strings.ToLower(s.text)]
	if !known {
		keys := f.keys()
		m := Message{Problem: "no endpoint has the key " + quote(n.Value)}
		m.Nearest = cmp.Or(keyWithName(s.hide(), keys), nearest(s.hide(), keys))
		if m.Nearest == "" {
			m.Accepted = describe(keys)
		}
		r.fail(n, m)
		return 0, false
	}
	if f.members[i].check < 0 {
		r.warn(n, "the endpoint %s is disabled, so it never explains a failure", quote(n.Value))
	}
	return i, true
}

// keys lists the keys as written, for messages.
func (f *fleet) keys() []string {
	keys := make([]string, len(f.members))
	for i := range f.members {
		keys[i] = f.members[i].written
	}
	return keys
}

// keyWithName finds the key for a name written without its group.
func keyWithName(name string, keys []string) string {
	for _, k := range keys {
		if name != "" && strings.HasSuffix(strings.ToLower(k), "/"+strings.ToLower(name)) {
			return k
		}
	}
	return ""
}

// The states of a member during the search for cycles.
const (
	unvisited = iota
	onPath
	finished
)

// checkCycles refuses each circle of dependencies once.
func (r *reader) checkCycles(f *fleet) {
	state := make([]int, len(f.members))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = onPath
		path = append(path, i)
		for _, on := range f.members[i].on {
			switch state[on] {
			case unvisited:
				visit(on)
			case onPath:
				r.cycle(f, path[slices.Index(path, on):])
			}
		}
		path = path[:len(path)-1]
		state[i] = finished
	}
	for i := range f.members {
		if state[i] == unvisited {
			visit(i)
		}
	}
}

// cycle tells one circle, at the member that the search met first.
func (r *reader) cycle(f *fleet, members []int) {
	var keys []string
	for _, i := range members {
		keys = append(keys, f.members[i].written)
	}
	first := f.members[members[0]]
	r.pushIndex(first.index)
	r.push("depends-on")
	r.fail(first.requires, Message{Problem: "endpoints depend on each other in a circle: " + strings.Join(append(keys, keys[0]), " → ")})
	r.pop()
	r.pop()
}
