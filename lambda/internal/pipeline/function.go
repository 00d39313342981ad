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

// Function is the whole checker: what an event causes, from the probes to the
// last message. The Lambda function and the command line differ only in what
// they fill in here.
type Function struct {
	Config    *check.Config
	Prober    *probe.Prober
	Store     Store
	Publisher Publisher       // nil: there is nobody to tell, and notices are dropped
	Rollouts  Rollouts        // nil: ECS is not asked about overdue deployments
	Controls  []string        // HOST:PORT that answer unless the checker's own network is broken
	Metrics   io.Writer       // EMF lines; nil: none
	Namespace string          // of the metrics
	Confirm   []time.Duration // when first failures are probed again, from the end of the round
	Log       *slog.Logger
	Now       func() time.Time

	once   sync.Once
	policy *incident.Policy
}

// rules is the policy of the configuration, made once.
func (f *Function) rules() *incident.Policy {
	f.once.Do(func() { f.policy = policyOf(f.Config) })
	return f.policy
}

// Rollouts asks ECS how deployments stand.
type Rollouts interface {
	// Rollout returns COMPLETED, FAILED or IN_PROGRESS for a service.
	Rollout(ctx context.Context, cluster, service string) (string, error)
}

// The end of an invocation belongs to saving and telling.
const reserve = 10 * time.Second

// Handle does what one event asks for: probe, confirm, decide, save, tell.
// Metrics are written whatever fails later. The run it returns is what was
// found; an error means that it could not be saved or told, and that the next
// run must make up for it.
func (f *Function) Handle(ctx context.Context, e trigger.Event) (report.Run, error) {
	run := report.Run{ID: rand.Text()[:16], Trigger: string(e.Kind), Started: f.Now(), TimingsTrusted: true, Results: nil}
	probing, cancel := f.beforeReserve(ctx)
	defer cancel()
	loading := f.load(ctx)
	if e.ID != "" && e.Kind != trigger.Tick {
		if loaded := <-loading; loaded.err == nil && loaded.state.Handled(e.ID) {
			f.Log.Info("event was handled before", "event", e.ID)
			return run, nil
		} else {
			loading = ready(loaded)
		}
	}
	found := f.probe(probing, e)
	loaded := <-loading
	if loaded.err == nil {
		f.confirm(probing, loaded.state, &found)
	}
	run.Started, run.Duration, run.TimingsTrusted, run.Results = found.Started, f.Now().Sub(found.Started), found.TimingsTrusted, found.Results
	in := f.input(probing, run, e, loaded)
	decided, err := f.decide(ctx, loaded, in)
	f.measure(run, e, decided.state)
	if err != nil {
		return run, err
	}
	return run, f.deliver(ctx, decided, run.ID)
}

// beforeReserve is ctx without the time that saving and telling need.
func (f *Function) beforeReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// loaded is the state as it was before the round.
type loaded struct {
	state    incident.State
	revision int64
	err      error
}

// load reads the state while the probes run: they must not wait for it.
func (f *Function) load(ctx context.Context) <-chan loaded {
	done := make(chan loaded, 1)
	go func() {
		state, revision, err := f.Store.Load(ctx)
		done <- loaded{state, revision, err}
	}()
	return done
}

func ready(l loaded) <-chan loaded {
	done := make(chan loaded, 1)
	done <- l
	return done
}

// probe makes the round that an event asks for.
func (f *Function) probe(ctx context.Context, e trigger.Event) probe.Round {
	return f.Prober.Round(ctx, trigger.Due(e, f.Config.Checks, f.Now(), f.Config.AWS.Clusters...))
}

// input gathers what the decision needs beside the results.
func (f *Function) input(ctx context.Context, run report.Run, e trigger.Event, l loaded) incident.Input {
	in := incident.Input{
		Now: f.Now(), Run: run.ID, Started: run.Started, Results: run.Results,
		TimingsTrusted: run.TimingsTrusted, News: newsOf(e),
	}
	if phase := f.rules().Suspicion(run.Results); phase != "" {
		in.Controls = f.askControls(ctx)
		f.Log.Warn("nearly everything fails at once", "phase", phase, "controls_answer", in.Controls == incident.Answered)
	}
	in.Rollouts = f.askRollouts(ctx, l.state.Overdue(in.Now))
	return in
}

// newsOf is what an event says of a service; nil: it is not about one.
func newsOf(e trigger.Event) *incident.News {
	n := &incident.News{
		EventID: e.ID, Service: e.Service.String(), Kind: incident.Other, Name: e.Name,
		DeploymentID: e.DeploymentID, Reason: e.Reason, Rollback: e.Rollback, At: e.Time,
	}
	switch {
	case e.Service.Name == "":
		return nil
	case e.Kind != trigger.Deployment:
	case e.Name == "SERVICE_DEPLOYMENT_IN_PROGRESS":
		n.Kind = incident.DeployStarted
	case e.Name == "SERVICE_DEPLOYMENT_COMPLETED":
		n.Kind = incident.DeployCompleted
	case e.Name == "SERVICE_DEPLOYMENT_FAILED":
		n.Kind = incident.DeployFailed
	}
	return n
}
