package incident

import (
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// UnjudgedKey begins the keys of incidents about what the checker does not
// know: endpoints that it cannot judge, with that of the first one behind it.
const UnjudgedKey = "unjudged|"

// lose notes that an endpoint is not known, since when and why. The first reason
// stays: others would be another state in every round.
func (e *Endpoint) lose(at time.Time, why string) {
	if !e.Unknown || e.Lost.IsZero() {
		e.Lost, e.Why = at, ""
	}
	e.Unknown = true
	if e.Why == "" {
		e.Why = bounded(why)
	}
}

// followUnjudged tells once of endpoints that matter and could not be judged
// for long, all that are new together, and of the end of that. It says nothing
// about the endpoints themselves: their own incidents neither open nor end.
func (t *step) followUnjudged() {
	told := map[string]bool{}
	for _, i := range t.active() {
		if !i.Unjudged {
			continue
		}
		open := false
		for _, key := range i.Endpoints {
			told[key] = true
			open = open || t.endpoint(key).Unknown
		}
		if !open {
			i.Recovered = t.in.Now
			t.resolve(i, ReasonJudgedAgain)
		}
	}
	if t.checkerIncident() != nil {
		return // which says why nothing is known
	}
	var lost []*Rule
	for k := range t.Rules {
		if rule := &t.Rules[k]; !told[rule.Key] && t.lostForLong(rule) {
			lost = append(lost, rule)
		}
	}
	if len(lost) > 0 {
		t.openUnjudged(lost)
	}
}

// lostForLong reports whether this round too could not judge an endpoint that
// people want to hear of.
func (t *step) lostForLong(rule *Rule) bool {
	return t.unclear[rule.Key] && !rule.Muted && rule.Severity <= SEV2 && !t.maintenance(rule, t.in.Now) &&
		t.in.Now.Sub(t.endpoint(rule.Key).Lost) >= unjudgedAfter
}

func (t *step) openUnjudged(lost []*Rule) {
	i := t.numbered(UnjudgedKey + lost[0].Key)
	i.Unjudged, i.Severity = true, SEV3
	for _, rule := range lost {
		i.Endpoints = append(i.Endpoints, rule.Key)
		if rule.Severity == SEV1 {
			i.Severity = SEV2
		}
		if since := t.endpoint(rule.Key).Lost; since.Before(i.FirstFailure) {
			i.FirstFailure = since
		}
	}
	i.Title = fmt.Sprintf("%s cannot be judged", lost[0].Key)
	if len(lost) > 1 {
		i.Title = fmt.Sprintf("%d endpoints cannot be judged", len(lost))
	}
	t.tell(KindChecker, ReasonUnjudged, i, true)
}

// unjudgedFact is what a message says of an endpoint that may not be known:
// since when and why, instead of what was seen of it before.
func (t *step) unjudgedFact(rule *Rule) EndpointFact {
	e := t.state.Endpoints[rule.Key]
	switch {
	case e == nil:
		return EndpointFact{Key: rule.Key, URL: rule.URL, Unknown: true, Class: result.ProbeSkipped}
	case e.Unknown:
		return EndpointFact{Key: rule.Key, URL: rule.URL, Unknown: true, Class: result.ProbeSkipped, Error: e.Why, Since: e.Lost}
	}
	return t.endpointFact(rule)
}

// summarizeUnknown lists the endpoints that are not known now.
func (t *step) summarizeUnknown(f *SummaryFacts) {
	for k := range t.Rules {
		rule := &t.Rules[k]
		if e := t.state.Endpoints[rule.Key]; e != nil && e.Unknown {
			f.Unknown = append(f.Unknown, t.unjudgedFact(rule))
		}
	}
	slices.SortStableFunc(f.Unknown, func(a, b EndpointFact) int { return a.Since.Compare(b.Since) })
	f.Unknown, f.UnknownMore = firstFew(f.Unknown)
}
