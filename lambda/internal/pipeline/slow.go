package pipeline

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Bounds of slow probes, which outlast the idle timeout of a load balancer.
const (
	mostSlow     = 8
	mostSlowEach = 4                // at one load balancer, so that others have their turn
	usualLimit   = 70 * time.Second // the idle timeout that AWS sets, and ten seconds
	longestLimit = 130 * time.Second
	leastLimit   = 12 * time.Second // the time in which a load balancer gives up connecting, and a little
	slowMargin   = 4 * time.Second  // of the time left, to diagnose with the answer
)

// slow are the probes under way that outlast everything else.
type slow struct {
	asked   map[string]int // how many, by load balancer, or by host where that is not known
	total   int
	under   sync.WaitGroup
	mu      sync.Mutex
	answers []measured
	waits   map[string]bool // endpoints whose answer is awaited
}

// askSlowly begins the slow probes that are wanted, and leaves their facts
// unknown for now: nothing waits for them but a second diagnosis. Every load
// balancer has its first before any has another.
func (c *inquiry) askSlowly(to *topology.Snapshot, wants []topology.Want) {
	type ask struct {
		topology.Want
		at string
	}
	turns := make([][]ask, mostSlowEach)
	begun := maps.Clone(c.slow.asked)
	for _, want := range wants {
		at := c.balancerOf(to, want.Key)
		switch turn := begun[at]; {
		case at == "":
			to.Fail(want, topology.Unsupported, "")
		case turn >= mostSlowEach:
			to.Fail(want, topology.Budget, "other endpoints of the same load balancer are asked")
		default:
			begun[at]++
			turns[turn] = append(turns[turn], ask{want, at})
		}
	}
	for _, next := range slices.Concat(turns...) {
		want, limit := next.Want, c.slowLimit(next.Want)
		if c.slow.total >= mostSlow || limit == 0 {
			to.Fail(want, topology.Budget, "")
			continue
		}
		c.slow.total++
		c.slow.asked[next.at]++
		c.slow.waits[want.Key] = true
		to.Fail(want, topology.Budget, "the answer is awaited")
		c.slow.under.Go(func() { c.slow.keep(c.askOnce(want, limit)) })
	}
}

func (s *slow) keep(m measured) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, m)
}

// askOnce asks an endpoint as its probe does, and waits longer. Any answer is
// one: what it should have been is known already.
func (c *inquiry) askOnce(want topology.Want, limit time.Duration) measured {
	checks := c.checksOf([]string{want.Key})
	if len(checks) != 1 {
		return func(*topology.Snapshot) {}
	}
	patient := checks[0]
	patient.Timeout, patient.Conditions, patient.Warnings = limit, nil, nil
	r := c.Prober.Examine(c.slowly, &patient)
	if r.Class == result.ProbeSkipped || r.Class == result.ProbeInternal {
		return func(*topology.Snapshot) {} // cut off: what is known stays
	}
	return answered(want, r, limit, func(to *topology.Snapshot) *topology.Table[topology.Answer] { return &to.Slow })
}

// slowLimit is how long a slow probe may take in the time that is left; 0: that
// would tell nothing.
func (c *inquiry) slowLimit(want topology.Want) time.Duration {
	limit := want.Limit
	if limit < leastLimit {
		limit = usualLimit
	}
	limit = min(limit, longestLimit)
	if until, ok := c.slowly.Deadline(); ok {
		limit = min(limit, time.Until(until)-slowMargin)
	}
	if checks := c.checksOf([]string{want.Key}); len(checks) != 1 || limit <= checks[0].Timeout || limit < leastLimit {
		return 0
	}
	return limit
}

// balancerOf names what an endpoint's answers come from: the load balancer of
// its record, else its host; "" for an endpoint that is not known. Of the records
// of several zones, or of several in one, it is the same one each time.
func (c *inquiry) balancerOf(to *topology.Snapshot, key string) string {
	checks := c.checksOf([]string{key})
	if len(checks) != 1 {
		return ""
	}
	host := strings.ToLower(checks[0].Target.Host)
	var aliases []string
	for key, fact := range to.Records {
		if !strings.HasSuffix(key, "|"+host) {
			continue
		}
		records, _ := fact.Get()
		for _, r := range records {
			if r.Alias != "" {
				aliases = append(aliases, r.Alias)
			}
		}
	}
	if len(aliases) == 0 {
		return host
	}
	return slices.Min(aliases)
}

// awaited reports whether slow answers are under way.
func (c *inquiry) awaited() bool { return len(c.slow.waits) > 0 }

// await waits for the slow answers and puts those that came into the snapshot.
func (c *inquiry) await(ctx context.Context) {
	done := make(chan struct{})
	go func() { c.slow.under.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done(): // the probes end with it
		<-done
	}
	for _, put := range c.slow.answers {
		put(c.in.Facts)
	}
	c.slow.answers, c.slow.waits = nil, map[string]bool{}
}
