package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// fakeRegistry is IANA and the registry of .com and .co.uk on one loopback
// port; handle answers questions about domains.
type fakeRegistry struct {
	url    string
	handle http.HandlerFunc

	mu    sync.Mutex
	asked []string // paths, in order
}

func newFakeRegistry(t testing.TB, handle http.HandlerFunc) *fakeRegistry {
	f := &fakeRegistry{handle: handle}
	f.url = web(t, func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked = append(f.asked, r.URL.Path)
		f.mu.Unlock()
		if r.URL.Path == "/dns.json" {
			fmt.Fprintf(w, `{"version":"1.0","services":[[["com","uk"],["%s/v1/"]],[["org"],["ftp://no.example/"]]]}`, f.url)
			return
		}
		f.handle(w, r)
	})
	return f
}

func (f *fakeRegistry) paths() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// prober asks the fake instead of IANA.
func (f *fakeRegistry) prober() *Prober {
	p := New(Options{})
	p.registry.bootstrap = f.url + "/dns.json"
	return p
}

// expiresIn answers with a registration that ends after the duration.
func expiresIn(d time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"objectClassName":"domain","events":[{"eventAction":"registration","eventDate":"1997-09-15T04:00:00Z"},{"eventAction":"expiration","eventDate":%q}]}`,
			time.Now().Add(d).UTC().Format(time.RFC3339))
	}
}

// named starts a proxy that answers for every host, so that names need not
// exist, and returns what writes an endpoint there that wants 30 more days of
// registration.
func named(t testing.TB) func(name, host, timeout string) string {
	proxy := web(t, func(http.ResponseWriter, *http.Request) {})
	return func(name, host, timeout string) string {
		return fmt.Sprintf(`  - name: %s
    url: http://%s/
    conditions: ["[STATUS] == 200", "[DOMAIN_EXPIRATION] > 720h"]
    client: {timeout: %s, proxy-url: %q}
`, name, host, timeout, proxy)
	}
}

// probeShop probes www.shop.com once.
func probeShop(t *testing.T, p *Prober, timeout string) result.Result {
	t.Helper()
	return p.Probe(t.Context(), &load(t, named(t)("e", "www.shop.com", timeout))[0])
}

func TestDomainExpiration(t *testing.T) {
	f := newFakeRegistry(t, expiresIn(90*24*time.Hour))
	if r := probeShop(t, f.prober(), "2s"); !r.Healthy || r.Degraded {
		t.Errorf("%+v", r)
	}
	if want := []string{"/dns.json", "/v1/domain/shop.com"}; !slices.Equal(f.paths(), want) {
		t.Errorf("asked %q, want %q", f.paths(), want)
	}
}

func TestDomainExpired(t *testing.T) {
	f := newFakeRegistry(t, expiresIn(-48*time.Hour))
	r := probeShop(t, f.prober(), "2s")
	if r.Healthy || r.Class != result.AssertValue || !strings.Contains(r.Error, "[DOMAIN_EXPIRATION] (-48h0m") {
		t.Errorf("class %q, error %q", r.Class, r.Error)
	}
}

// What cannot be read degrades the endpoint and says why.
func TestDomainExpirationUnread(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for _, c := range []struct {
		name, host string
		handle     http.HandlerFunc
		reason     string // HOST: the registry
	}{
		{"no such top-level domain", "www.shop.example", status(200), "no RDAP server for .example"},
		{"top-level domain without http", "www.shop.org", status(200), "no RDAP server for .org"},
		{"not found", "shop.com", status(404), "HOST answers 404 Not Found"},
		{"too many requests", "shop.com", status(429), "HOST answers 429 Too Many Requests"},
		{"unheard-of status", "shop.com", status(799), "HOST answers 799"},
		{"garbage", "shop.com", text("<html>\x1b[31m"), "the answer of HOST does not follow RDAP"},
		{"no date", "shop.com", text(`{"events":[{"eventAction":"registration","eventDate":"1997-09-15T04:00:00Z"}]}`), "the answer of HOST gives no expiration date"},
		{"huge", "shop.com", text(`{"x":"` + strings.Repeat("x", maxDomain) + `"}`), "HOST sends more than 256 KiB"},
		{"redirect loop", "shop.com", redirect("/v1/domain/again"), "HOST cannot be asked: it redirects more than 3 times"},
		{"redirect to a file", "shop.com", redirect("file:///etc/passwd"), "HOST cannot be asked: it redirects to something that is not http or https"},
		{"cut off", "shop.com", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "HOST cannot be asked: EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeRegistry(t, c.handle)
			r := f.prober().Probe(t.Context(), &load(t, named(t)("e", c.host, "2s"))[0])
			reason := strings.ReplaceAll(c.reason, "HOST", strings.TrimPrefix(f.url, "http://"))
			requireUnread(t, r, reason)
		})
	}
}

// requireUnread requires that the endpoint is degraded for the reason.
func requireUnread(t *testing.T, r result.Result, reason string) {
	t.Helper()
	want := result.Condition{
		Condition: "[DOMAIN_EXPIRATION] > 720h", Warning: true,
		Display: "[DOMAIN_EXPIRATION] (not read: " + reason + ") > 720h",
	}
	if got := r.Conditions[1]; !r.Healthy || !r.Degraded || r.Error != "" || got != want {
		t.Errorf("healthy %v, degraded %v, error %q\n got %+v\nwant %+v", r.Healthy, r.Degraded, r.Error, got, want)
	}
}

// A condition that shows another value says the reason behind it.
func TestDomainPresenceUnread(t *testing.T) {
	f := newFakeRegistry(t, expiresIn(0))
	text := strings.Replace(named(t)("e", "shop.example", "2s"), "[DOMAIN_EXPIRATION] > 720h", "has([DOMAIN_EXPIRATION]) == true", 1)
	r := f.prober().Probe(t.Context(), &load(t, text)[0])
	if want := "has([DOMAIN_EXPIRATION]) (false) == true (not read: no RDAP server for .example)"; !r.Degraded || r.Conditions[1].Display != want {
		t.Errorf("%+v", r.Conditions)
	}
}

func TestDomainExpirationWithoutTheList(t *testing.T) {
	for name, c := range map[string]struct{ body, reason string }{
		"garbage": {"garbage", "without the list of RDAP servers: what came is not the list of RDAP servers"},
		"huge":    {strings.Repeat("x", maxServers+1), "without the list of RDAP servers: HOST sends more than 2048 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			p := New(Options{})
			p.registry.bootstrap = web(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.body) })
			requireUnread(t, probeShop(t, p, "2s"), strings.ReplaceAll(c.reason, "HOST", strings.TrimPrefix(p.registry.bootstrap, "http://")))
		})
	}
}

// A slow registry does not lengthen the probe beyond its timeout, and its time
// is not the endpoint's. What it says in the end is there for the next probe.
func TestDomainExpirationFromASlowRegistry(t *testing.T) {
	answer := make(chan struct{})
	f := newFakeRegistry(t, func(w http.ResponseWriter, r *http.Request) {
		<-answer
		expiresIn(90*24*time.Hour)(w, r)
	})
	p := f.prober()
	one := load(t, named(t)("e", "shop.com", "1s"))[0]
	before := time.Now()
	r := p.Probe(t.Context(), &one)
	took, its := time.Since(before), time.Duration(r.Duration)
	if took < time.Second || took > 4*time.Second {
		t.Errorf("took %v, want the timeout of 1s", took)
	}
	if took-its < 200*time.Millisecond {
		t.Errorf("of %v the endpoint's time is %v, with the registry's in it", took, its)
	}
	requireUnread(t, r, "no answer in the time that was left")
	close(answer)
	one.Timeout = 20 * time.Second
	if r := p.Probe(t.Context(), &one); !r.Healthy || r.Degraded || len(f.paths()) != 2 {
		t.Errorf("%+v after %q", r.Conditions, f.paths())
	}
}

func TestDomainExpirationOfAStoppedProbe(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	f := newFakeRegistry(t, func(http.ResponseWriter, *http.Request) {
		stop()
		<-over
	})
	defer close(over) // so that the server can be closed
	p := f.prober()
	before := time.Now()
	r := p.Probe(stopped, &load(t, named(t)("e", "shop.com", "30s"))[0])
	if took := time.Since(before); took > 4*time.Second { // less than the 5 s that a registry gets
		t.Errorf("took %v after it was stopped", took)
	}
	requireUnread(t, r, "the probe was stopped")
}

// A hundred probes at once of two endpoints of one domain ask once.
func TestDomainExpirationIsAskedOnce(t *testing.T) {
	f := newFakeRegistry(t, expiresIn(90*24*time.Hour))
	p, write := f.prober(), named(t)
	var text strings.Builder
	for i := range 100 {
		text.WriteString(write(fmt.Sprintf("e%d", i), []string{"a.shop.com", "B.shop.com."}[i%2], "5s"))
	}
	for _, r := range p.Round(t.Context(), load(t, text.String())).Results {
		if !r.Healthy || r.Degraded {
			t.Fatalf("%s: %s %+v", r.Key, r.Error, r.Conditions)
		}
	}
	if want := []string{"/dns.json", "/v1/domain/shop.com"}; !slices.Equal(f.paths(), want) {
		t.Errorf("asked %q, want %q", f.paths(), want)
	}
}

// An answer is kept for a day, a failure for an hour, by the registry's clock.
func TestDomainExpirationIsKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle http.HandlerFunc
		keep   time.Duration
	}{
		{"found", expiresIn(time.Hour), keepFound},
		{"failed", http.NotFound, keepFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeRegistry(t, c.handle)
			r := f.prober().registry
			var clock atomic.Int64 // nanoseconds
			start := time.Now()
			r.now = func() time.Time { return start.Add(time.Duration(clock.Load())) }
			for _, step := range []struct {
				at   time.Duration
				asks int
			}{{0, 1}, {c.keep - 1, 1}, {c.keep, 2}, {2*c.keep - 1, 2}, {2 * c.keep, 3}} {
				clock.Store(int64(step.at))
				_, first := r.expiration(t.Context(), "shop.com")
				_, again := r.expiration(t.Context(), "shop.com")
				if fmt.Sprint(first) != fmt.Sprint(again) {
					t.Errorf("after %v: %v, then %v", step.at, first, again)
				}
				if got := strings.Count(strings.Join(f.paths(), " "), "/v1/domain/shop.com"); got != step.asks {
					t.Errorf("after %v the registry was asked %d times, want %d", step.at, got, step.asks)
				}
			}
		})
	}
}

// Nobody is asked where no condition wants to know, or the host has no
// registration.
func TestDomainExpirationIsNotAsked(t *testing.T) {
	f := newFakeRegistry(t, expiresIn(time.Hour))
	p := f.prober()
	wants := `conditions: ["[STATUS] == 200", "[DOMAIN_EXPIRATION] > 720h"]`
	r := p.Probe(t.Context(), &load(t, endpoint(f.url+"/dns.json", wants))[0])
	requireUnread(t, r, "the host is an address, not a name")
	r = p.Probe(t.Context(), &load(t, endpoint(strings.Replace(f.url, "127.0.0.1", "localhost", 1)+"/dns.json", wants))[0])
	requireUnread(t, r, "the host's name is not a registered one")
	silent := strings.Replace(named(t)("e", "shop.com", "2s"), `, "[DOMAIN_EXPIRATION] > 720h"`, "", 1)
	if r := p.Probe(t.Context(), &load(t, silent)[0]); !r.Healthy || r.Degraded {
		t.Errorf("%+v", r)
	}
	if got := f.paths(); len(got) != 2 { // the two probes themselves
		t.Errorf("asked %q", got)
	}
}

// The registration of a name that does not answer is still worth knowing.
func TestDomainExpirationOfADeadEndpoint(t *testing.T) {
	f := newFakeRegistry(t, expiresIn(-24*time.Hour))
	text := "  - name: e\n    url: http://shop.com/\n    conditions: [\"[STATUS] == 200\", \"[DOMAIN_EXPIRATION] > 720h\"]\n    client: {proxy-url: \"http://127.0.0.1:1\"}\n"
	r := f.prober().Probe(t.Context(), &load(t, text)[0])
	if r.Healthy || r.Class != result.TCPRefused || !strings.HasPrefix(r.Conditions[1].Display, "[DOMAIN_EXPIRATION] (-24h0m") {
		t.Errorf("class %q, %+v", r.Class, r.Conditions)
	}
}

func TestRegistrable(t *testing.T) {
	const address, private, suffix = "the host is an address, not a name", "the host's name is not a registered one", "the host is a suffix under which domains are registered"
	for _, c := range []struct{ host, want, err string }{
		{"shop.com", "shop.com", ""},
		{"a.b.Shop.COM.", "shop.com", ""},
		{"www.shop.co.uk", "shop.co.uk", ""},
		{"team.github.io", "github.io", ""},
		{"bucket.s3.eu-west-1.amazonaws.com", "amazonaws.com", ""},
		{"www.xn--80ak6aa92e.xn--p1ai", "xn--80ak6aa92e.xn--p1ai", ""},
		{"a.b.unheard-of", "b.unheard-of", ""},
		{"co.uk", "", suffix},
		{"192.0.2.1", "", address},
		{"2001:db8::1", "", address},
		{"fe80::1%eth0", "", address},
		{"localhost", "", private},
		{"web.localhost", "", private},
		{"printer.local", "", private},
		{"ip-10-0-0-1.eu-west-1.compute.internal", "", private},
		{"a.test", "", private},
		{"intranet", "", private},
		{"", "", "the endpoint has no host"},
	} {
		got, err := registrable(c.host)
		if err == nil && c.err != "" || err != nil && err.Error() != c.err || got != c.want {
			t.Errorf("registrable(%q) = %q, %v; want %q, %q", c.host, got, err, c.want, c.err)
		}
	}
}

// A panic while fetching is a failure like another, not the end of the process.
func TestMemoSurvivesAPanic(t *testing.T) {
	var m memo[int]
	_, err := m.get(t.Context(), "", time.Now, func(context.Context) (int, error) { panic("oh") })
	if want := "the checker itself failed (oh), please report it"; err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestParseServers(t *testing.T) {
	servers, err := parseServers([]byte(`{"services":[[["net","COM"],["http://a.example/","https://b.example/x"]],[["co.uk"],["https://c.example"]],[["uk"],["%","/x"]],[["alone"]],[]]}`))
	if err != nil {
		t.Fatal(err)
	}
	for domain, want := range map[string]string{"shop.com": "https://b.example/x", "shop.co.uk": "https://c.example", "shop.uk": "", "shop.alone": ""} {
		got := ""
		if server := serverOf(servers, domain); server != nil {
			got = server.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", domain, got, want)
		}
	}
}

func TestParseExpiration(t *testing.T) {
	for date, want := range map[string]string{
		"2028-09-14T04:00:00Z":      "2028-09-14T04:00:00Z",
		"2028-09-14T04:00:00.234Z":  "2028-09-14T04:00:00.234Z",
		"2028-09-14T04:00:00+02:00": "2028-09-14T02:00:00Z",
		"2028-09-14T04:00:00":       "2028-09-14T04:00:00Z",
		"2028-09-14 04:00:00":       "2028-09-14T04:00:00Z",
		"2028-09-14":                "2028-09-14T00:00:00Z",
		"0001-01-01T00:00:00Z":      "",
		"soon":                      "",
	} {
		ends, err := parseExpiration([]byte(`{"events":[{"eventAction":"Expiration","eventDate":"` + date + `"}]}`))
		if got := ends.UTC().Format(time.RFC3339Nano); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s: %s, %v; want %q", date, got, err, want)
		}
	}
}

func FuzzParseExpiration(f *testing.F) {
	f.Add([]byte(`{"events":[{"eventAction":"expiration","eventDate":"2028-09-14T04:00:00Z"}]}`))
	f.Add([]byte(`{"events":[{"eventAction":"expiration","eventDate":"0001-01-01T00:00:00Z"},{"eventAction":"expiration","eventDate":"2028-09-14"}]}`))
	f.Add([]byte(`{"events":null}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		ends, err := parseExpiration(body)
		switch {
		case err == nil && (ends.Year() < firstYear || !json.Valid(body)):
			t.Errorf("%v out of %q", ends, body)
		case err != nil && !ends.IsZero():
			t.Errorf("%v beside %v", ends, err)
		}
	})
}

func FuzzParseServers(f *testing.F) {
	f.Add([]byte(`{"services":[[["com"],["https://rdap.example/"]],[["net"],["ftp://x/","http://[::1]:80/"]]]}`), "shop.com")
	f.Add([]byte(`{"services":[[],[[]],[["x"],["%"]]]}`), "..")
	f.Fuzz(func(t *testing.T, body []byte, domain string) {
		servers, err := parseServers(body)
		if err != nil {
			return
		}
		if server := serverOf(servers, domain); server != nil && (server.Host == "" || server.Scheme != "https" && server.Scheme != "http") {
			t.Errorf("%q out of %q", server, body)
		}
	})
}
