package diagnose

import (
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// candidate is something broken on the way of one request. It becomes a cause
// only if one of its predictions is what was seen.
type candidate struct {
	code     Code
	root     string // stable: names of load balancers, services, zones; never of tasks
	predicts []prediction
	say      func(places []string) string // the sentence, for the endpoints it explains

	evidence []Evidence
	inferred []string
	gaps     []Gap // beside those of its walk up to its hop
	rivals   []Rival
	actions  []Action
	advice   []NotAdvice
	verify   []string

	// together makes the actions for all requests that the cause explains, where
	// they are not the same for each. It is called once with their walks.
	together func([]*walk) []Action

	severity Severity // for a critical endpoint, where it is not that of the mode
	follows  []Code   // where one of these fits as well, this is its consequence
	last     bool     // a consequence of whatever else fits
	aside    bool     // it goes with a cause and is none itself
	behind   bool     // it is about what the application calls, whatever hop its mode is for

	walk *walk // set by broken
}

// graded is the mode with the candidate's own severity.
func (c candidate) graded() Mode {
	m := c.mode()
	if c.severity != 0 {
		m.Severity = c.severity
	}
	return m
}

// key makes two candidates the same cause.
func (c candidate) key() string { return string(c.code) + "/" + c.root }

// hop is where on the way it is.
func (c candidate) hop() Hop {
	if c.behind {
		return HopDependency
	}
	return c.mode().Hop
}

// onward: its reason lies further on. That a dependency refuses connections is
// as far as the way goes.
func (c candidate) onward() bool {
	return c.mode().Onward && !(c.behind && c.code == GroupRefused)
}

func (c candidate) mode() Mode {
	m, _ := ModeOf(c.code)
	return m
}

// prediction is what somebody sees if a candidate is the cause. An empty list
// and a zero span leave open.
type prediction struct {
	classes    []result.Class
	statuses   []int
	responders []Responder
	elapsed    span
	part       string // that the answer itself calls unwell
}

// span of time until the answer, both ends included.
type span struct{ from, to time.Duration }

func (s span) empty() bool { return s == span{} }

func (s span) has(d time.Duration) bool { return s.empty() || (d >= s.from && d <= s.to) }

// about ten seconds is how long a load balancer tries to connect to a target.
var connectTime = span{8 * time.Second, 14 * time.Second}

// waiting is what a probe sees that nobody answers in time.
var waiting = []result.Class{result.HTTPTimeout}

// idleTime is when a load balancer gives up waiting for a target's answer.
func idleTime(idle time.Duration) span {
	if idle == 0 {
		idle = time.Minute // the default of AWS
	}
	return span{idle - time.Second, idle + 6*time.Second}
}

// gatewayTimeout is what hangs and drops behind a load balancer look like.
func gatewayTimeout(after span) prediction {
	return prediction{statuses: []int{504}, responders: []Responder{ByBalancer}, elapsed: after}
}

// fitness of a candidate.
type fitness int

const (
	contradicted fitness = iota
	hidden               // what was predicted would have come after the probe's limit
	matching
)

// judge holds a prediction against what was seen.
func (p prediction) judge(w *walk) fitness {
	s := w.seen
	if p.part != "" {
		if slices.Contains(w.parts(), p.part) {
			return matching
		}
		return contradicted
	}
	if s.cut {
		awaits := slices.Contains(p.classes, result.HTTPTimeout) || !p.elapsed.empty() && s.answer.Took < p.elapsed.from
		if awaits && slices.Contains(p.classes, result.HTTPTimeout) {
			return matching
		}
		if awaits {
			return hidden
		}
		return contradicted
	}
	switch {
	case len(p.classes) > 0 && !slices.Contains(p.classes, s.class),
		len(p.statuses) > 0 && !slices.Contains(p.statuses, s.answer.Status),
		len(p.responders) > 0 && !slices.Contains(p.responders, w.responder()),
		!p.elapsed.has(s.answer.Took):
		return contradicted
	}
	return matching
}

// fit is a candidate that predicts what its walk saw.
type fit struct {
	candidate
	sure bool // false: the probe's limit hid the decision
}

// short: its reason lies further on, where something could not be read.
func (f fit) short() bool {
	return f.onward() && (len(f.walk.gaps) > len(f.walk.gapsUpTo(f.hop())) ||
		slices.ContainsFunc(f.walk.unhinted(), func(g Gap) bool { return g.Hop >= f.hop() }))
}

// predictAll returns for every walk the candidates that fit, in the order of
// the hops: the first one comes first.
func predictAll(walks []*walk) [][]fit {
	all := make([][]fit, len(walks))
	for i, w := range walks {
		for _, c := range w.candidates {
			best := contradicted
			for _, p := range c.predicts {
				best = max(best, p.judge(w))
			}
			if best != contradicted {
				all[i] = append(all[i], fit{c, best == matching})
			}
		}
		slices.SortStableFunc(all[i], func(a, b fit) int { return int(a.hop()) - int(b.hop()) })
	}
	return all
}
