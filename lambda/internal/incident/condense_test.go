package incident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// unsent plays some hours of a fleet of which nothing can be sent: fails says
// whether an endpoint does in a round, of which one is made every five minutes.
func unsent(t *testing.T, hours int, fails func(round, endpoint int) bool) State {
	p, s := fleet(0), State{}
	chance := rand.New(rand.NewPCG(7, 7))
	for round := range 12 * hours {
		now := night.Add(time.Duration(round) * 5 * time.Minute)
		in := Input{Now: now, Started: now, TimingsTrusted: true, Controls: Answered}
		for k := range p.Rules {
			r := result.Result{Key: p.Rules[k].Key, Healthy: true}
			if fails(round, k) {
				r = result.Result{Key: r.Key, Class: result.HTTPStatus, Phase: result.PhaseAssert, Status: 503}
				r.Error = fmt.Sprintf("GET https://service-%d.example.com/ answered 503 after %d ms from 10.%d.%d.%d", k, chance.IntN(1000), chance.IntN(256), chance.IntN(256), chance.IntN(256))
			}
			in.Results = append(in.Results, r)
		}
		s, _ = p.Step(s, in)
		s.Unrecorded = nil // records are written, as they do not go to the topic
		if round%12 == 11 {
			if n := packed(t, s); n > mostBytes {
				t.Fatalf("round %d: the state has %d KB with %d messages, at most %d are stored", round, n>>10, len(s.Outbox), mostBytes>>10)
			}
		}
		if len(s.Outbox) > mostWaiting {
			t.Fatalf("round %d: %d messages wait", round, len(s.Outbox))
		}
	}
	return s
}

// TestADayOfFlappingUnsent: a thousand endpoints of which each has its own
// incident flap for a day while nothing can be sent. The state can be stored all
// the time, somebody is waited for since the first message, and every incident
// that is open is in one that waits.
func TestADayOfFlappingUnsent(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	for name, of := range map[string]struct {
		hours int
		fails func(round, endpoint int) bool
	}{
		"at random":           {24, func(int, int) bool { return chance.IntN(4) == 0 }},
		"slowly, in turns":    {6, func(round, k int) bool { return (round+k)%9 >= 7 }},
		"slowly, all at once": {6, func(round, _ int) bool { return round%9 >= 7 }},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				of.hours = 2
			}
			s := unsent(t, of.hours, of.fails)
			t.Logf("%d KB, %d messages, %d incidents", packed(t, s)>>10, len(s.Outbox), len(s.Incidents))
			now := s.Updated
			if age := s.Undelivered(now); age < time.Duration(of.hours-1)*time.Hour {
				t.Errorf("somebody waits since %s, want since the first hour", age)
			}
			told := map[string]bool{}
			for _, n := range s.Outbox {
				for _, id := range n.Incident.about() {
					told[id] = true
				}
			}
			for _, i := range s.Active() {
				if !told[i.ID] {
					t.Errorf("%s is open, and nothing that waits says so", i.ID)
				}
			}
		})
	}
}

// TestUnsentChangesAreOne: of an incident whose severity and state are told again
// and again while nothing can be sent, one message of each kind waits, with what
// was so before the first.
func TestUnsentChangesAreOne(t *testing.T) {
	was := func(kind Kind, sequence int, before Severity) *Notice {
		return &Notice{ID: fmt.Sprint("I-1-", sequence), Kind: kind, Sequence: sequence, At: night.Add(time.Duration(sequence) * time.Minute), Incident: &Facts{ID: "I-1", Before: before}}
	}
	sent := was(KindReminder, 4, 0)
	sent.ClaimedBy = "a run"
	made := []*Notice{was(KindOpened, 1, 0), was(KindReminder, 2, 0), was(KindSeverityUp, 3, SEV3), sent, was(KindFlapping, 5, 0), was(KindSeverityUp, 6, SEV2), was(KindReminder, 7, 0)}
	p := &step{state: State{Outbox: slices.Clone(made)}, transitions: []Transition{{Notice: made[5]}, {Notice: made[6]}}}
	p.supersede()
	var ids []string
	for _, n := range p.state.Outbox {
		ids = append(ids, n.ID)
	}
	if want := []string{"I-1-1", "I-1-4", "I-1-5", "I-1-6", "I-1-7"}; !slices.Equal(ids, want) {
		t.Errorf("%v wait, want %v: neither the beginning nor what a run is sending is dropped", ids, want)
	}
	if n := made[5]; n.Incident.Before != SEV3 || !n.since().Equal(night.Add(2*time.Minute)) {
		t.Errorf("raised from SEV%d, waiting since %s; want from SEV3, since the reminder that it stands for", n.Incident.Before, n.since())
	}
}

// TestGatheredSaysHowItStands: of more messages than may wait three are made,
// each incident in the one that is true of it.
func TestGatheredSaysHowItStands(t *testing.T) {
	s := State{Incidents: []*Incident{{ID: "open", State: Open, Severity: SEV3, Title: "t"}, {ID: "back", State: Reopened, Severity: SEV1}, {ID: "known", State: Open, Severity: SEV2}}}
	add := func(kind Kind, id string) {
		n := len(s.Outbox)
		s.Outbox = append(s.Outbox, &Notice{ID: fmt.Sprint(n), Kind: kind, Sequence: 2, At: night.Add(time.Duration(n) * time.Second), Incident: &Facts{ID: id, State: Open}})
	}
	add(KindOpened, "open")
	add(KindSeverityUp, "known")
	add(KindResolved, "back")
	add(KindReopened, "back")
	for n := range mostWaiting {
		add(KindOpened, fmt.Sprint("over-", n))
		add(KindResolved, fmt.Sprint("over-", n))
	}
	add(KindOpened, "never told of its end")
	p := &step{Policy: quietPolicy, in: Input{Now: night.Add(time.Hour)}, state: s}
	p.condense()
	got := map[Kind][]string{}
	for _, n := range p.state.Outbox {
		got[n.Kind] = n.Incident.about()
		if !n.since().Equal(night) || n.Incident.count() != len(n.Incident.about()) {
			t.Errorf("%s: waits since %s, %d incidents", n.ID, n.since(), n.Incident.count())
		}
	}
	if len(p.state.Outbox) != 3 || !slices.Equal(got[KindReopened], []string{"back", "open"}) || !slices.Equal(got[KindReminder], []string{"known"}) || len(got[KindResolved]) != mostWaiting+1 {
		t.Errorf("%d messages: %v", len(p.state.Outbox), got)
	}
	p.state.Incidents[0].State = Resolved
	p.state.MarkLate([]string{p.state.Outbox[0].ID, p.state.Outbox[2].ID}, night.Add(2*time.Hour))
	if began, over := p.state.Outbox[0].Late.Over(), p.state.Outbox[2].Late.Over(); began != 1 || over != mostWaiting+1 {
		t.Errorf("%d of 2 that began are over, and %d of %d", began, over, mostWaiting+1)
	}
}

// gather condenses messages as a store that is full makes it, an hour into the
// night, and returns what waits then by kind.
func gather(incidents []*Incident, waiting ...*Notice) (State, map[Kind]*Notice) {
	p := &step{Policy: quietPolicy, in: Input{Now: night.Add(time.Hour), Full: true}, state: State{Incidents: incidents, Outbox: waiting}}
	p.condense()
	got := map[Kind]*Notice{}
	for _, n := range p.state.Outbox {
		got[n.Kind] = n
	}
	return p.state, got
}

func opening(id string, minute int) *Notice {
	return &Notice{ID: id + "-1-opened", Kind: KindOpened, Sequence: 1, At: night.Add(time.Duration(minute) * time.Minute), Incident: &Facts{ID: id, Title: "title of " + id, State: Open, Severity: SEV4, FirstFailure: night}}
}

// TestGatheredNamesTheWholeOnce: incidents that became part of another one, which
// people know, are told as that one being open, once.
func TestGatheredNamesTheWholeOnce(t *testing.T) {
	for name, of := range map[string]struct {
		told time.Time
		want Kind
	}{"that people know": {night, KindReminder}, "that nobody knows": {time.Time{}, KindOpened}} {
		t.Run(name, func(t *testing.T) {
			incidents := []*Incident{
				{ID: "whole", State: Open, Severity: SEV1, Told: of.told},
				{ID: "a", State: Resolved, Merged: "whole"}, {ID: "b", State: Resolved, Merged: "whole"},
			}
			_, got := gather(incidents, opening("a", 1), opening("b", 2), opening("x", 3), opening("y", 4))
			n := got[of.want]
			if n == nil || !slices.Equal(n.Incident.about(), []string{"whole"}) || len(got) != 2 {
				t.Errorf("%+v in %d messages, want one %s about the whole, and one about what is over", n, len(got), of.want)
			}
		})
	}
}

// TestGatheredSaysSinceWhen: of incidents that messages only count it is still
// told when they began and ended, and which of them came back.
func TestGatheredSaysSinceWhen(t *testing.T) {
	many := opening("lead", 5)
	many.Incident.WithMore, many.Incident.Rest = 3, []string{"known", "gone", "back"}
	incidents := []*Incident{
		{ID: "known", Title: "t", State: Resolved, Severity: SEV2, FirstFailure: night.Add(4 * time.Minute), Resolved: night.Add(20 * time.Minute)},
		{ID: "back", State: Open, Severity: SEV1, Reopenings: 1},
	}
	_, got := gather(incidents, many, opening("a", 6), opening("b", 7), opening("c", 8))
	over := got[KindResolved].Incident
	if over.ID != "known" || over.Title != "t" || !over.FirstFailure.Equal(night.Add(4*time.Minute)) || !over.Resolved.Equal(night.Add(20*time.Minute)) {
		t.Errorf("of the incident that is over and still known: %+v", over)
	}
	gone := slices.IndexFunc(over.With, func(w WithFact) bool { return w.ID == "gone" })
	if gone < 0 || !over.With[gone].FirstFailure.Equal(night.Add(5*time.Minute)) {
		t.Errorf("of the one that is not known any more: %+v", over.With)
	}
	if n := got[KindReopened]; n == nil || n.Incident.ID != "back" {
		t.Errorf("%v, want what came back told as that", got)
	}
}

// TestGatheredTwiceIsTwoMessages: while a run sends what was gathered, or when
// that is out, more can be gathered at the same moment. Two messages of one id
// would be taken for one, and both for sent with the first.
func TestGatheredTwiceIsTwoMessages(t *testing.T) {
	for _, out := range []bool{false, true} {
		s, first := gather([]*Incident{{ID: "a", State: Open}}, opening("a", 1), opening("x", 2), opening("y", 3), opening("z", 4))
		ids := map[string]bool{}
		for _, id := range s.Claim("a run", night, night.Add(time.Minute)) {
			ids[id] = true
			if out {
				s.Sent([]string{id})
			}
		}
		s.Outbox = append(s.Outbox, opening("e", 5), opening("f", 6), opening("g", 7), opening("h", 8))
		p := &step{Policy: quietPolicy, in: Input{Now: first[KindOpened].At, Full: true}, state: s}
		p.condense()
		for _, n := range p.state.Outbox {
			ids[n.ID] = true
		}
		if len(ids) != 3 {
			t.Errorf("the first are out %v: three messages have the ids %v", out, ids)
		}
	}
}

// TestRaisedAfterItWasLowered: what was so before an older message is not kept
// where that would tell a higher severity as having become worse.
func TestRaisedAfterItWasLowered(t *testing.T) {
	raised := func(sequence int, from, to, companion Severity) *Notice {
		with := []WithFact{{ID: "I-2", Severity: to, Before: companion}}
		return &Notice{ID: fmt.Sprint("I-1-", sequence), Kind: KindSeverityUp, Sequence: sequence, At: night, Incident: &Facts{ID: "I-1", Severity: to, Before: from, With: with}}
	}
	made := []*Notice{raised(2, SEV2, SEV1, SEV3), raised(3, SEV4, SEV3, SEV4)} // in between it was lowered in silence
	p := &step{state: State{Outbox: slices.Clone(made)}, transitions: []Transition{{Notice: made[1]}}}
	p.supersede()
	if f := made[1].Incident; len(p.state.Outbox) != 1 || f.Before != SEV4 || f.With[0].Before != SEV4 {
		t.Errorf("%d wait, SEV%d was SEV%d, and that with it SEV%d; want both from SEV4", len(p.state.Outbox), f.Severity, f.Before, f.With[0].Before)
	}
}
