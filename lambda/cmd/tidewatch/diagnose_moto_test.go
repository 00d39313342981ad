package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

const gatewayTimeout = "<html><center><h1>504 Gateway Time-out</h1></center></html>"

// An environment is built in moto and diagnosed by the command itself, which
// knows of it by AWS_ENDPOINT_URL alone. What moto cannot be made to answer, a
// door before it changes on the way.
func TestDiagnoseWhatMotoHas(t *testing.T) {
	late := func(after time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(after):
				balancer(http.StatusGatewayTimeout, "text/html", gatewayTimeout)(w, r)
			}
		}
	}
	unavailable := balancer(http.StatusServiceUnavailable, "text/html", "<html><center><h1>503 Service Temporarily Unavailable</h1></center></html>")
	for _, c := range []struct {
		name   string
		build  func(*environment)
		answer http.HandlerFunc
		fault  mototest.Fault
		says   []string
		silent []string
	}{
		{
			name: "no rule", build: func(e *environment) { e.listen("/other/*") },
			answer: balancer(http.StatusNotFound, "text/plain", "Not Found"),
			says:   []string{"Root cause 1: no rule matches, the default action answers", "no-rule-lb:443 has 1 rule and none matches api.no-rule.example/health", "Level proven", "aws elbv2 create-rule --listener-arn"},
		},
		{
			name: "rule on 80", build: func(e *environment) { e.listenPlainly("/*"); e.listen("/other/*") },
			answer: balancer(http.StatusNotFound, "text/plain", "Not Found"),
			says:   []string{"Root cause 1: no rule matches, the default action answers", "Level proven", "mirror rule 7 /* of rule-on-80-lb:80 to rule-on-80-lb:443", "aws elbv2 create-rule --listener-arn"},
		},
		{
			name: "dead address", build: func(e *environment) {
				e.listen("/*")
				e.serve(1, "http://10.0.3.219:5000")
				e.log("WARNING: Connection to 10.0.3.219 timed out. (connect timeout=120)")
				e.admit(appPort)
			},
			answer: late(2 * time.Second), fault: unhealthy("Target.Timeout", "Request timed out"),
			says: []string{"Root cause 1: hard-coded address that nobody owns", "dead-address calls 10.0.3.219:5000, which no network interface owns", "Level likely", "Target.Timeout",
				"MLFLOW_TRACKING_URI of dead-address:1 is 10.0.3.219:5000", "the client waits up to 120 s for a connection, dead-address-lb for an answer only 2 s"},
			silent: []string{"Root cause 2", "planted"},
		},
		{
			name: "closed group", build: func(e *environment) { e.listen("/*"); e.attach("10.30.2.76"); e.admit(9000) },
			answer: late(8200 * time.Millisecond), fault: unhealthy("Target.Timeout", "Request timed out"),
			says:   []string{"Root cause 1: security group of the target does not admit the load balancer", "Level proven", "aws ec2 authorize-security-group-ingress --group-id sg-", "--port 8001"},
			silent: []string{"Root cause 2", "hard-coded address that nobody owns"},
		},
		{
			name: "closed subnet", build: func(e *environment) { e.listen("/*"); e.attach("10.30.2.76"); e.admit(appPort); e.shutOut() },
			answer: late(8200 * time.Millisecond), fault: unhealthy("Target.Timeout", "Request timed out"),
			says:   []string{"Root cause 1: network ACL", "denies inbound", "Level proven"},
			silent: []string{"Root cause 2", "authorize-security-group-ingress"},
		},
		{
			name: "check refused", build: func(e *environment) { e.listen("/*"); e.serve(1, ""); e.admit(appPort) },
			answer: unavailable, fault: unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"),
			says: []string{"Root cause 1: health check asks for a path that does not exist", "the health check GET /health/alb of check-refused-tg is answered 404", "Level likely"},
		},
		{
			name: "no tasks", build: func(e *environment) { e.listen("/*"); e.serve(0, "") },
			answer: unavailable,
			says:   []string{"Root cause 1: target group has no targets", "no-tasks-tg has no targets: no-tasks runs 0 of 0 tasks", "start tasks of no-tasks, whose desired count is 0", "Level proven"},
		},
		{
			name: "nothing registered", build: func(e *environment) { e.listen("/*") },
			answer: unavailable,
			says:   []string{"Root cause 1: target group has no targets", "nothing-registered-tg has no targets"},
			silent: []string{"Root cause 2", "desired count"},
		},
		{
			name: "no record", build: func(e *environment) { e.unname() },
			says: []string{"Root cause 1: name does not exist", "api.no-record.example has no record in the zone no-record.example", "Level proven"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := build(t, strings.ReplaceAll(c.name, " ", "-"))
			c.build(e)
			text := e.diagnose(c.answer, c.fault)
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in\n%s", want, text)
				}
			}
			for _, wrong := range append(c.silent, "check security groups", "(denied)") {
				if strings.Contains(text, wrong) {
					t.Errorf("%q is in\n%s", wrong, text)
				}
			}
		})
	}
}

// unhealthy makes the targets so, which moto never does.
func unhealthy(reason, description string) mototest.Fault {
	return mototest.Always("elasticloadbalancing:DescribeTargetHealth", func(_ string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
		kept := httptest.NewRecorder()
		forward.ServeHTTP(kept, r)
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(kept.Code)
		_, _ = fmt.Fprint(w, strings.ReplaceAll(kept.Body.String(), "<State>healthy</State>", "<State>unhealthy</State><Reason>"+reason+"</Reason><Description>"+description+"</Description>"))
	})
}

// diagnose runs the command at an endpoint of the environment, and returns its
// report as text of one line.
func (e *environment) diagnose(answer http.HandlerFunc, fault mototest.Fault) string {
	e.t.Helper()
	client := `dns-resolver: "` + nobodyKnows(e.t) + `"`
	if answer != nil {
		client = `proxy-url: "` + edge(e.t, answer) + `"`
	}
	file := filepath.Join(e.t.TempDir(), "t.yaml")
	text := fmt.Sprintf(`environment: test
aws: {region: us-east-1, clusters: [%s]}
endpoints:
  - name: health
    group: api
    url: https://api.%s.example/health
    severity: critical
    conditions: ["[STATUS] == 200"]
    client: {insecure: true, timeout: 20s, %s}
`, e.name, e.name, client)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		e.t.Fatal(err)
	}
	env := signedIn(e.t)
	door := mototest.Open(e.t)
	door.Set(fault)
	env["AWS_ENDPOINT_URL"] = door.URL
	got := tidewatchIn(e.t.Context(), env, "diagnose", "--config", file, "--output", "text")
	if got.status != statusUnhealthy {
		e.t.Fatalf("%+v", got)
	}
	if calls := door.Asked(); len(calls) > 80 {
		e.t.Errorf("%d calls", len(calls))
	}
	return strings.Join(strings.Fields(got.out), " ")
}

// nobodyKnows is a name server to which no name exists.
func nobodyKnows(t *testing.T) string {
	t.Helper()
	started := make(chan struct{})
	server := &dns.Server{Addr: "127.0.0.1:0", Net: "udp", NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(r, dns.RcodeNameError))
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case <-started:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Shutdown() })
	return "udp://" + server.PacketConn.LocalAddr().String()
}
