package probe

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestRedirectsAreFollowedAndReported(t *testing.T) {
	noLeaks(t)
	var last *http.Request
	to := web(t, func(w http.ResponseWriter, r *http.Request) { last = r })
	from := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "b?token=verysecretvalue", http.StatusFound)
			return
		}
		http.Redirect(w, r, to+"/end", http.StatusSeeOther)
	})
	r := probeOne(t, endpoint(from+"/a", "method: POST", `body: "x"`, `headers: {Authorization: "Bearer abcdefgh", X-Api-Key: k-123456, Accept: a/b}`, `conditions: ["[STATUS] == 200"]`))
	if !r.Healthy {
		t.Fatal(r.Error)
	}
	if len(r.Redirects) != 2 || r.Redirects[0] != (result.Redirect{URL: from + "/a", Status: 302}) || r.Redirects[1].Status != 303 || strings.Contains(r.Redirects[1].URL, "verysecret") {
		t.Errorf("redirects %+v", r.Redirects)
	}
	if last.Method != "GET" || last.Header.Get("Authorization") != "" || last.Header.Get("X-Api-Key") != "" || last.Header.Get("Accept") != "a/b" {
		t.Errorf("%s with %v: another host must get neither body nor credentials", last.Method, last.Header)
	}
	if "http://"+r.Address != to {
		t.Errorf("address %q, want that of the last hop %q", r.Address, to)
	}
}

func TestRedirectKeepsMethodAndBodyWhereAsked(t *testing.T) {
	var methods []string
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		methods = append(methods, fmt.Sprint(r.Method, " ", r.ContentLength, " ", r.Header.Get("Authorization") != ""))
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusTemporaryRedirect)
		}
	})
	r := probeOne(t, endpoint(url, "method: PUT", `body: "xyz"`, `headers: {Authorization: "Bearer abcdefgh"}`))
	if !r.Healthy || strings.Join(methods, ", ") != "PUT 3 true, PUT 3 true" {
		t.Errorf("%s; %v", r.Error, methods)
	}
}

func TestRedirectFailures(t *testing.T) {
	for _, c := range []struct {
		name, location string
		class          result.Class
		sentence       string
	}{
		{"to itself", "/", result.HTTPRedirectLoop, "redirects more than 10 times; "},
		{"to a file", "file:///etc/passwd", result.HTTPRedirect, "redirects (302) to file:///etc/passwd, which is not http or https"},
		{"to another scheme", "gopher://127.0.0.1:70/", result.HTTPRedirect, "which is not http or https"},
		{"to no URL", "http://[::1", result.HTTPRedirect, "to something that is not a URL"},
		{"to no host", "http:///x", result.HTTPRedirect, "which names no host"},
		{"to a strange port", "http://127.0.0.1:99999/", result.HTTPRedirect, "not a number from 1 to 65535"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			address := serve(t, replay("HTTP/1.1 302 Found\r\nLocation: "+c.location+"\r\nContent-Length: 0\r\n\r\n"))
			r := probeOne(t, endpoint("http://"+address+"/"))
			if r.Healthy || r.Class != c.class || !strings.Contains(r.Error, c.sentence) || len(r.Redirects) == 0 {
				t.Errorf("class %q, error %q, %d redirects", r.Class, r.Error, len(r.Redirects))
			}
		})
	}
}

func TestRedirectsCanBeIgnored(t *testing.T) {
	address := serve(t, replay("HTTP/1.1 301 Moved Permanently\r\nLocation: file:///x\r\nContent-Length: 0\r\n\r\n"))
	r := probeOne(t, endpoint("http://"+address, "client: {timeout: 4s, ignore-redirect: true}", `conditions: ["[STATUS] == 301"]`))
	if !r.Healthy || len(r.Redirects) != 0 {
		t.Errorf("%s, redirects %v", r.Error, r.Redirects)
	}
}

func TestCookiesAreKeptOverRedirectsWhereAsked(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("session"); err == nil && cookie.Value == "abc" {
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "abc", Path: "/"})
		http.Redirect(w, r, "/", http.StatusFound)
	})
	with := probeOne(t, endpoint(url, "client: {timeout: 4s, store-cookies: true}", `conditions: ["[STATUS] == 200"]`))
	without := probeOne(t, endpoint(url, `conditions: ["[STATUS] == 200"]`))
	if !with.Healthy || without.Class != result.HTTPRedirectLoop {
		t.Errorf("with cookies: %q; without: class %q", with.Error, without.Class)
	}
}
