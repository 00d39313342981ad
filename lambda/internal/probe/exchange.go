package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// quoteLimit is how many bytes from outside a sentence quotes at most.
const quoteLimit = 300

// exchange is one probe under way: where it goes, until when, and what it has
// seen so far. One goroutine uses it. Each kind of probe drives it through
// connect and secure, which measure the phases, and fills in the observation.
type exchange struct {
	prober   *Prober
	check    *check.Check
	deadline time.Time
	only     netip.Addr // probe this address of the name; invalid: choose
	keep     bool       // the answer stays with the result even if it is good

	phase   result.Phase // under way
	began   time.Time    // when it began
	host    string       // host:port that is being asked now
	address netip.AddrPort

	seen        condition.Observation
	certificate *result.Certificate
	redirects   []result.Redirect
	secrets     []string // values that must not be quoted
	raw         []byte   // the beginning of the body, to be quoted
	received    int64    // bytes of the answer so far

	held   int64         // bytes of bodyMemory
	waited time.Duration // for bodyMemory, which is not the endpoint's time

	conns   []net.Conn
	release func() bool // ends the watch over ctx
}

// enter begins a phase.
func (x *exchange) enter(p result.Phase) {
	x.phase = p
	x.began = time.Now()
}

// leave ends the phase under way and keeps how long it took.
func (x *exchange) leave() {
	x.seen.Phases.Add(x.phase, time.Since(x.began))
}

// fail turns an error of the phase under way into a Failure with its sentence.
func (x *exchange) fail(err error) *Failure {
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure
	}
	class := classify(x.phase, err)
	c := circumstances{
		host: x.host, phase: x.phase, limit: x.check.Timeout,
		received: x.received, now: time.Now(), err: err,
	}
	if x.address.IsValid() {
		c.address = x.address.String()
	}
	return &Failure{Class: class, Phase: x.phase, Err: err, Sentence: sentences[class](c)}
}

// connect opens a connection to the target itself: it looks up the name,
// chooses one address, and dials exactly that one, so the address reported is
// the address probed.
func (x *exchange) connect(ctx context.Context) (net.Conn, error) {
	t := &x.check.Target
	return x.dial(ctx, "tcp", t.Host, t.IP, t.Port)
}

// dial looks up host unless ip is its literal address, and connects. The
// connection is closed with the exchange.
func (x *exchange) dial(ctx context.Context, network, host string, ip netip.Addr, port uint16) (net.Conn, error) {
	x.host = net.JoinHostPort(host, strconv.Itoa(int(port)))
	x.address = netip.AddrPort{}
	switch {
	case x.only.IsValid():
		ip = x.only
	case !ip.IsValid():
		addresses, err := x.lookup(ctx, host)
		if err != nil {
			return nil, err
		}
		ip = addresses[0]
	}
	x.address = netip.AddrPortFrom(ip, port)
	x.seen.IP = ip.String()

	x.enter(result.PhaseTCP)
	conn, err := x.dialAddress(ctx, network)
	if err != nil {
		return nil, x.fail(err)
	}
	if network == "tcp" { // a UDP socket is "connected" without a packet
		x.leave()
	}
	x.guard(ctx, conn)
	return conn, nil
}

func (x *exchange) dialAddress(ctx context.Context, network string) (net.Conn, error) {
	// Keep-alive probes make no sense on a connection that lives for one
	// request; turning them off saves four system calls.
	dialer := net.Dialer{Deadline: x.deadline, KeepAlive: -1}
	if network == "udp" {
		return dialer.DialUDP(ctx, network, netip.AddrPort{}, x.address)
	}
	return dialer.DialTCP(ctx, network, netip.AddrPort{}, x.address)
}

// guard makes every later read and write end at the deadline, or at once when
// the round is cancelled.
func (x *exchange) guard(ctx context.Context, conn net.Conn) {
	x.conns = append(x.conns, conn)
	if x.release != nil {
		x.release()
	}
	_ = conn.SetDeadline(x.deadline) // fails only on a closed connection, which the next read reports
	x.release = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// lookup is the dns phase.
func (x *exchange) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	x.enter(result.PhaseDNS)
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	addresses, err := x.prober.resolver(x.check).lookup(ctx, host, x.check.Client.Family)
	if err != nil {
		return nil, x.fail(err)
	}
	x.leave()
	return addresses, nil
}

// secure makes a TLS connection out of conn and notes the certificate, also
// when it is refused.
func (x *exchange) secure(conn net.Conn, serverName string, protocols ...string) (*tls.Conn, error) {
	config, err := x.prober.tlsConfig(x.check, serverName)
	if err != nil {
		return nil, err
	}
	config.NextProtos = protocols
	x.enter(result.PhaseTLS)
	secured := tls.Client(conn, config)
	err = secured.Handshake()
	if err != nil {
		if leaf := leafOf(err); leaf != nil {
			x.noteCertificate(describeCertificate(leaf))
		}
		return nil, x.fail(err)
	}
	x.leave()
	if chain := secured.ConnectionState().PeerCertificates; len(chain) > 0 {
		x.noteCertificate(describeCertificate(chain[0]))
	}
	return secured, nil
}

func (x *exchange) noteCertificate(c *result.Certificate) {
	x.certificate = c
	x.seen.CertificateExpiration = condition.Measured(time.Until(c.NotAfter))
}

// hangUp closes the connections opened so far.
func (x *exchange) hangUp() {
	if x.release != nil {
		x.release()
		x.release = nil
	}
	for _, conn := range x.conns {
		_ = conn.Close() // the answer has been read; nothing is lost
	}
	x.conns = x.conns[:0]
	x.dropBody()
}

// left is the time until the deadline.
func (x *exchange) left() time.Duration { return time.Until(x.deadline) }
