package diagnose

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Services are described ten at a call. Where a cluster has more than a few
// calls' worth, the one behind a target group is looked for by its name first.
const (
	perCall   = 10
	fewEnough = 2 * perCall
)

// inTurn has the names of services in the order in which the one behind a
// target group is looked for: as many as one call describes, those named most
// like the group, and only if it is none of them all others.
func inTurn(services []string, group string) [][]string {
	if len(services) <= fewEnough {
		return [][]string{services}
	}
	of := slices.Collect(nameWords(group))
	ranked := make([]ranking, len(services))
	for i, name := range services {
		ranked[i] = ranking{name, likeness(name, of)}
	}
	slices.SortStableFunc(ranked, func(a, b ranking) int { return cmp.Compare(b.score, a.score) })
	order := make([]string, len(ranked))
	for i, r := range ranked {
		order[i] = r.name
	}
	return [][]string{order[:perCall], order[perCall:]}
}

// turns are the orders that the walks of one diagnosis have made, by cluster
// and target group: many endpoints share a group.
type turns map[[2]string][][]string

// inTurn is the order for the group of the walk.
func (w *walk) inTurn(cluster string, services []string) [][]string {
	at := [2]string{cluster, w.route.group.Name}
	order, known := w.turns[at]
	if !known {
		order = inTurn(services, at[1])
		if w.turns != nil {
			w.turns[at] = order
		}
	}
	return order
}

type ranking struct {
	name  string
	score int
}

// likeness is how many words a name shares with others, less a little for
// those that it has alone.
func likeness(name string, of []string) int {
	const shared, alone = 100, 1
	sum := 0
	for word := range nameWords(name) {
		if slices.ContainsFunc(of, func(one string) bool { return strings.EqualFold(one, word) }) {
			sum += shared
		} else {
			sum -= alone
		}
	}
	return sum
}

// nameWords are the parts of a name.
func nameWords(name string) iter.Seq[string] {
	return strings.FieldsFuncSeq(name, func(c rune) bool { return c == '-' || c == '_' || c == '.' })
}
