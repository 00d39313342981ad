package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// arrival is a round that began and was decided so many seconds after the
// test's.
type arrival struct {
	began, decided int
	outcome        rune
}

// everyMinute are rounds of one outcome, each decided at once.
func everyMinute(from, to int, outcome rune) []arrival {
	var all []arrival
	for m := from; m <= to; m++ {
		all = append(all, arrival{60 * m, 60*m + 1, outcome})
	}
	return all
}

// TestOvertaken is what a round can do that is decided after one that began
// later, when the state of the later one was not worth saving: as much as if
// the later one had not been made. Where it was saved the older one is dropped.
func TestOvertaken(t *testing.T) {
	for name, tt := range map[string]struct {
		threshold int
		before    rune
		rounds    []arrival
		want      string
	}{
		"a failing round, overtaken by a good one, opens nothing": {2, '.', slices.Concat(
			[]arrival{{30, 31, '.'}, {0, 32, 'x'}}, everyMinute(1, 12, '.')), "~pending"},
		"it does where one failing round is enough": {1, '.', slices.Concat(
			[]arrival{{30, 31, '.'}, {0, 32, 'x'}}, everyMinute(1, 12, '.')), "+opened ~monitoring +resolved"},
		"or where as many failing rounds as are needed were overtaken": {2, '.', slices.Concat(
			[]arrival{{30, 31, '.'}, {0, 32, 'x'}, {20, 33, 'x'}}, everyMinute(1, 12, '.')), "~pending +opened ~monitoring +resolved"},
		"a good round that was saved drops it": {2, '.', slices.Concat(
			[]arrival{{0, 1, 'x'}, {60, 61, '.'}, {30, 62, 'x'}, {40, 63, 'x'}}, everyMinute(2, 12, '.')), "~pending"},
		"a failing round that was saved drops an older good one": {2, '.', slices.Concat(
			[]arrival{{30, 31, 'x'}, {0, 32, '.'}, {60, 61, 'x'}}, everyMinute(2, 4, 'x')), "~pending +opened"},
		"a good round, overtaken by a failing one, resolves nothing": {2, 'x', slices.Concat(
			[]arrival{{30, 31, 'x'}, {0, 32, '.'}}, everyMinute(1, 12, 'x')), "~monitoring ~relapsed"},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPolicy(Policy{Rules: []Rule{{Key: "a", Severity: SEV3, FailureThreshold: tt.threshold, SuccessThreshold: 3, SendOnResolved: true}}, Summary: SummaryTime{Never: true}})
			var kept State
			// The last of them that is saved is that of three minutes before.
			for _, one := range everyMinute(-88, -1, tt.before) {
				kept, _ = decideOne(p, kept, one)
			}
			var got []string
			for _, one := range tt.rounds {
				var transitions []Transition
				kept, transitions = decideOne(p, kept, one)
				for _, tr := range transitions {
					told := "~"
					if tr.Told() {
						told = "+"
					}
					got = append(got, told+string(tr.Kind))
				}
			}
			if heard := strings.Join(got, " "); heard != tt.want {
				t.Errorf("got %s, want %s", heard, tt.want)
			}
		})
	}
}

// decideOne takes in one round, and returns the state that is kept.
func decideOne(p *Policy, kept State, one arrival) (State, []Transition) {
	r := outcomeOf[one.outcome]
	r.Key = "a"
	at := func(seconds int) time.Time { return night.Add(time.Duration(seconds) * time.Second) }
	after, transitions := p.Step(kept, Input{Now: at(one.decided), Started: at(one.began), TimingsTrusted: true, Results: []result.Result{r}})
	if !WorthSaving(kept, after) {
		return kept, transitions
	}
	after.Outbox = nil
	return after, transitions
}
