package incident

import (
	"cmp"
	"slices"
	"time"
)

// uptimeWindows are those of the summary, in the order of its figures.
var uptimeWindows = [3]time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// summarize puts the daily summary into the outbox when its time has come, once
// a day. A day on which nothing ran has none.
func (t *step) summarize() {
	if t.Summary.Never || t.Summary.Location == nil {
		return
	}
	local := t.in.Now.In(t.Summary.Location)
	today := local.Format(dayFormat)
	at := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, int(t.Summary.At/time.Second), 0, t.Summary.Location)
	if t.state.Summary == "" { // begun today after its time: nothing to sum up yet
		t.state.Summary = today
		if local.Before(at) {
			t.state.Summary = local.AddDate(0, 0, -1).Format(dayFormat)
		}
	}
	if local.Before(at) || t.state.Summary >= today {
		return
	}
	t.state.Summary = today
	n := t.notice(KindSummary, ReasonSummaryDue, "summary-"+t.Environment+"-"+today)
	n.Summary = t.summaryFacts(today)
	t.state.Outbox = append(t.state.Outbox, n)
	t.transitions = append(t.transitions, Transition{Kind: KindSummary, Reason: ReasonSummaryDue, Notice: n})
}

func (t *step) summaryFacts(day string) *SummaryFacts {
	f := &SummaryFacts{Day: day, Worst: []UptimeFact{}, Degraded: []EndpointFact{}}
	f.Open, f.OpenMore = t.alsoOpen()
	f.Latent, f.LatentMore = t.latentFacts()
	t.summarizeUnknown(f)
	var sums [3]float64
	var known [3]int
	for k := range t.Rules {
		rule := &t.Rules[k]
		e := t.state.Endpoints[rule.Key]
		if e == nil || e.Last.IsZero() {
			continue
		}
		f.Endpoints++
		one := UptimeFact{Key: rule.Key}
		for w, window := range uptimeWindows {
			percent, ok := e.uptime(t.in.Now, window)
			if !ok {
				one.Uptime[w] = -1
				continue
			}
			one.Uptime[w] = percent
			sums[w] += percent
			known[w]++
		}
		if one.Uptime[2] >= 0 && one.Uptime[2] < 100 {
			f.Worst = append(f.Worst, one)
		}
		if e.Degraded {
			f.Degraded = append(f.Degraded, t.degradedFact(rule, e))
		}
	}
	for w := range sums {
		f.Uptime[w] = -1
		if known[w] > 0 {
			f.Uptime[w] = sums[w] / float64(known[w])
		}
	}
	slices.SortStableFunc(f.Worst, worseUptime)
	f.Worst, f.WorstMore = firstFew(f.Worst)
	f.Degraded, f.DegradedMore = firstFew(f.Degraded)
	for _, past := range t.state.Last {
		if t.in.Now.Sub(past.Resolved) < 24*time.Hour {
			f.Resolved++
		}
	}
	return f
}

// worseUptime orders by the last day, then by longer windows. What is not known
// is not bad.
func worseUptime(a, b UptimeFact) int {
	for w := range a.Uptime {
		if order := cmp.Compare(knownOr(a.Uptime[w], 100), knownOr(b.Uptime[w], 100)); order != 0 {
			return order
		}
	}
	return 0
}

// knownOr is a percentage, or another one where nothing is known.
func knownOr(percent, unknown float64) float64 {
	if percent < 0 {
		return unknown
	}
	return percent
}
