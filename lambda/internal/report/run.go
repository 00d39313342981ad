// Package report writes down what a run found, for people and for programs.
// Its renderers are pure: they reach no network, no clock and no terminal, and
// everything that came from outside is escaped for the form it appears in.
package report

import (
	"fmt"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Run is one round of probes as reports show it.
type Run struct {
	ID             string
	Trigger        string // what caused the run, such as "manual"
	Started        time.Time
	Duration       time.Duration
	TimingsTrusted bool                 // false: the checker was starved, latencies are too long
	Results        []result.Result      // in the order of the configuration
	Incidents      []*incident.Incident // that are open, as they are now
	Findings       []diagnose.Finding   // of the diagnosis, if one was made
	Diagnosis      *Diagnosis           // its report; nil: none was made
}

// Tally counts results by how they ended.
type Tally struct {
	Total, Healthy int
	Degraded       int // of the healthy ones
	Failing        int
	Unjudged       int // the probe could not be made, or the checker failed
}

// Count tallies results.
func Count(results []result.Result) Tally {
	t := Tally{Total: len(results)}
	for i := range results {
		t.add(stateOf(&results[i]))
	}
	return t
}

func (t *Tally) add(s state) {
	switch s {
	case healthy:
		t.Healthy++
	case degraded:
		t.Healthy++
		t.Degraded++
	case failing:
		t.Failing++
	case unjudged:
		t.Unjudged++
	}
}

// String returns the tally in the words of every report, such as
// "9 of 14 healthy · 1 degraded · 5 failing".
func (t Tally) String() string {
	s := fmt.Sprintf("%d of %d healthy", t.Healthy, t.Total)
	if t.Degraded > 0 {
		s += fmt.Sprintf(" · %d degraded", t.Degraded)
	}
	if t.Failing > 0 {
		s += fmt.Sprintf(" · %d failing", t.Failing)
	}
	if t.Unjudged > 0 {
		s += fmt.Sprintf(" · %d not checked", t.Unjudged)
	}
	return s
}

// state is how a result is shown. The order is that in which a tired reader
// wants to see them.
type state int

const (
	failing state = iota
	unjudged
	degraded
	healthy
)

func stateOf(r *result.Result) state {
	switch {
	case r.Healthy && r.Degraded:
		return degraded
	case r.Healthy:
		return healthy
	case !r.Class.Judged():
		return unjudged
	}
	return failing
}

// glyphs tell the states apart without colour.
var glyphs = [...]string{failing: "✗", unjudged: "?", degraded: "!", healthy: "✓"}

// State is what the state column says: healthy, degraded, or the class of the
// failure.
func State(r *result.Result) string {
	switch s := stateOf(r); {
	case s == healthy:
		return "healthy"
	case s == degraded:
		return "degraded"
	case r.Class == "":
		return "failing"
	}
	return string(r.Class)
}

// group is the results of one group, the ones that need attention first.
type group struct {
	name    string
	results []*result.Result
	tally   Tally
}

// worst is the state that decides where a group stands.
func (g *group) worst() state {
	switch {
	case g.tally.Failing > 0:
		return failing
	case g.tally.Unjudged > 0:
		return unjudged
	case g.tally.Degraded > 0:
		return degraded
	}
	return healthy
}
