// Package pipeline is the spine: what happens to an event, in order. All
// mains call it, and every stage hands the next one values.
package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
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
	Secrets   Secrets                                 // nil: none are kept between probes
	Store     Store                                   // nil: nothing is remembered, so nothing is decided
	Publisher Publisher                               // nil: what must be sent stays in the state, for whoever publishes
	Facts     func(calls int) FactReader              // makes the reader of one diagnosis, for so many calls; nil: nothing is diagnosed
	Latent    func(diagnose.Input) []diagnose.Finding // what is wrong in what an inventory read, although nothing fails; nil: nothing is looked for
	Always    bool                                    // whatever fails is diagnosed in every run, as whoever asks by hand wants it
	Region    string                                  // of AWS, as commands in reports name it
	Examined  func(Case)                              // is told what a diagnosis had to go by; nil: nobody
	Inside    bool                                    // the checker stands in the VPC, so private addresses mean what they mean to its tasks
	Rollouts  Rollouts                                // nil: ECS is not asked about overdue deployments
	Controls  []string                                // HOST:PORT that answer unless the checker's own network is broken
	Metrics   io.Writer                               // EMF lines; nil: none
	Namespace string                                  // of the metrics
	Confirm   []time.Duration                         // when first failures are probed again, from the end of the round
	Log       *slog.Logger
	Now       func() time.Time

	rules func() *incident.Policy // of the configuration, made when it is first asked for
	mute  *muteness

	loopback bool // addresses of this machine may be asked for a diagnosis: tests have no others
}

// New completes a pipeline.
func New(p Pipeline) *Pipeline {
	p.mute = &muteness{}
	now := p.Now
	p.Now = func() time.Time { return now().UTC() } // what is told and kept is in UTC, wherever this runs
	p.rules = sync.OnceValue(func() *incident.Policy { return policyOf(p.Config) })
	return &p
}

// Handle does what one event asks for: probe, confirm, decide, save, tell.
// Metrics are written whatever fails. The run that it returns is what was
// found; an error means that it could not be saved or told, and that the next
// run must make up for it.
func (p *Pipeline) Handle(ctx context.Context, e trigger.Event) (report.Run, error) {
	run := report.Run{ID: rand.Text()[:16], Trigger: string(e.Kind), Started: p.Now(), TimingsTrusted: true}
	if trigger.Foreign(e, p.Config.Checks, p.Config.AWS.Clusters) {
		p.Log.Info("event is about a cluster that is not watched", "event", e.ID, "service", e.Service.String())
		return run, nil
	}
	probing, cancel := before(ctx, reserve)
	defer cancel()
	deciding, cancel := before(ctx, lastMoment)
	defer cancel()
	past := p.recall(deciding)
	due, handled := p.due(e, past)
	if handled {
		p.Log.Info("event was handled before", "event", e.ID)
		return run, nil
	}

	round := p.Prober.Round(probing, due.checks)
	p.refreshSecrets(round.Results)
	p.confirm(probing, past, &round)
	if errors.Is(ctx.Err(), context.Canceled) {
		// Asked of ctx itself: its end reaches the contexts made of it later.
		return run, fmt.Errorf("interrupted before the round ended, so nothing was decided: %w", ctx.Err())
	}
	run.Started, run.Duration = round.Started, p.Now().Sub(round.Started)
	run.TimingsTrusted, run.Results = round.TimingsTrusted, round.Results

	if p.Store == nil {
		p.measure(run, e, decided{})
		if !p.wantsToKnow(run) {
			return run, nil
		}
		return run, p.inquire(ctx, &run, incident.State{})
	}
	in := p.input(run, due.news)
	in.Rollouts = p.askRollouts(probing, past.wait().state.Overdue(in.Now))
	in.Controls = p.suspect(deciding, run.Results, past.wait().state.Blind())
	d, err := p.decide(deciding, past.wait(), in)
	run.Incidents = d.state.Active()
	p.measure(run, e, d)
	if err != nil {
		return run, err
	}
	if err = p.deliver(ctx, d, run.ID); d.diagnose || p.wantsToKnow(run) {
		err = errors.Join(err, p.inquire(ctx, &run, d.state))
	} else if d.stock {
		err = errors.Join(err, p.takeStock(ctx, run, d.state))
	}
	return run, err
}

// The end of an invocation belongs to saving and telling, and its last moment
// to what comes through when nothing else does: metrics, and to the mark on
// messages that are out.
const (
	reserve    = 10 * time.Second
	lastMoment = time.Second
	markMoment = 2 * time.Second
)

// before is ctx without the end of its time, but with half of what is left at
// least: who is called late still looks.
func before(ctx context.Context, end time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(end, time.Until(deadline)/2)))
}

// loaded is the state as it was before the round.
type loaded struct {
	state    incident.State
	revision int64
	err      error
}

// memory is the state that is being read while probes run: they must not wait.
type memory struct {
	came  chan struct{} // closed when found is there
	found loaded
}

// recall begins to read the state.
func (p *Pipeline) recall(ctx context.Context) *memory {
	m := &memory{came: make(chan struct{})}
	if p.Store == nil {
		close(m.came)
		return m
	}
	go func() {
		defer close(m.came)
		m.found.state, m.found.revision, m.found.err = p.Store.Load(ctx)
	}()
	return m
}

// wait returns the state when it is there.
func (m *memory) wait() loaded {
	<-m.came
	return m.found
}

// patience is how long an event of ECS waits for the state before its endpoints
// are probed without.
const patience = 3 * time.Second

// soon returns the state if it comes soon enough to decide what is probed.
func (m *memory) soon() loaded {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-m.came:
		return m.found
	case <-timer.C:
		return loaded{err: context.DeadlineExceeded}
	}
}
