package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// maxAddresses bounds the probes that one name can cause, maxExtra those of all
// names at a time: they hold descriptors beside those that the gate counts.
const (
	maxAddresses = 16
	maxExtra     = 64
)

// probeEveryAddress probes each address that the name has now, all at once,
// each within the endpoint's timeout. One dead address out of two is an
// outage for half of the users, so it makes the endpoint unhealthy; the result
// is that of the first address that failed, or of the first one.
func (p *Prober) probeEveryAddress(ctx context.Context, c *check.Check) result.Result {
	started := time.Now()
	x := &exchange{prober: p, check: c, deadline: started.Add(c.Timeout), host: c.Target.Host, secrets: slices.Clip(c.Sensitive)}
	addresses, err := x.lookup(ctx, c.Target.Host)
	if err != nil {
		if cutOff(ctx) {
			err = context.Canceled
		}
		return x.finish(started, x.fail(err))
	}
	looked := x.seen.Phases
	addresses = addresses[:min(len(addresses), maxAddresses)]
	found := make([]result.Result, len(addresses))
	var asked sync.WaitGroup
	for i, address := range addresses {
		p.extra <- struct{}{}
		asked.Go(func() {
			defer func() { <-p.extra }()
			defer func() {
				if cause := recover(); cause != nil {
					found[i] = bareResult(c, started, panicFailure(cause))
				}
			}()
			found[i] = p.probeAddress(ctx, c, address)
		})
	}
	asked.Wait()
	whole := merge(found)
	if took, ok := looked.Get(result.PhaseDNS); ok {
		whole.Phases.Add(result.PhaseDNS, took)
	}
	whole.Started = started
	whole.Duration = result.Millis(time.Since(started))
	return whole
}

// merge makes one result out of those of an endpoint's addresses; at least one.
func merge(found []result.Result) result.Result {
	whole := found[0]
	verdicts := make([]result.Address, len(found))
	failed := 0
	for i, r := range found {
		verdicts[i] = addressVerdict(r)
		if r.Healthy {
			whole.Degraded = whole.Degraded || (whole.Healthy && r.Degraded)
			continue
		}
		if failed == 0 {
			whole = r
		}
		failed++
	}
	if failed > 0 && len(found) > 1 {
		whole.Error = fmt.Sprintf("%d of %d addresses fail: %s", failed, len(found), whole.Error)
	}
	whole.Addresses = verdicts
	return whole
}

func addressVerdict(r result.Result) result.Address {
	address := r.Address
	if parsed, err := netip.ParseAddrPort(address); err == nil {
		address = parsed.Addr().String()
	}
	return result.Address{Address: address, Healthy: r.Healthy, Class: r.Class, Phase: r.Phase, Error: r.Error, Duration: r.Duration}
}
