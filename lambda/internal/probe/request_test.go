package probe

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// requests serves answers, one per request, and tells what was asked.
func requests(t *testing.T, answers ...string) (address string, asked chan string) {
	asked = make(chan string, len(answers))
	left := make(chan string, len(answers))
	for _, answer := range answers {
		left <- answer
	}
	return serve(t, func(conn net.Conn) {
		asked <- readRequest(conn)
		_, _ = conn.Write([]byte(<-left))
	}), asked
}

const emptyAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

func TestRequestTargets(t *testing.T) {
	noLeaks(t)
	for target, want := range map[string]string{
		"/x?q=a b":          "/x?q=a%20b",
		"/x y":              "/x%20y",
		"/ü?q=ü":            "/%C3%BC?q=%C3%BC",
		"/a%2Fb;c?x=%zz":    "/a%2Fb;c?x=%zz",
		"/?q={\"a\":[1|2]}": "/?q={\"a\":[1|2]}",
		"?x":                "/?x",
		"":                  "/",
	} {
		at, asked := requests(t, emptyAnswer)
		r := probeOne(t, endpoint("http://"+at+target, patient, `conditions: ["[STATUS] == 200"]`))
		line, _, _ := strings.Cut(<-asked, "\r\n")
		if line != "GET "+want+" HTTP/1.1" || !r.Healthy {
			t.Errorf("%q is asked as %q: %s", target, line, r.Error)
		}
	}
}

func TestRequestTargetOfARedirect(t *testing.T) {
	noLeaks(t)
	at, asked := requests(t, "HTTP/1.1 302 Found\r\nLocation: /ä b?q=a b&ö\r\nContent-Length: 0\r\n\r\n", emptyAnswer)
	requireHealthy(t, probeOne(t, endpoint("http://"+at, patient, `conditions: ["[STATUS] == 200"]`)))
	<-asked
	if line, _, _ := strings.Cut(<-asked, "\r\n"); line != "GET /%C3%A4%20b?q=a%20b&%C3%B6 HTTP/1.1" {
		t.Errorf("asked %q", line)
	}
}

func TestAppendTargetLeavesNothingRaw(t *testing.T) {
	for c := range 256 {
		for _, b := range appendTarget(nil, "/"+string([]byte{byte(c)})) {
			if b <= ' ' || b >= 0x7f {
				t.Errorf("%#x stands raw", b)
			}
		}
	}
}

// Servers read only the first of several Cookie headers.
func TestCookiesGoInOneHeader(t *testing.T) {
	noLeaks(t)
	at, asked := requests(t, "HTTP/1.1 302 Found\r\nSet-Cookie: a=1\r\nSet-Cookie: b=\"2 3\"\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", emptyAnswer)
	r := probeOne(t, endpoint("http://"+at, "client: {timeout: 4s, store-cookies: true}", `headers: {Cookie: "z=0"}`, `conditions: ["[STATUS] == 200"]`))
	requireHealthy(t, r)
	first, second := <-asked, <-asked
	if want := "\r\nCookie: z=0\r\n"; !strings.Contains(first, want) {
		t.Errorf("%q lacks %q", first, want)
	}
	if want := "\r\nCookie: z=0; a=1; b=\"2 3\"\r\n"; !strings.Contains(second, want) || strings.Count(second, "Cookie:") != 1 {
		t.Errorf("%q has not just %q", second, want)
	}
}

func TestRequestToAProxyIsAuthorized(t *testing.T) {
	noLeaks(t)
	for headers, want := range map[string]string{
		"headers: {}": "Basic bWU6cGFzczEyMzQ=",
		`headers: {Proxy-Authorization: "Other x"}`: "Other x",
	} {
		seen := make(chan http.Header, 1)
		at := strings.TrimPrefix(web(t, func(w http.ResponseWriter, r *http.Request) {
			seen <- r.Header
			w.WriteHeader(http.StatusProxyAuthRequired)
			_, _ = w.Write([]byte("pass1234 and bWU6cGFzczEyMzQ= are wrong"))
		}), "http://")
		r := probeOne(t, endpoint("http://target.invalid", "client: {timeout: 4s, proxy-url: \"http://me:pass1234@"+at+"\"}", headers, `conditions: ["[STATUS] == 200"]`))
		if got := (<-seen).Values("Proxy-Authorization"); len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
		if !strings.Contains(r.Error, "answered 407") || strings.Contains(r.Error, "pass1234") || strings.Contains(r.Error, "bWU6") {
			t.Errorf("error %q", r.Error)
		}
	}
}
