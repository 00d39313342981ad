package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"golang.org/x/net/proxy"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// connectHop opens the connection that a request goes over: straight to the
// host, or through the configured proxy, with TLS where the URL says https.
func (x *exchange) connectHop(ctx context.Context, h *hop) (net.Conn, error) {
	var conn net.Conn
	var err error
	if via := x.check.Client.Proxy; via != nil {
		conn, err = x.connectProxy(ctx, via, h)
	} else {
		conn, err = x.dial(ctx, "tcp", h.host, h.ip, h.port)
	}
	if err != nil || !h.secure {
		return conn, err
	}
	return x.secure(conn, h.host, "http/1.1")
}

func isHTTPProxy(via *url.URL) bool { return via.Scheme == "http" || via.Scheme == "https" }

// connectProxy opens a connection through a proxy. The phases dns and tcp, and
// the address, are then those of the way to the proxy: more is not seen from
// here.
func (x *exchange) connectProxy(ctx context.Context, via *url.URL, h *hop) (net.Conn, error) {
	port, err := strconv.ParseUint(defaultPort(via), 10, 16)
	if err != nil {
		return nil, failf(result.ProbeSkipped, "", err, "client.proxy-url has no usable port")
	}
	ip, _ := netip.ParseAddr(via.Hostname())
	only := x.only
	x.only = netip.Addr{}
	conn, err := x.dial(ctx, "tcp", via.Hostname(), ip, uint16(port))
	x.only = only
	if err != nil {
		return nil, err
	}
	if via.Scheme == "https" {
		if conn, err = x.secure(conn, via.Hostname()); err != nil {
			return nil, err
		}
	}
	switch {
	case via.Scheme == "socks5" || via.Scheme == "socks5h":
		return x.throughSOCKS(ctx, conn, via, h)
	case h.secure:
		return x.throughConnect(conn, via, h)
	default:
		return conn, nil // the proxy gets the whole URL in the request
	}
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

// throughConnect has an HTTP proxy open the way to the host.
func (x *exchange) throughConnect(conn net.Conn, via *url.URL, h *hop) (net.Conn, error) {
	target := net.JoinHostPort(h.host, strconv.Itoa(int(h.port)))
	request := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if via.User != nil {
		password, _ := via.User.Password()
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(via.User.Username()+":"+password)) + "\r\n"
	}
	x.enter(result.PhaseTCP)
	if _, err := conn.Write([]byte(request + "\r\n")); err != nil {
		return nil, x.fail(err)
	}
	// No byte follows the headers of a 200 before we speak, so a buffered
	// reader cannot swallow any of the tunnel.
	response, err := http.ReadResponse(bufio.NewReader(&meteredConn{Conn: conn, x: x, left: maxHeaderBytes}), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, x.fail(err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, failf(result.TCPUnreachable, result.PhaseTCP, nil, "the proxy %s does not open a connection to %s: it answers %d", x.host, target, response.StatusCode)
	}
	x.leave()
	return conn, nil
}

// throughSOCKS has a SOCKS5 proxy open the way to the host.
func (x *exchange) throughSOCKS(ctx context.Context, conn net.Conn, via *url.URL, h *hop) (net.Conn, error) {
	var auth *proxy.Auth
	if via.User != nil {
		password, _ := via.User.Password()
		auth = &proxy.Auth{User: via.User.Username(), Password: password}
	}
	target := net.JoinHostPort(h.host, strconv.Itoa(int(h.port)))
	x.enter(result.PhaseTCP)
	dialer, err := proxy.SOCKS5("tcp", x.host, auth, opened{conn})
	if err != nil {
		return nil, x.fail(err)
	}
	tunnel, err := dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", target)
	if err != nil {
		if isTimeout(err) {
			return nil, x.fail(err)
		}
		return nil, failf(result.TCPUnreachable, result.PhaseTCP, err, "the proxy %s does not open a connection to %s: %s", x.host, target, rootCause(err))
	}
	x.leave()
	_ = tunnel.SetDeadline(x.deadline) // the library clears it
	return tunnel, nil
}

// opened is a dialer that hands out the connection it has.
type opened struct{ conn net.Conn }

func (o opened) Dial(string, string) (net.Conn, error) { return o.conn, nil }
func (o opened) DialContext(context.Context, string, string) (net.Conn, error) {
	return o.conn, nil
}

// tlsConfig is what a check presents and accepts.
func (p *Prober) tlsConfig(c *check.Check, serverName string) (*tls.Config, error) {
	config := &tls.Config{ServerName: serverName, InsecureSkipVerify: c.Client.Insecure}
	settings := c.Client.TLS
	if settings == nil {
		return config, nil
	}
	if settings.ServerName != "" {
		config.ServerName = settings.ServerName
	}
	config.MinVersion = settings.MinVersion
	if !settings.PostQuantum {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	}
	config.Renegotiation = renegotiation[settings.Renegotiation]
	if settings.CertificatePEM != nil {
		pair, err := tls.X509KeyPair(settings.CertificatePEM, settings.PrivateKeyPEM)
		if err != nil {
			return nil, failf(result.ProbeSkipped, result.PhaseTLS, err, "the client certificate of this endpoint cannot be used: %s", rootCause(err))
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if settings.RootsPEM != nil {
		config.RootCAs = p.rootsOf(settings)
	}
	return config, nil
}

var renegotiation = map[string]tls.RenegotiationSupport{
	"never": tls.RenegotiateNever, "once": tls.RenegotiateOnceAsClient, "freely": tls.RenegotiateFreelyAsClient,
}

// rootsOf is the system's pool with the configured authorities, parsed once.
func (p *Prober) rootsOf(settings *check.ClientTLS) *x509.CertPool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pool, ok := p.roots[settings]; ok {
		return pool
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(settings.RootsPEM)
	p.roots[settings] = pool
	return pool
}

// readsBody reports whether a condition of the check reads the body.
func readsBody(c *check.Check) bool {
	for _, conditions := range [][]*condition.Condition{c.Conditions, c.Warnings} {
		for _, one := range conditions {
			for _, reads := range one.Reads() {
				if reads == "[BODY]" {
					return true
				}
			}
		}
	}
	return false
}
