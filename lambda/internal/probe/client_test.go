package probe

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// relay copies both ways until either side is done. Hiding the types keeps the
// kernel's splice out of it, whose pipes are pooled and would count as leaks.
func relay(conn, upstream net.Conn) {
	go func() {
		_, _ = io.Copy(struct{ io.Writer }{upstream}, struct{ io.Reader }{conn})
		upstream.Close()
	}()
	_, _ = io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{upstream})
}

// tunnel is an HTTP proxy that opens every connection it is asked for.
func tunnel(t *testing.T, asked *atomic.Value) string {
	return web(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.RequestURI + " " + r.Header.Get("Proxy-Authorization"))
		if r.Method != http.MethodConnect {
			fmt.Fprint(w, "from the proxy")
			return
		}
		upstream, err := net.Dial("tcp", r.RequestURI)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer upstream.Close()
		conn, _, err := w.(http.Hijacker).Hijack() // before the client goes on, so that the server has read nothing of it
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		relay(conn, upstream)
	})
}

func TestThroughAnHTTPProxy(t *testing.T) {
	var asked atomic.Value
	proxy := strings.Replace(tunnel(t, &asked), "http://", "http://me:pass1234@", 1)
	trusted := newAuthority(t)
	target := serveTLS(t, trusted.issue(t, nil), replay(jsonAnswer(`{"status":"UP"}`)))
	r := probeOne(t, endpoint("https://"+target+"/x", "client: {timeout: 4s, proxy-url: \""+proxy+"\", tls: {ca-file: "+trusted.file(t)+"}}", readsBodyCondition))
	if want := "CONNECT " + target + " Basic " + base64.StdEncoding.EncodeToString([]byte("me:pass1234")); !r.Healthy || asked.Load() != want {
		t.Errorf("%s; the proxy was asked %q, want %q", r.Error, asked.Load(), want)
	}
	r = probeOne(t, endpoint("http://target.invalid/x?y", "client: {timeout: 4s, proxy-url: \""+proxy+"\"}", `conditions: ["[BODY] == from the proxy"]`))
	if !r.Healthy || !strings.HasPrefix(asked.Load().(string), "GET http://target.invalid/x?y") {
		t.Errorf("%s; the proxy was asked %q", r.Error, asked.Load())
	}
}

func TestProxyThatRefuses(t *testing.T) {
	proxy := serve(t, replay("HTTP/1.1 403 Forbidden\r\n\r\n"))
	r := probeOne(t, endpoint("https://127.0.0.1:1/", "client: {timeout: 4s, proxy-url: \"http://"+proxy+"\"}"))
	if r.Class != result.TCPUnreachable || !strings.Contains(r.Error, "does not open a connection to 127.0.0.1:1: it answers 403") {
		t.Errorf("class %q, error %q", r.Class, r.Error)
	}
}

// socks is a SOCKS5 proxy without authentication that connects everything to
// target.
func socks(t *testing.T, target string) string {
	return serve(t, func(conn net.Conn) {
		buffer := make([]byte, 300)
		if _, err := io.ReadFull(conn, buffer[:2]); err != nil {
			return
		}
		_, _ = io.ReadFull(conn, buffer[:buffer[1]])
		_, _ = conn.Write([]byte{5, 0})
		_, _ = io.ReadFull(conn, buffer[:4+1])
		_, _ = io.ReadFull(conn, buffer[:int(buffer[4])+2])
		upstream, err := net.Dial("tcp", target)
		if err != nil {
			_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		defer upstream.Close()
		_, _ = conn.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 80})
		relay(conn, upstream)
	})
}

func TestThroughASOCKSProxy(t *testing.T) {
	noLeaks(t)
	target := serve(t, replay(jsonAnswer(`{"status":"UP"}`)))
	r := probeOne(t, endpoint("http://target.invalid/", "client: {timeout: 4s, proxy-url: \"socks5://"+socks(t, target)+"\"}", readsBodyCondition))
	if !r.Healthy {
		t.Error(r.Error)
	}
	r = probeOne(t, endpoint("http://target.invalid/", "client: {timeout: 4s, proxy-url: \"socks5://"+socks(t, "127.0.0.1:1")+"\"}", readsBodyCondition))
	if r.Class != result.TCPUnreachable || !strings.Contains(r.Error, "does not open a connection to target.invalid:80") {
		t.Errorf("class %q, error %q", r.Class, r.Error)
	}
}

func TestOAuth2TokenIsFetchedOnce(t *testing.T) {
	var tokens atomic.Int32
	issuer := web(t, func(w http.ResponseWriter, r *http.Request) {
		tokens.Add(1)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"tok-123456","token_type":"Bearer","expires_in":3600}`)
	})
	api := web(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization") == "Bearer tok-123456")
	})
	checks := load(t, endpoint(api, "client: {timeout: 4s, oauth2: {token-url: "+issuer+", client-id: id, client-secret: abcdefgh, scopes: [all]}}", `conditions: ["[BODY] == true"]`))
	prober := New(Options{})
	for range 3 {
		if r := prober.Probe(t.Context(), &checks[0]); !r.Healthy {
			t.Fatal(r.Error)
		}
	}
	if n := tokens.Load(); n != 1 {
		t.Errorf("%d tokens fetched for 3 probes, want 1", n)
	}
}

func TestOAuth2RefusalSkipsTheProbe(t *testing.T) {
	issuer := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(401)
		fmt.Fprintf(w, `{"error":"invalid_client","error_description":"%s"}`, "abcdefgh is wrong")
	})
	r := probeOne(t, endpoint("http://127.0.0.1:1/", "client: {timeout: 4s, oauth2: {token-url: "+issuer+", client-id: id, client-secret: abcdefgh, scopes: [all]}}"))
	if r.Class != result.ProbeSkipped || !strings.Contains(r.Error, "401 invalid_client") || strings.Contains(r.Error, "abcdefgh") {
		t.Errorf("class %q, error %q", r.Class, r.Error)
	}
}

// A token is asked for once at a time, however many probes want it and however
// long it takes, and a refusal is kept for a while.
func TestOAuth2TokensAreAskedForOneAtATime(t *testing.T) {
	var asked atomic.Int32
	ask := make(chan struct{})
	issuer := web(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-ask
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	shared := "client: {timeout: 200ms, oauth2: {token-url: " + issuer + ", client-id: id, client-secret: abcdefgh, scopes: [all]}}"
	checks := load(t, endpoint("http://127.0.0.1:1/", shared))
	for range 39 {
		checks = append(checks, checks[0])
	}
	prober := New(Options{})
	before := runtime.NumGoroutine()
	for range 3 {
		for _, r := range prober.Round(t.Context(), checks).Results {
			if r.Class != result.ProbeSkipped || !strings.Contains(r.Error, "no access token from client.oauth2.token-url: no answer in the time that was left") {
				t.Fatalf("class %q, error %q", r.Class, r.Error)
			}
		}
	}
	if n := runtime.NumGoroutine() - before; n > 10 {
		t.Errorf("%d goroutines are left while the token is awaited", n)
	}
	close(ask)
	for i := range checks { // what comes now is to be heard
		checks[i].Timeout = 10 * time.Second
	}
	for range 2 {
		if r := prober.Round(t.Context(), checks).Results[0]; !strings.Contains(r.Error, "it answers 503") {
			t.Errorf("error %q", r.Error)
		}
	}
	if n := asked.Load(); n > 2 { // the credentials can go into the header or the form, and both are tried
		t.Errorf("asked %d times, want one attempt", n)
	}
}

func TestOAuth2SecretIsRotated(t *testing.T) {
	issuer := web(t, func(w http.ResponseWriter, r *http.Request) {
		_, secret, _ := r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"for-%s","token_type":"Bearer","expires_in":3600}`, secret)
	})
	got := make(chan string, 1)
	api := web(t, func(w http.ResponseWriter, r *http.Request) { got <- r.Header.Get("Authorization") })
	checks := load(t, endpoint(api, "client: {timeout: 4s, oauth2: {token-url: "+issuer+", client-id: id, client-secret: \"ssm:/client\", scopes: [all]}}"))
	secret := ""
	prober := New(Options{Secrets: func(context.Context, check.Reference) (string, error) { return secret, nil }})
	for _, secret = range []string{"first-secret", "second-secret"} {
		requireHealthy(t, prober.Probe(t.Context(), &checks[0]))
		if header := <-got; header != "Bearer for-"+secret {
			t.Errorf("sent %q with the secret %q", header, secret)
		}
	}
}

func TestTokenUntil(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		token *oauth2.Token
		err   error
		want  time.Duration
	}{
		{nil, errors.New("refused"), keepRefused},
		{&oauth2.Token{}, nil, keepUndated},
		{&oauth2.Token{Expiry: now.Add(time.Hour)}, nil, time.Hour - tokenMargin},
		{&oauth2.Token{Expiry: now.Add(time.Second)}, nil, time.Second - tokenMargin},
	} {
		if got := tokenUntil(c.token, c.err, now).Sub(now); got != c.want {
			t.Errorf("%+v, %v: kept for %v, want %v", c.token, c.err, got, c.want)
		}
	}
}

// What nobody may use any more does not pile up, such as tokens for secrets of
// the past.
func TestMemoForgetsWhatIsStale(t *testing.T) {
	now := time.Now()
	var m memo[int]
	for i := range 5 {
		if _, err := m.get(t.Context(), strconv.Itoa(i), func() time.Time { return now }, func(context.Context) (int, error) { return i, nil }); err != nil {
			t.Fatal(err)
		}
		now = now.Add(keepFound)
	}
	if len(m.kept) != 1 {
		t.Errorf("%d values are kept, want the last", len(m.kept))
	}
}

// A moment in which the system's certificates cannot be read fails the probes
// of that moment only, and blames no endpoint.
func TestRootsThatCannotBeRead(t *testing.T) {
	private := newAuthority(t)
	checks := load(t, endpoint("https://"+serveTLS(t, private.issue(t, nil), replay(emptyAnswer)), "client: {timeout: 4s, tls: {ca-file: "+private.file(t)+"}}"))
	prober := New(Options{})
	failing := func() (*x509.CertPool, error) { return nil, syscall.EMFILE }
	for _, settings := range []*check.ClientTLS{nil, checks[0].Client.TLS} {
		if pool, err := prober.rootsOf(settings, failing); pool != nil || !errors.Is(err, syscall.EMFILE) {
			t.Errorf("pool %v, error %v", pool, err)
		}
	}
	requireHealthy(t, prober.Probe(t.Context(), &checks[0]))
	if pool, err := prober.rootsOf(checks[0].Client.TLS, failing); pool == nil || err != nil {
		t.Errorf("what has been read is not kept: %v", err)
	}
}

func TestSystemRootsAreShared(t *testing.T) {
	prober := New(Options{})
	first, err := prober.rootsOf(nil, x509.SystemCertPool)
	second, err2 := prober.rootsOf(&check.ClientTLS{ServerName: "other"}, x509.SystemCertPool)
	if err != nil || err2 != nil || first != second {
		t.Errorf("%p and %p (%v, %v), want one pool", first, second, err, err2)
	}
}

func TestSecrets(t *testing.T) {
	var got string
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		w.WriteHeader(403)
		fmt.Fprint(w, "no: ", got)
	})
	text := endpoint(url, `headers: {Authorization: "Bearer secretsmanager:hokusai/api#token"}`, `conditions: ["[STATUS] == 200"]`)
	checks := load(t, text)
	store := func(_ context.Context, ref check.Reference) (string, error) { return "val-" + ref.Key, nil }
	r := New(Options{Secrets: store}).Probe(t.Context(), &checks[0])
	if got != "Bearer val-token" || strings.Contains(r.Error, "val-token") {
		t.Errorf("sent %q; error %q", got, r.Error)
	}
	if r := probeOne(t, text); r.Class != result.ProbeSkipped || !strings.Contains(r.Error, "the probe needs the secret secretsmanager:hokusai/api#token, and no secret store is connected") {
		t.Errorf("class %q, error %q", r.Class, r.Error)
	}
}
