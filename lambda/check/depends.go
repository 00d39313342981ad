package check

import (
	"cmp"
	"fmt"
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
		r.unknownEndpoint(f, n, s.hide())
		return 0, false
	}
	if f.members[i].check < 0 {
		r.warn(n, "the endpoint %s is disabled, so it never explains a failure", quote(n.Value))
	}
	return i, true
}

// The bounds of what is told about dependencies. Who has more than that of one
// mistake has made one, and every guess looks at all endpoints.
const (
	mostGuesses = 20
	mostCircles = 20
	longCircle  = 12 // keys
)

// unknownEndpoint refuses a key that no endpoint has, and guesses which was
// meant unless there are too many of them.
func (r *reader) unknownEndpoint(f *fleet, n *yaml.Node, text string) {
	m := Message{Problem: "no endpoint has the key " + quote(n.Value)}
	keys := f.keys()
	if f.guesses < mostGuesses {
		f.guesses++
		m.Nearest = cmp.Or(keyWithName(text, keys), nearest(text, keys))
	}
	if m.Nearest == "" {
		m.Accepted = describe(keys)
	}
	r.fail(n, m)
}

// keys lists the keys as written, for messages.
func (f *fleet) keys() []string {
	if f.written == nil {
		f.written = make([]string, len(f.members))
		for i := range f.members {
			f.written[i] = f.members[i].written
		}
	}
	return f.written
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

// checkCycles refuses each circle of dependencies once, up to a number.
func (r *reader) checkCycles(f *fleet) {
	state := make([]int, len(f.members))
	var path []int
	circles := 0
	var visit func(i int)
	visit = func(i int) {
		state[i] = onPath
		path = append(path, i)
		for _, on := range f.members[i].on {
			switch state[on] {
			case unvisited:
				visit(on)
			case onPath:
				if circles++; circles <= mostCircles {
					r.cycle(f, path[slices.Index(path, on):])
				}
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
	for _, i := range members[:min(len(members), longCircle)] {
		keys = append(keys, f.members[i].written)
	}
	if more := len(members) - longCircle; more > 0 {
		keys = append(keys, fmt.Sprintf("%d more", more))
	}
	first := f.members[members[0]]
	r.pushIndex(first.index)
	r.push("depends-on")
	r.fail(first.requires, Message{Problem: "endpoints depend on each other in a circle: " + strings.Join(append(keys, keys[0]), " → ")})
	r.pop()
	r.pop()
}
