package incident

import (
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"
)

// filled sets every time in a value to at, and puts one entry into every list
// and map, so that no time can hide.
func filled(v reflect.Value, at time.Time) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), at)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0), at)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		entry := reflect.New(v.Type().Elem()).Elem()
		filled(entry, at)
		v.SetMapIndex(reflect.New(v.Type().Key()).Elem(), entry)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(at))
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i), at)
		}
	}
}

// instants are all times in the JSON of a state, but for those in the facts of
// notices.
func instants(t *testing.T, s State) []time.Time {
	t.Helper()
	s = s.clone()
	for _, n := range s.Outbox {
		n.Incident, n.Deployment, n.Summary = nil, nil, nil
	}
	var all []time.Time
	for _, text := range regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^"]*Z`).FindAllString(string(encoded(t, s)), -1) {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, at)
	}
	return all
}

// TestEveryTimeIsRewound: none of the state's times stays in the future, but
// for that until which somebody snoozed, and none of the past is touched.
func TestEveryTimeIsRewound(t *testing.T) {
	const fewest = 35 // fields that hold times
	for name, at := range map[string]time.Time{"ahead": night.AddDate(0, 1, 0), "past": night.AddDate(0, -1, 0)} {
		var s State
		filled(reflect.ValueOf(&s).Elem(), at)
		s.rewind(night)
		want := at
		if at.After(night) {
			want = night
		}
		snoozed := s.Incidents[0].Snoozed
		if latest := night.Add(maxSnooze); at.After(night) && !snoozed.Equal(latest) || at.Before(night) && !snoozed.Equal(at) {
			t.Errorf("%s: snoozed until %s", name, snoozed)
		}
		s.Incidents[0].Snoozed = want
		all := instants(t, s)
		if len(all) < fewest {
			t.Errorf("%s: only %d times", name, len(all))
		}
		if k := slices.IndexFunc(all, func(at time.Time) bool { return !at.Equal(want) }); k >= 0 {
			t.Errorf("%s: one of %d times is %s, want %s", name, len(all), all[k], want)
		}
	}
}

// What holds days instead of times is rewound too, and facts that were told of
// stay as they are.
func TestRewindDays(t *testing.T) {
	facts := &Facts{Opened: night.Add(time.Hour)}
	s := State{
		Endpoints: map[string]*Endpoint{"a": {Down: []Downtime{{Day: "2026-02-20"}, {Day: "2026-03-02"}, {Day: "2026-03-02T03"}, {Day: "2026-03-02T04"}, {Day: "2026-03-03"}, {Day: "2026-03-04T00"}}}},
		Outbox:    []*Notice{{Incident: facts}},
		Summary:   "2026-03-03",
	}
	s.rewind(night)
	if s.Summary != "" || len(s.Endpoints["a"].Down) != 3 || !facts.Opened.Equal(night.Add(time.Hour)) {
		t.Errorf("%q, %+v, %s", s.Summary, s.Endpoints["a"].Down, facts.Opened)
	}
	for _, day := range []string{"", "2026-03-01", "2026-03-02"} {
		s.Summary = day
		s.rewind(night)
		if s.Summary != day {
			t.Errorf("%s became %q", day, s.Summary)
		}
	}
}

// TestAhead: a little is no error, and what is one is worth saving.
func TestAhead(t *testing.T) {
	for ahead, want := range map[time.Duration]time.Duration{-time.Hour: 0, 0: 0, 2 * time.Minute: 0, 3 * time.Minute: 0, 10 * time.Minute: 10 * time.Minute} {
		s := State{Version: Version, Updated: night.Add(ahead)}
		if got := s.Ahead(night); got != want {
			t.Errorf("%s: %s", ahead, got)
		}
		after, _ := quietPolicy.Step(s, Input{Now: night, Started: night})
		if want := night.Add(min(max(ahead, 0), clockSlack)); ahead <= clockSlack && !after.Updated.Equal(want) {
			t.Errorf("%s: decided at %s, want %s", ahead, after.Updated, want)
		}
		if ahead > clockSlack && (!after.Updated.Equal(night) || !WorthSaving(s, after)) {
			t.Errorf("%s: decided at %s, worth saving: %v", ahead, after.Updated, WorthSaving(s, after))
		}
	}
}

// A claim or a lease that ends later than any can is that of a run whose clock
// was wrong.
func TestPromisesOfAWrongClock(t *testing.T) {
	s := outboxOf("a")
	s.Outbox[0].ClaimedBy, s.Outbox[0].ClaimedUntil = "one", night.Add(2*time.Minute)
	if got := s.Claim("two", night, night.Add(time.Minute)); got != nil {
		t.Errorf("claimed %v from another run", got)
	}
	s.Outbox[0].ClaimedUntil = night.Add(2*time.Minute + 1)
	if got := s.Claim("two", night, night.Add(time.Minute)); len(got) != 1 {
		t.Errorf("claimed %v, want what a run far ahead holds", got)
	}
	p := NewPolicy(Policy{Rules: []Rule{{Key: "a", FailureThreshold: 1}}})
	failing := State{Endpoints: map[string]*Endpoint{"a": {Failing: 1, Class: "tcp.refused"}}}
	for lease, due := range map[time.Duration]bool{longestLease: false, longestLease + 1: true, 0: true} {
		failing.LeaseDiagnosis("one", night.Add(lease))
		if got := p.DiagnosisDue(failing, night); got != due {
			t.Errorf("a lease for %s: due %v", lease, got)
		}
	}
	for ahead, due := range map[time.Duration]bool{time.Minute: false, -time.Hour: true, time.Hour: true} {
		s.Diagnosed.Stocked = night.Add(ahead)
		if got := s.StockDue(night); got != due {
			t.Errorf("an inventory begun in %s: due %v", ahead, got)
		}
	}
}

// TestRewindLeavesWhatItWasGiven: the state before stays what was stored, down to
// what late messages say.
func TestRewindLeavesWhatItWasGiven(t *testing.T) {
	s := waiting(KindOpened, &Incident{ID: "INC-1", State: Resolved, Recovered: after(40), Resolved: after(50)})
	s.Updated = after(60)
	s.MarkLate([]string{"a"}, after(60))
	before := encoded(t, s)
	quietPolicy.Step(s, Input{Now: after(30), Started: after(30)})
	if got := encoded(t, s); string(got) != string(before) {
		t.Errorf("a step changed the state that it was given, from\n%s to\n%s", before, got)
	}
}
