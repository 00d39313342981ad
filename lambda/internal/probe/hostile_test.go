package probe

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
)

const readsBodyCondition = `conditions: ["[STATUS] == 200", "[BODY].status == UP"]`

// hostile is a server that misbehaves, and what a probe of it must say.
type hostile struct {
	name     string
	handle   func(net.Conn)
	lines    []string // of the endpoint
	class    result.Class
	phase    result.Phase
	sentence string // part of it
}

func endless(head, chunk string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		_, err := conn.Write([]byte(head))
		for err == nil {
			_, err = conn.Write([]byte(chunk))
		}
	}
}

// drip sends head at once and text a byte every 50 ms, which stands for one
// byte a second at a timeout of 4 s.
func drip(head, text string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		_, _ = conn.Write([]byte(head))
		for i := range len(text) {
			if _, err := conn.Write([]byte{text[i]}); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// reset closes with a TCP reset instead of an orderly end.
func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func hold(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 1<<16))
	_, _ = conn.Read(make([]byte, 1<<16)) // until the probe gives up
}

func gzipBomb() string {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(make([]byte, 8<<20))
	writer.Close()
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", packed.Len(), packed.String())
}

func TestHostileServers(t *testing.T) {
	for _, c := range []hostile{
		{"endless body", endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 1<<14)), []string{readsBodyCondition}, result.HTTPTooLarge, result.PhaseBody, "more than 1048576 bytes, the limit set by client.max-body-size"},
		{"endless chunked body", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n"), []string{readsBodyCondition}, result.HTTPTooLarge, result.PhaseBody, "client.max-body-size"},
		{"endless headers", endless("HTTP/1.1 200 OK\r\n", "X-Filler: "+strings.Repeat("x", 1000)+"\r\n"), nil, result.HTTPTooLarge, result.PhaseBody, "more than 64 KiB of headers"},
		{"endless header line", endless("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("x", 1000)), nil, result.HTTPTooLarge, result.PhaseBody, "more than 64 KiB of headers"},
		{"endless status line", endless("HTTP/1.1 200 ", strings.Repeat("x", 1000)), nil, result.HTTPTooLarge, result.PhaseBody, "more than 64 KiB of headers"},
		{"many header lines", replay("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", maxHeaderLines) + "\r\n"), nil, result.HTTPTooLarge, result.PhaseBody, "more than 500 lines of headers"},
		{"many header lines, then silence", func(c net.Conn) { replay("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\n", maxHeaderLines))(c); hold(c) }, nil, result.HTTPTooLarge, result.PhaseBody, "more than 500 lines of headers"},
		{"many header lines after a 1xx", replay("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n" + strings.Repeat("a:\n", maxHeaderLines+10) + "\r\n"), nil, result.HTTPTooLarge, result.PhaseBody, "more than 500 lines of headers"},
		{"one byte a second, headers", drip("", "HTTP/1.1 200 OK\r\nServer: slow\r\n\r\n"), nil, result.HTTPTimeout, result.PhaseBody, "was not complete within 400ms"},
		{"one byte a second, body", drip("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", strings.Repeat("x", 100)), nil, result.HTTPTimeout, result.PhaseBody, "was not complete within 400ms"},
		{"gzip bomb", replay(gzipBomb()), []string{readsBodyCondition}, result.HTTPTooLarge, result.PhaseBody, "client.max-body-size"},
		{"not gzip", replay("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\nnot compressed at all"), []string{readsBodyCondition}, result.HTTPProtocol, result.PhaseBody, "compressed body is damaged (gzip: invalid header)"},
		{"content length too long", replay("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), nil, result.HTTPEOF, result.PhaseBody, "in the middle of the answer"},
		{"content length not a number", replay("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), nil, result.HTTPProtocol, result.PhaseBody, "does not follow the protocol"},
		{"content length negative", replay("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), nil, result.HTTPProtocol, result.PhaseBody, "does not follow the protocol"},
		{"chunk of no size", replay("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), nil, result.HTTPProtocol, result.PhaseBody, "does not follow the protocol"},
		{"closes at once", func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite(); hold(c) }, nil, result.HTTPEOF, result.PhaseTTFB, "closed the connection without an answer"},
		{"closes before the answer", func(c net.Conn) { readRequest(c) }, nil, result.HTTPEOF, result.PhaseTTFB, "closed the connection without an answer"},
		{"closes in the headers", replay("HTTP/1.1 200 OK\r\nServer: x"), nil, result.HTTPEOF, result.PhaseBody, "in the middle of its headers"},
		{"resets before the answer", func(c net.Conn) { readRequest(c); reset(c) }, nil, result.TCPReset, result.PhaseTTFB, "reset the connection instead of answering"},
		{"resets in the body", func(c net.Conn) {
			replay("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")(c)
			time.Sleep(20 * time.Millisecond) // lets the bytes arrive before the reset discards them
			reset(c)
		}, nil, result.TCPReset, result.PhaseBody, "reset the connection in the middle of the answer"},
		{"never answers", hold, nil, result.HTTPTimeout, result.PhaseTTFB, "accepted the connection but sent no answer within 400ms"},
		{"1xx storm", endless("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), nil, result.HTTPProtocol, result.PhaseTTFB, "more than 10 provisional (1xx) answers"},
		{"1xx, then silence", func(c net.Conn) { replay("HTTP/1.1 103 Early Hints\r\n\r\n")(c); hold(c) }, nil, result.HTTPTimeout, result.PhaseTTFB, "sent no answer within 400ms"},
		{"not HTTP", replay("SSH-2.0-OpenSSH_9.6\r\n"), nil, result.HTTPProtocol, result.PhaseBody, "does not follow the protocol"},
		{"escape sequences", replay("\x1b[2J\x1b]0;owned\x07 200\r\n\r\n"), nil, result.HTTPProtocol, result.PhaseBody, "does not follow the protocol"},
		{"a JSON array where an object is expected", replay(jsonAnswer(`[{"message":"internal error"}]`)), []string{readsBodyCondition}, result.AssertBody, result.PhaseAssert, "[BODY].status (INVALID) == UP"},
		{"a JSON scalar where an object is expected", replay(jsonAnswer(`42`)), []string{`conditions: ["[BODY].data[0].id == 1"]`}, result.AssertBody, result.PhaseAssert, "[BODY].data[0].id (INVALID) == 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			address := serve(t, c.handle)
			r := probeOne(t, endpoint("http://"+address+"/health", append(c.lines, timeoutFor(c.class))...))
			verify(t, r, c)
		})
	}
}

// verify holds a result against what a hostile server must lead to.
func verify(t *testing.T, r result.Result, want hostile) {
	t.Helper()
	if r.Healthy || r.Class != want.class || r.Phase != want.phase || !strings.Contains(r.Error, want.sentence) {
		t.Errorf("healthy %v, class %q, phase %q, error %q; want class %q, phase %q, error with %q",
			r.Healthy, r.Class, r.Phase, r.Error, want.class, want.phase, want.sentence)
	}
	if strings.ContainsAny(r.Error, "\x1b\r\n") {
		t.Errorf("the sentence holds control characters: %q", r.Error)
	}
}

func jsonAnswer(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// Lines of a body that come with the headers are no lines of headers, and the
// headers of provisional answers none of the final one.
func TestManyLinesThatAreNoHeaders(t *testing.T) {
	noLeaks(t)
	block := strings.Repeat("A: b\r\n", maxHeaderLines-2) + "\r\n"
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("\n", 4000),
		"HTTP/1.1 200 OK\r\n" + block + strings.Repeat("x: y\n", 4000),
		"HTTP/1.1 103 Early Hints\r\n" + block + "HTTP/1.1 200 OK\r\n" + block,
	} {
		requireHealthy(t, probeOne(t, endpoint("http://"+serve(t, replay(answer)), patient, `conditions: ["[STATUS] == 200"]`)))
	}
}

// A server that wants a client certificate says so after the handshake, when a
// long request is under way and fails as well.
func TestRefusalOfTheCertificateDuringALongRequest(t *testing.T) {
	certificate := newAuthority(t).issue(t, nil)
	at := serve(t, func(conn net.Conn) {
		_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert}).Handshake()
		time.Sleep(50 * time.Millisecond) // lets the alert arrive before the reset
	})
	for _, size := range []int{0, 10, 100_000, 2_000_000} {
		r := probeOne(t, endpoint("https://"+at, "client: {timeout: 4s, insecure: true}", "method: POST", `body: "`+strings.Repeat("x", size)+`"`))
		verify(t, r, hostile{class: result.TLSHandshake, phase: result.PhaseTTFB, sentence: "certificate required"})
	}
}

// What a probe did not ask for cannot fail it.
func TestEndlessBodyIsHarmlessWhereNobodyReadsIt(t *testing.T) {
	noLeaks(t)
	address := serve(t, endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 1<<14)))
	r := probeOne(t, endpoint("http://"+address, `conditions: ["[STATUS] == 200"]`))
	if !r.Healthy || r.Error != "" {
		t.Errorf("healthy %v, error %q; want a healthy endpoint", r.Healthy, r.Error)
	}
}

func TestSurplusBodyIsNotRead(t *testing.T) {
	noLeaks(t)
	address := serve(t, replay("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUPand more"))
	r := probeOne(t, endpoint("http://"+address, `conditions: ["[BODY] == UP"]`))
	if !r.Healthy {
		t.Errorf("unhealthy: %s", r.Error)
	}
}

func TestUnreachableServers(t *testing.T) {
	closed := nettest.Refused(t)
	for _, c := range []struct {
		address string
		hostile
	}{
		{closed, hostile{name: "refused", class: result.TCPRefused, phase: result.PhaseTCP, sentence: closed + " refused the connection: nothing listens on that port"}},
		{blackhole(t), hostile{name: "black hole", class: result.TCPTimeout, phase: result.PhaseTCP, sentence: "did not answer the connection attempt within 400ms"}},
		{"255.255.255.255:80", hostile{name: "no route", class: result.TCPUnreachable, phase: result.PhaseTCP, sentence: "there is no route to 255.255.255.255:80"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint("http://"+c.address, timeoutFor(c.class)))
			verify(t, r, c.hostile)
			if r.Address != c.address {
				t.Errorf("address %q, want the one that was dialled, %q", r.Address, c.address)
			}
			if _, ok := r.Phases.Get(result.PhaseTCP); ok {
				t.Error("the tcp phase has a duration although no connection came about")
			}
		})
	}
}

func TestHostileTLS(t *testing.T) {
	trusted := newAuthority(t)
	ca := ", tls: {ca-file: " + trusted.file(t) + "}}"
	issue := func(change func(*x509.Certificate)) func(testing.TB) string {
		return func(t testing.TB) string {
			return serveTLS(t, trusted.issue(t, change), replay(jsonAnswer(`{"status":"UP"}`)))
		}
	}
	for _, c := range []struct {
		serve func(testing.TB) string
		hostile
		certified bool // the certificate must be reported
	}{
		{issue(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-80*time.Hour), time.Now().Add(-72*time.Hour-time.Minute)
		}), hostile{name: "expired", class: result.TLSExpired, phase: result.PhaseTLS, sentence: "3 days ago"}, true},
		{issue(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }),
			hostile{name: "not yet valid", class: result.TLSNotYetValid, phase: result.PhaseTLS, sentence: "is not valid before"}, true},
		{issue(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"api.hokus.ai"} }),
			hostile{name: "wrong name", class: result.TLSName, phase: result.PhaseTLS, sentence: "is for api.hokus.ai, not for this name"}, true},
		{issue(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
			hostile{name: "not for servers", class: result.TLSUntrusted, phase: result.PhaseTLS, sentence: "not trusted here"}, true},
		{func(t testing.TB) string { return serveTLS(t, newAuthority(t).issue(t, nil), replay("")) },
			hostile{name: "unknown authority", class: result.TLSUntrusted, phase: result.PhaseTLS, sentence: "is issued by CN=Test Authority, which is not trusted here"}, true},
		{func(t testing.TB) string { return serveTLS(t, selfSigned(t), replay("")) },
			hostile{name: "self-signed", class: result.TLSUntrusted, phase: result.PhaseTLS, sentence: "is signed by itself (CN=me)"}, true},
		{func(t testing.TB) string {
			return serve(t, func(c net.Conn) {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			})
		},
			hostile{name: "TLS to a plain port", class: result.TLSNotTLS, phase: result.PhaseTLS, sentence: "does not speak TLS"}, false},
		{func(t testing.TB) string { return serve(t, hold) },
			hostile{name: "silent in the handshake", class: result.TLSTimeout, phase: result.PhaseTLS, sentence: "did not finish the TLS handshake within 400ms"}, false},
		{func(t testing.TB) string {
			return serve(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })
		}, hostile{name: "closes in the handshake", class: result.TLSHandshake, phase: result.PhaseTLS, sentence: "closed the connection during the TLS handshake"}, false},
		{func(t testing.TB) string {
			return serve(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)); reset(c) })
		}, hostile{name: "resets in the handshake", class: result.TCPReset, phase: result.PhaseTLS, sentence: "reset the connection during the TLS handshake"}, false},
		{func(t testing.TB) string {
			return serve(t, func(c net.Conn) {
				_ = tls.Server(c, &tls.Config{MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10, Certificates: []tls.Certificate{trusted.issue(t, nil)}}).Handshake()
			})
		}, hostile{name: "old protocol", class: result.TLSHandshake, phase: result.PhaseTLS, sentence: "the TLS handshake with"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint("https://"+c.serve(t), strings.TrimSuffix(timeoutFor(c.class), "}")+ca))
			verify(t, r, c.hostile)
			if c.certified != (r.Certificate != nil) {
				t.Fatalf("certificate %+v, want one: %v", r.Certificate, c.certified)
			}
			if c.certified && (r.Certificate.Issuer == "" || r.Certificate.NotAfter.IsZero() || len(r.Certificate.Names) == 0) {
				t.Errorf("the certificate lacks issuer, dates or names: %+v", r.Certificate)
			}
		})
	}
}

func TestPlainToTLSPort(t *testing.T) {
	noLeaks(t)
	address := serveTLS(t, newAuthority(t).issue(t, nil), hold)
	r := probeOne(t, endpoint("http://"+address))
	if r.Class != result.HTTPEOF && r.Class != result.HTTPProtocol {
		t.Errorf("class %q (%s), want the end of the connection or a TLS alert where HTTP is expected", r.Class, r.Error)
	}
}

func selfSigned(t testing.TB) tls.Certificate {
	t.Helper()
	a := newAuthority(t)
	template := *a.certificate
	template.Subject.CommonName, template.SerialNumber = "me", big.NewInt(7)
	template.RawSubject = nil // or the authority's would be kept
	template.IPAddresses, template.DNSNames = []net.IP{net.IPv4(127, 0, 0, 1)}, []string{"localhost"}
	template.IsCA = false
	der, err := x509.CreateCertificate(nil, &template, &template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}
