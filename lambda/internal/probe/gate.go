package probe

import (
	"sync"
	"syscall"
	"time"
)

// How many probes run at once. The limit follows the lag: as long as this
// process gets to run when it wants to, waiting for answers is all it does and
// more probes may wait; once it is late, more of them would only measure each
// other.
const (
	DefaultConcurrency = 240
	firstConcurrency   = 64
	leastConcurrency   = 8
	calmConcurrency    = 32
	// Each probe holds at most two descriptors at a time (a connection and
	// a question to a resolver); the rest is for further addresses and the
	// process itself.
	descriptorsPerProbe = 2
	reservedDescriptors = 64 + descriptorsPerProbe*maxExtra
)

// gate lets at most limit probes run at once, and moves the limit between
// leastConcurrency and most.
type gate struct {
	mu      sync.Mutex
	free    sync.Cond
	running int
	limit   int
	most    int
	lowered time.Time
}

func newGate(most int) *gate {
	g := &gate{most: most, limit: min(firstConcurrency, most)}
	g.free.L = &g.mu
	return g
}

func (g *gate) acquire() {
	g.mu.Lock()
	for g.running >= g.limit {
		g.free.Wait()
	}
	g.running++
	g.mu.Unlock()
}

func (g *gate) releaseOne() {
	g.mu.Lock()
	g.running--
	g.mu.Unlock()
	g.free.Signal()
}

// calm narrows the gate for the second try, which must be believed.
func (g *gate) calm() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.most = min(g.most, calmConcurrency)
	g.limit = min(leastConcurrency, g.most)
}

// adapt moves the limit by one measurement of the lag: up by half while there
// is none, down by half on a lag, but not again before the effect shows.
func (g *gate) adapt(lag time.Duration, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case lag == 0:
		if g.running < g.limit || g.limit == g.most {
			return // nobody waits for more
		}
		g.limit = min(g.limit+g.limit/2+1, g.most)
		g.free.Broadcast()
	case now.Sub(g.lowered) > 4*lagPeriod:
		g.limit = min(max(g.limit/2, leastConcurrency), g.most)
		g.lowered = now
	}
}

// concurrency is the most probes at once: what is wanted, within what the
// descriptors of this process allow.
func concurrency(wanted int) int {
	if wanted <= 0 {
		wanted = DefaultConcurrency
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return min(wanted, DefaultConcurrency)
	}
	allowed := (int64(min(limit.Cur, 1<<20)) - reservedDescriptors) / descriptorsPerProbe
	return min(wanted, int(max(allowed, 1)))
}
