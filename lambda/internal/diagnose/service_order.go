package diagnose

import (
	"cmp"
	"slices"
	"strings"
)

// Services are described ten at a call. Where a cluster has more than a few
// calls' worth, the one behind a target group is looked for by its name first.
const (
	perCall    = 10
	fewEnough = 2 * perCall
)

// inTurn has the names of services in the order in which the one behind a
// target group is looked for: as many as one call describes, those named most
// like the group, and only if it is none of them all others.
func inTurn(services []string, group string) [][]string {
	if len(services) <= fewEnough {
		return [][]string{services}
	}
	of := nameWords(group)
	ranked := slices.Clone(services)
	slices.SortStableFunc(ranked, func(a, b string) int {
		return cmp.Compare(likeness(nameWords(b), of), likeness(nameWords(a), of))
	})
	return [][]string{ranked[:perCall], ranked[perCall:]}
}

// likeness is how many words two names share, less a little for those that
// only the first one has.
func likeness(words, of []string) int {
	const shared, alone = 100, 1
	sum := 0
	for _, word := range words {
		if slices.Contains(of, word) {
			sum += shared
		} else {
			sum -= alone
		}
	}
	return sum
}

// nameWords are the parts of a name, in lower case.
func nameWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return c == '-' || c == '_' || c == '.' })
}
