package incident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRandomTimelines holds what must be true of any timeline against some
// random ones.
func TestRandomTimelines(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		program := make([]byte, 300+random.IntN(900))
		for i := range program {
			program[i] = byte(random.Uint32())
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { playProgram(t, program) })
	}
}

// FuzzTimelines is the same, with timelines that the fuzzer makes up.
func FuzzTimelines(f *testing.F) {
	f.Add([]byte{3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte(strings.Repeat("\x02\x01\x00\x07\x0b", 60)))
	f.Fuzz(playProgram)
}

// program is a source of choices; at its end every choice is the first one.
type program struct{ bytes []byte }

func (p *program) choose(n int) int {
	if len(p.bytes) == 0 {
		return 0
	}
	b := int(p.bytes[0])
	p.bytes = p.bytes[1:]
	return b % n
}

func (p *program) one(of string) rune { return []rune(of)[p.choose(len(of))] }

// randomPolicy is one of up to six endpoints in two groups.
func (p *program) randomPolicy() Policy {
	policy := Policy{Environment: "test", Deployments: []string{"all", "problems", "none"}[p.choose(3)], Summary: SummaryTime{At: 11 * time.Hour, Location: time.UTC}}
	for n := range 1 + p.choose(6) {
		group := string(p.one("gh"))
		r := Rule{
			Key: fmt.Sprintf("%s/%d", group, n), Group: group, Host: fmt.Sprint("host", p.choose(3)), Severity: SEV1 + Severity(p.choose(3)),
			FailureThreshold: 1 + p.choose(3), SuccessThreshold: 1 + p.choose(4), SendOnResolved: p.choose(4) > 0, Muted: p.choose(6) == 1,
			Service: []string{"", "c/s"}[p.choose(2)], Reminder: []time.Duration{0, 10 * time.Minute}[p.choose(2)],
		}
		if n > 0 && p.choose(4) == 1 {
			r.DependsOn = []string{policy.Rules[p.choose(n)].Key}
		}
		if p.choose(4) == 1 {
			r.Windows = []Window{{Start: 10*time.Hour + 20*time.Minute, Duration: 15 * time.Minute, Location: time.UTC}}
		}
		policy.Rules = append(policy.Rules, r)
	}
	return policy
}

// randomInput is the next round.
func (p *program) randomInput(policy *Policy, round int, now time.Time) Input {
	in := Input{Now: now, Started: now.Add(-time.Duration(p.choose(4)) * time.Second), Run: fmt.Sprint(round), TimingsTrusted: p.choose(8) != 1, Controls: Controls(p.choose(3))}
	same := p.choose(10)
	for i := range policy.Rules {
		outcome := p.one("......xxxrthnlp?!-d")
		switch same {
		case 1:
			outcome = 't'
		case 2:
			outcome = '?'
		case 3:
			outcome = 'x'
		case 4, 5, 6:
			outcome = '.'
		}
		if outcome == '-' {
			continue
		}
		r := outcomeOf[outcome]
		r.Key = policy.Rules[i].Key
		in.Results = append(in.Results, r)
	}
	if p.choose(6) == 1 {
		in.News = &News{
			EventID: fmt.Sprint("e", p.choose(40)), Service: "c/s", Name: "event", DeploymentID: fmt.Sprint("d", p.choose(5)), Rollback: p.choose(5) == 1,
			Kind: []NewsKind{DeployStarted, DeployCompleted, DeployFailed, Other}[p.choose(4)], At: now.Add(-time.Duration(p.choose(60)) * time.Second),
		}
	}
	if p.choose(4) == 1 {
		in.Rollouts = map[string]string{"c/s": []string{"COMPLETED", "FAILED", "IN_PROGRESS"}[p.choose(3)]}
	}
	return in
}

// randomDiagnosis follows a round. Its causes explain what fails, and now and
// then what does not.
func (p *program) randomDiagnosis(t *testing.T, policy *Policy, watch *watcher, state State, after Input) State {
	d := &Diagnosis{At: after.Now, Report: after.Run, Confirmed: p.choose(2) == 1, Partial: p.choose(4) == 1, Failing: policy.Failing(state, after.Now)}
	used := map[string]bool{}
	for k := range p.choose(4) {
		c := Cause{Root: Root{Key: fmt.Sprint("CODE/", k), Level: []string{"proven", "likely", "possible"}[p.choose(3)], Severity: SEV1 + Severity(p.choose(4)), Title: "broken", Sentence: "It is broken."}}
		c.Actions = []Action{{Priority: "P0.1", Do: "repair it", Test: "finding_gone " + c.Key}}
		for i := range policy.Rules {
			if key := policy.Rules[i].Key; !used[key] && p.choose(3) == 1 {
				used[key] = true
				c.Explains = append(c.Explains, key)
			}
		}
		d.Causes = append(d.Causes, c)
	}
	if p.choose(3) == 1 {
		d.Done = state.Tests()
	}
	in := Input{Now: after.Now.Add(time.Second), Run: after.Run + "d", Started: after.Started, Diagnosis: d}
	before := encoded(t, state)
	explained, transitions := policy.Step(state, in)
	if string(encoded(t, state)) != string(before) {
		t.Fatal("the diagnosis changed the state that it was given")
	}
	watch.step(t, policy, in, state, explained, transitions)
	if t.Failed() {
		t.Fatalf("in a diagnosis of\n%s\n%s", before, encoded(t, d))
	}
	return explained
}

// randomStep is the time to the next round, mostly a minute.
func (p *program) randomStep() time.Duration {
	unusual := []time.Duration{5 * time.Minute, 40 * time.Minute, -time.Minute, -time.Hour, 30 * time.Hour}
	if n := p.choose(60); n < len(unusual) {
		return unusual[n]
	}
	return time.Minute
}

// playProgram plays a timeline and checks each of its steps. An endpoint may
// leave the configuration, the clock may jump, and messages may stay unsent.
func playProgram(t *testing.T, bytes []byte) {
	p := &program{bytes}
	written := p.randomPolicy()
	policy := NewPolicy(written)
	watch := &watcher{ids: map[string]bool{}, told: map[string]Kind{}}
	state, now := State{}, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for round := 0; round < 120 && len(p.bytes) > 0; round++ {
		now = now.Add(p.randomStep())
		if p.choose(40) == 1 && len(written.Rules) > 1 {
			written.Rules = slices.Delete(slices.Clone(written.Rules), 0, 1)
			policy = NewPolicy(written)
		}
		in := p.randomInput(policy, round, now)
		before := encoded(t, state)
		after, transitions := policy.Step(state, in)
		if string(encoded(t, state)) != string(before) {
			t.Fatalf("round %d: the step changed the state that it was given", round)
		}
		watch.step(t, policy, in, state, after, transitions)
		state = after
		if p.choose(3) == 1 {
			state = p.randomDiagnosis(t, policy, watch, state, in)
		}
		if p.choose(3) > 0 {
			state.Sent(state.Claim(in.Run, now, now.Add(time.Minute)))
		}
		if t.Failed() {
			t.Fatalf("in round %d of\n%s\n%s", round, before, encoded(t, in.Results))
		}
	}
}
