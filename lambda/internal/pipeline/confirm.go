package pipeline

import (
	"context"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// confirm probes endpoints again that fail for the first time. One success
// makes it a blip: that result counts. The waits count from the end of the
// round, so they are paid once for all endpoints.
//
// Without the state nobody knows which failures are the first.
func (p *Pipeline) confirm(ctx context.Context, past *memory, found *probe.Round) {
	if len(p.Confirm) == 0 || p.Store == nil || past.wait().err != nil {
		return
	}
	began, s := p.Now(), past.wait().state
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
