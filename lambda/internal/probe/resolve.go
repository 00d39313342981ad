package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// resolver looks up names: at one given server, or as the system does.
type resolver struct {
	server *check.Resolver // nil: as the system does
	limit  time.Duration   // the probe's timeout, for sentences
}

// resolver chooses who is asked for a check's names.
func (p *Prober) resolver(c *check.Check) resolver {
	server := c.Client.Resolver
	if p.options.Resolver != nil {
		server = p.options.Resolver
	}
	return resolver{server: server, limit: c.Timeout}
}

// lookup returns the addresses of a name, in the order in which they should be
// tried; at least one. The error is a *Failure.
func (r resolver) lookup(ctx context.Context, host string, family check.Family) ([]netip.Addr, error) {
	if family == check.FamilyIPv6 {
		return r.lookupFamily(ctx, host, dns.TypeAAAA)
	}
	addresses, err := r.lookupFamily(ctx, host, dns.TypeA)
	if family == check.FamilyIPv4 || err == nil {
		return addresses, err
	}
	// Only a name that exists without an IPv4 address is worth asking for
	// an IPv6 one; asking both at once would let a silent AAAA server hold
	// up a lookup whose answer is known.
	if failure, ok := errors.AsType[*Failure](err); ok && failure.Class == result.DNSNoData {
		if six, err := r.lookupFamily(ctx, host, dns.TypeAAAA); err == nil {
			return six, nil
		}
	}
	return nil, err
}

func (r resolver) lookupFamily(ctx context.Context, host string, qtype uint16) ([]netip.Addr, error) {
	if r.server == nil {
		return r.lookupSystem(ctx, host, qtype)
	}
	return r.lookupServer(ctx, *r.server, host, qtype)
}

// lookupServer asks one server directly.
func (r resolver) lookupServer(ctx context.Context, server check.Resolver, host string, qtype uint16) ([]netip.Addr, error) {
	answer, err := askDNS(ctx, server, host, qtype)
	if err != nil {
		return nil, askFailure(err, host, server.Address, r.limit)
	}
	if answer.Rcode != dns.RcodeSuccess {
		return nil, aliased(rcodeFailure(answer, host, server.Address), answer, host)
	}
	var addresses []netip.Addr
	for _, record := range answer.Answer {
		switch record := record.(type) {
		case *dns.A:
			addresses = appendAddress(addresses, record.A)
		case *dns.AAAA:
			addresses = appendAddress(addresses, record.AAAA)
		}
	}
	if len(addresses) == 0 {
		failure := failf(result.DNSNoData, result.PhaseDNS, nil, "%s exists in DNS but has no %s record (asked %s)", host, dns.TypeToString[qtype], server.Address)
		return nil, aliased(failure, answer, host)
	}
	return addresses, nil
}

// aliased says of an alias whose target is gone that it is one: the name that
// was asked for does exist.
func aliased(failure *Failure, answer *dns.Msg, host string) *Failure {
	target := ""
	for _, record := range answer.Answer {
		if alias, ok := record.(*dns.CNAME); ok {
			target = strings.TrimSuffix(alias.Target, ".")
		}
	}
	if target == "" {
		return failure
	}
	what := map[result.Class]string{
		result.DNSNXDomain: "does not exist", result.DNSNoData: "has no address of the wanted family",
	}[failure.Class]
	if what != "" {
		failure.Sentence = fmt.Sprintf("%s is an alias of %s, which %s", host, redact.Snippet([]byte(target), quoteLimit), what)
	}
	return failure
}

func appendAddress(addresses []netip.Addr, ip net.IP) []netip.Addr {
	if address, ok := netip.AddrFromSlice(ip); ok {
		return append(addresses, address.Unmap())
	}
	return addresses
}

// lookupSystem asks as every other program on this machine would, with its
// hosts file and search list.
func (r resolver) lookupSystem(ctx context.Context, host string, qtype uint16) ([]netip.Addr, error) {
	network := "ip4"
	if qtype == dns.TypeAAAA {
		network = "ip6"
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err == nil && len(addresses) > 0 {
		for i := range addresses {
			addresses[i] = addresses[i].Unmap()
		}
		return addresses, nil
	}
	return nil, r.explain(ctx, host, qtype, err)
}

// explain names a failed system lookup. Go's resolver folds "no such name" and
// "no such record" into one, and all other codes into "server misbehaving", so
// the system's first name server is asked once more, directly; its answer only
// names the failure, it never turns it into a success.
func (r resolver) explain(ctx context.Context, host string, qtype uint16, err error) *Failure {
	failed, ok := errors.AsType[*net.DNSError](err)
	if !ok {
		return askFailure(errOr(err, context.DeadlineExceeded), host, "of this system", r.limit)
	}
	server := failed.Server
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return askFailure(context.Canceled, host, server, r.limit)
	case isOwnFault(failed):
		return askFailure(failed, host, server, r.limit)
	case failed.IsTimeout:
		return askFailure(context.DeadlineExceeded, host, orSystem(server), r.limit)
	case strings.Contains(failed.Err, "connection refused"):
		return failf(result.DNSRefused, result.PhaseDNS, err, "the resolver %s refused the connection while asked for %s", orSystem(server), host)
	case strings.Contains(failed.Err, "unreachable"):
		return failf(result.TCPUnreachable, result.PhaseDNS, err, "there is no route to the resolver %s, asked for %s", orSystem(server), host)
	}
	if server = orFirstNameserver(server); server != "" {
		direct := r.lookupDirect(ctx, server, host, qtype, failed.IsNotFound)
		if direct != nil {
			return direct
		}
	}
	if failed.IsNotFound {
		return failf(result.DNSNXDomain, result.PhaseDNS, err, "%s does not exist in DNS, or has no %s record", host, dns.TypeToString[qtype])
	}
	return failf(result.DNSServFail, result.PhaseDNS, err, "the resolver %s could not get an answer for %s: %s", orSystem(server), host, failed.Err)
}

// lookupDirect asks the server for the exact reason; nil where it has none. If
// the system is sure that there is no such name, trouble on the way of this
// second question does not change that.
func (r resolver) lookupDirect(ctx context.Context, server, host string, qtype uint16, sure bool) *Failure {
	_, err := r.lookupServer(ctx, check.Resolver{Network: "udp", Address: server}, host, qtype)
	failure, ok := errors.AsType[*Failure](err)
	if !ok {
		return nil
	}
	switch failure.Class {
	case result.DNSNXDomain, result.DNSNoData, result.DNSServFail, result.DNSRefused:
		return failure
	case result.TCPUnreachable, result.DNSTimeout:
		if !sure {
			return failure
		}
	}
	return nil
}

// firstNameserver is the first name server of the system, host:port, or "".
func firstNameserver() string {
	config, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil || len(config.Servers) == 0 {
		return ""
	}
	return net.JoinHostPort(config.Servers[0], config.Port)
}

func orFirstNameserver(server string) string {
	if server != "" {
		return server
	}
	return firstNameserver()
}

func orSystem(server string) string {
	if server == "" {
		return "of this system"
	}
	return server
}

func errOr(err, fallback error) error {
	if err == nil {
		return fallback
	}
	return err
}
