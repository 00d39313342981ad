package incident

import (
	"fmt"
	"testing"
	"time"
)

// quietPolicy has no endpoints and sends no summary.
var quietPolicy = NewPolicy(Policy{Summary: SummaryTime{Never: true}})

// newsRound is a step with one event and no results.
func newsRound(s State, now time.Time, n News) State {
	n.At = now
	s, _ = quietPolicy.Step(s, Input{Now: now, Started: now, News: &n})
	return s
}

func TestEventsAreBounded(t *testing.T) {
	var s State
	for n := range maxEvents + 50 {
		s = newsRound(s, night.Add(time.Duration(n)*time.Second), News{EventID: fmt.Sprint(n), Service: "c/s", Kind: Other, Name: "x"})
	}
	s = newsRound(s, night.Add(time.Hour), News{EventID: "last", Service: "c/s", Kind: Other, Name: "x"})
	if len(s.Events) > maxEvents+1 || !s.Handled("last") || s.Handled("0") || !s.Handled("549") {
		t.Errorf("%d events", len(s.Events))
	}
	s = newsRound(s, night.Add(4*time.Hour), News{Service: "c/s", Kind: Other, Name: "x"})
	if len(s.Events) != 0 || s.Handled("") {
		t.Errorf("%d events after hours; an event without an id was never handled", len(s.Events))
	}
}

func TestNewsAreBounded(t *testing.T) {
	var s State
	for n := range 2 * maxNews {
		s = newsRound(s, night, News{Service: "c/s", Kind: Other, Name: fmt.Sprint("event ", n)})
	}
	if news := s.Services["c/s"].News; len(news) != maxNews || news[maxNews-1].Name != "event 9" {
		t.Errorf("%+v", news)
	}
}

func TestServicesAreForgotten(t *testing.T) {
	s := newsRound(State{}, night, News{Service: "c/s", Kind: DeployStarted, Name: "started", DeploymentID: "d1"})
	for days, want := range map[int]int{6: 1, 8: 0} {
		later, _ := quietPolicy.Step(s, Input{Now: night.Add(time.Duration(days) * 24 * time.Hour)})
		if len(later.Services) != want {
			t.Errorf("%d services after %d days", len(later.Services), days)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	i := &Incident{}
	for n := range 3 * maxHistory {
		i.remember(night.Add(time.Duration(n)*time.Minute), Transition{Kind: KindRelapsed, Reason: ReasonFailingAgain})
		i.remember(night, Transition{Kind: KindSuppressed})
	}
	if len(i.History) != maxHistory || !i.History[0].At.Equal(night) || !i.History[maxHistory-1].At.Equal(night.Add((3*maxHistory-1)*time.Minute)) {
		t.Errorf("%d lines from %s to %s", len(i.History), i.History[0].At, i.History[len(i.History)-1].At)
	}
}

func TestBlind(t *testing.T) {
	for phase, want := range map[Phase]bool{Open: true, Reopened: true, Monitoring: false, Resolved: false} {
		s := State{Incidents: []*Incident{{State: Open}, {State: phase, CheckerOf: "tcp"}}}
		if s.Blind() != want {
			t.Errorf("%s: %v", phase, s.Blind())
		}
	}
}

// TestCloneSharesNothing changes every part of a copy that a step changes.
func TestCloneSharesNothing(t *testing.T) {
	s := State{
		Endpoints: map[string]*Endpoint{"a": {Flips: []time.Time{night}, Down: []Downtime{{Day: "d"}}}},
		Incidents: []*Incident{{ID: "1", Endpoints: []string{"a"}, Dependents: []string{"b"}, History: []Moment{{Kind: KindOpened}}}},
		Services:  map[string]*Service{"s": {Before: map[string]BeforeOutcome{"a": {}}, News: []ServiceNews{{Name: "n"}}}},
		Events:    []SeenEvent{{ID: "e"}}, Last: map[string]Past{"k": {ID: "1"}}, Outbox: []*Notice{{ID: "n"}},
	}
	before := string(encoded(t, s))
	c := s.clone()
	c.Endpoints["a"].Flips[0], c.Endpoints["a"].Down[0].Day, c.Endpoints["b"] = zero, "x", &Endpoint{}
	c.Incidents[0].Endpoints[0], c.Incidents[0].Dependents[0], c.Incidents[0].History[0].Told = "x", "x", true
	c.Services["s"].Before["x"], c.Services["s"].News[0].Name = BeforeOutcome{}, "x"
	c.Events[0].ID, c.Last["x"], c.Outbox[0].ID = "x", Past{}, "x"
	if after := string(encoded(t, s)); after != before {
		t.Errorf("%s, was %s", after, before)
	}
}
