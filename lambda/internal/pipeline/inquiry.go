package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// Bounds of a diagnosis.
const (
	factsFor     = 20 * time.Second // to read facts, and a second time after the slow answers
	fewCalls     = 80               // to AWS, where no more than fewFail endpoints fail
	fewFail      = 10
	callsEach    = 5                 // more for each further endpoint that fails
	mostCalls    = 240               // however many fail
	leaseFor     = 150 * time.Second // longer than an invocation lives
	beforeFirst  = 10 * time.Minute  // before the first failure: logs and changes are read from there
	keepReport   = 90 * 24 * time.Hour
	mostReprobes = 50
)

// inquiry is one diagnosis under way.
type inquiry struct {
	*Pipeline
	run    *report.Run
	state  incident.State // as it was decided
	in     diagnose.Input // its time is when the last reading began
	at     time.Time      // when the last reading ended
	reader FactReader
	calls  int // of readers before this one
	probes int
	slow   slow
	slowly context.Context // in which slow probes live
	id     string          // of the report
	stock  diagnose.Inventory
	out    diagnose.Output
}

// inquire finds out why what fails does: it reads facts, diagnoses, and tells
// what is new. Slow answers come later than everything else, and are told then.
func (p *Pipeline) inquire(ctx context.Context, run *report.Run, s incident.State) (err error) {
	asking, cancel := before(ctx, reserve)
	defer cancel()
	ctx, cancel = before(ctx, lastMoment)
	defer cancel()
	c := p.newInquiry(asking, run, s)
	defer func() {
		// Answers of AWS are from outside: whatever they do to the diagnosis,
		// the run goes on, and the next diagnosis is due later.
		if cause := recover(); cause != nil {
			c.Log.Error("the diagnosis failed", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			c.out = diagnose.Output{}
			err = errors.Join(err, c.learn(ctx, false))
		}
	}()
	c.round(asking, c.mayCall())
	if !c.awaited() {
		return c.learn(ctx, false)
	}
	if c.worthTelling() {
		err = c.learn(ctx, true)
	}
	c.await(asking)
	c.round(asking, c.mayCall())
	return errors.Join(err, c.learn(ctx, false))
}

// wantsToKnow reports whether a run is to be diagnosed whether that is due or
// not.
func (p *Pipeline) wantsToKnow(run report.Run) bool {
	failing := func(r result.Result) bool { return !r.Healthy && r.Class.Judged() }
	return p.Always && p.Facts != nil && slices.ContainsFunc(run.Results, failing)
}

// Diagnose probes, and finds out why what fails does, whether it is new or not.
// It tells nobody, and changes no state: Store, if there is one, says what is
// known from before.
func (p *Pipeline) Diagnose(ctx context.Context, e trigger.Event) (report.Run, error) {
	past := p.recall(ctx)
	round := p.Prober.Round(ctx, trigger.Due(e, p.Config.Checks, p.Now(), p.Config.AWS.Clusters...))
	run := report.Run{
		ID: rand.Text()[:16], Trigger: string(e.Kind), Started: round.Started, Duration: round.Duration, Results: round.Results, TimingsTrusted: round.TimingsTrusted,
	}
	known := past.wait()
	if known.err != nil {
		p.Log.Warn("the state could not be read, so nothing is known from before", "error", known.err)
	}
	c := p.newInquiry(ctx, &run, known.state)
	c.id = ""
	c.round(ctx, c.mayCall())
	if c.awaited() {
		c.await(ctx)
		c.round(ctx, c.mayCall())
	}
	c.out = diagnose.WithLatents(c.in, c.out)
	c.report(false)
	return run, ctx.Err()
}

func (p *Pipeline) newInquiry(ctx context.Context, run *report.Run, s incident.State) *inquiry {
	c := &inquiry{
		Pipeline: p, run: run, state: s, slowly: ctx, id: "R-" + run.Started.UTC().Format("20060102T150405Z"),
		slow: slow{asked: map[string]int{}, waits: map[string]bool{}},
	}
	c.in = diagnose.Input{
		Now: p.Now(), Clusters: p.Config.AWS.Clusters, Symptoms: p.symptoms(c.all(ctx), s), Previous: p.previous(ctx, s).Findings,
		Facts: &topology.Snapshot{Version: topology.SnapshotVersion, Region: p.Region},
	}
	c.in.Doubt = p.doubt(ctx, run.Results, c.in)
	if p.Store != nil {
		c.stock, _ = p.lastStock(ctx) // without one there are no changes to tell
	}
	first := c.in.Now
	for _, symptom := range c.in.Symptoms {
		if !symptom.Healthy && !symptom.Since.IsZero() && symptom.Since.Before(first) {
			first = symptom.Since
		}
	}
	c.in.Facts.From = first.Add(-beforeFirst)
	return c
}

// all are the results of the run and, of endpoints that fail and were not
// probed in it, those of another probe: a class alone does not tell enough.
func (c *inquiry) all(ctx context.Context) []result.Result {
	asked := map[string]bool{}
	for i := range c.run.Results {
		asked[c.run.Results[i].Key] = true
	}
	var missing []string
	for key := range c.rules().Failing(c.state, c.Now()) {
		if !asked[key] {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return c.run.Results
	}
	slices.Sort(missing)
	again := c.Prober.Round(ctx, c.checksOf(missing[:min(len(missing), mostReprobes)]))
	return slices.Concat(c.run.Results, again.Results)
}

// previous is the report before; the zero value if there is none.
func (p *Pipeline) previous(ctx context.Context, s incident.State) report.Diagnosis {
	if p.Store == nil || s.Diagnosed.Report == "" {
		return report.Diagnosis{}
	}
	text, err := p.Store.Report(ctx, s.Diagnosed.Report)
	if err == nil {
		var before report.Diagnosis
		if before, err = report.DecodeDiagnosis(text); err == nil {
			return before
		}
	}
	if !errors.Is(err, incident.ErrNoReport) {
		p.Log.Warn("the report before could not be read, so nothing is called fixed", "report", s.Diagnosed.Report, "error", err)
	}
	return report.Diagnosis{}
}

// mayCall is how many calls to AWS are left to the diagnosis. It grows with what
// is broken: among much that exists each cause needs its own.
func (c *inquiry) mayCall() int {
	failing := 0
	for _, s := range c.in.Symptoms {
		if !s.Healthy {
			failing++
		}
	}
	return min(fewCalls+callsEach*max(failing-fewFail, 0), mostCalls) - c.calls
}

// round reads what is wanted and diagnoses, within its time and calls.
func (c *inquiry) round(ctx context.Context, calls int) {
	ctx, cancel := context.WithTimeout(ctx, factsFor)
	defer cancel()
	c.reader = c.Facts(max(calls, 1))
	c.in.Now = c.Now()
	c.at = c.in.Now
	fetch := c.fetch(ctx)
	c.out = diagnose.Rounds(c.in, fetch)
	c.readTests(fetch)
	c.calls += c.reader.Calls()
	c.at = c.Now()
	c.Log.Info("diagnosed", "calls", c.calls, "findings", len(c.out.Findings), "unexplained", len(c.out.Unexplained), "gaps", len(c.out.Gaps), "awaited", len(c.slow.waits))
}

// readTests reads what shows that actions of open incidents were done.
func (c *inquiry) readTests(fetch func(*topology.Snapshot, []topology.Want)) {
	const most = 10
	var wants []topology.Want
	for _, text := range c.state.Tests() {
		test, ok := diagnose.ReadTest(text)
		want, needs := test.Want()
		if ok && needs && c.in.Facts.Status(want).Pending() && len(wants) < most && !slices.Contains(wants, want) {
			wants = append(wants, want)
		}
	}
	if len(wants) > 0 {
		fetch(c.in.Facts, wants)
	}
}
