package report

import (
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

var now = time.Date(2026, 3, 1, 3, 12, 7, 450_000_000, time.UTC)

func ms(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }

// timings makes Timings out of phases and milliseconds in turn.
func timings(pairs ...any) result.Timings {
	var t result.Timings
	for i := 0; i < len(pairs); i += 2 {
		t.Add(pairs[i].(result.Phase), ms(pairs[i+1].(float64)))
	}
	return t
}

func good(group, name string, took float64) result.Result {
	key := name
	if group != "" {
		key = group + "/" + name
	}
	return result.Result{
		Key: key, Name: name, Group: group, URL: "https://" + name + ".example.com/health", Kind: "http",
		Healthy: true, Status: 200, Address: "192.0.2.10:443", Duration: result.Millis(ms(took)),
		Phases:     timings(result.PhaseDNS, 1.2, result.PhaseTCP, 0.8, result.PhaseTLS, 9.1, result.PhaseWrite, 0.04, result.PhaseTTFB, took-12, result.PhaseBody, 0.3),
		Conditions: []result.Condition{{Condition: "[STATUS] == 200", Healthy: true, Display: "[STATUS] == 200"}},
	}
}

// bad is a result that ended in a class, at a phase, with a sentence.
func bad(group, name string, class result.Class, phase result.Phase, sentence string) result.Result {
	r := good(group, name, 31)
	r.Healthy, r.Class, r.Phase, r.Error, r.Status = false, class, phase, sentence, 0
	r.Conditions = []result.Condition{{Condition: "[STATUS] == 200", Display: "[STATUS] (0) == 200"}}
	r.Phases = result.Timings{}
	return r
}

func mixed() Run {
	slow := bad("registry", "mlflow-api", result.HTTPTimeout, result.PhaseTTFB,
		"registry.example.com:443 (192.0.2.10:443) accepted the request but sent no answer within 5s")
	slow.Duration, slow.Phases = result.Millis(5*time.Second), timings(result.PhaseDNS, 2.1, result.PhaseTCP, 0.9, result.PhaseTLS, 14.2, result.PhaseWrite, 0.03, result.PhaseTTFB, 4982.0)

	notFound := bad("api", "root", result.HTTPStatus, result.PhaseAssert,
		`answered 404 Not Found, but not as expected: [STATUS] (404) == 200 (and 1 more); it says: {"detail":"Not Found"}`)
	notFound.Status, notFound.Phases = 404, good("", "", 40).Phases
	notFound.Conditions = []result.Condition{
		{Condition: "[STATUS] == 200", Display: "[STATUS] (404) == 200"},
		{Condition: "[BODY].status == UP", Display: "[BODY].status (INVALID) == UP"},
		{Condition: "[RESPONSE_TIME] < 2s", Healthy: true, Display: "[RESPONSE_TIME] < 2s"},
	}
	moved := bad("api", "moved", result.HTTPRedirectLoop, result.PhaseTTFB, "the redirects never end: 10 were followed")
	moved.Redirects = []result.Redirect{{URL: "http://moved.example.com/health", Status: 301}, {URL: "https://moved.example.com/health", Status: 302}}

	expired := bad("platform", "ui", result.TLSExpired, result.PhaseTLS, "the certificate of platform.example.com:443 expired 12 days ago")
	expired.Certificate = &result.Certificate{
		NotBefore: now.AddDate(-1, 0, -12), NotAfter: now.AddDate(0, 0, -12), Issuer: "CN=R11,O=Let's Encrypt,C=US",
		Names: []string{"platform.example.com", "a.example.com", "b.example.com", "c.example.com", "d.example.com", "e.example.com", "f.example.com", "g.example.com"},
	}
	expired.Phases = timings(result.PhaseDNS, 2.0, result.PhaseTCP, 1.0, result.PhaseTLS, 11.0)

	renew := good("platform", "renew-soon", 43)
	renew.Degraded = true
	renew.Certificate = &result.Certificate{NotBefore: now.AddDate(0, -3, 0), NotAfter: now.AddDate(0, 0, 9), Names: []string{"renew-soon.example.com"}, Issuer: "CN=R11"}
	renew.Conditions = append(renew.Conditions, result.Condition{Condition: "[CERTIFICATE_EXPIRATION] > 14d", Warning: true, Display: "[CERTIFICATE_EXPIRATION] (9d) > 14d"})

	gone := bad("internal", "mlflow-discovery", result.DNSNXDomain, result.PhaseDNS, "the name mlflow.hokusai-development.local does not exist, says 10.0.0.2:53")
	gone.Kind, gone.URL, gone.Address, gone.Phases = "dns", "10.0.0.2", "", timings(result.PhaseDNS, 3.0)

	half := bad("internal", "both-zones", result.TCPTimeout, result.PhaseTCP, "1 of 2 addresses fails: 192.0.2.21:443 did not answer the connection attempt within 10s")
	half.Duration = result.Millis(10 * time.Second)
	half.Addresses = []result.Address{
		{Address: "192.0.2.20:443", Healthy: true, Duration: result.Millis(ms(21))},
		{Address: "192.0.2.21:443", Class: result.TCPTimeout, Phase: result.PhaseTCP, Error: "did not answer the connection attempt within 10s", Duration: result.Millis(10 * time.Second)},
	}
	refused := bad("internal", "mlflow", result.TCPRefused, result.PhaseTCP, "10.0.3.219:5000 refused the connection: nothing listens on that port")
	refused.Kind, refused.URL, refused.Address, refused.Duration = "tcp", "tcp://10.0.3.219:5000", "10.0.3.219:5000", result.Millis(ms(0.4))

	hidden := bad("", "hidden", result.TCPReset, result.PhaseWrite, "details are hidden by ui.hide-errors")
	hidden.URL, hidden.Address, hidden.Conditions = "", "", nil

	skipped := bad("", "needs-secret", result.ProbeSkipped, "", "the secret secretsmanager:probe#token could not be read: there is no store")
	skipped.Duration = 0

	return Run{
		ID: "B6YH2K4Q9ZT1M3XC", Trigger: "manual", Started: now, Duration: 12340 * time.Millisecond, TimingsTrusted: true,
		Results: []result.Result{
			good("registry", "health", 38), slow, good("registry", "version", 83.4), good("site", "home", 122), good("site", "docs", 1240),
			notFound, moved, expired, renew, gone, half, refused, hidden, skipped,
		},
		Incidents: troubles(),
	}
}

// troubles are open incidents of every appearance.
func troubles() []*incident.Incident {
	at := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	return []*incident.Incident{
		{
			ID: "INC-0301-9", Key: "|registry|http.timeout", Title: "registry/mlflow-api: connected, but no complete answer in time", State: incident.Open,
			Severity: incident.SEV3, Opened: at(0), Endpoints: []string{"registry/mlflow-api"}, Snoozed: now.Add(time.Hour),
		},
		{
			ID: "INC-0228-8", Key: "platform|tls.expired", Title: "platform: 3 endpoints, the certificate has expired", State: incident.Reopened, Reopenings: 2,
			Severity: incident.SEV1, Opened: at(25 * 60), Flapping: true, Acked: at(20), AckedBy: "ann \x1b[31m", Endpoints: []string{"platform/ui", "platform/api"}, Dependents: []string{"api/root"},
		},
		{
			ID: "INC-0301-10", Key: "internal|tcp.refused", Title: "internal/mlflow: the host answered that nothing listens on the port", State: incident.Monitoring,
			Severity: incident.SEV2, Opened: at(125), Recovered: at(3), Endpoints: []string{"internal/mlflow"},
		},
		{ID: "INC-0301-11", Key: "checker", Title: "the checker has lost its network: no statement about any endpoint", State: incident.Open, Severity: incident.SEV2, Opened: at(5)},
	}
}

func allHealthy() Run {
	return Run{
		ID: "AAAA", Trigger: "manual", Started: now.In(time.FixedZone("", 3600)), Duration: ms(130), TimingsTrusted: false,
		Results: []result.Result{good("", "one", 30), good("", "two", 31)},
	}
}

// hostile holds what an endpoint or a configuration file could try on the
// reader's terminal, page or spreadsheet.
func hostile() Run {
	evil := "\x1b[2J\x1b]0;owned\a| pipe |\n# heading\n`code` ``two`` <script>alert(1)</script> [link](javascript:x) ![i](http://e.example/x.png) " +
		"@everyone #1 www.example.com *b* _i_ ~~s~~ $x$ &lt; \\| \u202egnp.exe\u200b \xff"
	r := bad("group | `x` <b>", "na|me \x1b[31m `y`", result.HTTPStatus, result.PhaseAssert, evil)
	r.URL = "https://example.com/a|b`c?x=<y>&z=\x1b[0m"
	r.Conditions = []result.Condition{{Condition: "[BODY] == x", Display: "[BODY] (" + evil + ") == x"}}
	r.Certificate = &result.Certificate{NotBefore: now, NotAfter: now, Names: []string{evil}, Issuer: evil}
	r.Redirects = []result.Redirect{{URL: evil, Status: 302}}
	r.Addresses = []result.Address{{Address: evil, Class: result.TLSName, Phase: result.PhaseTLS, Error: evil}}
	wide := good("group | `x` <b>", "日本語のとても長い名前のエンドポイント名前名前", 30)
	trouble := &incident.Incident{ID: "INC|`1`\x1b[2J", Key: evil, Title: evil, State: incident.Open, Severity: incident.SEV1, Opened: now, Acked: now, AckedBy: evil, Endpoints: []string{evil}}
	return Run{ID: "`|", Trigger: "manual", Started: now, Duration: ms(3), TimingsTrusted: true, Results: []result.Result{r, wide}, Incidents: []*incident.Incident{trouble}}
}

// large has many healthy endpoints and few others.
func large() Run {
	run := Run{ID: "LARGE", Trigger: "manual", Started: now, Duration: 900 * time.Millisecond, TimingsTrusted: true}
	for i := range 100 {
		run.Results = append(run.Results, good(fmt.Sprintf("team-%d", i%3), fmt.Sprintf("endpoint-%03d", i), 20+float64(i)))
	}
	run.Results[50] = bad("team-2", "endpoint-050", result.TCPReset, result.PhaseTLS, "192.0.2.10:443 reset the connection during the TLS handshake")
	return run
}

var samples = map[string]func() Run{
	"mixed": mixed, "healthy": allHealthy, "hostile": hostile, "large": large,
	"empty": func() Run { return Run{ID: "EMPTY", Trigger: "manual", Started: now, TimingsTrusted: true} },
}

// everyClass has one result of each class.
func everyClass() Run {
	run := mixed()
	run.Results = nil
	for info := range result.Classes() {
		name := strings.ReplaceAll(string(info.Class), ".", "-")
		run.Results = append(run.Results, bad(info.Class.Layer(), name, info.Class, "", ""))
	}
	return run
}
