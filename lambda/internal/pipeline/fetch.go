package pipeline

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Bounds of the probes that one diagnosis makes beside the slow ones.
const (
	mostProbes = 24
	dialLimit  = 3 * time.Second
	askLimit   = 6 * time.Second
	maxAnswer  = 64 << 10
)

// measured is what came of a want for a probe; put notes it as a fact.
type measured func(to *topology.Snapshot)

// fetch meets wants: facts by AWS, the others by probes at the same time. The
// snapshot is filled by this goroutine only, but for what the reader puts.
func (c *inquiry) fetch(ctx context.Context) func(*topology.Snapshot, []topology.Want) {
	return func(to *topology.Snapshot, wants []topology.Want) {
		if ctx.Err() != nil {
			return
		}
		var facts, slow []topology.Want
		var probes sync.WaitGroup
		answers := make(chan measured, len(wants))
		for _, want := range wants {
			info, ok := want.Kind.Info()
			switch {
			case want.Kind == topology.Logs && !c.quotable(topology.Parts(want.Key)[0]):
				to.Fail(want, topology.Withheld, "aws.log-groups of the configuration does not name it")
			case !ok || !info.IsProbe():
				facts = append(facts, want)
			case want.Kind == topology.Slow:
				slow = append(slow, want)
			case c.probes >= mostProbes:
			default:
				c.probes++
				probes.Go(func() { answers <- c.measure(ctx, want) })
			}
		}
		c.reader.Read(ctx, to, facts)
		probes.Wait()
		close(answers)
		for put := range answers {
			put(to)
		}
		c.askSlowly(to, slow)
	}
}

// quotable reports whether lines of a log group may be quoted: without a list,
// those that the credentials may read.
func (c *inquiry) quotable(group string) bool {
	listed := c.Config.AWS.LogGroups
	if _, name, isARN := strings.Cut(group, ":log-group:"); isARN {
		group = strings.TrimSuffix(name, ":*")
	}
	return len(listed) == 0 || slices.ContainsFunc(listed, func(name string) bool {
		prefix, open := strings.CutSuffix(name, "*")
		return name == group || open && strings.HasPrefix(group, prefix)
	})
}

// measure makes one probe.
func (c *inquiry) measure(ctx context.Context, want topology.Want) measured {
	switch want.Kind {
	case topology.Dials:
		return c.dial(ctx, want)
	case topology.Asks:
		return c.ask(ctx, want)
	case topology.Lookups:
		return c.lookup(ctx, want)
	}
	return failed(want, topology.Unsupported, "this version has no such probe")
}

func failed(want topology.Want, why topology.Why, detail string) measured {
	return func(to *topology.Snapshot) { to.Fail(want, why, detail) }
}

// limitOf is the want's own limit within a bound.
func limitOf(want topology.Want, most time.Duration) time.Duration {
	if want.Limit > 0 && want.Limit < most {
		return want.Limit
	}
	return most
}

// dial connects to address:port.
func (c *inquiry) dial(ctx context.Context, want topology.Want) measured {
	address, err := netip.ParseAddrPort(want.Key)
	if err != nil {
		return failed(want, topology.Unsupported, "it is no address and port")
	}
	if why := c.unreachable(address.Addr()); why != "" {
		return failed(want, topology.Unsupported, why)
	}
	r := c.Prober.Examine(ctx, &check.Check{
		Kind: check.KindTCP, Timeout: limitOf(want, dialLimit), Client: &check.Client{},
		Target: check.Target{Scheme: "tcp", Host: address.Addr().String(), IP: address.Addr(), Port: address.Port()},
	})
	return func(to *topology.Snapshot) {
		if !r.Healthy && !r.Class.Judged() {
			to.Fail(want, topology.Failed, r.Error)
			return
		}
		to.Dials.Put(want.Key, topology.KnownFact(topology.Dial{Class: r.Class, Took: time.Duration(r.Duration)}, "", r.Started))
	}
}

// ask makes a request of URL|Host header, without following redirects.
func (c *inquiry) ask(ctx context.Context, want topology.Want) measured {
	parts := topology.Parts(want.Key)
	u, err := url.Parse(parts[0])
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return failed(want, topology.Unsupported, "it is no HTTP address")
	}
	target := check.Target{Scheme: u.Scheme, Host: u.Hostname(), Port: portOf(u), Path: u.RequestURI()}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		if why := c.unreachable(ip); why != "" {
			return failed(want, topology.Unsupported, why)
		}
		target.IP = ip
	}
	h := &check.HTTP{Method: "GET", Headers: []check.Header{{Name: "User-Agent", Value: check.Value{Text: "ELB-HealthChecker/2.0"}}}}
	if len(parts) > 1 {
		h.Host = parts[1]
	}
	limit := limitOf(want, askLimit)
	r := c.Prober.Examine(ctx, &check.Check{
		Kind: check.KindHTTP, Timeout: limit, Target: target, URL: parts[0], HTTP: h, Sensitive: c.sensitive(),
		// A target's certificate is that of the load balancer's name, if any.
		Client: &check.Client{IgnoreRedirect: true, Insecure: true, MaxBodySize: maxAnswer, TLS: &check.ClientTLS{}},
	})
	return answered(want, r, limit, func(to *topology.Snapshot) *topology.Table[topology.Answer] { return &to.Asks })
}

// answered puts the answer of an HTTP probe into its table.
func answered(want topology.Want, r result.Result, limit time.Duration, table func(*topology.Snapshot) *topology.Table[topology.Answer]) measured {
	return func(to *topology.Snapshot) {
		if !r.Healthy && !r.Class.Judged() {
			to.Fail(want, topology.Failed, r.Error)
			return
		}
		table(to).Put(want.Key, topology.KnownFact(answerOf(&r, limit), "", r.Started))
	}
}

func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// lookup resolves a name as the checker's own network does.
func (c *inquiry) lookup(ctx context.Context, want topology.Want) measured {
	if !c.Inside && isPrivateName(want.Key) {
		return failed(want, topology.Unsupported, outside)
	}
	addresses, class, err := c.Prober.Lookup(ctx, want.Key, limitOf(want, dialLimit))
	at := c.Now()
	return func(to *topology.Snapshot) {
		switch {
		case err == nil:
			to.Lookups.Put(want.Key, topology.KnownFact(addresses, "", at))
		case class == result.DNSNXDomain || class == result.DNSNoData:
			to.Missing(want, at)
		default:
			to.Fail(want, topology.Failed, err.Error())
		}
	}
}

// isPrivateName reports whether a name means something in a VPC only.
func isPrivateName(name string) bool {
	return strings.HasSuffix(name, ".local") || strings.HasSuffix(name, ".internal") || !strings.Contains(name, ".")
}

const outside = "the checker runs outside of the VPC"

// unreachable says why an address is not asked; "" if it is.
func (c *inquiry) unreachable(ip netip.Addr) string {
	ip = ip.Unmap()
	switch {
	case c.loopback && ip.IsLoopback():
		return ""
	case ip.IsLoopback(), ip.IsLinkLocalUnicast(), ip.IsMulticast(), ip.IsUnspecified():
		return "the address means something else to the checker"
	case ip.IsPrivate() && !c.Inside:
		return outside
	}
	return ""
}

// sensitive are the secrets of the configuration that no answer may quote.
func (c *inquiry) sensitive() []string {
	if len(c.Config.Checks) == 0 {
		return nil
	}
	return c.Config.Checks[0].Sensitive // shared by all checks
}
