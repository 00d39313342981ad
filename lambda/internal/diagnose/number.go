package diagnose

import (
	"cmp"
	"fmt"
	"slices"
)

// numbered orders findings, and numbers their evidence and actions, and the
// evidence that speaks about what is unexplained.
func numbered(findings []Finding, unexplained []Unexplained) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Role], rank[b.Role]), cmp.Compare(a.Severity, b.Severity), cmp.Compare(len(b.Explains), len(a.Explains)), cmp.Compare(a.Key, b.Key))
	})
	number(findings, unexplained, "E")
	return findings
}

// number gives evidence its ids, which begin with a letter, and actions their
// places.
func number(findings []Finding, unexplained []Unexplained, letter string) {
	ids := evidenceIDs{letter, map[Evidence]string{}}
	counts := map[string]int{}
	for i := range findings {
		f := &findings[i]
		byStatement := map[string]string{}
		for j := range f.Evidence {
			id := ids.give(&f.Evidence[j])
			byStatement[f.Evidence[j].Statement] = id
		}
		ids.giveAll(f.Contradictions)
		for j := range f.RuledOut {
			f.RuledOut[j].Evidence = byStatement[f.RuledOut[j].Evidence]
		}
		f.Advice = slices.Clone(f.Advice)
		for j := range f.Advice {
			f.Advice[j].Evidence = byStatement[f.Advice[j].Evidence]
		}
		f.Actions = slices.Clone(f.Actions)
		for j := range f.Actions {
			p := f.Actions[j].Priority
			counts[p]++
			f.Actions[j].Priority = fmt.Sprintf("%s.%d", p, counts[p])
		}
	}
	for _, u := range unexplained {
		ids.giveAll(u.Contradictions)
	}
}

// evidenceIDs has the id of each piece of evidence: E1, E2, …
type evidenceIDs struct {
	letter string
	of     map[Evidence]string
}

func (ids evidenceIDs) give(e *Evidence) string {
	plain := *e
	if ids.of[plain] == "" {
		ids.of[plain] = fmt.Sprintf("%s%d", ids.letter, len(ids.of)+1)
	}
	e.ID = ids.of[plain]
	return e.ID
}

func (ids evidenceIDs) giveAll(all []Contradiction) {
	for i := range all {
		for j := range all[i].Evidence {
			ids.give(&all[i].Evidence[j])
		}
	}
}
