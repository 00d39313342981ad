package incident

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// waiting is a state with one notice of a kind, made at night about these
// incidents; the first one leads.
func waiting(kind Kind, incidents ...*Incident) State {
	n := &Notice{ID: "a", Kind: kind, At: night, Incident: &Facts{ID: incidents[0].ID, Thread: incidents[0].ID}}
	for _, i := range incidents[1:] {
		n.Incident.With = append(n.Incident.With, WithFact{ID: i.ID})
	}
	return State{Incidents: incidents, Outbox: []*Notice{n}}
}

// after is a time so many minutes after the notices were made.
func after(minutes int) time.Time { return night.Add(time.Duration(minutes) * time.Minute) }

// What a late notice says of now is what the state holds.
func TestLateByNow(t *testing.T) {
	for name, c := range map[string]struct {
		kind Kind
		i    Incident
		want ByNow
	}{
		"open":       {KindOpened, Incident{State: Open, FirstFailure: after(-2)}, ByNow{State: Open}},
		"watched":    {KindReminder, Incident{State: Monitoring, FirstFailure: after(-2), Recovered: after(50)}, ByNow{State: Monitoring, Good: after(50)}},
		"over":       {KindOpened, Incident{State: Resolved, FirstFailure: after(-2), Recovered: after(30), Resolved: after(35)}, ByNow{State: Resolved, Good: after(30), Resolved: after(35)}},
		"closed":     {KindOpened, Incident{State: Resolved, FirstFailure: after(-2), Resolved: after(35)}, ByNow{State: Resolved, Good: after(35), Resolved: after(35)}},
		"back":       {KindResolved, Incident{State: Reopened, FirstFailure: after(40)}, ByNow{State: Reopened, Again: after(40)}},
		"over twice": {KindOpened, Incident{State: Resolved, FirstFailure: after(40), Recovered: after(42), Resolved: after(48)}, ByNow{State: Resolved, Good: after(42), Resolved: after(48), Again: after(40)}},
	} {
		c.i.ID, c.want.Incident = "INC-1", "INC-1"
		s := waiting(c.kind, &c.i)
		s.MarkLate([]string{"a"}, after(60))
		if l := s.Outbox[0].Late; l == nil || !l.Told.Equal(after(60)) || len(l.Now) != 1 || l.Now[0] != c.want {
			t.Errorf("%s: %+v, want %+v", name, l, c.want)
		}
	}
}

// An incident that is part of another is as that is; one that the state has
// forgotten is over.
func TestLateOfWhatIsElsewhere(t *testing.T) {
	merged := &Incident{ID: "INC-2", State: Resolved, Merged: "INC-1", Resolved: after(10)}
	s := waiting(KindOpened, merged)
	s.Incidents = append(s.Incidents, &Incident{ID: "INC-1", State: Open, FirstFailure: after(-9)})
	s.MarkLate([]string{"a"}, after(60))
	if got, want := s.Outbox[0].Late.Of("INC-2"), (ByNow{Incident: "INC-2", State: Open, Into: "INC-1"}); got != want {
		t.Errorf("part of another: %+v, want %+v", got, want)
	}
	s.Incidents[1].Merged = "INC-2" // which no step does: it must end nevertheless
	s.MarkLate([]string{"a"}, after(61))

	gone := waiting(KindOpened, &Incident{ID: "INC-3"})
	gone.Incidents, gone.Last = nil, map[string]Past{"key": {ID: "INC-3", Resolved: after(15)}}
	gone.MarkLate([]string{"a"}, after(60))
	if got, want := gone.Outbox[0].Late.Of("INC-3"), (ByNow{Incident: "INC-3", State: Resolved, Good: after(15), Resolved: after(15)}); got != want {
		t.Errorf("forgotten: %+v, want %+v", got, want)
	}
	end := &Notice{ID: "b", Kind: KindResolved, At: after(15), Incident: &Facts{
		ID: "INC-3", FirstFailure: after(-2), Recovered: after(10), Resolved: after(15), With: []WithFact{{ID: "INC-4", FirstFailure: after(-2), Recovered: after(9)}},
	}}
	gone.Outbox[0].Incident.With = []WithFact{{ID: "INC-4"}}
	gone.Outbox = append(gone.Outbox, end)
	gone.MarkLate([]string{"a"}, after(60))
	for id, good := range map[string]int{"INC-3": 10, "INC-4": 9} {
		if got, want := gone.Outbox[0].Late.Of(id), (ByNow{Incident: id, State: Resolved, Good: after(good), Resolved: after(15)}); got != want {
			t.Errorf("forgotten, and its end waits too: %+v, want %+v", got, want)
		}
	}
}

// What is in time and so says nothing of it, unless it says the opposite of
// what is so.
func TestInTime(t *testing.T) {
	open, over := Incident{ID: "INC-1", State: Open}, Incident{ID: "INC-1", State: Resolved, Resolved: after(1)}
	for name, c := range map[string]struct {
		kind    Kind
		i       Incident
		minutes int
		late    bool
	}{
		"opened":               {KindOpened, open, 2, false},
		"opened, late":         {KindOpened, open, 3, true},
		"opened, over":         {KindOpened, over, 1, true},
		"resolved":             {KindResolved, over, 2, false},
		"resolved, open again": {KindResolved, open, 2, true},
		"the clock went back":  {KindOpened, open, -60, false},
	} {
		s := waiting(c.kind, &c.i)
		s.MarkLate([]string{"a"}, after(c.minutes))
		if got := s.Outbox[0].Late; (got != nil) != c.late {
			t.Errorf("%s: %+v", name, got)
		}
	}
	s := State{Outbox: []*Notice{{ID: "a", Kind: KindSummary, At: night}, {ID: "b", At: night}}}
	s.MarkLate([]string{"a"}, after(60))
	if s.Outbox[0].Late == nil || s.Outbox[1].Late != nil {
		t.Errorf("marked are %+v and %+v", s.Outbox[0].Late, s.Outbox[1].Late)
	}
}

// A run that takes over from one that died tells the same, unless that has
// become wrong or old.
func TestLateIsToldTheSameAgain(t *testing.T) {
	i := &Incident{ID: "INC-1", State: Open, FirstFailure: after(-2)}
	s := waiting(KindOpened, i)
	s.MarkLate([]string{"a"}, after(60))
	said := *s.Outbox[0].Late
	again := func(minutes int) bool {
		stored, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var read State
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		read.MarkLate([]string{"a"}, after(minutes))
		return reflect.DeepEqual(fmt.Sprint(*read.Outbox[0].Late), fmt.Sprint(said))
	}
	if !again(62) {
		t.Error("it reads differently two minutes later")
	}
	if again(63) {
		t.Error("it is as old three minutes later")
	}
	i.State, i.Recovered, i.Resolved = Resolved, after(55), after(61)
	if again(62) {
		t.Error("it is told as open, and is over")
	}
}

// Of those that a message only counts, it is known how many are over.
func TestLateCountsTheUnnamed(t *testing.T) {
	lead, named := &Incident{ID: "INC-1", State: Open, Thread: "INC-1"}, &Incident{ID: "INC-2", State: Resolved, Thread: "INC-1", Resolved: after(20)}
	s := waiting(KindOpened, lead, named)
	s.Outbox[0].Incident.WithMore = 5
	for n := range 5 {
		i := &Incident{ID: fmt.Sprint("INC-1", n), State: Open, Thread: "INC-1"}
		if n < 3 {
			i.State = Resolved
		}
		s.Incidents = append(s.Incidents, i)
	}
	s.Incidents = append(s.Incidents, &Incident{ID: "INC-9", State: Open, Thread: "INC-9"})
	s.MarkLate([]string{"a"}, after(60))
	if l := s.Outbox[0].Late; l.MoreOver != 3 || l.Over() != 4 {
		t.Errorf("%d of the unnamed are over, %d of all, want 3 and 4", l.MoreOver, l.Over())
	}
}

// TestWhatIsMergedStaysWhileItIsToBeTold: however long a message waits, it says
// that an incident of it is part of another one, and not that it is over. What
// no message names is forgotten.
func TestWhatIsMergedStaysWhileItIsToBeTold(t *testing.T) {
	s := waiting(KindOpened, &Incident{ID: "INC-1", State: Resolved, Merged: "INC-2", Resolved: after(1)})
	s.Incidents = append(s.Incidents,
		&Incident{ID: "INC-2", State: Resolved, Merged: "INC-3", Resolved: after(2)},
		&Incident{ID: "INC-3", State: Open, CheckerOf: "tcp", Title: "t", FirstFailure: after(-9)},
		&Incident{ID: "INC-4", State: Resolved, Merged: "INC-3", Resolved: after(1)})
	for minutes := 1; minutes < 180; minutes++ {
		s, _ = quietPolicy.Step(s, Input{Now: after(minutes), Started: after(minutes)})
	}
	s.MarkLate([]string{"a"}, after(180))
	if got := s.Outbox[0].Late.Of("INC-1"); got.State != Open || got.Into != "INC-3" {
		t.Errorf("%+v, want that it is open as a part of INC-3", got)
	}
	if s.Incident("INC-4") != nil {
		t.Error("an incident that nothing names is kept")
	}
	s.Outbox = nil
	if s, _ = quietPolicy.Step(s, Input{Now: after(181), Started: after(181)}); s.Incident("INC-1") != nil {
		t.Error("an incident about which nothing waits is kept")
	}
}
