// Package pipeline is the spine: what happens to an event, in order. All
// mains call it, and every stage hands the next one values.
package pipeline

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// Pipeline is the whole checker: what an event causes, from the probes to the
// last message. The function and the command line differ only in what they
// fill in here.
type Pipeline struct {
	Config    *check.Config
	Prober    *probe.Prober
	Secrets   Secrets         // nil: none are kept between probes
	Store     Store           // nil: nothing is remembered, so nothing is decided
	Publisher Publisher       // nil: what must be sent stays in the state, for whoever publishes
	Rollouts  Rollouts        // nil: ECS is not asked about overdue deployments
	Controls  []string        // HOST:PORT that answer unless the checker's own network is broken
	Metrics   io.Writer       // EMF lines; nil: none
	Namespace string          // of the metrics
	Confirm   []time.Duration // when first failures are probed again, from the end of the round
	Log       *slog.Logger
	Now       func() time.Time

	rules func() *incident.Policy // of the configuration, made when it is first asked for
	mute  *muteness
}

// New completes a pipeline.
func New(p Pipeline) *Pipeline {
	p.mute = &muteness{}
	p.rules = sync.OnceValue(func() *incident.Policy { return policyOf(p.Config) })
	return &p
}

// Handle does what one event asks for: probe, confirm, decide, save, tell.
// Metrics are written whatever fails. The run that it returns is what was
// found; an error means that it could not be saved or told, and that the next
// run must make up for it.
func (p *Pipeline) Handle(ctx context.Context, e trigger.Event) (report.Run, error) {
	run := report.Run{ID: rand.Text()[:16], Trigger: string(e.Kind), Started: p.Now(), TimingsTrusted: true}
	probing, cancel := before(ctx, reserve)
	defer cancel()
	past := p.recall(ctx)
	due, handled := p.due(e, past)
	if handled {
		p.Log.Info("event was handled before", "event", e.ID)
		return run, nil
	}

	round := p.Prober.Round(probing, due.checks)
	p.refreshSecrets(round.Results)
	p.confirm(probing, past, &round)
	run.Started, run.Duration = round.Started, p.Now().Sub(round.Started)
	run.TimingsTrusted, run.Results = round.TimingsTrusted, round.Results

	if p.Store == nil {
		p.measure(run, e, decided{})
		return run, nil
	}
	deciding, cancel := before(ctx, lastMoment)
	defer cancel()
	d, err := p.decide(deciding, past(), p.input(probing, run, due.news, past()))
	run.Incidents = d.state.Active()
	p.measure(run, e, d)
	if err != nil {
		return run, err
	}
	return run, p.deliver(ctx, d, run.ID)
}

// The end of an invocation belongs to saving and telling, and its last moment
// to metrics: they come through when nothing else does.
const (
	reserve    = 10 * time.Second
	lastMoment = time.Second
)

// before is ctx without the end of its time.
func before(ctx context.Context, end time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-end))
}

// loaded is the state as it was before the round.
type loaded struct {
	state    incident.State
	revision int64
	err      error
}

// recall begins to read the state, and returns what waits for it: probes must
// not wait.
func (p *Pipeline) recall(ctx context.Context) func() loaded {
	if p.Store == nil {
		return func() loaded { return loaded{} }
	}
	done := make(chan loaded, 1)
	go func() {
		state, revision, err := p.Store.Load(ctx)
		done <- loaded{state, revision, err}
	}()
	return sync.OnceValue(func() loaded { return <-done })
}
