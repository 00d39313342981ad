package incident

import (
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// A checker that cannot reach the internet is silent about what that explains,
// and about nothing else: what fails for another reason opens as it always does.
func TestBlindOnlyToWhatTheCauseExplains(t *testing.T) {
	out := result.Result{Class: result.TCPTimeout, Phase: result.PhaseTCP, Error: "no answer"}
	for name, c := range map[string]struct {
		other   *result.Result // of web/inside, which the cause does not explain
		explain []string
		blind   bool
	}{
		"nothing else fails": {nil, []string{"web/a"}, true},
		"both explained":     {&out, []string{"web/a", "web/inside"}, true},
		"another fails":      {&result.Result{Class: result.TCPRefused, Phase: result.PhaseTCP, Error: "refused"}, []string{"web/a"}, false},
	} {
		p := NewPolicy(Policy{Summary: SummaryTime{Never: true}, Rules: []Rule{
			{Key: "web/a", Host: "a.example.com", Group: "a", Severity: SEV1, FailureThreshold: 2, SuccessThreshold: 2},
			{Key: "web/inside", Host: "inside.example.com", Group: "inside", Severity: SEV1, FailureThreshold: 2, SuccessThreshold: 2},
		}})
		var s State
		round := func(minute int) {
			now := night.Add(time.Duration(minute) * time.Minute)
			bad := out
			bad.Key = "web/a"
			results := []result.Result{bad}
			if c.other != nil {
				other := *c.other
				other.Key = "web/inside"
				results = append(results, other)
			}
			s, _ = p.Step(s, Input{Now: now, Started: now, Scheduled: true, Results: results})
			cause := Cause{Self: true, Explains: c.explain, Root: Root{Key: "SELF_NO_EGRESS/checker", Code: "SELF_NO_EGRESS", Level: proven, Severity: SEV2}}
			s, _ = p.Step(s, Input{Now: now, Diagnosis: &Diagnosis{At: now, Confirmed: true, Controls: Silent, Causes: []Cause{cause}}})
		}
		round(0)
		round(1)
		inside := s.Endpoints["web/inside"]
		about := slices.ContainsFunc(s.Active(), func(i *Incident) bool { return i.Key == CheckerKey })
		told := slices.ContainsFunc(s.Active(), func(i *Incident) bool { return slices.Contains(i.Endpoints, "web/inside") })
		if about != c.blind || told == c.blind && c.other != nil {
			t.Errorf("%s: an incident about the checker %t, one with what it hears inside %t", name, about, told)
		}
		if !c.blind && (inside == nil || inside.Unknown || inside.Failing != 2) {
			t.Errorf("%s: %+v", name, inside)
		}
	}
}
