package incident

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// ending is the message about the end of an incident.
func ending(id string, minute int) *Notice {
	at := after(minute)
	return &Notice{ID: id + "-2-resolved", Kind: KindResolved, Sequence: 2, At: at, Incident: &Facts{ID: id, Severity: SEV4, State: Resolved, FirstFailure: night, Recovered: at, Resolved: at}}
}

// others are messages about so many incidents that are over, which make the
// state gather what it holds.
func others(n int) (all []*Notice) {
	for k := range n {
		all = append(all, opening(fmt.Sprint("other-", k), 1))
	}
	return all
}

// TestAFewStayAsTheyAre: three messages are not made three others.
func TestAFewStayAsTheyAre(t *testing.T) {
	s, _ := gather(nil, opening("a", 1), ending("a", 2), opening("b", 3))
	if len(s.Outbox) != 3 || s.Outbox[0].ID != "a-1-opened" || s.Outbox[1].ID != "a-2-resolved" || s.Outbox[2].ID != "b-1-opened" {
		t.Errorf("%d messages wait, the first is %s", len(s.Outbox), s.Outbox[0].ID)
	}
}

// TestWhatMayBeOutStays: a message that somebody may have been told is not told
// as another one, unless so many of them wait that the state would be full.
func TestWhatMayBeOutStays(t *testing.T) {
	for tried, want := range map[int]int{1: 2, mostWaiting: mostWaiting + 1, mostWaiting + 1: 1} {
		waiting := others(tried + 4)
		for k := range tried {
			waiting[k].Tried = true
		}
		if s, _ := gather(nil, waiting...); len(s.Outbox) != want {
			t.Errorf("%d of %d may be out: %d messages are left, want %d", tried, tried+4, len(s.Outbox), want)
		}
	}
}

// TestGatheredBeginnings: what is open is told once, as what it is, with what is
// open besides and since when somebody waits.
func TestGatheredBeginnings(t *testing.T) {
	incidents := []*Incident{
		{ID: "flaps", State: Open, Severity: SEV1}, {ID: "whole", State: Open, Severity: SEV2, Told: night}, {ID: "a", State: Resolved, Merged: "whole"},
		{ID: "quiet again", State: Open, Severity: SEV3}, {ID: "besides", State: Open, Severity: SEV4},
	}
	flaps := opening("flaps", 9)
	flaps.Kind, flaps.Waits = KindFlapping, night
	waiting := []*Notice{opening("x", 2), flaps, opening("whole", 3), opening("a", 4), opening("quiet again", 5), ending("quiet again", 6)}
	s, got := gather(incidents, waiting...)
	n := got[KindOpened]
	if n == nil || got[KindFlapping] != nil || !slices.Equal(n.Incident.about(), []string{"flaps", "whole"}) || n.Incident.With[0].Kind != KindOpened {
		t.Fatalf("%+v in %d messages, want one that tells what flaps, and the whole once", got, len(s.Outbox))
	}
	if !n.Incident.Gathered || !n.since().Equal(night) || got[KindReminder] != nil {
		t.Errorf("gathered %v, since %s, reminder %v", n.Incident.Gathered, n.since(), got[KindReminder])
	}
	var besides []string
	for _, o := range n.Incident.AlsoOpen {
		besides = append(besides, o.ID)
	}
	if !slices.Equal(besides, []string{"quiet again", "besides"}) {
		t.Errorf("open besides are %v", besides)
	}
}

// TestGatheredAboutTheChecker: that the checker has lost its network is told as
// that, not as something that people know.
func TestGatheredAboutTheChecker(t *testing.T) {
	trouble := opening("checker", 2)
	trouble.Kind, trouble.Incident.Severity = KindChecker, SEV2
	_, got := gather([]*Incident{{ID: "checker", State: Open, Severity: SEV2, CheckerOf: "tcp"}}, append(others(3), trouble)...)
	if n := got[KindChecker]; n == nil || !slices.Equal(n.Incident.about(), []string{"checker"}) {
		t.Errorf("%v, want one about the checker", got)
	}
}

// TestGatheredPartThatCameBack: of an incident that was over and came back, and
// then became part of one that people know, that one is told as being open.
func TestGatheredPartThatCameBack(t *testing.T) {
	back := opening("a", 3)
	back.ID, back.Kind = "a-3-reopened", KindReopened
	incidents := []*Incident{{ID: "whole", State: Open, Severity: SEV1, Told: night}, {ID: "a", State: Resolved, Merged: "whole"}}
	_, got := gather(incidents, append(others(3), ending("a", 2), back)...)
	if n := got[KindReminder]; n == nil || !slices.Equal(n.Incident.about(), []string{"whole"}) {
		t.Errorf("%v, want the whole told as being open", got)
	}
}

// TestGatheredEnds: what is over is told with when it was, once, whoever named
// it last.
func TestGatheredEnds(t *testing.T) {
	shared := ending("lead", 7)
	shared.Incident.With = []WithFact{{ID: "worst", Severity: SEV1, FirstFailure: night, Recovered: after(6)}}
	shared.Incident.Before, shared.Incident.ClassBefore = SEV4, "http.status"
	_, got := gather(nil, append(others(3), shared)...)
	f := got[KindResolved].Incident
	if f.ID != "worst" || !f.Resolved.Equal(after(7)) || !f.Recovered.Equal(after(6)) || !f.Gathered {
		t.Errorf("the worst is %s, good since %s, over at %s", f.ID, f.Recovered, f.Resolved)
	}
	if ids := f.about(); len(ids) != 5 || f.count() != 5 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 5 {
		t.Errorf("it names %v and counts %d, want each of the five once", ids, f.count())
	}
	lead := slices.IndexFunc(f.With, func(w WithFact) bool { return w.ID == "lead" })
	if lead < 0 || f.With[lead].Before != 0 || f.With[lead].ClassBefore != "" {
		t.Errorf("what is over changed from nothing: %+v", f.With)
	}
}

// TestGatheredEndOfWhatCameBack: when an incident that came back is over has
// nothing to do with when it was over before.
func TestGatheredEndOfWhatCameBack(t *testing.T) {
	for name, c := range map[string]struct {
		last map[string]Past
		want time.Time
	}{
		"remembered": {map[string]Past{"key": {ID: "back", Resolved: after(40)}}, after(40)},
		"forgotten":  {nil, after(60)}, // not later than now
	} {
		back := opening("back", 30)
		back.Kind, back.Incident.Severity, back.Incident.State, back.Incident.Resolved = KindReopened, SEV1, Reopened, after(10)
		p := &step{Policy: quietPolicy, in: Input{Now: after(60), Full: true}, state: State{Last: c.last, Outbox: append(others(3), back)}}
		p.condense()
		if f := p.state.Outbox[0].Incident; f.ID != "back" || !f.Resolved.Equal(c.want) {
			t.Errorf("%s: %s is over since %s, want %s", name, f.ID, f.Resolved, c.want)
		}
	}
}

// TestOfSummariesTheNewestWaits, and of what is told of the deployments of each
// service, but nothing is dropped that another run may be sending.
func TestOfSummariesTheNewestWaits(t *testing.T) {
	of := func(id, service, run string) *Notice {
		n := &Notice{ID: id, Kind: KindSummary, At: night, ClaimedBy: run}
		if service != "" {
			n.Kind, n.Deployment = KindDeployment, &DeployFacts{Service: service}
		}
		return n
	}
	s, _ := gather(nil, of("monday", "", ""), of("tuesday", "", "a run"), of("shop 1", "shop", ""), of("api 1", "api", ""), of("wednesday", "", ""), of("shop 2", "shop", ""))
	var ids []string
	for _, n := range s.Outbox {
		ids = append(ids, n.ID)
	}
	if want := []string{"tuesday", "api 1", "wednesday", "shop 2"}; !slices.Equal(ids, want) {
		t.Errorf("%q wait, want %q", ids, want)
	}
}

// TestAFullStateForgetsTheMiddle of what happened to incidents, and only then.
func TestAFullStateForgetsTheMiddle(t *testing.T) {
	for full, want := range map[bool][]int{false: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, true: {0, 1, 2, 3, 4, 7, 8, 9, 10, 11}} {
		i := &Incident{ID: "a", State: Open}
		for minute := range 12 {
			i.History = append(i.History, Moment{At: after(minute)})
		}
		p := &step{Policy: quietPolicy, in: Input{Now: after(60), Full: full}, state: State{Incidents: []*Incident{i}}}
		p.condense()
		var minutes []int
		for _, m := range i.History {
			minutes = append(minutes, int(m.At.Sub(night).Minutes()))
		}
		if !slices.Equal(minutes, want) {
			t.Errorf("full %v: what happened in minutes %v is kept, want %v", full, minutes, want)
		}
	}
}
