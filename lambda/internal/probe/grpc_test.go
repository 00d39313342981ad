package probe

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

const wantsServing = `conditions: ["[CONNECTED] == true", "[BODY].status == SERVING"]`

// healthService is a real HTTP/2 server that answers health checks with a
// framed message and a status.
func healthService(message, status, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc+proto")
		w.Header().Set("Trailer", "Grpc-Status, Grpc-Message")
		_, _ = w.Write([]byte(message))
		w.Header().Set("Grpc-Status", status)
		w.Header().Set("Grpc-Message", text)
	}
}

const (
	serving    = "\x00\x00\x00\x00\x02\x08\x01"
	notServing = "\x00\x00\x00\x00\x02\x08\x02"
)

// h2Server serves HTTP/2 without TLS.
func h2Server(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handle)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestGRPCServing(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("grpc://"+h2Server(t, healthService(serving, "0", "")), wantsServing, patient))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp write ttfb body")
	if r.Status != 0 {
		t.Errorf("status %d: a gRPC call has none", r.Status)
	}
}

func TestGRPCStatus(t *testing.T) {
	for message, want := range map[string]string{
		notServing:                     `{"status":"NOT_SERVING"}`,
		"\x00\x00\x00\x00\x00":         `{"status":"UNKNOWN"}`,
		"\x00\x00\x00\x00\x02\x08\x03": `{"status":"SERVICE_UNKNOWN"}`,
		"\x00\x00\x00\x00\x02\x08\x09": `{"status":"9"}`,
	} {
		t.Run(want, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint("grpc://"+h2Server(t, healthService(message, "0", "")), wantsServing, patient))
			verify(t, r, hostile{class: result.AssertBody, phase: result.PhaseAssert, sentence: "it says: " + want})
		})
	}
}

func TestGRPCRequest(t *testing.T) {
	noLeaks(t)
	type seen struct {
		request *http.Request
		body    string
	}
	asked := make(chan seen, 1)
	address := h2Server(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- seen{r, string(body)}
		healthService(serving, "0", "")(w, r)
	})
	long := strings.Repeat("x", 40<<10) // more than one frame of headers
	r := probeOne(t, endpoint("grpc://"+address, wantsServing, "client: {timeout: 4s}", "grpc: {service: hokus.Registry}",
		`headers: {Authorization: "Bearer abcdefgh", Host: api.example, X-Long: `+long+`, Connection: close}`))
	requireHealthy(t, r)
	got := <-asked
	if got.body != string(healthRequest("hokus.Registry")) || !strings.HasSuffix(got.body, "\x0a\x0ehokus.Registry") {
		t.Errorf("body %q", got.body)
	}
	h := got.request.Header
	if got.request.URL.Path != "/grpc.health.v1.Health/Check" || got.request.Host != "api.example" || got.request.Method != http.MethodPost ||
		h.Get("Content-Type") != "application/grpc" || h.Get("Te") != "trailers" || h.Get("Authorization") != "Bearer abcdefgh" || h.Get("X-Long") != long ||
		h.Get("User-Agent") != userAgent || !strings.HasSuffix(h.Get("Grpc-Timeout"), "m") {
		t.Errorf("asked %s %s %s with %v", got.request.Method, got.request.Host, got.request.URL, h)
	}
}

func TestGRPCS(t *testing.T) {
	trusted := newAuthority(t)
	client := "client: {timeout: 4s, tls: {ca-file: " + trusted.file(t) + "}}"
	t.Run("healthy", func(t *testing.T) {
		noLeaks(t)
		server := httptest.NewUnstartedServer(healthService(serving, "0", ""))
		server.EnableHTTP2 = true
		server.TLS = newTLSConfig(trusted.issue(t, nil))
		server.StartTLS()
		t.Cleanup(server.Close)
		r := probeOne(t, endpoint("grpcs://"+server.Listener.Addr().String(), client, `conditions: ["[BODY].status == SERVING", "[CERTIFICATE_EXPIRATION] > 29d"]`))
		requireHealthy(t, r)
		verifyPhases(t, r, "tcp tls write ttfb body")
	})
	t.Run("no HTTP/2", func(t *testing.T) {
		noLeaks(t)
		r := probeOne(t, endpoint("grpcs://"+serve(t, withoutALPN(trusted.issue(t, nil))), client))
		verify(t, r, hostile{class: result.HTTPProtocol, phase: result.PhaseTLS, sentence: "speaks TLS but does not offer HTTP/2 (ALPN h2), which gRPC needs"})
	})
	t.Run("plain to a TLS port", func(t *testing.T) {
		noLeaks(t)
		const alert = "\x15\x03\x01\x00\x02\x02\x0a"
		r := probeOne(t, endpoint("grpc://"+serve(t, replies(alert)), patient))
		verify(t, r, hostile{class: result.HTTPProtocol, phase: result.PhaseTTFB, sentence: "it speaks TLS there; use grpcs://"})
	})
}

func TestGRPCFailedCalls(t *testing.T) {
	page := func(status int, kind string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<h1>no healthy target</h1>\x1b[2J"))
		}
	}
	trailersOnly := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", "12")
		w.Header().Set("Grpc-Message", "unknown service grpc.health.v1.Health%1B")
	}
	for _, c := range []struct {
		name     string
		handle   http.HandlerFunc
		class    result.Class
		sentence string
		phases   string
	}{
		{"no health service", trailersOnly, result.HTTPStatus, "speaks gRPC but has no health service (UNIMPLEMENTED: unknown service grpc.health.v1.Health␛)", "tcp write ttfb"},
		{"unknown service", healthService("", "5", "unknown"), result.HTTPStatus, `does not know the service "a.B" (NOT_FOUND: unknown)`, "tcp write ttfb body"},
		{"unavailable", healthService("", "14", "100% gone"), result.HTTPStatus, "answered the gRPC health check with UNAVAILABLE: 100% gone", "tcp write ttfb body"},
		{"code out of range", healthService("", "99", ""), result.HTTPStatus, "answered the gRPC health check with code 99", "tcp write ttfb body"},
		{"status not a number", healthService("", "fine", ""), result.HTTPProtocol, "ended the gRPC call without a usable status", "tcp write ttfb body"},
		{"no message", healthService("", "0", ""), result.HTTPProtocol, "something that is no health: it holds no message", "tcp write ttfb body"},
		{"half a message", healthService(serving[:6], "0", ""), result.HTTPProtocol, "something that is no health: its length is wrong", "tcp write ttfb body"},
		{"garbage message", healthService("\x00\x00\x00\x00\x02\xff\xff", "0", ""), result.HTTPProtocol, "its message cannot be decoded", "tcp write ttfb body"},
		{"compressed", healthService("\x01"+serving[1:], "0", ""), result.HTTPProtocol, "its message is compressed", "tcp write ttfb body"},
		{"endless message", healthService(strings.Repeat("x", 1<<20), "0", ""), result.HTTPTooLarge, "sent more than 16 KiB of answer to the gRPC call", "tcp write ttfb"},
		{"load balancer", page(http.StatusServiceUnavailable, "text/html"), result.HTTPStatus, "answered the gRPC call with HTTP 503 Service Unavailable; it says: <h1>no healthy target</h1>␛[2J", "tcp write ttfb body"},
		{"web page", page(http.StatusOK, "text/html"), result.HTTPProtocol, "answered the gRPC call with text/html instead of application/grpc; it says: <h1>", "tcp write ttfb body"},
		{"no status", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/grpc")
			_, _ = w.Write([]byte(serving))
		}, result.HTTPProtocol, "ended the gRPC call without a usable status", "tcp write ttfb body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint("grpc://"+h2Server(t, c.handle), "grpc: {service: a.B}", wantsServing, patient))
			phase := result.PhaseAssert
			if c.class == result.HTTPTooLarge {
				phase = result.PhaseBody
			}
			verify(t, r, hostile{class: c.class, phase: phase, sentence: c.sentence})
			verifyPhases(t, r, c.phases)
		})
	}
}

func TestHealthRequest(t *testing.T) {
	for service, want := range map[string]string{"": "\x00\x00\x00\x00\x00", "a.B": "\x00\x00\x00\x00\x05\x0a\x03a.B"} {
		if got := string(healthRequest(service)); got != want {
			t.Errorf("%q: %q, want %q", service, got, want)
		}
	}
}

func FuzzParseHealth(f *testing.F) {
	f.Add([]byte(serving))
	f.Add([]byte("\x00\x00\x00\x00\x0d\x12\x03abc\x08\x02\x1d....\x21........"[:18]))
	f.Add([]byte("\x00\x00\x00\x00\x02\xff\xff"))
	f.Add([]byte("\x01"))
	f.Fuzz(func(t *testing.T, framed []byte) {
		status, err := parseHealth(framed)
		if err != nil && status != 0 {
			t.Errorf("both %d and %v", status, err)
		}
	})
}
