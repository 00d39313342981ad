package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"golang.org/x/net/proxy"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func isHTTPProxy(via *url.URL) bool { return via.Scheme == "http" || via.Scheme == "https" }

// proxied is a way through a proxy to one target.
type proxied struct {
	x      *exchange
	via    *url.URL
	proxy  string // as sentences name it
	target string // host:port
}

// connectProxy opens a connection through a proxy. The phases dns and tcp, and
// the address, are then those of the way to the proxy: more is not seen from
// here. Once the proxy has agreed, what goes wrong is said of the target.
func (x *exchange) connectProxy(ctx context.Context, via *url.URL, h *hop) (net.Conn, error) {
	x.secrets = append(x.secrets, proxySecrets(via)...)
	conn, err := x.dialProxy(ctx, via)
	if err != nil {
		return nil, err
	}
	way := proxied{x: x, via: via, proxy: x.where(), target: net.JoinHostPort(h.host, strconv.Itoa(int(h.port)))}
	switch {
	case !isHTTPProxy(via):
		conn, err = way.throughSOCKS(ctx, conn)
	case h.secure:
		err = way.throughConnect(conn)
	default: // the proxy gets the whole URL in the request
	}
	if err != nil {
		return nil, err
	}
	x.host = way.target + " (through proxy " + x.host + ")"
	return conn, nil
}

// dialProxy opens the connection to the proxy itself.
func (x *exchange) dialProxy(ctx context.Context, via *url.URL) (net.Conn, error) {
	port, err := strconv.ParseUint(defaultPort(via), 10, 16)
	if err != nil {
		return nil, failf(result.ProbeSkipped, "", err, "client.proxy-url has no usable port")
	}
	ip, _ := netip.ParseAddr(via.Hostname())
	only := x.only
	x.only = netip.Addr{}
	conn, err := x.dial(ctx, "tcp", via.Hostname(), ip, uint16(port))
	x.only = only
	if err != nil || via.Scheme != "https" {
		return conn, err
	}
	return x.secureProxy(conn, via)
}

// secureProxy makes the TLS connection to a proxy. Certificate and server name
// that are configured are for the endpoint, and so is what is reported of a
// certificate.
func (x *exchange) secureProxy(conn net.Conn, via *url.URL) (net.Conn, error) {
	config, err := x.prober.trust(x.check, via.Hostname())
	if err != nil {
		return nil, err
	}
	x.enter(result.PhaseTLS)
	secured := tls.Client(conn, config)
	if err := secured.Handshake(); err != nil {
		return nil, x.fail(err)
	}
	x.leave()
	return secured, nil
}

func defaultPort(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	case u.Scheme == "http":
		return "80"
	default:
		return "1080"
	}
}

// throughConnect has an HTTP proxy open the way to the target.
func (w proxied) throughConnect(conn net.Conn) error {
	x := w.x
	request := "CONNECT " + w.target + " HTTP/1.1\r\nHost: " + w.target + "\r\n"
	if w.via.User != nil {
		request += "Proxy-Authorization: " + basic(w.via.User) + "\r\n"
	}
	x.enter(result.PhaseTCP)
	if _, err := conn.Write([]byte(request + "\r\n")); err != nil {
		return w.failure(err)
	}
	// No byte follows the headers of a 200 before we speak, so a buffered
	// reader cannot swallow any of the tunnel.
	metered := &meteredConn{Conn: conn, x: x, left: maxHeaderBytes, lines: new(headerLines)}
	response, err := http.ReadResponse(bufio.NewReader(metered), &http.Request{Method: http.MethodConnect})
	if err != nil {
		if metered.ended != nil { // the parser complains about the half of a line
			err = metered.ended
		}
		return w.failure(err)
	}
	if response.StatusCode != http.StatusOK {
		return failf(result.TCPUnreachable, result.PhaseTCP, nil, "the proxy %s does not open a connection to %s: it answers %d", w.proxy, w.target, response.StatusCode)
	}
	x.leave()
	x.received = 0 // that was no part of the answer
	return nil
}

// throughSOCKS has a SOCKS5 proxy open the way to the target.
func (w proxied) throughSOCKS(ctx context.Context, conn net.Conn) (net.Conn, error) {
	x := w.x
	var auth *proxy.Auth
	if w.via.User != nil {
		password, _ := w.via.User.Password()
		auth = &proxy.Auth{User: w.via.User.Username(), Password: password}
	}
	x.enter(result.PhaseTCP)
	dialer, err := proxy.SOCKS5("tcp", x.host, auth, opened{conn})
	if err != nil {
		return nil, x.fail(err)
	}
	// The library sets the context's deadline in place of ours, and none
	// when it is done.
	bounded, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	tunnel, err := dialer.(proxy.ContextDialer).DialContext(bounded, "tcp", w.target)
	if err != nil {
		return nil, w.failure(err)
	}
	x.leave()
	x.guard(ctx, tunnel)
	return tunnel, nil
}

// failure says what the proxy, which had accepted our connection, did instead
// of opening one to the target.
func (w proxied) failure(err error) *Failure {
	switch class := classify(result.PhaseTCP, err); class {
	case result.ProbeInternal, result.ProbeSkipped:
		return w.x.fail(err)
	case result.TCPTimeout:
		return failf(class, result.PhaseTCP, err, "the proxy %s accepted the connection but did not open one to %s within %s", w.proxy, w.target, w.x.check.Timeout)
	case result.TCPReset:
		return failf(class, result.PhaseTCP, err, "the proxy %s closed the connection instead of opening one to %s", w.proxy, w.target)
	default:
		return failf(result.TCPUnreachable, result.PhaseTCP, err, "the proxy %s does not open a connection to %s: %s", w.proxy, w.target, rootCause(err))
	}
}

// basic is the header value with which a proxy's user proves who they are.
func basic(user *url.Userinfo) string {
	password, _ := user.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
}

// proxySecrets are what must not be quoted of a proxy's URL.
func proxySecrets(via *url.URL) []string {
	password, ok := via.User.Password()
	if !ok || password == "" {
		return nil
	}
	return []string{password, basic(via.User)[len("Basic "):]}
}

// opened is a dialer that hands out the connection it has.
type opened struct{ conn net.Conn }

func (o opened) Dial(string, string) (net.Conn, error) { return o.conn, nil }
func (o opened) DialContext(context.Context, string, string) (net.Conn, error) {
	return o.conn, nil
}
