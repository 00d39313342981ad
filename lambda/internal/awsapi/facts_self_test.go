package awsapi

import (
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

// What the checker says of itself where it lacks a permission, or is throttled:
// played once more with each action denied that was asked for, that of the
// scenario too. Each is named with what it would have told; nothing is proven
// of an endpoint, or said not to be there; and what is denied is not called
// throttled.
func TestSelfFindingsDenied(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"d36-denied", "d37-throttled"} {
		s, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		_, server := play(t, s)
		calls, _ := server.Calls()
		slices.Sort(calls)
		if calls = slices.Compact(calls); len(calls) < 4 {
			t.Fatalf("%s asks for %v only", name, calls)
		}
		for _, action := range calls {
			t.Run(name+" "+action, func(t *testing.T) {
				again := *s
				again.Slowed = slices.DeleteFunc(slices.Clone(s.Slowed), func(slowed string) bool { return slowed == action })
				out, _ := play(t, &again, action)
				judgeDenied(t, out, action)
				slowed := has(out, diagnose.SelfBudget)
				if wanted := untold(out, again.Slowed); slowed != wanted {
					t.Errorf("throttled is %v, called so is %v", wanted, slowed)
				}
			})
		}
	}
}

// judgeDenied holds an outcome against what a denied action allows to be said.
func judgeDenied(t *testing.T, out diagnose.Output, action string) {
	t.Helper()
	if !slices.ContainsFunc(out.Gaps, func(g diagnose.Gap) bool { return g.Action == action && g.Why == "denied" && g.Limits != "" }) {
		t.Errorf("the gaps are %+v", out.Gaps)
	}
	named := false
	for _, f := range out.Findings {
		if f.Role == diagnose.Cause && f.Level == diagnose.Proven {
			t.Errorf("%s is proven", f.Key)
		}
		named = named || f.Code == diagnose.SelfAccessDenied && strings.Contains(f.Sentence, action) && strings.Contains(f.Actions[0].Do, action)
	}
	if !named {
		t.Errorf("no finding names it: %+v", out.Findings)
	}
	callsNothingAbsent(t, "it", action, out)
}

func has(out diagnose.Output, code diagnose.Code) bool {
	return slices.ContainsFunc(out.Findings, func(f diagnose.Finding) bool { return f.Code == code })
}

// untold: one of some actions was, and told nothing.
func untold(out diagnose.Output, actions []string) bool {
	return slices.ContainsFunc(out.Gaps, func(g diagnose.Gap) bool { return slices.Contains(actions, g.Action) })
}
