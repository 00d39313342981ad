package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
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
	in     diagnose.Input
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
	fetch := c.fetch(ctx)
	c.out = diagnose.Rounds(c.in, fetch)
	c.readTests(fetch)
	c.calls += c.reader.Calls()
	c.in.Now = c.Now()
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

// worthTelling reports whether something is certain although slow answers are
// awaited: a cause of endpoints that are not asked slowly.
func (c *inquiry) worthTelling() bool { return len(c.certain()) > 0 }

// certain are the causes that no slow answer can change.
func (c *inquiry) certain() []incident.Cause {
	return slices.DeleteFunc(incident.CausesOf(c.shown()), func(cause incident.Cause) bool {
		return slices.ContainsFunc(cause.Explains, func(key string) bool { return c.slow.waits[key] }) || cause.Level != string(diagnose.Proven)
	})
}

// shown is the output without what the configuration keeps out of reports.
func (c *inquiry) shown() diagnose.Output { return conceal(c.out, c.Config.Checks) }

// report makes the report of what was found.
func (c *inquiry) report(partial bool) (diagnose.Output, report.Diagnosis) {
	out := c.shown()
	doc := c.document(out, partial)
	c.run.Findings, c.run.Diagnosis = out.Findings, &doc
	if c.Examined != nil && !partial {
		c.Examined(c.in)
	}
	return out, doc
}

// learn keeps the report, decides once more with what was found, and tells it.
func (c *inquiry) learn(ctx context.Context, partial bool) error {
	out, doc := c.report(partial)
	if c.Store == nil {
		return nil
	}
	found := &incident.Diagnosis{
		At: doc.At, Failing: c.rules().Failing(c.state, c.state.Updated), Confirmed: len(c.Confirm) > 0, Partial: partial,
		Causes: incident.CausesOf(out),
	}
	if partial {
		found.Causes = c.certain()
	} else {
		found.Done = c.done()
	}
	state, revision, err := c.Store.Load(ctx)
	if err != nil {
		return fmt.Errorf("a diagnosis was made, and the state could not be read to tell it: %w", err)
	}
	in := incident.Input{Now: c.Now(), Run: c.run.ID, Started: c.run.Started, TimingsTrusted: true, Diagnosis: found}
	c.keepFor(ctx, &doc, state, in)
	c.run.Diagnosis = &doc
	d, err := c.decide(ctx, loaded{state: state, revision: revision}, in)
	if err != nil {
		return err
	}
	c.state = d.state
	c.run.Incidents = d.state.Active()
	return c.deliver(ctx, d, c.run.ID)
}

// done are the tests of actions that hold by now.
func (c *inquiry) done() []string {
	var done []string
	for _, text := range c.state.Tests() {
		if test, ok := diagnose.ReadTest(text); ok && test.Holds(c.out, c.in.Facts) && !slices.Contains(done, text) {
			done = append(done, text)
		}
	}
	return done
}

// keepFor keeps the report, before anybody is told of it, with the incidents as
// they will be. If there is nothing to report, or it cannot be written, no
// message names it; that is no error of the run.
func (c *inquiry) keepFor(ctx context.Context, doc *report.Diagnosis, state incident.State, in incident.Input) {
	if len(doc.Findings) == 0 && len(doc.Unexplained) == 0 && len(doc.Fixed) == 0 {
		return
	}
	in.Diagnosis.Report, in.Diagnosis.Link = doc.ID, doc.Link
	after, _ := c.rules().Step(state, in)
	doc.Incidents = affairsOf(after)
	kept, err := report.Stored(*doc, c.Now().Add(keepReport))
	if err == nil {
		err = c.Store.KeepReport(ctx, kept)
	}
	if err != nil {
		c.Log.Warn("the report could not be kept", "report", doc.ID, "error", err)
		in.Diagnosis.Report, in.Diagnosis.Link = "", ""
	}
}

// history writes down an incident's life for its report.
func history(i *incident.Incident) []report.HistoryEntry {
	entries := []report.HistoryEntry{}
	for _, m := range i.History {
		entries = append(entries, report.HistoryEntry{At: m.At, What: strings.ReplaceAll(string(m.Kind), "-", " ") + ": " + string(m.Reason), Told: m.Told})
	}
	return entries
}
