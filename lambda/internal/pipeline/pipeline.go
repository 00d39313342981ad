// Package pipeline is the spine: what happens to an event, in order. All
// mains call it, and every stage hands the next one values.
package pipeline

import (
	"context"
	"crypto/rand"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// Pipeline is what stays the same from one event to the next.
type Pipeline struct {
	prober *probe.Prober
	checks []check.Check
}

// New wires the stages for a configuration.
func New(checks []check.Check, options probe.Options) *Pipeline {
	return &Pipeline{prober: probe.New(options), checks: checks}
}

// Once handles one event: it probes every check and reports what was found.
func (p *Pipeline) Once(ctx context.Context, trigger string) report.Run {
	round := p.prober.Round(ctx, p.checks)
	return report.Run{
		ID: rand.Text()[:16], Trigger: trigger,
		Started: round.Started, Duration: round.Duration, TimingsTrusted: round.TimingsTrusted,
		Results: round.Results,
	}
}
