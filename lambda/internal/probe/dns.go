package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// probeDNS asks a name server the configured question. Any answer counts as
// connected, whatever its response code: conditions judge that.
//
// [BODY] is the values of all answers of the asked type, one a line, in the
// order in which they came. Gatus keeps only the last one, so where there is
// one record both are the same.
func probeDNS(ctx context.Context, x *exchange) error {
	server, err := x.nameServer(ctx)
	if err != nil {
		return err
	}
	question := x.check.DNS
	qtype := dns.StringToType[question.QueryType]
	name := questionName(question.QueryName, qtype)
	x.enter(result.PhaseDNS)
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	answer, err := askDNS(ctx, server, name, qtype)
	if err != nil {
		return askFailure(err, name, x.host, x.check.Timeout)
	}
	x.leave()
	x.seen.Connected = true
	x.seen.RCode = rcodeName(answer.Rcode)
	x.keepBody([]byte(strings.Join(values(answer.Answer, qtype), "\n")), true)
	return nil
}

// nameServer is the server to ask: that of the URL, or else the one that the
// names of other endpoints are asked of.
func (x *exchange) nameServer(ctx context.Context) (check.Resolver, error) {
	t := &x.check.Target
	if t.Host == "" {
		return x.systemServer()
	}
	x.host = net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
	ip := t.IP
	switch {
	case x.only.IsValid():
		ip = x.only
	case !ip.IsValid():
		addresses, err := x.lookup(ctx, t.Host)
		if err != nil {
			return check.Resolver{}, err
		}
		ip = addresses[0]
	}
	address := netip.AddrPortFrom(ip, t.Port)
	x.noteServer(address)
	return check.Resolver{Network: "udp", Address: address.String()}, nil
}

func (x *exchange) systemServer() (check.Resolver, error) {
	server := check.Resolver{Network: "udp", Address: firstNameserver()}
	if chosen := x.prober.resolver(x.check).server; chosen != nil {
		server = *chosen
	}
	if server.Address == "" {
		return server, failf(result.ProbeSkipped, result.PhaseDNS, nil, "this system has no name server to ask: none is in /etc/resolv.conf")
	}
	x.host = server.Address
	if address, err := netip.ParseAddrPort(server.Address); err == nil {
		x.noteServer(address)
	}
	return server, nil
}

// noteServer keeps which address is asked.
func (x *exchange) noteServer(address netip.AddrPort) {
	x.address = address
	x.seen.IP = address.Addr().String()
}

// questionName turns an address into its name in reverse DNS where pointers
// are asked for.
func questionName(name string, qtype uint16) string {
	if qtype == dns.TypePTR {
		if reverse, err := dns.ReverseAddr(strings.TrimSuffix(name, ".")); err == nil {
			return reverse
		}
	}
	return name
}

func rcodeName(code int) string {
	if name, ok := dns.RcodeToString[code]; ok {
		return name
	}
	return fmt.Sprintf("RCODE%d", code)
}

// values are what the answers of one type say.
func values(answers []dns.RR, qtype uint16) []string {
	var found []string
	for _, record := range answers {
		if record.Header().Rrtype == qtype {
			found = append(found, value(record))
		}
	}
	return found
}

// value is what one record says, in Gatus's form where Gatus has one: names
// with their final dot, of MX only the name, of SRV name and port.
func value(record dns.RR) string {
	switch record := record.(type) {
	case *dns.MX:
		return record.Mx
	case *dns.SRV:
		return net.JoinHostPort(record.Target, strconv.Itoa(int(record.Port)))
	case *dns.TXT:
		return strings.Join(record.Txt, "")
	default:
		return strings.TrimPrefix(record.String(), record.Header().String())
	}
}
