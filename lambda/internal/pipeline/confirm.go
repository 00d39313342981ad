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
	"hokus.ai/tidewatch/lambda/internal/result"
)

// confirm probes endpoints again that fail for the first time. One success
// makes it a blip: that result counts. The waits count from the end of the
// round, so they are paid once for all endpoints.
func (f *Function) confirm(ctx context.Context, s incident.State, found *probe.Round) {
	began := f.Now()
	for _, wait := range f.Confirm {
		again := f.checksOf(s.Confirm(found.Results))
		if len(again) == 0 || !sleep(ctx, wait-f.Now().Sub(began)) {
			return
		}
		second := f.Prober.Round(ctx, again)
		found.TimingsTrusted = found.TimingsTrusted && second.TimingsTrusted
		for i := range second.Results {
			if second.Results[i].Healthy {
				replace(found.Results, second.Results[i])
				f.Log.Info("a failure was not confirmed", "endpoint", second.Results[i].Key)
			}
		}
	}
}

// checksOf returns the checks with these keys.
func (f *Function) checksOf(keys []string) []check.Check {
	wanted := make(map[string]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	var checks []check.Check
	for i := range f.Config.Checks {
		if wanted[f.Config.Checks[i].Key] {
			checks = append(checks, f.Config.Checks[i])
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
func (f *Function) askControls(ctx context.Context) incident.Controls {
	if len(f.Controls) == 0 {
		return incident.NotAsked
	}
	answers := make([]bool, len(f.Controls))
	var asked sync.WaitGroup
	for i, address := range f.Controls {
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

// askRollouts asks ECS about deployments that should have ended. What cannot
// be asked stays open.
func (f *Function) askRollouts(ctx context.Context, services []string) map[string]string {
	rollouts := map[string]string{}
	if f.Rollouts == nil {
		return rollouts
	}
	for _, name := range services {
		cluster, service, _ := strings.Cut(name, "/")
		state, err := f.Rollouts.Rollout(ctx, cluster, service)
		if err != nil {
			f.Log.Warn("the state of a deployment could not be read", "service", name, "error", err)
			continue
		}
		rollouts[name] = state
	}
	return rollouts
}
