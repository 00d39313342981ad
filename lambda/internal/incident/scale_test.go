package incident

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"testing"
	"time"
	"unicode/utf8"

	"hokus.ai/tidewatch/lambda/internal/result"
)

const (
	manyEndpoints = 1000
	mostBytes     = 350 << 10 // what a store takes of a packed state
	mostOfANotice = 32 << 10
)

// fleet is a policy of many endpoints, so many to a group; 0: without groups.
func fleet(perGroup int) *Policy {
	p := Policy{Environment: "test", Summary: SummaryTime{Never: true}}
	for n := range manyEndpoints {
		r := Rule{
			Key: fmt.Sprintf("endpoint-%04d", n), URL: fmt.Sprintf("https://service-%d.example.com/health", n), Host: fmt.Sprintf("service-%d.example.com", n),
			Severity: SEV2, FailureThreshold: 2, SuccessThreshold: 3, SendOnResolved: true, UsersLose: fmt.Sprint("feature ", n), Owner: fmt.Sprint("team ", n), Runbook: fmt.Sprintf("https://wiki.example.com/%d", n),
		}
		if perGroup > 0 {
			r.Group = fmt.Sprintf("group-%d", n/perGroup)
			r.Key = r.Group + "/" + r.Key
		}
		p.Rules = append(p.Rules, r)
	}
	return NewPolicy(p)
}

// failingRound fails every endpoint with a sentence of its own.
func failingRound(p *Policy, now time.Time) Input {
	in := Input{Now: now, Started: now, TimingsTrusted: true}
	for n := range p.Rules {
		in.Results = append(in.Results, result.Result{
			Key: p.Rules[n].Key, Class: result.HTTPStatus, Phase: result.PhaseAssert, Status: 503,
			Error: fmt.Sprintf("GET https://service-%d.example.com/health answered 503 from 10.0.%d.%d after %d ms, want 200", n, n/256, n%256, n*7),
		})
	}
	return in
}

func packed(t testing.TB, s State) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(encoded(t, s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// TestEverythingFails: a thousand endpoints at once, in one group, in a hundred
// and in none, stay within what can be stored with all messages unsent.
func TestEverythingFails(t *testing.T) {
	for perGroup, incidents := range map[int]int{manyEndpoints: 1, 10: 100, 0: manyEndpoints} {
		t.Run(fmt.Sprint(incidents, " incidents"), func(t *testing.T) {
			p := fleet(perGroup)
			var s State
			for n := range 3 {
				s, _ = p.Step(s, failingRound(p, night.Add(time.Duration(n)*time.Minute)))
			}
			if len(s.Active()) != incidents || len(s.Outbox) != 1 {
				t.Fatalf("%d incidents and %d messages, want %d and 1", len(s.Active()), len(s.Outbox), incidents)
			}
			if n := packed(t, s); n > mostBytes {
				t.Errorf("the state has %d bytes, at most %d are stored", n, mostBytes)
			}
			bound(t, s.Outbox[0], incidents)
			if n := len(encoded(t, s.Outbox[0])); n > mostOfANotice {
				t.Errorf("the message has %d bytes, at most %d are expected", n, mostOfANotice)
			}
		})
	}
}

// TestAThousandIncidentsAreFewMessages: what began together is recalled, fails
// in another way and is over in one message each.
func TestAThousandIncidentsAreFewMessages(t *testing.T) {
	p := fleet(0)
	var s State
	told, now := map[Kind]int{}, night
	rounds := func(n int, change func(*result.Result)) {
		for range n {
			in := failingRound(p, now)
			for k := range in.Results {
				change(&in.Results[k])
			}
			s, _ = p.Step(s, in)
			for _, n := range s.Outbox {
				told[n.Kind]++
				bound(t, n, manyEndpoints)
			}
			s.Outbox, now = nil, now.Add(5*time.Minute)
		}
	}
	rounds(3, func(*result.Result) {})
	rounds(36, func(r *result.Result) { r.Class, r.Error = result.HTTPTimeout, "no answer" })
	rounds(6, func(r *result.Result) { *r = result.Result{Key: r.Key, Healthy: true} })
	want := map[Kind]int{KindOpened: 1, KindCause: 1, KindReminder: 1, KindResolved: 1}
	for kind, n := range want {
		if told[kind] != n {
			t.Errorf("%d messages of %s, want %d; told %v", told[kind], kind, n, told)
		}
	}
	if len(s.Active()) != 0 {
		t.Errorf("%d are open", len(s.Active()))
	}
}

// bound checks the lists of a notice that many incidents share.
func bound(t *testing.T, n *Notice, incidents int) {
	f, members := n.Incident, manyEndpoints/incidents
	if len(f.With) > MaxFacts || len(f.With)+f.WithMore != incidents-1 || len(f.AlsoOpen)+f.AlsoMore != 0 {
		t.Errorf("%s: %d with it, %d left out, %d open besides", n.ID, len(f.With), f.WithMore, len(f.AlsoOpen))
	}
	for _, w := range f.With {
		if len(w.Endpoints) > withEndpoints || len(w.Endpoints)+w.More != members || len(w.UsersLose) > MaxFacts || len(w.Owners) > MaxFacts || len(w.Runbooks) > MaxFacts {
			t.Errorf("%s: %d endpoints and %d more of %d", w.ID, len(w.Endpoints), w.More, members)
		}
	}
	if len(f.Endpoints)+f.More != members || len(f.Endpoints) > MaxFacts || len(f.UsersLose) > MaxFacts || len(f.Owners) > MaxFacts || len(f.Runbooks) > MaxFacts || len(f.AlsoOpen) > MaxFacts {
		t.Errorf("%s: %d endpoints and %d more of %d; %d others", n.ID, len(f.Endpoints), f.More, members, len(f.AlsoOpen))
	}
}

// TestAMonthOfTrouble: every endpoint went down and up again and again for a
// month, so that downtime is noted for every hour and day that is kept.
func TestAMonthOfTrouble(t *testing.T) {
	p := fleet(10)
	var s State
	for n := range 3 {
		s, _ = p.Step(s, failingRound(p, night.Add(time.Duration(n)*time.Minute)))
	}
	s.Outbox = nil
	now := night.Add(31 * 24 * time.Hour)
	for k := range p.Rules {
		e := s.Endpoints[p.Rules[k].Key]
		e.First = night
		for minutes := time.Duration(k%7 + 1); minutes < 31*24*60; minutes += 55 {
			from := night.Add(minutes * time.Minute)
			took := time.Duration(1+(int(minutes)*7919+k*104729)%1800) * time.Second
			e.spend(from, from.Add(took), func(d *Downtime, took time.Duration) { d.Down += took })
		}
		e.compact(now)
		if len(e.Down) > 26+1+32 {
			t.Fatalf("%d entries of downtime", len(e.Down))
		}
	}
	if n := packed(t, s); n > mostBytes {
		t.Errorf("the state has %d bytes, at most %d are stored", n, mostBytes)
	}
}

func TestSentencesAreBounded(t *testing.T) {
	long := ""
	for len(long) < 2*sentenceLimit {
		long += "Zeitüberschreitung — "
	}
	got := bounded(long)
	if len(got) > sentenceLimit+len("…") || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
	if bounded("short") != "short" {
		t.Error("a short sentence was cut")
	}
}

func BenchmarkStepEverythingFails(b *testing.B) {
	p := fleet(0)
	s, _ := p.Step(State{}, failingRound(p, night))
	for b.Loop() {
		p.Step(s, failingRound(p, night.Add(time.Minute)))
	}
}

// TestAThousandIncidentsFlapInFewMessages: what began together comes back, and
// flaps, in one message each.
func TestAThousandIncidentsFlapInFewMessages(t *testing.T) {
	p := fleet(0)
	var s State
	told, now := map[Kind]int{}, night
	rounds := func(n int, good bool) {
		for range n {
			in := failingRound(p, now)
			for k := range in.Results {
				if good {
					in.Results[k] = result.Result{Key: in.Results[k].Key, Healthy: true}
				}
			}
			s, _ = p.Step(s, in)
			for _, n := range s.Outbox {
				told[n.Kind]++
				bound(t, n, manyEndpoints)
			}
			s.Outbox, now = nil, now.Add(time.Minute)
		}
	}
	rounds(3, false)
	rounds(12, true)
	rounds(3, false)
	for range 4 {
		rounds(3, true)
		rounds(3, false)
	}
	want := map[Kind]int{KindOpened: 1, KindResolved: 1, KindReopened: 1, KindFlapping: 1}
	if !maps.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
