package incident

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// recordsOf plays a timeline as if every record were written at once, and calls
// check after each step.
func recordsOf(t *testing.T, file string, check func(after State, transitions []Transition)) {
	l := readTimeline(t, file)
	policy, state, now := l.policy(t), State{}, time.Time{}
	for round := 1; round <= l.last; round++ {
		now = l.next(t, round, now)
		in := Input{Now: now, Started: now, TimingsTrusted: true}
		for _, event := range l.events[round] {
			state = l.apply(t, event, policy, state, &in)
		}
		state.Recorded(slices.Clone(state.Unrecorded)) // of what people did
		in.Results = l.results(round, in.Started)
		after, transitions := policy.Step(state, in)
		check(after, transitions)
		after.Recorded(slices.Clone(after.Unrecorded))
		if len(after.Unrecorded) != 0 {
			t.Fatalf("round %d: %v are still to be recorded", round, after.Unrecorded)
		}
		state = decoded(t, encoded(t, after))
	}
}

// TestTransitionsAreToBeRecorded: exactly the incidents to which something
// happened have to be written; that one is still held back is nothing.
func TestTransitionsAreToBeRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/timelines/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Kind]bool{}
	for _, file := range files {
		recordsOf(t, file, func(after State, transitions []Transition) {
			var want []string
			for _, tr := range transitions {
				if tr.Incident != "" && tr.Kind != KindSuppressed && !slices.Contains(want, tr.Incident) {
					want = append(want, tr.Incident)
					seen[tr.Kind] = true
				}
			}
			if !slices.Equal(after.Unrecorded, want) {
				t.Errorf("%s: %v are to be recorded, want %v", filepath.Base(file), after.Unrecorded, want)
			}
		})
	}
	for _, kind := range []Kind{KindOpened, KindAffected, KindCause, KindMonitoring, KindRelapsed, KindResolved, KindReopened, KindClosed, KindSteady} {
		if !seen[kind] {
			t.Errorf("nothing was %s first in a step", kind)
		}
	}
}

func TestRecorded(t *testing.T) {
	s := State{Unrecorded: []string{"1", "2", "3"}}
	s.Recorded([]string{"2", "unknown"})
	if !slices.Equal(s.Unrecorded, []string{"1", "3"}) {
		t.Errorf("%v", s.Unrecorded)
	}
	s.unrecord("3")
	s.unrecord("2")
	if !slices.Equal(s.Unrecorded, []string{"1", "3", "2"}) {
		t.Errorf("%v, each once", s.Unrecorded)
	}
}

// An incident that is over stays for as long as its end could not be recorded,
// but not for ever; it does not reopen because of that.
func TestUnrecordedIncidentsStay(t *testing.T) {
	s := State{
		Version: Version, Updated: night,
		Incidents: []*Incident{
			{ID: "1", Key: "web|http.status", State: Resolved, Resolved: night, Endpoints: []string{"web/a"}},
			{ID: "2", Key: "b", State: Resolved, Resolved: night},
		},
		Unrecorded: []string{"1", "gone"},
	}
	for after, want := range map[time.Duration]int{30 * time.Minute: 2, 31 * time.Minute: 1, 24 * time.Hour: 1, 25 * time.Hour: 0} {
		later, _ := quietPolicy.Step(s, Input{Now: night.Add(after)})
		if len(later.Incidents) != want || slices.Contains(later.Unrecorded, "gone") || want == 0 && len(later.Unrecorded) > 0 {
			t.Errorf("%s: %d incidents, %v to be recorded", after, len(later.Incidents), later.Unrecorded)
		}
	}
	if full, _ := quietPolicy.Step(s, Input{Now: night.Add(31 * time.Minute), Full: true}); len(full.Incidents) != 0 {
		t.Errorf("a full state keeps %d incidents", len(full.Incidents))
	}
	p := NewPolicy(Policy{Rules: []Rule{{Key: "web/a", Group: "web", FailureThreshold: 1}}, Summary: SummaryTime{Never: true}})
	r := outcomeOf['x']
	r.Key = "web/a"
	now := night.Add(2 * time.Hour)
	if later, _ := p.Step(s, Input{Now: now, Started: now, Results: []result.Result{r}}); len(later.Active()) != 1 || later.Active()[0].ID == "1" {
		t.Errorf("%v", later.Active())
	}
}
