package pipeline

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// confirm probes endpoints again that fail for the first time. One success
// makes it a blip: that result counts. The waits count from the end of the
// round, so they are paid once for all endpoints.
//
// Without the state nobody knows which failures are the first.
func (p *Pipeline) confirm(ctx context.Context, past func() loaded, found *probe.Round) {
	if len(p.Confirm) == 0 || p.Store == nil || past().err != nil {
		return
	}
	began, s := p.Now(), past().state
	for _, wait := range p.Confirm {
		again := p.checksOf(s.Confirm(found.Results))
		if len(again) == 0 || !sleep(ctx, wait-p.Now().Sub(began)) {
			return
		}
		second := p.Prober.Round(ctx, again)
		found.TimingsTrusted = found.TimingsTrusted && second.TimingsTrusted
		for i := range second.Results {
			if second.Results[i].Healthy {
				replace(found.Results, second.Results[i])
				p.Log.Info("a failure was not confirmed", "endpoint", second.Results[i].Key)
			}
		}
	}
}

// checksOf returns the checks with these keys.
func (p *Pipeline) checksOf(keys []string) []check.Check {
	wanted := make(map[string]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	var checks []check.Check
	for i := range p.Config.Checks {
		if wanted[p.Config.Checks[i].Key] {
			checks = append(checks, p.Config.Checks[i])
		}
	}
	return checks
}

func replace(results []result.Result, r result.Result) {
	for i := range results {
		if results[i].Key == r.Key {
			results[i] = r
		}
	}
}

// sleep waits, and reports whether there is time left.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// controlTimeout bounds a control probe.
const controlTimeout = 3 * time.Second

// askControls connects to every control address; one answer is enough to know
// that the checker has a network.
func (p *Pipeline) askControls(ctx context.Context) incident.Controls {
	if len(p.Controls) == 0 {
		return incident.NotAsked
	}
	answers := make([]bool, len(p.Controls))
	var asked sync.WaitGroup
	for i, address := range p.Controls {
		asked.Go(func() {
			dialer := net.Dialer{Timeout: controlTimeout}
			conn, err := dialer.DialContext(ctx, "tcp", address)
			if err == nil {
				answers[i] = true
				_ = conn.Close() // that it opened is all there is to know
			}
		})
	}
	asked.Wait()
	for _, answered := range answers {
		if answered {
			return incident.Answered
		}
	}
	return incident.Silent
}

// input gathers what the decision needs beside the results.
func (p *Pipeline) input(ctx context.Context, run report.Run, news *incident.News, l loaded) incident.Input {
	in := incident.Input{
		Now: p.Now(), Run: run.ID, Started: run.Started, Results: run.Results,
		TimingsTrusted: run.TimingsTrusted, News: news,
	}
	if phase := p.rules().Suspicion(run.Results); phase != "" {
		in.Controls = p.askControls(ctx)
		p.Log.Info("nearly everything fails at once", "phase", phase, "controls_answer", in.Controls == incident.Answered)
	}
	in.Rollouts = p.askRollouts(ctx, l.state.Overdue(in.Now))
	return in
}

// askRollouts asks ECS about deployments that should have ended. What cannot
// be asked stays open.
func (p *Pipeline) askRollouts(ctx context.Context, services []string) map[string]string {
	rollouts := map[string]string{}
	if p.Rollouts == nil {
		return rollouts
	}
	for _, name := range services {
		cluster, service, _ := strings.Cut(name, "/")
		state, err := p.Rollouts.Rollout(ctx, cluster, service)
		if err != nil {
			p.Log.Warn("the state of a deployment could not be read", "service", name, "error", err)
			continue
		}
		rollouts[name] = state
	}
	return rollouts
}
