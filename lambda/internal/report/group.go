package report

import (
	"cmp"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// groupsOf sorts results into their groups. Groups with failures come first,
// and within a group failures do; otherwise the order of the configuration
// holds, so that an endpoint is found where it was yesterday.
func groupsOf(results []result.Result) []group {
	var groups []group
	index := map[string]int{}
	for i := range results {
		r := &results[i]
		at, ok := index[r.Group]
		if !ok {
			at = len(groups)
			index[r.Group] = at
			groups = append(groups, group{name: r.Group})
		}
		groups[at].results = append(groups[at].results, r)
		groups[at].tally.Total++
		groups[at].tally.add(stateOf(r))
	}
	for _, g := range groups {
		slices.SortStableFunc(g.results, func(a, b *result.Result) int { return cmp.Compare(stateOf(a), stateOf(b)) })
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(a.worst(), b.worst()) })
	return groups
}

// title is how a group is headed. Endpoints without a group need a heading
// only beside groups that have one.
func (g *group) title(groups int) string {
	if g.name == "" && groups > 1 {
		return "without a group"
	}
	return g.name
}

// classesOf lists what is documented about the classes that occur, in the
// order of the phases: the reader is told once where to look, not fifty times.
func classesOf(results []result.Result) []result.ClassInfo {
	seen := map[result.Class]bool{}
	for i := range results {
		if r := &results[i]; !r.Healthy {
			seen[r.Class] = true
		}
	}
	var infos []result.ClassInfo
	for info := range result.Classes() {
		if seen[info.Class] {
			infos = append(infos, info)
		}
	}
	return infos
}
