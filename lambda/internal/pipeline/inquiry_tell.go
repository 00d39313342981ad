package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
)

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
func (c *inquiry) shown() diagnose.Output { return conceal(c.out, hiddenTexts(c.Config.Checks)) }

// report makes the report of what was found.
func (c *inquiry) report(partial bool) (diagnose.Output, report.Diagnosis) {
	out := c.shown()
	doc := c.document(out, partial)
	c.run.Findings, c.run.Diagnosis = out.Findings, &doc
	if c.Examined != nil && !partial {
		c.Examined(c.caseOf(doc))
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
		Causes: incident.CausesOf(out), Controls: controlsSaid[c.in.Doubt.Controls],
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
