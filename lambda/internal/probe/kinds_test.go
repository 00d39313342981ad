package probe

import (
	"context"
	"crypto/x509"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Probes that will time out do it soon; all others get the time that a busy
// machine may need.
const (
	soon    = "client: {timeout: 400ms}"
	patient = "client: {timeout: 4s}"
)

// timeoutFor is the client section for a probe that will end in the class.
func timeoutFor(class result.Class) string {
	switch class {
	case result.TCPTimeout, result.TLSTimeout, result.HTTPTimeout:
		return soon
	}
	return patient
}

// streams are the ways in which the kinds of probes use a TCP connection.
var streams = []struct {
	scheme     string
	lines      []string
	speaksTLS  bool // from the first byte
	waitsFirst bool // for the server to speak
}{
	{scheme: "tcp", lines: []string{"body: ping"}},
	{scheme: "tls", speaksTLS: true},
	{scheme: "starttls", waitsFirst: true},
	{scheme: "ws"},
	{scheme: "wss", speaksTLS: true},
	{scheme: "grpc"},
	{scheme: "grpcs", speaksTLS: true},
	{scheme: "ssh", waitsFirst: true},
}

// phasesOf lists the phases that have a duration.
func phasesOf(r result.Result) string {
	var names []string
	for _, p := range result.MeasuredPhases {
		if _, ok := r.Phases.Get(p); ok {
			names = append(names, string(p))
		}
	}
	return strings.Join(names, " ")
}

func verifyPhases(t *testing.T, r result.Result, want string) {
	t.Helper()
	if got := phasesOf(r); got != want {
		t.Errorf("phases %q, want %q", got, want)
	}
}

func requireHealthy(t *testing.T, r result.Result) {
	t.Helper()
	if !r.Healthy || r.Class != "" || r.Error != "" {
		t.Fatalf("healthy %v, class %q, error %q; want a healthy endpoint; conditions %+v", r.Healthy, r.Class, r.Error, r.Conditions)
	}
}

// flood reads what the client sends first, if it does, and then sends text
// without end.
func flood(waits bool, text string) func(net.Conn) {
	return func(conn net.Conn) {
		if !waits {
			_, _ = conn.Read(make([]byte, 4096))
		}
		var err error
		for err == nil {
			_, err = conn.Write([]byte(strings.Repeat(text, 1+4096/len(text))))
		}
	}
}

// dripRaw sends a byte every 50 ms.
func dripRaw(waits bool, text string) func(net.Conn) {
	return func(conn net.Conn) {
		if !waits {
			_, _ = conn.Read(make([]byte, 4096))
		}
		for i := range len(text) {
			if _, err := conn.Write([]byte{text[i]}); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

func TestEveryKindIsProbed(t *testing.T) {
	for _, info := range check.Kinds {
		if kinds[info.Kind] == nil {
			t.Errorf("%s is configured but not probed", info.Kind)
		}
	}
	if len(kinds) != len(check.Kinds) {
		t.Errorf("%d kinds are probed, %d can be configured", len(kinds), len(check.Kinds))
	}
}

func TestStreamRefused(t *testing.T) {
	for _, s := range streams {
		t.Run(s.scheme, func(t *testing.T) {
			noLeaks(t)
			address := nettest.Refused(t)
			r := probeOne(t, endpoint(s.scheme+"://"+address, append(s.lines, patient)...))
			verify(t, r, hostile{class: result.TCPRefused, phase: result.PhaseTCP, sentence: address + " refused the connection: nothing listens on that port"})
			verifyPhases(t, r, "")
			if r.Address != address {
				t.Errorf("address %q, want %q", r.Address, address)
			}
		})
	}
}

func TestStreamBlackHoled(t *testing.T) {
	address := blackhole(t)
	for _, s := range streams {
		t.Run(s.scheme, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint(s.scheme+"://"+address, append(s.lines, soon)...))
			verify(t, r, hostile{class: result.TCPTimeout, phase: result.PhaseTCP, sentence: "did not answer the connection attempt within 400ms"})
			verifyPhases(t, r, "")
		})
	}
}

func TestStreamSilentAfterAccept(t *testing.T) {
	for _, s := range streams {
		t.Run(s.scheme, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint(s.scheme+"://"+serve(t, hold), append(s.lines, soon)...))
			want := hostile{class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "accepted the connection but sent no answer within 400ms"}
			phases := "tcp write"
			if s.waitsFirst {
				phases = "tcp"
			}
			if s.speaksTLS {
				want = hostile{class: result.TLSTimeout, phase: result.PhaseTLS, sentence: "did not finish the TLS handshake within 400ms"}
				phases = "tcp"
			}
			verify(t, r, want)
			verifyPhases(t, r, phases)
		})
	}
}

func TestStreamClosedEarly(t *testing.T) {
	for _, s := range streams {
		t.Run(s.scheme, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint(s.scheme+"://"+serve(t, func(conn net.Conn) {
				if !s.waitsFirst {
					_, _ = conn.Read(make([]byte, 4096))
				}
			}), append(s.lines, patient)...))
			want := hostile{class: result.HTTPEOF, phase: result.PhaseTTFB, sentence: "closed the connection without an answer"}
			if s.speaksTLS {
				want = hostile{class: result.TLSHandshake, phase: result.PhaseTLS, sentence: "closed the connection during the TLS handshake"}
			}
			verify(t, r, want)
		})
	}
}

// untilAwaited returns when somebody waits for bytes to come: for a server that
// speaks first the only sign that its client has connected.
func untilAwaited() {
	stacks := make([]byte, 1<<20)
	for began := time.Now(); time.Since(began) < 4*time.Second; time.Sleep(time.Millisecond) {
		for one := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if strings.Contains(one, "[IO wait") && strings.Contains(one, "net.(*conn).Read(") {
				return
			}
		}
	}
}

func TestStreamReset(t *testing.T) {
	for _, s := range streams {
		t.Run(s.scheme, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint(s.scheme+"://"+serve(t, func(conn net.Conn) {
				if !s.waitsFirst {
					_, _ = conn.Read(make([]byte, 4096))
				}
				untilAwaited() // a reset at once can hit the connection attempt itself
				reset(conn)
			}), append(s.lines, patient)...))
			want := hostile{class: result.TCPReset, phase: result.PhaseTTFB, sentence: "reset the connection instead of answering"}
			if s.speaksTLS {
				want = hostile{class: result.TCPReset, phase: result.PhaseTLS, sentence: "reset the connection during the TLS handshake"}
			}
			verify(t, r, want)
		})
	}
}

func TestTLSToPlainPort(t *testing.T) {
	for _, s := range streams {
		if !s.speaksTLS {
			continue
		}
		for name, says := range map[string]string{"HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH": "SSH-2.0-OpenSSH_9.6\r\n"} {
			t.Run(s.scheme+" "+name, func(t *testing.T) {
				noLeaks(t)
				r := probeOne(t, endpoint(s.scheme+"://"+serve(t, func(conn net.Conn) {
					_, _ = conn.Read(make([]byte, 4096))
					_, _ = conn.Write([]byte(says))
				}), append(s.lines, patient)...))
				verify(t, r, hostile{class: result.TLSNotTLS, phase: result.PhaseTLS, sentence: "does not speak TLS on that port"})
				verifyPhases(t, r, "tcp")
			})
		}
	}
}

// Every kind that makes a handshake refuses the same certificates, and shows
// them.
func TestCertificatesOfEveryKind(t *testing.T) {
	trusted := newAuthority(t)
	client := "client: {timeout: 4s, tls: {ca-file: " + trusted.file(t) + "}}"
	for _, c := range []struct {
		name     string
		change   func(*x509.Certificate)
		class    result.Class
		sentence string
	}{
		{"expired", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-80*time.Hour), time.Now().Add(-72*time.Hour-time.Minute)
		}, result.TLSExpired, "3 days ago"},
		{"wrong name", func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"mail.hokus.ai"} }, result.TLSName, "is for mail.hokus.ai, not for this name"},
		{"self-signed", nil, result.TLSUntrusted, "is signed by itself (CN=me)"},
	} {
		certificate := selfSigned(t)
		if c.change != nil {
			certificate = trusted.issue(t, c.change)
		}
		for scheme, phases := range map[string]string{"tls": "tcp", "wss": "tcp", "grpcs": "tcp", "starttls": "tcp write ttfb"} {
			t.Run(c.name+" "+scheme, func(t *testing.T) {
				noLeaks(t)
				address := ""
				if scheme == "starttls" {
					address = serve(t, mailServer(certificate))
				} else {
					address = serveTLS(t, certificate, hold)
				}
				r := probeOne(t, endpoint(scheme+"://"+address, client))
				verify(t, r, hostile{class: c.class, phase: result.PhaseTLS, sentence: c.sentence})
				verifyPhases(t, r, phases)
				if r.Certificate == nil || r.Certificate.Issuer == "" || r.Certificate.NotAfter.IsZero() {
					t.Errorf("the certificate is not shown: %+v", r.Certificate)
				}
			})
		}
	}
}

// A probe that is cut off says so, and does not blame the endpoint.
func TestCancelledProbes(t *testing.T) {
	for _, s := range streams {
		t.Run(s.scheme, func(t *testing.T) {
			noLeaks(t)
			lines := append(s.lines, "client: {timeout: 30s}")
			checks := load(t, endpoint(s.scheme+"://"+serve(t, hold), lines...))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			r := New(Options{}).Probe(ctx, &checks[0])
			if r.Class != result.ProbeSkipped || !strings.Contains(r.Error, "was stopped before it ended") {
				t.Errorf("class %q (%s), want a probe that was stopped", r.Class, r.Error)
			}
			if took := time.Duration(r.Duration); took > 10*time.Second {
				t.Errorf("took %v after the cancellation, of a timeout of 30 s", took)
			}
		})
	}
}
