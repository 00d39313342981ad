package incident

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSetAside(t *testing.T) {
	opened := Moment{At: night, Kind: KindOpened, Told: true}
	lead, other := &Incident{ID: "INC-1", History: []Moment{opened, {At: after(5), Kind: KindReminder, Told: true}}}, &Incident{ID: "INC-2", History: []Moment{opened}}
	s := waiting(KindOpened, lead, other)
	s.Outbox = append(s.Outbox, &Notice{ID: "b", At: after(5)})
	a := NewAside(s.Outbox[0], errors.New(strings.Repeat("ä", 500)), after(9))
	if a.ID != "a" || a.Kind != KindOpened || a.Incident != "INC-1" || !a.Made.Equal(night) || len(a.Reason) > sentenceLimit+len("…") {
		t.Errorf("set aside as %+v", a)
	}
	s.SetAside([]Aside{a, a, {ID: "unknown"}})
	if len(s.Aside) != 1 || len(s.Outbox) != 1 || s.Outbox[0].ID != "b" {
		t.Errorf("set aside %+v, left %+v", s.Aside, s.Outbox)
	}
	if lead.History[0].Told || !lead.History[1].Told || other.History[0].Told || len(s.Unrecorded) != 2 {
		t.Errorf("histories %+v and %+v, unrecorded %v", lead.History, other.History, s.Unrecorded)
	}
}

// A message that stands for others is all that would have told of them.
func TestSetAsideWithWhatItStandsFor(t *testing.T) {
	moments := func() []Moment {
		var m []Moment
		for minute, kind := range []Kind{KindOpened, KindReminder, KindSeverityUp, KindReminder, KindSeverityUp, KindReminder} {
			m = append(m, Moment{At: after(minute), Kind: kind, Told: true})
		}
		return m
	}
	for name, c := range map[string]struct {
		n    Notice
		told []int // moments of which people know
	}{
		"gathered":             {Notice{Kind: KindReminder, At: after(4), Waits: after(1), Incident: &Facts{ID: "first", Gathered: true, Rest: []string{"i"}}}, []int{0, 5}},
		"in place of others":   {Notice{Kind: KindSeverityUp, Sequence: 5, At: after(4), Waits: after(2), Incident: &Facts{ID: "i"}}, []int{0, 1, 5}},
		"in place of nothing":  {Notice{Kind: KindSeverityUp, Sequence: 5, At: after(4), Incident: &Facts{ID: "i"}}, []int{0, 1, 2, 3, 5}},
		"of the same moment":   {Notice{Kind: KindCause, Sequence: 5, At: after(4), Incident: &Facts{ID: "i"}}, []int{0, 1, 2, 3, 4, 5}},
		"gathered at one time": {Notice{Kind: KindOpened, At: after(0), Incident: &Facts{ID: "i", Gathered: true}}, []int{1, 2, 3, 4, 5}},
	} {
		n, i := c.n, &Incident{ID: "i", History: moments()}
		n.ID = "n"
		s := State{Incidents: []*Incident{i}, Outbox: []*Notice{&n}}
		s.SetAside([]Aside{{ID: "n"}})
		var told []int
		for k, m := range i.History {
			if m.Told {
				told = append(told, k)
			}
		}
		if !slices.Equal(told, c.told) || (len(told) < len(i.History)) != slices.Equal(s.Unrecorded, []string{"i"}) {
			t.Errorf("%s: moments %v count as told, want %v; unrecorded %v", name, told, c.told, s.Unrecorded)
		}
	}
}

// What was set aside counts as undelivered for an hour, and is remembered
// within bounds.
func TestAsideCounts(t *testing.T) {
	s := outboxOf()
	s.Aside = []Aside{{ID: "a", Made: night, At: after(30)}}
	for minutes, want := range map[int]time.Duration{30: 30 * time.Minute, 89: 89 * time.Minute, 90: 0} {
		if got := s.Undelivered(after(minutes)); got != want || (want > 0) != (len(s.AsideLately(after(minutes))) == 1) {
			t.Errorf("after %d minutes: %s, want %s", minutes, got, want)
		}
	}
	with := func(id string) State { // two that go on from one state
		one := s
		one.Outbox = []*Notice{{ID: id}}
		one.SetAside([]Aside{{ID: id}})
		return one
	}
	s.Aside = append(make([]Aside, 0, 8), s.Aside...)
	if one, other := with("one"), with("other"); one.Aside[1].ID != "one" || other.Aside[1].ID != "other" {
		t.Errorf("set aside are %+v and %+v", one.Aside, other.Aside)
	}
	before := s.clone()
	for n := range 50 {
		id := fmt.Sprint(n)
		s.Outbox = append(s.Outbox, &Notice{ID: id})
		s.SetAside([]Aside{{ID: id}})
	}
	if len(s.Aside) != maxAside || s.Aside[maxAside-1].ID != "49" || len(before.Aside) != 1 || before.Aside[0].ID != "a" {
		t.Errorf("remembered are %d, the copy has %+v", len(s.Aside), before.Aside)
	}
}
