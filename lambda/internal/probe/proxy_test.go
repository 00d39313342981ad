package probe

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Behind a proxy that does its part, faults are the target's.
func TestFaultsBehindAProxyAreTheTargets(t *testing.T) {
	noLeaks(t)
	var asked atomic.Value
	trusted := newAuthority(t)
	certificate := trusted.issue(t, nil)
	for _, c := range []struct {
		hostile
		secure bool
	}{
		{hostile{name: "silent in the handshake", handle: hold, class: result.TLSTimeout, phase: result.PhaseTLS, sentence: "did not finish the TLS handshake"}, false},
		{hostile{name: "closes in the handshake", handle: func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }, class: result.TLSHandshake, phase: result.PhaseTLS, sentence: "closed the connection during the TLS handshake"}, false},
		{hostile{name: "silent", handle: hold, class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "sent no answer"}, true},
		{hostile{name: "closes in the headers", handle: replay("HTTP/1.1 200 OK\r\nA"), class: result.HTTPEOF, phase: result.PhaseBody, sentence: "closed the connection in the middle of its headers"}, true},
	} {
		target := ""
		if c.secure {
			target = serveTLS(t, certificate, c.handle)
		} else {
			target = serve(t, c.handle)
		}
		for _, proxy := range []string{tunnel(t, &asked), "socks5://" + socks(t, target)} {
			named := strings.Replace(target, "127.0.0.1", "localhost", 1) // all that the SOCKS proxy understands
			r := probeOne(t, endpoint("https://"+named+"/", fmt.Sprintf("%s, proxy-url: %q, tls: {ca-file: %s}}", strings.TrimSuffix(timeoutFor(c.class), "}"), proxy, trusted.file(t))))
			verify(t, r, c.hostile)
			_, address, _ := strings.Cut(proxy, "://")
			if want := named + " (through proxy " + address + ")"; !strings.HasPrefix(r.Error, want) {
				t.Errorf("error %q does not begin with %q", r.Error, want)
			}
			if r.Address != address {
				t.Errorf("address %q, want that of the proxy %q", r.Address, address)
			}
		}
	}
}

func TestProxyWithoutTunnelIsNamedBesideTheTarget(t *testing.T) {
	noLeaks(t)
	at := serve(t, hold)
	r := probeOne(t, endpoint("http://target.invalid/", "client: {timeout: 400ms, proxy-url: \"http://"+at+"\"}"))
	verify(t, r, hostile{class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "target.invalid:80 (through proxy " + at + ")"})
}

func TestProxiesThatOpenNoConnection(t *testing.T) {
	told := func(class result.Class, sentence string) hostile {
		return hostile{class: class, phase: result.PhaseTCP, sentence: sentence}
	}
	for _, scheme := range []string{"http", "socks5"} {
		for _, c := range []struct {
			handle func(net.Conn)
			hostile
		}{
			{hold, told(result.TCPTimeout, "the proxy PROXY accepted the connection but did not open one to target.invalid:443 within 400ms")},
			{func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }, told(result.TCPReset, "the proxy PROXY closed the connection instead of opening one to target.invalid:443")},
			{func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)); reset(c) }, told(result.TCPReset, "the proxy PROXY closed the connection instead of opening one to target.invalid:443")},
			{says("garbage\r\n\r\n"), told(result.TCPUnreachable, "the proxy PROXY does not open a connection to target.invalid:443: ")},
		} {
			t.Run(scheme+"/"+string(c.class), func(t *testing.T) {
				noLeaks(t)
				at := serve(t, c.handle)
				c.sentence = strings.ReplaceAll(c.sentence, "PROXY", at)
				verify(t, probeOne(t, endpoint("https://target.invalid/", strings.TrimSuffix(timeoutFor(c.class), "}")+", proxy-url: \""+scheme+"://"+at+"\"}")), c.hostile)
			})
		}
	}
	for answer, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxHeaderBytes): "headers too large",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("a: b\r\n", 1000):         "too many headers",
		"HTTP/1.1 407 No\r\n\r\n":                                        "it answers 407",
	} {
		r := probeOne(t, endpoint("https://target.invalid/", "client: {timeout: 4s, proxy-url: \"http://"+serve(t, replay(answer))+"\"}"))
		verify(t, r, told(result.TCPUnreachable, "does not open a connection to target.invalid:443: "+want))
	}
}

// A proxy behind TLS is asked for its own name, and gets no certificate that is
// meant for the endpoint.
func TestHTTPSProxyIsNotTheEndpoint(t *testing.T) {
	noLeaks(t)
	trusted := newAuthority(t)
	names := make(chan string, 1)
	config := newTLSConfig(trusted.issue(t, nil))
	config.ClientAuth = tls.RequestClientCert
	config.NextProtos = nil
	at := serve(t, func(conn net.Conn) {
		secured := tls.Server(conn, config)
		if secured.Handshake() != nil {
			return
		}
		state := secured.ConnectionState()
		names <- fmt.Sprintf("%s %d", state.ServerName, len(state.PeerCertificates))
		replay(jsonAnswer(`{"status":"UP"}`))(secured)
	})
	_, port, _ := net.SplitHostPort(at)
	checks := load(t, endpoint("http://app.example/", "client: {timeout: 4s, proxy-url: \"https://localhost:"+port+"\", tls: {server-name: app.example, ca-file: "+trusted.file(t)+"}}", readsBodyCondition))
	checks[0].Client.TLS.CertificatePEM, checks[0].Client.TLS.PrivateKeyPEM = keyPair(t, trusted)
	r := New(Options{}).Probe(t.Context(), &checks[0])
	requireHealthy(t, r)
	if got := <-names; got != "localhost 0" {
		t.Errorf("server name and client certificates %q, want localhost and none", got)
	}
	if r.Certificate != nil {
		t.Errorf("the proxy's certificate is reported as the endpoint's: %+v", r.Certificate)
	}
}

// keyPair is a certificate as client.tls has it.
func keyPair(t testing.TB, a *authority) (certificate, key []byte) {
	t.Helper()
	issued := a.issue(t, nil)
	der, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
