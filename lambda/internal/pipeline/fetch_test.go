package pipeline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// unread is a reader that may read nothing.
type unread struct{ wants []topology.Want }

func (u *unread) Read(_ context.Context, to *topology.Snapshot, wants []topology.Want) {
	u.wants = append(u.wants, wants...)
	for _, want := range wants {
		to.Fail(want, topology.Denied, "")
	}
}

func (u *unread) Calls() int { return len(u.wants) }

// investigating is an inquiry whose probes are real.
func investigating(t *testing.T) *inquiry {
	t.Helper()
	p := configured(t, `  - {name: a, url: "https://a.example/x", conditions: ["[STATUS] == 200"], client: {timeout: 100ms}}`+"\n")
	p.Prober, p.loopback, p.Log = probe.New(probe.Options{}), true, slog.New(slog.DiscardHandler)
	c := p.newInquiry(t.Context(), &report.Run{}, incident.State{})
	c.reader = &unread{}
	return c
}

func TestFetchMeetsEveryWant(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "uvicorn")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, `{"host":"`+r.Host+`","password":"planted-7f3a91"}`)
	}))
	t.Cleanup(site.Close)
	refused := nettest.Refused(t)
	c, s := investigating(t), &topology.Snapshot{}
	open, url := strings.TrimPrefix(site.URL, "http://"), site.URL+"/health"
	wants := []topology.Want{
		{Kind: topology.LoadBalancers}, {Kind: topology.Dials, Key: open}, {Kind: topology.Dials, Key: refused}, {Kind: topology.Dials, Key: "10.0.3.219:5000"},
		{Kind: topology.Dials, Key: "169.254.169.254:80"}, {Kind: topology.Dials, Key: "nonsense"}, {Kind: topology.Asks, Key: topology.Key(url, "10.0.1.76:8001")},
		{Kind: topology.Asks, Key: "file:///etc/passwd"}, {Kind: topology.Lookups, Key: "mlflow.dev.local"}, {Kind: topology.Slow, Key: "no-such-endpoint"},
	}
	c.fetch(t.Context())(s, wants)
	for _, want := range wants {
		if s.Status(want).Pending() {
			t.Errorf("%v was left open", want)
		}
	}
	if d, ok := s.Dials.Of(open).Get(); !ok || d.Class != "" {
		t.Errorf("an open port: %+v", s.Dials.Of(open))
	}
	if d, ok := s.Dials.Of(refused).Get(); !ok || d.Class != result.TCPRefused {
		t.Errorf("a closed port: %+v", s.Dials.Of(refused))
	}
	a, ok := s.Asks.Of(topology.Key(url, "10.0.1.76:8001")).Get()
	if !ok || a.Class != "" || a.Status != http.StatusTeapot || a.Server != "uvicorn" || !strings.Contains(a.Body, "10.0.1.76:8001") || strings.Contains(a.Body, "planted") {
		t.Errorf("the answer of a target: %+v", a)
	}
	for _, key := range []string{"10.0.3.219:5000", "169.254.169.254:80", "nonsense"} {
		if f := s.Dials.Of(key); f.Why != topology.Unsupported {
			t.Errorf("%s: %+v; nobody may connect to it from here", key, f.Status)
		}
	}
	if f := s.Lookups.Of("mlflow.dev.local"); f.Why != topology.Unsupported || f.Detail != outside {
		t.Errorf("a private name from outside: %+v", f.Status)
	}
}

// Probes are bounded in number, and none is made when the time is over.
func TestFetchIsBounded(t *testing.T) {
	c, s := investigating(t), &topology.Snapshot{}
	var wants []topology.Want
	for n := range mostProbes + 5 {
		wants = append(wants, topology.Want{Kind: topology.Dials, Key: "10.0.0." + string(rune('0'+n%10)) + ":" + "80" + string(rune('0'+n/10))})
	}
	c.fetch(t.Context())(s, wants)
	pending := 0
	for _, want := range wants {
		if s.Status(want).Pending() {
			pending++
		}
	}
	if pending != 5 {
		t.Errorf("%d of %d are left to the budget", pending, len(wants))
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	want := topology.Want{Kind: topology.LoadBalancers}
	if c.fetch(over)(s, []topology.Want{want}); !s.Status(want).Pending() {
		t.Error("something was read after the time was over")
	}
}

// Timeouts are probed once more, slowly: every load balancer has its turn, none
// is asked too much, and only if there is time for an answer.
func TestSlowly(t *testing.T) {
	var endpoints strings.Builder
	var wants []topology.Want
	for _, name := range []string{"a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "c1"} {
		fmt.Fprintf(&endpoints, "  - {name: %s, url: \"https://%.1s.example/%s\", conditions: [\"[STATUS] == 200\"], client: {timeout: 100ms}}\n", name, name, name)
		wants = append(wants, topology.Want{Kind: topology.Slow, Key: name, Limit: 70 * time.Second})
	}
	p := configured(t, endpoints.String())
	p.Prober, p.Log = probe.New(probe.Options{}), slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := p.newInquiry(ctx, &report.Run{}, incident.State{})
	s := &topology.Snapshot{}
	for host, alias := range map[string]string{"a.example": "main.elb.amazonaws.com", "b.example": "other.elb.amazonaws.com"} {
		s.Records.Put("Z|"+host, topology.KnownFact([]topology.Record{{Name: host, Type: "A", Alias: alias}}, "r", time.Now()))
	}
	if limit := c.slowLimit(wants[0]); limit < 50*time.Second || limit > 56*time.Second {
		t.Errorf("limit %s in the minute that is left", limit)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	c.slowly = stopped // the probes end at once; which are begun is what counts
	c.askSlowly(s, wants)
	// Eight in all: c has its one before the fourth of the others.
	if asked := slices.Sorted(maps.Keys(c.slow.waits)); !slices.Equal(asked, []string{"a1", "a2", "a3", "a4", "b1", "b2", "b3", "c1"}) {
		t.Errorf("asked: %v", asked)
	}
	c.await(stopped)
	if c.awaited() {
		t.Error("still awaited")
	}
	for _, want := range wants {
		if st := s.Status(want); st.Why != topology.Budget {
			t.Errorf("%s: %+v", want.Key, st)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c.slowly = short
	if limit := c.slowLimit(wants[0]); limit != 0 {
		t.Errorf("asked for %s with too little time for an answer", limit)
	}
}

// Only what the configuration names is quoted, if it names anything.
func TestLogGroupsAreALimit(t *testing.T) {
	for group, want := range map[string]bool{
		"/ecs/api": true, "/ecs/web-1": true, "/ecs/web": false, "/ecs/api-2": false, "/ecs/secret": false,
		"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/api:*":    true,
		"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/secret:*": false,
	} {
		p := configured(t, "  - {name: a, url: \"tcp://a.example:5000\", conditions: [\"[CONNECTED] == true\"]}\n")
		p.Log = slog.New(slog.DiscardHandler)
		reader := &unread{}
		p.Facts = func(int) FactReader { return reader }
		c := p.newInquiry(t.Context(), &report.Run{}, incident.State{})
		c.reader = reader
		asked := topology.Want{Kind: topology.Logs, Key: topology.Key(group, "api")}
		c.fetch(t.Context())(&topology.Snapshot{}, []topology.Want{asked})
		if len(reader.wants) != 1 {
			t.Errorf("%s was not read although no group is named", group)
		}
		reader.wants = nil
		p.Config.AWS.LogGroups = []string{"/ecs/api", "/ecs/web-*"}
		s := &topology.Snapshot{}
		c.fetch(t.Context())(s, []topology.Want{asked})
		if got := len(reader.wants) == 1; got != want {
			t.Errorf("%s was read: %v, want %v", group, got, want)
		}
		if st := s.Status(asked); !want && (st.Why != topology.Withheld || st.Action != "logs:FilterLogEvents") {
			t.Errorf("%s: %+v", group, st)
		}
	}
}

// A name may have records in several zones: the slow probes of one load balancer
// are counted together whichever comes first.
func TestOneBalancerForSeveralRecords(t *testing.T) {
	p := configured(t, `  - {name: a, group: g, url: "https://API.example/x", conditions: ["[STATUS] == 200"]}
`)
	c := p.newInquiry(t.Context(), &report.Run{}, incident.State{})
	s := &topology.Snapshot{}
	if got := c.balancerOf(s, "g/a"); got != "api.example" {
		t.Errorf("without records: %q", got)
	}
	for n := range 9 {
		alias := fmt.Sprintf("lb-%d.us-east-1.elb.amazonaws.com", 9-n)
		s.Records.Put(fmt.Sprintf("Z%d|api.example", n), topology.KnownFact([]topology.Record{{Name: "api.example", Type: "A", Alias: alias}}, "route53:ListResourceRecordSets", time.Now()))
	}
	for range 50 {
		if got, want := c.balancerOf(s, "g/a"), "lb-1.us-east-1.elb.amazonaws.com"; got != want {
			t.Fatalf("got %s, want %s each time", got, want)
		}
	}
	if got := c.balancerOf(s, "g/unknown"); got != "" {
		t.Errorf("an endpoint that is not known: %q", got)
	}
}
