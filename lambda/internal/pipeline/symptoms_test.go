package pipeline

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// configured is a pipeline of a configuration, with nothing around it.
func configured(t *testing.T, text string) *Pipeline {
	t.Helper()
	cfg, found := check.Load(check.Source{Name: "t.yaml", Data: []byte("environment: test\nendpoints:\n" + text), Env: func(name string) (string, bool) {
		return map[string]string{"API_TOKEN": "planted-token-7f3a91"}[name], name == "API_TOKEN"
	}})
	if cfg == nil {
		t.Fatal(found.Messages)
	}
	return New(Pipeline{Config: cfg, Now: time.Now})
}

func TestSymptoms(t *testing.T) {
	p := configured(t, `  - {name: now, group: g, url: "https://a.example/x?page=2", severity: critical, conditions: ["[STATUS] == 200"], runs-on: {service: api, cluster: dev}}
  - {name: before, group: g, url: "tcp://b.example:5000", severity: minor, conditions: ["[CONNECTED] == true"]}
  - {name: never, group: g, url: "tcp://c.example:5000", conditions: ["[CONNECTED] == true"]}
`)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	state := incident.State{
		Endpoints: map[string]*incident.Endpoint{
			"g/now":    {Last: at, Failing: 2, Since: at.Add(-time.Hour), First: at.Add(-2 * time.Hour), Class: result.HTTPTimeout},
			"g/before": {Last: at, Failing: 1, Since: at, First: at, Class: result.TCPRefused, Phase: result.PhaseTCP, Error: "refused"},
		},
		Diagnosed: incident.Diagnosed{Failing: map[string]result.Class{"g/now": result.HTTPTimeout}},
	}
	got := p.symptoms([]result.Result{{
		Key: "g/now", Class: result.HTTPStatus, Phase: result.PhaseAssert, Status: 504, Started: at, Duration: result.Millis(10 * time.Second), Address: "192.0.2.1:443",
		Answer:      &result.Answer{Server: "awselb/2.0", ContentType: "text/html", Body: "<h1>504</h1>"},
		Certificate: &result.Certificate{NotAfter: at.AddDate(0, 1, 0), Names: []string{"a.example"}},
	}}, state)
	if len(got) != 2 {
		t.Fatalf("%d symptoms: of an endpoint that was never seen nothing is known", len(got))
	}
	now, before := got[0], got[1]
	if now.Earlier != result.HTTPTimeout || !now.Good || now.Since != at.Add(-time.Hour) || now.Answer.Status != 504 || now.Answer.Took != 10*time.Second || now.Answer.Server != "awselb/2.0" || now.Answer.Class != "" || now.CertNames[0] != "a.example" {
		t.Errorf("%+v", now)
	}
	if e := now.Endpoint; e.Host != "a.example" || e.Path != "/x" || e.Query != "page=2" || e.Port != 443 || !e.Critical || e.RunsOn != (diagnose.Hints{Service: "api", Cluster: "dev"}) {
		t.Errorf("%+v", e)
	}
	if before.Class != result.TCPRefused || before.Phase != result.PhaseTCP || before.Good || before.Healthy || !before.Endpoint.Minor {
		t.Errorf("%+v", before)
	}
}

// Whoever replays a case must know that a proxy asked.
func TestSymptomsByAProxy(t *testing.T) {
	p := configured(t, `  - {name: by, group: g, url: "https://a.example/", conditions: ["[STATUS] == 200"], client: {proxy-url: "http://proxy.example:3128"}}
  - {name: directly, group: g, url: "https://b.example/", conditions: ["[STATUS] == 200"], client: {timeout: 5s}}
`)
	bad := func(key string) result.Result {
		return result.Result{Key: key, Class: result.TCPTimeout, Phase: result.PhaseTCP, Address: "192.0.2.1:3128"}
	}
	known := &incident.Endpoint{Last: time.Now(), Failing: 1, Class: result.TCPTimeout}
	for name, got := range map[string][]diagnose.Symptom{
		"now":    p.symptoms([]result.Result{bad("g/by"), bad("g/directly")}, incident.State{}),
		"before": p.symptoms(nil, incident.State{Endpoints: map[string]*incident.Endpoint{"g/by": known, "g/directly": known}}),
	} {
		if len(got) != 2 || !got[0].Proxied || got[1].Proxied || got[0].Address != "" {
			t.Errorf("%s: %+v", name, got)
		}
		text, err := json.Marshal(got)
		if err != nil || strings.Count(string(text), `"proxied":true`) != 1 {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}

// Nothing secret of the configuration reaches a diagnosis, whose facts are kept.
func TestEndpointsHoldNoSecret(t *testing.T) {
	p := configured(t, `  - name: a
    url: "https://a.example/x?token=${API_TOKEN}"
    headers: {Authorization: "Bearer ${API_TOKEN}", X-Tenant: blue, X-Token: "${API_TOKEN}", X-Origin-Verify: planted-in-plain, Host: "b.example:8443", Cookie: "session=planted-cookie"}
    conditions: ["[STATUS] == 200"]
`)
	e := endpointOf(&p.Config.Checks[0])
	text, err := json.Marshal(e)
	if err != nil || strings.Contains(string(text), "planted") {
		t.Errorf("%s, %v", text, err)
	}
	if e.Headers["X-Origin-Verify"] != redact.Mask || e.Headers["X-Token"] != redact.Mask {
		t.Errorf("rules that compare these could not match: %v", e.Headers)
	}
	if e.Headers["X-Tenant"] != "blue" || e.Headers["Host"] != "b.example" {
		t.Errorf("headers %v", e.Headers)
	}
}

func TestConceal(t *testing.T) {
	p := configured(t, `  - {name: a, url: "https://secret.example/hidden/path", conditions: ["[STATUS] == 200"], ui: {hide-url: true}}
  - {name: b, url: "https://open.example:8443/", conditions: ["[STATUS] == 200"], ui: {hide-port: true}}
`)
	out := diagnose.Output{
		Findings: []diagnose.Finding{{
			Code: diagnose.RuleDefaultFixed, Severity: diagnose.S1, Sentence: `none matches secret.example/hidden/path; "open.example:8443" does`,
			Evidence: []diagnose.Evidence{{ID: "E1", Statement: "secret.example has no rule"}}, Verify: []string{"curl https://secret.example/hidden/path"},
		}},
		Traces: []diagnose.Trace{{Endpoint: "a", Stations: []diagnose.Station{{Hop: diagnose.HopDNS, Text: "secret.example"}}}},
	}
	concealed := conceal(out, hiddenTexts(p.Config.Checks))
	rules := conceal([]diagnose.Match{{Host: "secret.example", Path: "/hidden/path", Rule: "rule 7 secret.example"}}, hiddenTexts(p.Config.Checks))
	names := conceal([]diagnose.Domain{{Host: "secret.example"}, {Host: "open.example"}}, hiddenTexts(p.Config.Checks))
	text, err := json.Marshal([]any{concealed, rules, names})
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != 1 || len(names) != 2 || names[1].Host != "open.example" {
		t.Errorf("%+v %+v", rules, names)
	}
	for _, hidden := range []string{"secret.example", "/hidden/path", ":8443"} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("%q shows in %s", hidden, text)
		}
	}
	if f := concealed.Findings[0]; f.Code != diagnose.RuleDefaultFixed || f.Severity != diagnose.S1 || concealed.Traces[0].Stations[0].Hop != diagnose.HopDNS {
		t.Errorf("%+v", concealed)
	}
	if out.Findings[0].Evidence[0].Statement != "secret.example has no rule" {
		t.Error("what the diagnosis goes by has changed")
	}
}
