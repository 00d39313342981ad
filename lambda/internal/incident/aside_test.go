package incident

import (
	"errors"
	"fmt"
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
