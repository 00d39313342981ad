package incident

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]error{
		``: ErrDamaged, `{`: ErrDamaged, `null`: ErrDamaged, `{}`: ErrDamaged, `[]`: ErrDamaged, `"x"`: ErrDamaged,
		`{"version":0}`: ErrDamaged, `{"version":-1}`: ErrDamaged, `{"version":"1"}`: ErrDamaged,
		`{"version":1,"endpoints":[]}`:                     ErrDamaged,
		`{"version":1,"endpoints":{"a":null}}`:             ErrDamaged,
		`{"version":1,"services":{"a":null}}`:              ErrDamaged,
		`{"version":1,"incidents":[null]}`:                 ErrDamaged,
		`{"version":1,"outbox":[null]}`:                    ErrDamaged,
		`{"version":1,"updated":"yesterday"}`:              ErrDamaged,
		`{"version":1,"endpoints":{"a":{"failing":"no"}}}`: ErrDamaged,
		`{"version":1}{"version":1}`:                       ErrDamaged,
		`{"version":2}`:                                    ErrNewer,
		`{"version":2,"endpoints":"in another form"}`:      ErrNewer,
	} {
		if _, err := Decode([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

func TestDecodeDoesNotQuote(t *testing.T) {
	_, err := Decode([]byte(`{"version":1,"counter":"hunter2"}`))
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "counter") {
		t.Errorf("%v names the field, and not its value", err)
	}
}

func TestDecodeTakesTheLeast(t *testing.T) {
	s, err := Decode([]byte(`{"version":1}`))
	if err != nil {
		t.Fatal(err)
	}
	p := NewPolicy(Policy{Rules: []Rule{{Key: "a", FailureThreshold: 1}}, Summary: SummaryTime{Never: true}})
	s, _ = p.Step(s, Input{Now: night, Started: night, Results: []result.Result{{Key: "a", Class: result.TCPRefused}}})
	if len(s.Active()) != 1 {
		t.Errorf("%d incidents", len(s.Active()))
	}
}

// steady is a state after many rounds of one outcome, and a function for one
// more of them.
func steady(outcome rune) (State, func(State, time.Time) State) {
	p := NewPolicy(Policy{Rules: []Rule{{Key: "web/a", Group: "web", Severity: SEV3, FailureThreshold: 2, SuccessThreshold: 3}}, Summary: SummaryTime{Never: true}})
	step := func(s State, now time.Time) State {
		r := outcomeOf[outcome]
		r.Key = "web/a"
		s, _ = p.Step(s, Input{Now: now, Started: now, TimingsTrusted: true, Results: []result.Result{r}})
		s.Outbox = nil
		return s
	}
	var s State
	for n := range 40 {
		s = step(s, night.Add(time.Duration(n-40)*time.Minute))
	}
	return s, step
}

func TestSteadyRoundsAreNotWorthSaving(t *testing.T) {
	for name, outcome := range map[string]rune{"good": '.', "failing": 'x', "degraded": 'd', "unknown": '?'} {
		s, step := steady(outcome)
		for minute, want := range map[int]bool{0: false, 1: false, 3: false, 4: true, 60: true} {
			after := step(s, night.Add(time.Duration(minute)*time.Minute))
			if got := WorthSaving(s, after); got != want {
				t.Errorf("%s, after %d minutes: %v", name, minute+1, got)
			}
		}
	}
}

func TestChangesAreWorthSaving(t *testing.T) {
	s, step := steady('.')
	after := step(s, night)
	for name, change := range map[string]func(*State){
		"first failure": func(s *State) { s.Endpoints["web/a"].Failing = 1 },
		"degraded":      func(s *State) { s.Endpoints["web/a"].Degraded = true },
		"unknown":       func(s *State) { s.Endpoints["web/a"].Unknown = true },
		"gone":          func(s *State) { delete(s.Endpoints, "web/a") },
		"event":         func(s *State) { s.Events = append(s.Events, SeenEvent{"e", night}) },
		"notice":        func(s *State) { s.Outbox = append(s.Outbox, &Notice{}) },
		"incident":      func(s *State) { s.Incidents = append(s.Incidents, &Incident{}) },
		"summary":       func(s *State) { s.Summary = "2026-03-02" },
		"version":       func(s *State) { s.Version++ },
	} {
		changed := after.clone()
		change(&changed)
		if !WorthSaving(s, changed) {
			t.Errorf("%s: not worth saving", name)
		}
	}
	if !WorthSaving(State{}, after) {
		t.Error("the first state is not worth saving")
	}
}

// TestDegradedIsAChange: into it and out of it, by the result of a round.
func TestDegradedIsAChange(t *testing.T) {
	good, stepGood := steady('.')
	worse, stepWorse := steady('d')
	for name, c := range map[string]struct {
		from State
		step func(State, time.Time) State
		want bool
	}{
		"degraded": {good, stepWorse, true}, "still degraded": {worse, stepWorse, false},
		"as it should": {worse, stepGood, true}, "still as it should": {good, stepGood, false},
	} {
		if got := WorthSaving(c.from, c.step(c.from, night)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	slower := worse.clone()
	measured := outcomeOf['d']
	measured.Key, measured.Conditions = "web/a", []result.Condition{{Condition: "[CERTIFICATE_EXPIRATION] > 14d", Display: "[CERTIFICATE_EXPIRATION] (8d23h) > 14d"}}
	slower.Endpoints["web/a"].degrade(&measured, night)
	if WorthSaving(worse, slower) {
		t.Error("another value of the same condition is worth saving")
	}
	since := worse.Endpoints["web/a"].Worse
	if got := stepWorse(worse, night).Endpoints["web/a"].Worse; !got.Equal(since) || since.IsZero() {
		t.Errorf("degraded since %s, then since %s", since, got)
	}
	if got := stepGood(worse, night).Endpoints["web/a"]; got.Degraded || !got.Worse.IsZero() {
		t.Errorf("good, but %+v", got)
	}
}

// TestSavingStopsAfterARecovery: what is counted is counted up to a bound, so
// that some time after an outage a good round is as good as the one before.
func TestSavingStopsAfterARecovery(t *testing.T) {
	s, _ := steady('x')
	_, good := steady('.')
	last := 0
	for minute := range 90 {
		after := good(s, night.Add(time.Duration(minute)*time.Minute))
		// Each state is compared with the one of a minute before, as if
		// all were saved, so that age is no reason.
		if WorthSaving(s, after) {
			last = minute
		}
		s = after
	}
	// The last twenty outcomes, and the hour for which changes count.
	if last < 4 || last > 62 {
		t.Errorf("the last state worth saving was that of minute %d", last)
	}
}

func TestConfirm(t *testing.T) {
	s := State{Endpoints: map[string]*Endpoint{"failing": {Failing: 1}, "good": {Passing: 3}}}
	failed := func(key string, class result.Class) result.Result { return result.Result{Key: key, Class: class} }
	got := s.Confirm([]result.Result{
		failed("failing", result.TCPRefused), failed("good", result.HTTPStatus), failed("new", result.DNSTimeout),
		{Key: "healthy", Healthy: true}, failed("skipped", result.ProbeSkipped), failed("internal", result.ProbeInternal),
	})
	if want := []string{"good", "new"}; !slices.Equal(got, want) {
		t.Errorf("%v, want those that fail for the first time: %v", got, want)
	}
}

func TestOverdue(t *testing.T) {
	s := State{Services: map[string]*Service{
		"c/new": {Status: inProgress, Started: night.Add(-29 * time.Minute)}, "c/old": {Status: inProgress, Started: night.Add(-30 * time.Minute)},
		"c/done": {Status: completed, Started: night.Add(-time.Hour)}, "c/hung": {Status: stuck, Started: night.Add(-time.Hour)},
	}}
	if got, want := s.Overdue(night), []string{"c/hung", "c/old"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestNewRecord(t *testing.T) {
	r := NewRecord(Incident{ID: "INC-0302-1"}, night)
	if r.Incident.ID != "INC-0302-1" || !r.Expires.Equal(night.Add(KeepRecords)) {
		t.Errorf("%+v", r)
	}
}

// TestNewEndpointsAreSavedSeldom: of endpoints that are good from the first
// round on, the first state is written and then one every five minutes.
func TestNewEndpointsAreSavedSeldom(t *testing.T) {
	p := NewPolicy(Policy{Rules: []Rule{
		{Key: "web/a", Group: "web", Severity: SEV1, FailureThreshold: 2, SuccessThreshold: 3}, {Key: "web/b", Group: "web", Severity: SEV3, FailureThreshold: 3, SuccessThreshold: 9},
	}, Summary: SummaryTime{Never: true}})
	kept, writes := State{}, []int{}
	for minute := range 40 {
		now := night.Add(time.Duration(minute) * time.Minute)
		after, _ := p.Step(kept, Input{Now: now, Started: now, TimingsTrusted: true, Scheduled: true, Results: []result.Result{{Key: "web/a", Healthy: true}, {Key: "web/b", Healthy: true}}})
		if WorthSaving(kept, after) {
			kept, writes = decoded(t, encoded(t, after)), append(writes, minute)
		}
	}
	if want := []int{0, 5, 10, 15, 20, 25, 30, 35}; !slices.Equal(writes, want) {
		t.Errorf("written in minutes %v, want %v", writes, want)
	}
}

// What is counted of an endpoint decides when its incident is over, so it is
// saved as long as there is one.
func TestGoodRoundsCountInAnIncident(t *testing.T) {
	one := State{Version: Version, Endpoints: map[string]*Endpoint{"a": {Passing: 1}}, Incidents: []*Incident{{ID: "I-1", State: Monitoring, Endpoints: []string{"a"}}}}
	two := one.clone()
	two.Endpoints["a"].Passing = 2
	if !WorthSaving(one, two) {
		t.Error("another good round of a watched incident is not worth saving")
	}
	one.Incidents[0].State, two.Incidents[0].State = Resolved, Resolved
	if WorthSaving(one, two) {
		t.Error("another good round after the incident is worth saving")
	}
}
