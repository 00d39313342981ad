package probe

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Round is every check probed once.
type Round struct {
	Started  time.Time
	Duration time.Duration
	Results  []result.Result // one per check, in the order of the checks
	// TimingsTrusted is false when this process was starved of CPU, so
	// that latencies are too long; such a round raises no latency alarm.
	TimingsTrusted bool
	Lag            time.Duration // the longest time for which the process did not get to run
}

// worstLagTrusted is how late this process may have been for its timings to be
// believed: less than any latency that somebody would be woken for.
const worstLagTrusted = 50 * time.Millisecond

// lostShare is the part of a probe's time, one in so many, that must have been
// lost for its failure to be suspected as our own.
const lostShare = 10

// Round probes every check once, many at a time. It returns when the last
// probe has ended, each within its own timeout; when ctx is done the probes
// under way and to come end at once as skipped.
func (p *Prober) Round(ctx context.Context, checks []check.Check) Round {
	g := newGate(concurrency(p.options.Concurrency))
	meter := startLagMeter(newReadyWaits().since, func(lag time.Duration) { g.adapt(lag, time.Now()) })
	r := Round{Started: time.Now(), Results: make([]result.Result, len(checks))}
	suspects := make([]bool, len(checks))
	progress := p.progress(len(checks))
	p.each(g, len(checks), func(i int) {
		r.Results[i], suspects[i] = p.probeMetered(ctx, &checks[i], meter)
		progress()
	})
	g.calm()
	p.reprobe(ctx, g, checks, r.Results, suspects, meter)
	r.Duration = time.Since(r.Started)
	meter.stop()
	r.Lag = meter.Worst()
	r.TimingsTrusted = r.Lag <= worstLagTrusted || p.options.Unmetered
	return r
}

// probeMetered makes one probe, and reports whether its failure may be the
// checker's own.
func (p *Prober) probeMetered(ctx context.Context, c *check.Check, meter *lagMeter) (result.Result, bool) {
	before := meter.Lost()
	r := p.Probe(ctx, c)
	lost := meter.Lost() - before
	// A probe ends at a deadline; if it ended later, only this process can
	// have been late.
	limit := c.Timeout
	if p.options.Timeout > 0 {
		limit = min(limit, p.options.Timeout)
	}
	lost += max(time.Duration(r.Duration)-limit, 0)
	return r, starved(r, lost) && !p.options.Unmetered
}

// each runs do for 0…n-1 on a bounded set of goroutines, which keep their
// grown stacks from one probe to the next.
func (p *Prober) each(g *gate, n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(g.most, n) {
		workers.Go(func() {
			for {
				g.acquire()
				i := int(next.Add(1)) - 1
				if i >= n {
					g.releaseOne()
					return
				}
				do(i)
				g.releaseOne()
			}
		})
	}
	workers.Wait()
}

// progress returns a function that counts one more probe as done.
func (p *Prober) progress(total int) func() {
	if p.options.Progress == nil {
		return func() {}
	}
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		p.options.Progress(done, total)
	}
}

// starved reports whether a failure may be the checker's own: it hangs on time,
// and this process lost a good part of that time.
func starved(r result.Result, lost time.Duration) bool {
	switch r.Class {
	case result.DNSTimeout, result.TCPTimeout, result.TLSTimeout, result.HTTPTimeout, result.AssertLatency:
		return lost*lostShare > time.Duration(r.Duration)
	}
	return false
}

// reprobe gives failures that may be our own a second try, a few at a time,
// for as long as one probe may take. What cannot be told even then is reported
// as the checker's failure, never as the endpoint's.
func (p *Prober) reprobe(ctx context.Context, g *gate, checks []check.Check, results []result.Result, suspects []bool, meter *lagMeter) {
	var again []int
	var until time.Time
	for i, suspect := range suspects {
		if suspect {
			again = append(again, i)
			until = later(until, time.Now().Add(checks[i].Timeout))
		}
	}
	p.each(g, len(again), func(k int) {
		i := again[k]
		if time.Now().After(until) {
			results[i] = blameStarvation(results[i])
			return
		}
		second, suspect := p.probeMetered(ctx, &checks[i], meter)
		if suspect {
			second = blameStarvation(second)
		}
		results[i] = second
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// blameStarvation turns a failure into what is known: that we cannot tell.
func blameStarvation(r result.Result) result.Result {
	r.Error = fmt.Sprintf("the checker was starved of CPU and cannot tell whether this is the endpoint's failure: %s", r.Error)
	r.Class = result.ProbeInternal
	r.Healthy = false
	return r
}
