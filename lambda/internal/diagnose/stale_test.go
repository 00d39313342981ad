package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var rulesWant = topology.Want{Kind: topology.Rules, Key: listenerARN}

// later is a case that is concluded some time after its facts were read.
func later(after time.Duration) Input {
	in := caseOf(sample(), notFound("/health"))
	in.Now = noon.Add(after)
	return in
}

func TestOldFactsProveNothing(t *testing.T) {
	t.Parallel()
	if f := only(t, Diagnose(later(time.Minute)), RuleDefaultFixed, Cause); f.Level != Proven {
		t.Errorf("a minute is not too old: %s", asJSON(f))
	}
	out := Diagnose(later(61 * time.Second))
	f := only(t, out, RuleDefaultFixed, Cause)
	if f.Level != Likely || len(f.Inferred) != 1 || !strings.Contains(f.Inferred[0], "elasticloadbalancing:DescribeRules told at 12:00:00Z") {
		t.Errorf("%s %q", f.Level, f.Inferred)
	}
	if !slices.Equal(out.Again, []topology.Want{rulesWant}) { // and not what is not decided by
		t.Errorf("%+v", out.Again)
	}
}

// What is read again proves the cause, or shows that it is over; what cannot be
// read again is kept, and stays old.
func TestDecidingFactsAreReadAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(*topology.Snapshot)
		level  Level // "": no cause any more
	}{
		"unchanged": {func(s *topology.Snapshot) {
			s.Rules.Put(listenerARN, topology.KnownFact(sample().Rules.Of(listenerARN).Value, "elasticloadbalancing:DescribeRules", noon.Add(2*time.Minute)))
		}, Proven},
		"a rule came": {func(s *topology.Snapshot) {
			rules := slices.Clone(sample().Rules.Of(listenerARN).Value)
			rules[0].Conditions = []topology.Condition{{Field: "path-pattern", Values: []string{"/*"}}}
			s.Rules.Put(listenerARN, topology.KnownFact(rules, "elasticloadbalancing:DescribeRules", noon.Add(2*time.Minute)))
		}, ""},
		"throttled": {func(s *topology.Snapshot) { s.Fail(rulesWant, topology.Throttled, "") }, Likely},
		"no budget": {func(*topology.Snapshot) {}, Likely},
	} {
		in, asked := later(2*time.Minute), 0
		out := Rounds(in, func(to *topology.Snapshot, wants []topology.Want) {
			if slices.Contains(wants, rulesWant) {
				asked++
				c.answer(to)
			}
		})
		if asked != 1 {
			t.Errorf("%s: asked %d times", name, asked)
		}
		if c.level == "" {
			if slices.Contains(causes(out), RuleDefaultFixed) {
				t.Errorf("%s: %s", name, asJSON(out.Findings))
			}
			continue
		}
		if f := only(t, out, RuleDefaultFixed, Cause); f.Level != c.level || len(f.Gaps) != 0 {
			t.Errorf("%s: %s %q %+v", name, f.Level, f.Inferred, f.Gaps)
		}
		if _, known := in.Facts.Rules.Of(listenerARN).Get(); !known {
			t.Errorf("%s: the fact is lost", name)
		}
	}
}
