package incident

import (
	"slices"
	"testing"
	"time"
)

// outboxOf is a state with notices of these ids.
func outboxOf(ids ...string) State {
	var s State
	for n, id := range ids {
		s.Outbox = append(s.Outbox, &Notice{ID: id, At: night.Add(time.Duration(n) * time.Minute)})
	}
	return s
}

var night = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

func TestClaimTakesAllInOrder(t *testing.T) {
	s := outboxOf("a", "b", "c")
	if got := s.Claim("one", night, night.Add(time.Minute)); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("claimed %v", got)
	}
	if got := s.Claim("two", night.Add(59*time.Second), night.Add(2*time.Minute)); got != nil {
		t.Errorf("claimed %v from another run", got)
	}
	if got := s.Claim("one", night.Add(30*time.Second), night.Add(2*time.Minute)); len(got) != 3 || s.Pending("a").Tried {
		t.Errorf("a run claimed %v of its own", got)
	}
}

func TestClaimExpires(t *testing.T) {
	s := outboxOf("a", "b")
	s.Claim("one", night, night.Add(time.Minute))
	if got := s.Claim("two", night.Add(time.Minute), night.Add(2*time.Minute)); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("claimed %v of a run that died", got)
	}
	if !s.Pending("a").Tried {
		t.Error("nobody knows whether the dead run has sent it")
	}
	if n := s.Pending("a"); n.ClaimedBy != "two" || !n.ClaimedUntil.Equal(night.Add(2*time.Minute)) {
		t.Errorf("claimed by %s until %s", n.ClaimedBy, n.ClaimedUntil)
	}
}

func TestNothingIsClaimedPastAnotherRun(t *testing.T) {
	s := outboxOf("a", "b")
	s.Claim("one", night, night.Add(time.Minute))
	s.Outbox = append(s.Outbox, &Notice{ID: "c"})
	if got := s.Claim("two", night, night.Add(time.Minute)); got != nil {
		t.Errorf("claimed %v, which would be told before what another run is sending", got)
	}
	s.Sent([]string{"a", "b"})
	if got := s.Claim("two", night, night.Add(time.Minute)); !slices.Equal(got, []string{"c"}) {
		t.Errorf("claimed %v", got)
	}
}

func TestSentAndRelease(t *testing.T) {
	s := outboxOf("a", "b", "c")
	s.Claim("one", night, night.Add(time.Minute))
	before := s
	s.Sent([]string{"a", "unknown"})
	if len(before.Outbox) != 3 || before.Outbox[2] == nil {
		t.Errorf("the state before has %v: who goes on with it must find what it had", before.Outbox)
	}
	if s.Pending("a") != nil || s.Pending("b") == nil || len(s.Outbox) != 2 {
		t.Errorf("outbox %v", s.Outbox)
	}
	s.Release("two")
	if s.Pending("b").ClaimedBy != "one" {
		t.Error("one run gave up the claim of another")
	}
	s.Try("b")
	s.Try("unknown")
	s.Release("one")
	if got := s.Claim("two", night, night.Add(time.Minute)); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("claimed %v of what was released", got)
	}
	if !s.Pending("b").Tried || s.Pending("c").Tried {
		t.Error("b may be out, and c not: it was claimed only")
	}
}

// Nobody waits for less than a message does, whatever a clock once said.
func TestSince(t *testing.T) {
	for waits, want := range map[time.Time]time.Time{{}: night, after(-5): after(-5), after(5): night} {
		if got := (&Notice{At: night, Waits: waits}).since(); !got.Equal(want) {
			t.Errorf("waits since %s: since %s, want %s", waits, got, want)
		}
	}
}

func TestUndelivered(t *testing.T) {
	s := outboxOf("a", "b")
	if got := s.Undelivered(night.Add(time.Hour)); got != time.Hour {
		t.Errorf("%s, want the age of the oldest", got)
	}
	if got := (State{}).Undelivered(night); got != 0 {
		t.Errorf("%s of an empty outbox", got)
	}
}
