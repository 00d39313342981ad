package incident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestUnsavedRoundsDecideNothing plays random timelines twice, once with every
// state saved and once with only those that are worth it: both must tell the
// same in the same rounds. Rounds do not overtake each other here.
func TestUnsavedRoundsDecideNothing(t *testing.T) {
	unsaved := 0
	for seed := range uint64(120) {
		random := rand.New(rand.NewPCG(seed, 2))
		p := &program{make([]byte, 1500)}
		for i := range p.bytes {
			p.bytes[i] = byte(random.Uint32())
		}
		policy := p.randomPolicy()
		every, kept, now := State{}, State{}, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
		var in Input
		for round := range 160 {
			if round%16 < 6 {
				now = now.Add([]time.Duration{time.Minute, time.Minute, time.Minute, 2 * time.Minute, 5 * time.Minute, 40 * time.Minute}[p.choose(6)])
				in = p.randomInput(NewPolicy(policy), round, now)
			} else { // it stays as it is for a while
				now = now.Add(time.Minute)
				in = Input{Now: now, Started: now, Run: fmt.Sprint(round), Results: in.Results, TimingsTrusted: true, Controls: in.Controls}
			}
			after, told := NewPolicy(policy).Step(every, in)
			sparing, toldSparing := NewPolicy(policy).Step(kept, in)
			if got, want := shown(sparing, toldSparing), shown(after, told); !slices.Equal(got, want) {
				t.Fatalf("seed %d, round %d: with few states saved\n  %s\nwith all\n  %s", seed, round, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
			every = after
			for _, s := range []*State{&every, &sparing} {
				s.Sent(s.Claim(fmt.Sprint(round), now, now.Add(time.Minute)))
			}
			if WorthSaving(kept, sparing) {
				kept = sparing
			} else {
				unsaved++
			}
		}
	}
	if unsaved < 500 {
		t.Errorf("only %d states were not worth saving, which shows little", unsaved)
	}
}
