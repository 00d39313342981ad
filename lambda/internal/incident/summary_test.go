package incident

import (
	"slices"
	"testing"
	"time"
)

// manySummary is the summary of a fleet: so many endpoints degraded since noon,
// so many in incidents of their own.
func manySummary(t *testing.T, degraded, failing int) *SummaryFacts {
	p := fleet(0)
	written := *p
	written.Rules = written.Rules[:degraded+failing]
	written.Summary = SummaryTime{At: 13 * time.Hour, Location: time.UTC}
	p = NewPolicy(written)
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var s State
	for minute := -5; minute <= 60; minute++ {
		now := noon.Add(time.Duration(minute) * time.Minute)
		in := Input{Now: now, Started: now, TimingsTrusted: true}
		for k := range p.Rules {
			r := outcomeOf['.']
			switch {
			case minute >= 0 && k < degraded:
				r = outcomeOf['d']
			case minute >= 50-k && k >= degraded: // the later ones for longer
				r = outcomeOf['x']
			}
			r.Key = p.Rules[k].Key
			in.Results = append(in.Results, r)
		}
		s, _ = p.Step(s, in)
	}
	n := s.Outbox[len(s.Outbox)-1]
	if n.Kind != KindSummary {
		t.Fatalf("the last message is %s", n.ID)
	}
	return n.Summary
}

func TestSummaryIsBounded(t *testing.T) {
	f := manySummary(t, 13, 12)
	for name, list := range map[string][2]int{
		"degraded": {len(f.Degraded) + f.DegradedMore, 13}, "open": {len(f.Open) + f.OpenMore, 12}, "worst": {len(f.Worst) + f.WorstMore, 12}, "endpoints": {f.Endpoints, 25},
	} {
		if list[0] != list[1] {
			t.Errorf("%s: %d, want %d", name, list[0], list[1])
		}
	}
	if len(f.Degraded) != MaxFacts || len(f.Open) != MaxFacts || len(f.Worst) != MaxFacts {
		t.Errorf("%d degraded, %d open, %d worst", len(f.Degraded), len(f.Open), len(f.Worst))
	}
	if f.Worst[0].Key != "endpoint-0024" || f.Worst[9].Key != "endpoint-0015" {
		t.Errorf("the worst are %+v, want those that were down for longest", f.Worst)
	}
}

// Since when an endpoint is degraded is not since when it is up.
func TestSummaryOfTheDegraded(t *testing.T) {
	f := manySummary(t, 1, 0)
	if len(f.Degraded) != 1 || !f.Degraded[0].Since.Equal(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)) || f.Degraded[0].Failing {
		t.Errorf("%+v, want since noon", f.Degraded)
	}
}

func TestWorseUptime(t *testing.T) {
	want := []UptimeFact{
		{"a", [3]float64{50, 99, 99}}, {"b", [3]float64{99, 90, 90}}, {"c", [3]float64{99, 95, 90}},
		{"d", [3]float64{100, 100, 80}}, {"e", [3]float64{-1, 100, 99}}, {"f", [3]float64{-1, -1, 99.5}},
	}
	got := []UptimeFact{want[4], want[2], want[5], want[0], want[3], want[1]}
	slices.SortStableFunc(got, worseUptime)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
