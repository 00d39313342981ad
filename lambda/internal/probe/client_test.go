package probe

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// relay copies both ways until the upstream is done. Hiding the types keeps the
// kernel's splice out of it, whose pipes are pooled and would count as leaks.
func relay(conn, upstream net.Conn) {
	go func() { _, _ = io.Copy(struct{ io.Writer }{upstream}, struct{ io.Reader }{conn}) }()
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
		w.WriteHeader(http.StatusOK)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
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
	r := probeOne(t, endpoint("https://127.0.0.1:1/", "client: {timeout: 800ms, proxy-url: \"http://"+proxy+"\"}"))
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
