// Package probe asks endpoints and says exactly what happened. Every probe
// runs on a fresh connection to one address, measures only the phases that
// took place, ends before its timeout, and comes back as one result.Result. It
// knows nothing of AWS.
package probe

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Options are what all probes of a process share.
type Options struct {
	Resolver    *check.Resolver       // asked for every name instead of the configured ones; nil: as configured
	Timeout     time.Duration         // upper bound of every probe; 0: as configured
	Concurrency int                   // probes at once at most; 0: the default
	Progress    func(done, total int) // called after each probe, one call at a time; may be nil

	// Unmetered takes no failure for this process's own, however late it gets
	// to run: for tests of what follows from a timeout, which a busy machine
	// could not make otherwise.
	Unmetered bool

	// Secrets reads a reference to a secret; nil: there is no store, and
	// endpoints that need one are skipped.
	Secrets func(context.Context, check.Reference) (string, error)
}

// Prober makes probes. It may be used by several goroutines and keeps between
// rounds only what is costly to get: certificate pools, access tokens, and when
// registrations of domains end.
type Prober struct {
	options  Options
	registry *registry

	extra  chan struct{} // places for the probes of further addresses
	mu     sync.Mutex
	roots  map[*check.ClientTLS]*x509.CertPool
	tokens map[*check.OAuth2]*grant
}

// New makes a Prober.
func New(options Options) *Prober {
	return &Prober{
		options:  options,
		extra:    make(chan struct{}, maxExtra),
		registry: newRegistry(),
		roots:    map[*check.ClientTLS]*x509.CertPool{},
		tokens:   map[*check.OAuth2]*grant{},
	}
}

// kinds has the function of every kind of probe. It drives the exchange and
// returns nil when it got an answer that conditions can judge, whatever they
// will say; otherwise a *Failure.
var kinds = map[check.Kind]func(context.Context, *exchange) error{
	check.KindHTTP:     probeHTTP,
	check.KindTCP:      probeTCP,
	check.KindTLS:      probeTLS,
	check.KindUDP:      probeUDP,
	check.KindDNS:      probeDNS,
	check.KindSTARTTLS: probeSTARTTLS,
	check.KindWS:       probeWS,
	check.KindGRPC:     probeGRPC,
	check.KindSSH:      probeSSH,
}

// Probe asks one endpoint once, at each of its addresses if the configuration
// wants that. It always returns a result, also when ctx is done.
func (p *Prober) Probe(ctx context.Context, c *check.Check) (found result.Result) {
	started := time.Now()
	defer func() {
		if cause := recover(); cause != nil { // even where results are made
			found = bareResult(c, started, panicFailure(cause))
		}
	}()
	if p.options.Timeout > 0 && p.options.Timeout < c.Timeout {
		capped := *c
		capped.Timeout = p.options.Timeout
		c = &capped
	}
	if c.Client.EveryAddress && c.Target.Host != "" && !c.Target.IP.IsValid() {
		return p.probeEveryAddress(ctx, c)
	}
	return p.probeAddress(ctx, c, netip.Addr{})
}

// probeAddress makes one probe, at one address of the endpoint. A panic in it
// is that probe's failure: the other probes of the round go on.
func (p *Prober) probeAddress(ctx context.Context, c *check.Check, only netip.Addr) result.Result {
	return p.ask(ctx, c, only, false)
}

// ask is probeAddress; keep is that of the exchange.
func (p *Prober) ask(ctx context.Context, c *check.Check, only netip.Addr, keep bool) (found result.Result) {
	started := time.Now()
	x := &exchange{prober: p, check: c, deadline: started.Add(c.Timeout), only: only, keep: keep, host: c.Target.Host, secrets: slices.Clip(c.Sensitive)}
	defer x.hangUp()
	defer func() {
		if cause := recover(); cause != nil {
			found = x.finish(started, panicFailure(cause))
		}
	}()
	if ctx.Err() != nil {
		return x.finish(started, x.fail(context.Canceled))
	}
	probe, ok := kinds[c.Kind]
	if !ok {
		return x.finish(started, failf(result.ProbeSkipped, "", nil, "probes of kind %q are not built into this version", c.Kind))
	}
	err := probe(ctx, x)
	switch {
	case err == nil:
		return x.finishWithDomain(ctx, started, nil)
	case cutOff(ctx): // which looks like a timeout of the endpoint
		return x.finish(started, x.fail(context.Canceled))
	default:
		return x.finishWithDomain(ctx, started, x.fail(err))
	}
}

// cutOff reports whether the caller's time is over. The timer of a context can
// fire a moment after the deadline that a connection took from it.
func cutOff(ctx context.Context) bool {
	until, ok := ctx.Deadline()
	return ctx.Err() != nil || (ok && !time.Now().Before(until))
}

// bareResult is made without anything that can fail.
func bareResult(c *check.Check, started time.Time, failure *Failure) result.Result {
	return result.Result{
		Key: c.Key, Name: c.Name, Group: c.Group, Kind: string(c.Kind), Class: failure.Class, Error: failure.Sentence,
		Started: started, Duration: result.Millis(time.Since(started)),
		Conditions: []result.Condition{}, Addresses: []result.Address{}, Redirects: []result.Redirect{},
	}
}

// panicFailure says what went wrong in the checker, and where.
func panicFailure(cause any) *Failure {
	return failf(result.ProbeInternal, "", nil, "the checker itself failed in this probe (%v%s); this says nothing about the endpoint, please report it", cause, panicSite())
}

// panicSite is the first frame of this module below the panic.
func panicSite() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "tidewatch/") && !strings.Contains(frame.Function, "panicFailure") {
			return fmt.Sprintf(" in %s, line %d", frame.Function[strings.LastIndex(frame.Function, "/")+1:], frame.Line)
		}
		if !more {
			return ""
		}
	}
}
