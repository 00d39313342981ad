package probe

import (
	"crypto/tls"
	"net"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestTLSHandshakeAndCertificate(t *testing.T) {
	noLeaks(t)
	trusted := newAuthority(t)
	address := serveTLS(t, trusted.issue(t, nil), hold)
	client := "client: {timeout: 4s, tls: {ca-file: " + trusted.file(t) + "}}"
	r := probeOne(t, endpoint("tls://"+address, client, `conditions: ["[CONNECTED] == true", "[CERTIFICATE_EXPIRATION] > 29d"]`))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp tls")
	if r.Certificate == nil || r.Certificate.Issuer != "CN=Test Authority" {
		t.Errorf("certificate %+v", r.Certificate)
	}
	r = probeOne(t, endpoint("tls://"+address, client, `conditions: ["[CERTIFICATE_EXPIRATION] > 31d"]`))
	verify(t, r, hostile{class: result.AssertValue, phase: result.PhaseAssert, sentence: "[CERTIFICATE_EXPIRATION]"})
}

func TestTLSBody(t *testing.T) {
	noLeaks(t)
	trusted := newAuthority(t)
	address := serveTLS(t, trusted.issue(t, nil), replies("PONG"))
	r := probeOne(t, endpoint("tls://"+address, "body: PING", wantsPong, "client: {timeout: 4s, tls: {ca-file: "+trusted.file(t)+"}}"))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp tls write ttfb")
}

func TestTLSInsecure(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("tls://"+serveTLS(t, selfSigned(t), hold), "client: {timeout: 4s, insecure: true}"))
	requireHealthy(t, r)
	if r.Certificate == nil {
		t.Error("the certificate is not shown")
	}
}

func TestTLSHostile(t *testing.T) {
	certificate := newAuthority(t).issue(t, nil)
	for _, c := range []hostile{
		{name: "garbage", handle: replies("\x00\xff\x1b[2J\x07garbage"), class: result.TLSNotTLS, sentence: "does not speak TLS on that port"},
		{name: "endless", handle: flood(false, "x"), class: result.TLSNotTLS, sentence: "does not speak TLS on that port"},
		{name: "one byte at a time", handle: dripRaw(false, "\x16\x03\x03\x40\x00\x02aaaaaaaaaaaaaaaaaaaaaaaaaaaa"), class: result.TLSTimeout, sentence: "did not finish the TLS handshake within 400ms"},
		{name: "wants a client certificate", handle: nil, class: result.TLSHandshake, sentence: "certificate required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			c.phase = result.PhaseTLS
			lines := []string{timeoutFor(c.class)}
			address := ""
			if c.handle != nil {
				address = serve(t, c.handle)
			} else {
				address = serve(t, mutual(certificate))
				lines = []string{"client: {timeout: 4s, insecure: true}", "body: PING"}
				c.phase = result.PhaseTTFB // the refusal comes after the client's handshake has ended
			}
			verify(t, probeOne(t, endpoint("tls://"+address, lines...)), c)
		})
	}
}

// mutual is a server that wants a certificate of its clients.
func mutual(certificate tls.Certificate) func(net.Conn) {
	return func(conn net.Conn) {
		secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert})
		if secured.Handshake() != nil {
			hold(conn) // a reset could overtake the alert
		}
	}
}

func newTLSConfig(certificate tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}

// withoutALPN is a server that does not negotiate what is spoken over TLS.
func withoutALPN(certificate tls.Certificate) func(net.Conn) {
	return func(conn net.Conn) {
		secured := tls.Server(conn, newTLSConfig(certificate))
		if secured.Handshake() == nil {
			hold(secured)
		}
	}
}
