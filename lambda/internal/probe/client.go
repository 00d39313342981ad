package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"

	"hokus.ai/tidewatch/lambda/check"
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

// tlsConfig is what a check presents to its endpoint and accepts from it.
func (p *Prober) tlsConfig(c *check.Check, serverName string) (*tls.Config, error) {
	config, err := p.trust(c, serverName)
	settings := c.Client.TLS
	if err != nil || settings == nil {
		return config, err
	}
	if settings.ServerName != "" {
		config.ServerName = settings.ServerName
	}
	config.Renegotiation = renegotiation[settings.Renegotiation]
	if settings.CertificatePEM != nil {
		pair, err := tls.X509KeyPair(settings.CertificatePEM, settings.PrivateKeyPEM)
		if err != nil {
			return nil, failf(result.ProbeSkipped, result.PhaseTLS, err, "the client certificate of this endpoint cannot be used: %s", rootCause(err))
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// trust is what a check accepts from any server on the way.
func (p *Prober) trust(c *check.Check, serverName string) (*tls.Config, error) {
	config := &tls.Config{ServerName: serverName, InsecureSkipVerify: c.Client.Insecure}
	settings := c.Client.TLS
	if settings != nil {
		config.MinVersion = settings.MinVersion
		if !settings.PostQuantum {
			config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
		}
	}
	if c.Client.Insecure {
		return config, nil
	}
	var err error
	if config.RootCAs, err = p.rootsOf(settings, x509.SystemCertPool); err != nil {
		return nil, failf(result.ProbeInternal, result.PhaseTLS, err, "the checker could not read the certificates that the system trusts: %s; this says nothing about the endpoint", rootCause(err))
	}
	return config, nil
}

var renegotiation = map[string]tls.RenegotiationSupport{
	"never": tls.RenegotiateNever, "once": tls.RenegotiateOnceAsClient, "freely": tls.RenegotiateFreelyAsClient,
}

// rootsOf is the system's pool with the configured authorities, read once. A
// pool that could not be read is not kept: the process may have been short of
// descriptors at that moment. For the same reason crypto/tls is not left to
// read the system's pool by itself, which it tries only once.
func (p *Prober) rootsOf(settings *check.ClientTLS, system func() (*x509.CertPool, error)) (*x509.CertPool, error) {
	if settings != nil && settings.RootsPEM == nil {
		settings = nil // the system's alone, which all share
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if pool, ok := p.roots[settings]; ok {
		return pool, nil
	}
	pool, err := system()
	if err != nil {
		return nil, err
	}
	if settings != nil {
		pool.AppendCertsFromPEM(settings.RootsPEM)
	}
	p.roots[settings] = pool
	return pool, nil
}

// readsBody reports whether a condition of the check reads the body.
func readsBody(c *check.Check) bool { return reads(c, "[BODY]") }
