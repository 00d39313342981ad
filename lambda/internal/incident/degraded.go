package incident

import (
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// degrade notes whether an endpoint works as it should, and since when and why
// not. The reason is kept as the conditions are written: with what was measured
// it would be another one in every round, and every round would be saved.
func (e *Endpoint) degrade(r *result.Result, now time.Time) {
	switch {
	case !r.Degraded:
		e.Worse = zero
	case !e.Degraded:
		e.Worse = now
	}
	if e.Degraded = r.Degraded; e.Degraded {
		e.Error = unmet(r, func(c result.Condition) string { return c.Condition })
	}
}

// unmet says which conditions of a degraded result do not hold.
func unmet(r *result.Result, text func(result.Condition) string) string {
	var texts []string
	for _, c := range r.Conditions {
		if !c.Healthy {
			texts = append(texts, text(c))
		}
	}
	if len(texts) == 0 {
		return ""
	}
	return bounded("healthy, but this does not hold: " + strings.Join(texts, "; "))
}

// degradedFact is what the summary says of a degraded endpoint, with what this
// round has measured if it was probed.
func (t *step) degradedFact(rule *Rule, e *Endpoint) EndpointFact {
	f := t.endpointFact(rule)
	f.Since = e.Worse
	k := slices.IndexFunc(t.in.Results, func(r result.Result) bool { return r.Key == rule.Key && r.Degraded })
	if k >= 0 {
		f.Error = unmet(&t.in.Results[k], func(c result.Condition) string { return c.Display })
	}
	return f
}
