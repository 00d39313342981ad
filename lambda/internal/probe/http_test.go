package probe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// web starts net/http's server, which other clients' requests are judged by.
func web(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func TestHTTPHealthy(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Version", "7")
		fmt.Fprint(w, `{"status":"UP","items":[{"id":1000000}]}`)
	})
	r := probeOne(t, endpoint(url+"/health?deep=1",
		`conditions: ["[STATUS] == 200", "[BODY].status == UP", "[BODY].items[0].id == 1000000", "[HEADERS].x-version == 7", "[RESPONSE_TIME] < 4000", "[TTFB] < 4000", "[CONNECTED] == true", "[IP] == 127.0.0.1"]`))
	if !r.Healthy || r.Class != "" || r.Error != "" || r.Status != 200 {
		t.Fatalf("%+v", r)
	}
	got, err := json.Marshal(r.Phases)
	if err != nil {
		t.Fatal(err)
	}
	var phases map[string]float64
	if err := json.Unmarshal(got, &phases); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tcp", "write", "ttfb", "body"} {
		if _, ok := phases[name]; !ok {
			t.Errorf("phase %s is missing in %s", name, got)
		}
	}
	if len(phases) != 4 {
		t.Errorf("phases %s: an address needs no dns and plain HTTP no tls", got)
	}
}

func TestHTTPSendsTheConfiguredRequest(t *testing.T) {
	var got *http.Request
	var body []byte
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	})
	r := probeOne(t, endpoint(url+"/a%20b?q=1&r=%2F", "method: POST", `headers: {Host: api.example.com, X-One: "1", Accept: text/plain}`, `body: '{"name":"[ENDPOINT_NAME]","n":"[RANDOM_STRING_5]"}'`))
	if !r.Healthy {
		t.Fatal(r.Error)
	}
	for what, pair := range map[string][2]string{
		"method": {got.Method, "POST"}, "host": {got.Host, "api.example.com"}, "uri": {got.RequestURI, "/a%20b?q=1&r=%2F"},
		"header": {got.Header.Get("X-One"), "1"}, "accept": {got.Header.Get("Accept"), "text/plain"}, "protocol": {got.Proto, "HTTP/1.1"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s %q, want %q", what, pair[0], pair[1])
		}
	}
	var sent struct{ Name, N string }
	if err := json.Unmarshal(body, &sent); err != nil || sent.Name != "e" || len(sent.N) != 5 {
		t.Errorf("body %q: placeholders must be filled in", body)
	}
	if !strings.HasPrefix(got.Header.Get("User-Agent"), "Tidewatch/") {
		t.Errorf("User-Agent %q", got.Header.Get("User-Agent"))
	}
}

// Every probe opens one connection and sends one request, whatever the server
// does with it: a checker that retries hides failures and hurts the sick.
func TestHTTPAsksOnce(t *testing.T) {
	var conns atomic.Int32
	address := serve(t, func(conn net.Conn) { conns.Add(1); readRequest(conn) })
	probeOne(t, endpoint("http://"+address))
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections to a server that closes without an answer, want 1", n)
	}
}

func TestHTTPUnhealthyStatusQuotesTheBody(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(503)
		fmt.Fprint(w, "<h1>503 \x1b[31mupstream\nconnect error</h1>"+strings.Repeat(" more", 200))
	})
	r := probeOne(t, endpoint(url, `conditions: ["[STATUS] == 200"]`))
	if r.Class != result.HTTPStatus || r.Phase != result.PhaseAssert || r.Status != 503 {
		t.Errorf("class %q, phase %q, status %d", r.Class, r.Phase, r.Status)
	}
	if !strings.Contains(r.Error, "answered 503 Service Unavailable, but not as expected: [STATUS] (503) == 200") || !strings.Contains(r.Error, "upstream") {
		t.Errorf("error %q", r.Error)
	}
	if strings.ContainsAny(r.Error, "\x1b\n") || len(r.Error) > 300+200 {
		t.Errorf("the quote is not cleaned or too long (%d bytes): %q", len(r.Error), r.Error)
	}
}

func TestHTTPSecretsAreNotQuoted(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		fmt.Fprintf(w, "bad credential %s", r.Header.Get("Authorization"))
	})
	r := probeOne(t, endpoint(url+"/?token=hunter2hunter2", `headers: {Authorization: "Custom s3cr3t-v4lue"}`, `conditions: ["[STATUS] == 200", "[BODY] == fine"]`))
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"s3cr3t-v4lue", "hunter2hunter2"} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%q shows in %s", secret, text)
		}
	}
}

// Values of variables show nowhere if they stand in a request, or if their name
// says that they are secrets; others do, since reports would say little.
func TestHTTPVariablesAreNotShown(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		fmt.Fprintf(w, "%s %s %s", r.Header.Get("X-Team"), r.URL.RawQuery, r.Header.Get("Authorization"))
	})
	env := map[string]string{"TEAM": "team-in-header", "API_TOKEN": "token-in-url", "WANTED_SECRET": "secret-in-condition", "PASSWORD": "user-password", "VERSION": "v-1.2.3"}
	config, report := check.Load(check.Source{
		Name: "test.yaml", Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Data: []byte(fmt.Sprintf(`endpoints:
  - name: e
    url: "%s/${VERSION}?q=${API_TOKEN}"
    headers: {X-Team: "${TEAM}"}
    conditions: ["[STATUS] == 200", "[BODY] == ${WANTED_SECRET}"]
  - name: f
    url: "%s/?p"
    conditions: ["[STATUS] == 200"]
`, url, strings.Replace(url, "//", "//me:${PASSWORD}@", 1))),
	})
	if config == nil {
		t.Fatal(report.Messages)
	}
	for i := range config.Checks {
		r := New(Options{}).Probe(t.Context(), &config.Checks[i])
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range env {
			if shows := bytes.Contains(text, []byte(value)); shows && name != "VERSION" {
				t.Errorf("the value of %s shows in %s", name, text)
			}
		}
		if i == 0 && !bytes.Contains(text, []byte("v-1.2.3")) {
			t.Errorf("the harmless variable does not show in %s", text)
		}
	}
}

func TestHTTPDegradedIsHealthy(t *testing.T) {
	url := web(t, func(http.ResponseWriter, *http.Request) {})
	r := probeOne(t, endpoint(url, `conditions: ["[STATUS] == 200"]`, `warn-conditions: ["[RESPONSE_TIME] < 0"]`))
	if !r.Healthy || !r.Degraded || r.Class != "" || !slices.ContainsFunc(r.Conditions, func(c result.Condition) bool { return c.Warning && !c.Healthy }) {
		t.Errorf("%+v", r)
	}
}

func TestTransportFailureIsUnhealthyUnlessAsserted(t *testing.T) {
	url := "http://" + nettest.Refused(t)
	for _, c := range []struct {
		conditions string
		healthy    bool
	}{
		{`["[RESPONSE_TIME] < 500"]`, false},
		{`["[STATUS] != 500"]`, false},
		{`["[CONNECTED] == true"]`, false},
		{`["[CONNECTED] == false"]`, true},
		{`["[CONNECTED] == false", "[STATUS] == 200"]`, false},
	} {
		r := probeOne(t, endpoint(url, "conditions: "+c.conditions))
		if r.Healthy != c.healthy || (!c.healthy && r.Class != result.TCPRefused) {
			t.Errorf("%s: healthy %v, class %q", c.conditions, r.Healthy, r.Class)
		}
	}
}

func TestHTTPGzip(t *testing.T) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write([]byte(`{"status":"UP"}`))
	writer.Close()
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	if r := probeOne(t, endpoint(url, readsBodyCondition)); !r.Healthy {
		t.Error(r.Error)
	}
}

func TestHTTPEarlyRefusalOfALargeRequest(t *testing.T) {
	address := serve(t, func(conn net.Conn) {
		_, _ = conn.Write([]byte("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"))
		_, _ = io.CopyN(io.Discard, conn, 100)
	})
	r := probeOne(t, endpoint("http://"+address, "method: POST", `body: "`+strings.Repeat("x", 1<<16)+`"`, `conditions: ["[STATUS] == 413"]`))
	if !r.Healthy {
		t.Errorf("status %d: %s", r.Status, r.Error)
	}
}

func TestHTTPProvisionalAnswersAreSkipped(t *testing.T) {
	address := serve(t, replay("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+jsonAnswer(`{"status":"UP"}`)))
	if r := probeOne(t, endpoint("http://"+address, readsBodyCondition)); !r.Healthy {
		t.Error(r.Error)
	}
}

func TestHTTPAnswersWithoutBody(t *testing.T) {
	for _, c := range []struct{ method, answer, want string }{
		{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", "[STATUS] == 200"},
		{"GET", "HTTP/1.1 204 No Content\r\n\r\n", "[STATUS] == 204"},
		{"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", "[STATUS] == 304"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", "[BODY] == "},
		{"GET", "HTTP/1.0 200 OK\r\n\r\nold", "[BODY] == old"},
		{"GET", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "[STATUS] == 302"},
	} {
		if c.want == "[BODY] == " {
			c.want = "len([BODY]) == 0"
		}
		address := serve(t, replay(c.answer))
		if r := probeOne(t, endpoint("http://"+address, "method: "+c.method, `conditions: ["`+c.want+`"]`)); !r.Healthy {
			t.Errorf("%s, %q: %s", c.method, c.answer, r.Error)
		}
	}
}

func TestHTTPSOverAName(t *testing.T) {
	noLeaks(t)
	trusted := newAuthority(t)
	address := serveTLS(t, trusted.issue(t, nil), func(conn net.Conn) {
		if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil && strings.HasPrefix(request.Host, "localhost:") {
			replay(jsonAnswer(`{"status":"UP"}`))(nopReader{conn})
		}
	})
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	r := probeOne(t, endpoint("https://localhost:"+port, "client: {timeout: 4s, tls: {ca-file: "+trusted.file(t)+"}}",
		`conditions: ["[STATUS] == 200", "[CERTIFICATE_EXPIRATION] > 29d", "[CERTIFICATE_EXPIRATION] < 31d", "[TLS_TIME] < 2s", "[DNS_TIME] < 2s"]`))
	if !r.Healthy {
		t.Fatal(r.Error)
	}
	if r.Certificate == nil || !slices.Contains(r.Certificate.Names, "localhost") || r.Address != address {
		t.Errorf("certificate %+v, address %q, want the names and %q", r.Certificate, r.Address, address)
	}
}

// nopReader is a connection whose request has been read already.
type nopReader struct{ net.Conn }

func (nopReader) Read(p []byte) (int, error) { return copy(p, "\r\n\r\n"), nil }

func TestOnePanicIsOneFailure(t *testing.T) {
	kinds["panics"] = func(context.Context, *exchange) error { panic("index out of range") }
	defer delete(kinds, "panics")
	url := web(t, func(http.ResponseWriter, *http.Request) {})
	checks := load(t, endpoint(url)+strings.Replace(endpoint(url), "name: e", "name: f", 1))
	checks[0].Kind = "panics"
	round := New(Options{}).Round(t.Context(), checks)
	if r := round.Results[0]; r.Healthy || r.Class != result.ProbeInternal || !strings.Contains(r.Error, "index out of range") || !strings.Contains(r.Error, "TestOnePanicIsOneFailure") {
		t.Errorf("class %q, error %q: want the panic and its place", r.Class, r.Error)
	}
	if !round.Results[1].Healthy {
		t.Error("the other probe did not survive")
	}
}

func TestEveryAddressIsProbed(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	handle := func(conn net.Conn) {
		mu.Lock()
		asked[conn.LocalAddr().String()]++
		mu.Unlock()
		replay(jsonAnswer(`{"status":"UP"}`))(conn)
	}
	address := serve(t, handle)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	resolver := nameserver(t, answerA("127.0.0.1", "127.0.0.3"))
	r := probeOne(t, endpoint("http://two.example:"+port, "client: {timeout: 4s, every-address: true, dns-resolver: \"udp://"+resolver+"\"}"))
	if r.Healthy || r.Class != result.TCPRefused || !strings.HasPrefix(r.Error, "1 of 2 addresses fail: ") {
		t.Errorf("class %q, error %q: half of the users have an outage", r.Class, r.Error)
	}
	if len(r.Addresses) != 2 || !r.Addresses[0].Healthy || r.Addresses[1].Healthy || r.Addresses[0].Address != "127.0.0.1" || r.Addresses[1].Address != "127.0.0.3" {
		t.Errorf("addresses %+v", r.Addresses)
	}
	if asked[address] != 1 {
		t.Errorf("asked %v", asked)
	}
}

func TestTimeoutOptionCapsEveryProbe(t *testing.T) {
	address := serve(t, hold)
	checks := load(t, endpoint("http://"+address, "client: {timeout: 10s}"))
	r := New(Options{Timeout: 100 * time.Millisecond}).Probe(t.Context(), &checks[0])
	if r.Class != result.HTTPTimeout || time.Duration(r.Duration) > 5*time.Second || !strings.Contains(r.Error, "within 100ms") {
		t.Errorf("class %q after %v: %s", r.Class, time.Duration(r.Duration), r.Error)
	}
}
