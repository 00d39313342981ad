package pipeline

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/nettest"
)

// world is what lies beyond the checker's network: a name server and a site
// for every name, both silent while the checker has no way out.
type world struct {
	way         atomic.Bool
	site        *edge
	names, port string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{site: &edge{answer: fine}}
	w.way.Store(true)
	server := httptest.NewTLSServer(w.site)
	t.Cleanup(server.Close)
	_, w.port, _ = net.SplitHostPort(server.Listener.Addr().String())
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	names := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(w.resolve)}
	served := make(chan struct{})
	names.NotifyStartedFunc = func() { close(served) }
	go func() { _ = names.ActivateAndServe() }()
	<-served
	t.Cleanup(func() { _ = names.Shutdown() })
	w.names = "udp://" + conn.LocalAddr().String()
	return w
}

func (w *world) resolve(to dns.ResponseWriter, r *dns.Msg) {
	if !w.way.Load() {
		return
	}
	answer := new(dns.Msg).SetReply(r)
	if q := r.Question[0]; q.Qtype == dns.TypeA {
		answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)}}
	}
	_ = to.WriteMsg(answer)
}

const fewEndpoints = `environment: test
aws: {region: us-east-1, clusters: [dev]}
endpoints:
  - {name: api, url: "https://api.hokus.ai:%[1]s/", severity: critical, conditions: ["[STATUS] == 200"], client: &c {insecure: true, timeout: 20s, dns-resolver: "%[2]s"}}
  - {name: registry, url: "https://registry.hokus.ai:%[1]s/", severity: critical, conditions: ["[STATUS] == 200"], client: *c}
`

const oneMore = `  - {name: status, url: "https://status.hokus.ai:%[1]s/", conditions: ["[STATUS] == 200"], client: *c}
`

// A checker without a way out tells that, with what is wrong in its own network,
// and says nothing about endpoints. With the way they are judged again. Few
// endpoints make it suspect itself only when it looks for a cause; of more it
// is told before.
func TestACheckerThatHasLostItsWay(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		told   []string
		reason incident.Reason
	}{
		"few":  {fewEndpoints, []string{"checker-trouble"}, incident.ReasonNoWayOut},
		"more": {fewEndpoints + oneMore, []string{"checker-trouble", "cause-changed"}, incident.ReasonControlsSilent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := setTheatre(t, "d35-no-route", fmt.Sprintf(c.config, w.port, w.names), nil)
			s.Controls = []string{nettest.Refused(t)}
			s.tick(t)
			w.way.Store(false)
			s.patience(500 * time.Millisecond)
			for range 6 {
				s.tick(t)
			}
			sent := s.told(t, c.told...)
			if first := sent[0].heard(t); first.Reason != string(c.reason) {
				t.Errorf("%+v", first)
			}
			last := sent[len(sent)-1]
			if cause := last.heard(t).Incident.Cause; cause.Code != "SELF_NO_EGRESS" || cause.Level != "proven" {
				t.Errorf("%+v", cause)
			}
			if want := "rtb-main of subnet-c, where the checker stands, has no route to the internet"; !strings.Contains(last.Body, want) {
				t.Errorf("the message does not say %q: %s", want, last.Body)
			}
			state := s.state(t)
			for key, e := range state.Endpoints {
				if !e.Unknown {
					t.Errorf("something is said about %s: %+v", key, e)
				}
			}
			if active := state.Active(); len(active) != 1 || active[0].Key != incident.CheckerKey {
				t.Errorf("%+v", active)
			}
			w.way.Store(true)
			s.patience(20 * time.Second)
			for range 10 {
				s.tick(t)
			}
			s.told(t, append(c.told, "resolved")...)
			w.site.set(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
			s.tick(t)
			s.tick(t)
			s.told(t, append(c.told, "resolved", "opened")...)
		})
	}
}

// told are the messages so far, which must be of these kinds.
func (s *theatre) told(t *testing.T, kinds ...string) []post {
	t.Helper()
	sent := s.posts.all()
	var got []string
	for _, p := range sent {
		got = append(got, p.heard(t).Kind)
	}
	if !slices.Equal(got, kinds) {
		t.Fatalf("heard %q, want %q\n%s", got, kinds, s.log)
	}
	return sent
}
