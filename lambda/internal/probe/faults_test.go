package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// A hop's URL is masked as the endpoint's own is, also what a server puts into
// it of what it was sent.
func TestRedirectsShowNoSecrets(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/echo"):
			http.Redirect(w, r, "/end", http.StatusFound)
		case !strings.HasSuffix(r.URL.Path, "/end"):
			http.Redirect(w, r, "/"+r.Header.Get("X-Api-Key")+"/echo", http.StatusFound)
		}
	})
	config, report := check.Load(check.Source{
		Name: "test.yaml", Env: func(string) (string, bool) { return "hunter2hunter2", true },
		Data: fmt.Appendf(nil, "endpoints:\n  - name: e\n    url: %s/hook/${HOOK_TOKEN}/x\n    headers: {X-Api-Key: \"${KEY}\"}\n    conditions: ['[STATUS] == 200']\n", url),
	})
	if config == nil {
		t.Fatal(report.Messages)
	}
	r := New(Options{}).Probe(t.Context(), &config.Checks[0])
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Healthy || len(r.Redirects) != 2 || bytes.Contains(text, []byte("hunter2hunter2")) {
		t.Errorf("%s", text)
	}
}

// What a server says cannot make its failure the checker's.
func TestServersWordsAreNotTheCheckersFault(t *testing.T) {
	address := serve(t, replay("HTTP/1.1 200 OK\r\ntoo many open files\r\n\r\n"))
	if r := probeOne(t, endpoint("http://"+address)); r.Class != result.HTTPProtocol {
		t.Errorf("class %q: %s", r.Class, r.Error)
	}
}

// However many addresses a name has, its probes take no longer than one.
func TestEveryAddressSharesTheTime(t *testing.T) {
	address := serve(t, hold) // answers on 127.0.0.1 only; the others refuse
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	resolver := nameserver(t, answerA("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"))
	r := probeOne(t, endpoint("http://many.example:"+port, "client: {timeout: 800ms, every-address: true, dns-resolver: \"udp://"+resolver+"\"}"))
	if len(r.Addresses) != 6 || time.Duration(r.Duration) > 2400*time.Millisecond {
		t.Errorf("%d addresses took %v, each at most 800ms", len(r.Addresses), time.Duration(r.Duration))
	}
}

// panicky is a context that fails where nothing is prepared for it.
type panicky struct{ context.Context }

func (panicky) Done() <-chan struct{} { panic("boom") }

func TestNoPanicEscapes(t *testing.T) {
	checks := load(t, endpoint("http://two.example/", "client: {timeout: 800ms, every-address: true, dns-resolver: \"udp://127.0.0.1:9\"}")+
		strings.Replace(endpoint("http://127.0.0.1:1/"), "name: e", "name: f", 1))
	checks[1].Conditions = []*condition.Condition{nil}
	for i, ctx := range []context.Context{panicky{t.Context()}, t.Context()} {
		if r := New(Options{}).Probe(ctx, &checks[i]); r.Class != result.ProbeInternal || r.Key != checks[i].Key || r.Conditions == nil {
			t.Errorf("%+v", r)
		}
	}
}

func TestLongLocationsAreBounded(t *testing.T) {
	for _, location := range []string{
		"http://" + strings.Repeat("a", 70000) + "/", "file:///" + strings.Repeat("a", 7000), "http://" + strings.Repeat("a.", 300) + "example/",
	} {
		address := serve(t, replay("HTTP/1.1 302 Found\r\nLocation: "+location+"\r\nContent-Length: 0\r\n\r\n"))
		r := probeOne(t, endpoint("http://"+address+"/"))
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if r.Class == "" || len(text) > 4<<10 || r.Class.Layer() != "http" {
			t.Errorf("class %q and %d bytes for a Location of %d bytes", r.Class, len(text), len(location))
		}
	}
}

// The class says which condition failed, not what the server said beside it.
func TestDNSClassFollowsTheCondition(t *testing.T) {
	for _, c := range []struct {
		handle     dns.HandlerFunc
		conditions string
		want       result.Class
	}{
		{rcode(dns.RcodeNameError), `["[DNS_RCODE] == NXDOMAIN", "[RESPONSE_TIME] < 0"]`, result.AssertLatency},
		{answerA(), `["[DNS_RCODE] == NOERROR", "[RESPONSE_TIME] < 0"]`, result.AssertLatency},
		{answerA(), `["[BODY] == 10.0.0.1"]`, result.DNSNoData},
	} {
		r := probeOne(t, endpoint("dns://"+nameserver(t, c.handle), "dns: {query-name: www.example, query-type: A}", "client: {timeout: 4s}", "conditions: "+c.conditions))
		if r.Class != c.want {
			t.Errorf("%s: class %q (%s), want %q", c.conditions, r.Class, r.Error, c.want)
		}
	}
}

func TestDanglingAliasIsCalledOne(t *testing.T) {
	resolver := nameserver(t, func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetRcode(question, dns.RcodeNameError)
		alias, err := dns.NewRR("www.example. 60 IN CNAME gone.example.")
		if err == nil {
			answer.Answer = []dns.RR{alias}
		}
		_ = w.WriteMsg(answer)
	})
	r := probeOne(t, endpoint("http://www.example/", "client: {timeout: 4s, dns-resolver: \"udp://"+resolver+"\"}"))
	if r.Class != result.DNSNXDomain || r.Error != "www.example is an alias of gone.example, which does not exist" {
		t.Errorf("class %q: %s", r.Class, r.Error)
	}
}

// A certificate belongs to the hop that showed it.
func TestCertificateOfAnEarlierHopIsNotReported(t *testing.T) {
	trusted := newAuthority(t)
	closed := nettest.Refused(t)
	address := serveTLS(t, trusted.issue(t, nil), replay("HTTP/1.1 302 Found\r\nLocation: http://"+closed+"/\r\nContent-Length: 0\r\n\r\n"))
	r := probeOne(t, endpoint("https://"+address+"/", "client: {timeout: 4s, tls: {ca-file: "+trusted.file(t)+"}}"))
	if r.Class != result.TCPRefused || r.Certificate != nil {
		t.Errorf("class %q, certificate %+v", r.Class, r.Certificate)
	}
}
