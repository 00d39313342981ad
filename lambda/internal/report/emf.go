package report

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Metrics is what metric lines say that a run's results do not.
type Metrics struct {
	Namespace   string // "": Tidewatch
	Environment string // "": default
	Billed      string // endpoint | group | environment: which metrics are made, every one of which costs; "": endpoint

	// Endpoints holds every endpoint of the configuration by its key, whether
	// or not the run probed it. An endpoint may be missing.
	Endpoints map[string]Trait
	// Secrets are never shown, should a label hold one.
	Secrets []string

	Unscheduled    bool          // not the schedule caused the run, so it is no sign that the schedule works
	State          *StateMetrics // nil: it is not known, and nothing is said of it
	UndeliveredAge time.Duration // how long the oldest message has been waiting, or nothing could be decided; 0: neither
}

// StateMetrics is what the state of incidents adds.
type StateMetrics struct {
	OpenIncidents int
	SelfFault     bool // the checker is in trouble itself
	SetAside      int  // messages given up within the last hour; a field only, UndeliveredAge counts them too
}

// Trait is what is known of an endpoint beside its result.
type Trait struct {
	Group    string
	Critical bool              // its severity
	Failing  bool              // it failed when it was last judged; counts where this run says nothing
	Labels   map[string]string // fields of the line, never dimensions
}

// EMF writes a run for CloudWatch in its embedded metric format: a line of JSON
// for each endpoint, for each group if groups are billed, and at last one for
// the environment. CloudWatch makes metrics of what a line's _aws lists:
//
//	[Environment, Endpoint] or [Environment, Group]: Healthy (0 or 1), Duration (ms)
//	[Environment]: Heartbeat (1), Unhealthy, CriticalUnhealthy, OpenIncidents,
//	               SelfFault (0 or 1), UndeliveredAge (s)
//
// All else is a field to search for. What is not known is absent: Healthy where
// a probe could not be made, Duration where nothing was measured; a Duration
// that a starved checker measured is a field only. Heartbeat is absent from runs
// that the schedule did not cause. Of a group, Healthy is 1 if nothing in it
// fails, and Duration is the longest.
//
// Level and timestamp are those of the line, as the JSON log format of Lambda
// wants them; a log level above INFO would drop metrics. Each line is one
// write, so that lines of a logger can come in between.
func EMF(w io.Writer, run Run, env Metrics) error {
	e := emfWriter{run: run, env: env, out: json.NewEncoder(w)}
	e.out.SetEscapeHTML(false)
	e.at = instant(run.Started)
	var groups emfGroups
	for i := range run.Results {
		r := &run.Results[i]
		e.write(e.endpoint(r))
		groups.add(r, e.fails(r))
	}
	elsewhere := e.elsewhere()
	for _, t := range elsewhere {
		groups.fail(t.Group)
	}
	if env.Billed == billGroup {
		for _, g := range groups {
			e.write(e.group(g))
		}
	}
	e.write(e.environment(elsewhere))
	return errors.Join(e.failed...)
}

// What Metrics.Billed may be, beside the default.
const (
	billGroup       = "group"
	billEnvironment = "environment"
)

type emfWriter struct {
	run    Run
	env    Metrics
	at     time.Time
	out    *json.Encoder
	failed []error
}

// write writes a line. The lines after one that could not be written may still
// arrive; only the first error is worth telling.
func (e *emfWriter) write(line any) {
	if err := e.out.Encode(line); err != nil && len(e.failed) == 0 {
		e.failed = append(e.failed, err)
	}
}

// fails reports whether an endpoint counts as failing: by its result, or where
// that says nothing by what is known from before.
func (e *emfWriter) fails(r *result.Result) bool {
	switch stateOf(r) {
	case failing:
		return true
	case unjudged:
		return e.env.Endpoints[r.Key].Failing
	case degraded, healthy:
	}
	return false
}

// elsewhere returns the endpoints that fail but were not probed in this run.
func (e *emfWriter) elsewhere() []Trait {
	probed := make(map[string]bool, len(e.run.Results))
	for i := range e.run.Results {
		probed[e.run.Results[i].Key] = true
	}
	var others []Trait
	for key, t := range e.env.Endpoints {
		if t.Failing && !probed[key] {
			others = append(others, t)
		}
	}
	return others
}

// emfGroup is what the line of a group is made from.
type emfGroup struct {
	name   string
	tally  Tally
	fails  int           // endpoints, probed in this run or not
	judged int           // results that say something
	took   time.Duration // the longest; 0: nothing was measured
}

// emfGroups are the groups of which something was probed, in the order of the
// configuration.
type emfGroups []*emfGroup

func (gs *emfGroups) add(r *result.Result, fails bool) {
	g := gs.named(r.Group)
	if g == nil {
		g = &emfGroup{name: r.Group}
		*gs = append(*gs, g)
	}
	g.tally.Total++
	g.tally.add(stateOf(r))
	if fails {
		g.fails++
	}
	if stateOf(r) != unjudged {
		g.judged++
		g.took = max(g.took, time.Duration(r.Duration))
	}
}

func (gs emfGroups) fail(name string) {
	if g := gs.named(name); g != nil {
		g.fails++
	}
}

func (gs emfGroups) named(name string) *emfGroup {
	if i := slices.IndexFunc(gs, func(g *emfGroup) bool { return g.name == name }); i >= 0 {
		return gs[i]
	}
	return nil
}
