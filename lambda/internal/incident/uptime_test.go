package incident

import (
	"math"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// simulate plays rounds of one endpoint, ten minutes apart, and returns the
// summaries that were made. Outcome says how the endpoint is at a time.
func simulate(policy Policy, from, to time.Time, outcome func(time.Time) result.Result) []*Notice {
	policy.Rules = []Rule{{Key: "web/a", Group: "web", Host: "a", Severity: SEV2, FailureThreshold: 2, SuccessThreshold: 3}}
	p := NewPolicy(policy)
	var state State
	var summaries []*Notice
	for now := from; !now.After(to); now = now.Add(10 * time.Minute) {
		r := outcome(now)
		r.Key = "web/a"
		state, _ = p.Step(state, Input{Now: now, Started: now, TimingsTrusted: true, Results: []result.Result{r}})
		for _, n := range state.Outbox {
			if n.Kind == KindSummary {
				summaries = append(summaries, n)
			}
		}
		state.Outbox = nil
	}
	return summaries
}

// span is a time in which an endpoint is in some way.
type span struct {
	from time.Time
	took time.Duration
	as   rune
}

// spans says how an endpoint is: as in the first span that holds, or good.
func spans(all ...span) func(time.Time) result.Result {
	return func(now time.Time) result.Result {
		for _, s := range all {
			if !now.Before(s.from) && now.Before(s.from.Add(s.took)) {
				return outcomeOf[s.as]
			}
		}
		return outcomeOf['.']
	}
}

func TestUptimeIsExact(t *testing.T) {
	end := time.Date(2026, 4, 20, 8, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return end.Add(-d) }
	const day = 24 * time.Hour
	uptime := func(down, known float64) float64 { return 100 * (1 - down/known) }
	for _, test := range []struct {
		name  string
		began time.Time
		found func(time.Time) result.Result
		want  [3]float64
	}{
		{"never down", ago(40 * day), spans(), [3]float64{100, 100, 100}},
		{
			"an outage in each window, and one before all", ago(40 * day),
			spans(span{ago(20 * time.Hour), time.Hour, 'x'}, span{ago(3 * day), 2 * time.Hour, 'r'}, span{ago(20 * day), 5 * time.Hour, 'x'}, span{ago(35 * day), 10 * time.Hour, 'x'}),
			[3]float64{uptime(1, 24), uptime(3, 168), uptime(8, 720)},
		},
		{
			"an outage over the beginning of the last day", ago(40 * day),
			spans(span{ago(26 * time.Hour), 6 * time.Hour, 'x'}),
			[3]float64{uptime(4, 24), uptime(6, 168), uptime(6, 720)},
		},
		{
			"down for the whole of a month", ago(40 * day),
			spans(span{ago(40 * day), 41 * day, 'x'}),
			[3]float64{0, 0, 0},
		},
		{
			"what is not known does not count, neither as up nor as down", ago(40 * day),
			spans(span{ago(20 * time.Hour), 4 * time.Hour, '?'}, span{ago(10 * time.Hour), 2 * time.Hour, 'x'}),
			[3]float64{uptime(2, 20), uptime(2, 164), uptime(2, 716)},
		},
		{
			"a young endpoint counts from when it was first judged", ago(10 * time.Hour),
			spans(span{ago(5 * time.Hour), time.Hour, 'x'}),
			[3]float64{uptime(1, 10), uptime(1, 10), uptime(1, 10)},
		},
		{
			"nothing known of the last day", ago(3 * day),
			spans(span{ago(25 * time.Hour), 26 * time.Hour, '?'}, span{ago(2 * day), 47 * time.Minute, '!'}, span{ago(50 * time.Hour), time.Hour, 'x'}),
			[3]float64{-1, uptime(1, 72-25-5./6), uptime(1, 72-25-5./6)},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			summaries := simulate(Policy{Summary: SummaryTime{At: 8 * time.Hour, Location: time.UTC}}, test.began, end, test.found)
			if len(summaries) == 0 {
				t.Fatal("no summary")
			}
			facts := summaries[len(summaries)-1].Summary
			for w, want := range test.want {
				if math.Abs(facts.Uptime[w]-want) > 1e-6 {
					t.Errorf("window %d: %.6f %%, want %.6f", w, facts.Uptime[w], want)
				}
			}
			if down := test.want[2] < 100; down != (len(facts.Worst) == 1) || down && facts.Worst[0].Uptime != facts.Uptime {
				t.Errorf("worst %+v", facts.Worst)
			}
		})
	}
}

func TestAGapIsNotUptime(t *testing.T) {
	p := NewPolicy(Policy{Rules: []Rule{{Key: "a", FailureThreshold: 2, SuccessThreshold: 3}}, Summary: SummaryTime{Never: true}})
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	var s State
	for _, gap := range []time.Duration{0, 10 * time.Minute, 3 * time.Hour, 10 * time.Minute} {
		now = now.Add(gap)
		s, _ = p.Step(s, Input{Now: now, Started: now, Results: []result.Result{{Key: "a", Healthy: true}}})
	}
	var unknown time.Duration
	for _, d := range s.Endpoints["a"].Down {
		unknown += d.Unknown
	}
	if unknown != 3*time.Hour {
		t.Errorf("%s unknown, want the gap of 3h", unknown)
	}
}

// TestSummaryOncePerDay covers the days on which clocks change, at times that
// exist twice or not at all.
func TestSummaryOncePerDay(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates two years: left out by -short")
	}
	for _, zone := range []string{"America/New_York", "Europe/Berlin", "America/Santiago", "Asia/Kolkata", "UTC"} {
		for _, at := range []time.Duration{0, 90 * time.Minute, 150 * time.Minute, 8 * time.Hour, 23*time.Hour + 50*time.Minute} {
			for _, month := range []time.Month{time.March, time.April, time.September, time.October, time.November} {
				where := location(t, zone)
				from := time.Date(2026, month, 1, 12, 0, 0, 0, where)
				to := time.Date(2026, month, 30, 12, 0, 0, 0, where)
				days := map[string]int{}
				for _, n := range simulate(Policy{Summary: SummaryTime{At: at, Location: where}}, from, to, spans()) {
					days[n.Summary.Day]++
					local := n.At.In(where)
					if n.Summary.Day != local.Format(time.DateOnly) {
						t.Errorf("%s %s: the summary of %s came at %s", zone, at, n.Summary.Day, local)
					}
				}
				for day := 2; day <= 29; day++ {
					if name := time.Date(2026, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly); days[name] != 1 {
						t.Errorf("%s %s: %d summaries on %s", zone, at, days[name], name)
					}
				}
			}
		}
	}
}
