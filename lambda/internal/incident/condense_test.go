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
