package awsapi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

// Before there was a diagnosis an engineer wrote a report by hand about the
// environment of the runs A to E. Every line of it is a claim below: what it
// states as a fact (F), recommends (R), and would run to verify (V), in its
// order, with what our report must make of it. Some of its claims were wrong.
type verdict string

const (
	same     verdict = "the same"
	sharper  verdict = "sharper"
	differs  verdict = "something else: what is read contradicts it"
	leftOpen verdict = "left to the configuration"
)

type claim struct {
	id, said string
	verdict  verdict
	holds    func(t *testing.T, run func(string) played)
}

// played is a run with its report, as text of one line.
type played struct {
	t    *testing.T
	out  diagnose.Output
	in   diagnose.Input
	text string
}

// reported plays a scenario, after a change to it.
func reported(t *testing.T, name string, change func(*scenario.Scenario)) played {
	t.Helper()
	s, err := scenario.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(s)
	}
	out, in, _ := playAll(t, s)
	return played{t, out, in, strings.Join(strings.Fields(report.DiagnosisText(pipeline.Replay(pipeline.Case{Input: in}))), " ")}
}

func (p played) says(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			p.t.Errorf("the report does not say %q:\n%s", text, p.text)
		}
	}
}

func (p played) silentAbout(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(strings.ToLower(p.text), strings.ToLower(text)) {
			p.t.Errorf("the report says %q", text)
		}
	}
}

// cause is the only one of its code.
func (p played) cause(code diagnose.Code) diagnose.Finding {
	p.t.Helper()
	var found []diagnose.Finding
	for _, f := range p.out.Findings {
		if f.Code == code && f.Role == diagnose.Cause {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		p.t.Fatalf("%d causes %s in %s", len(found), code, keysOf(p.out))
	}
	return found[0]
}

func (p played) ruledOut(f diagnose.Finding, code diagnose.Code, words string) {
	p.t.Helper()
	if !slices.ContainsFunc(f.RuledOut, func(r diagnose.RuledOut) bool {
		return r.Code == code && r.Evidence != "" && strings.Contains(r.Statement, words)
	}) {
		p.t.Errorf("%s, %q, is not ruled out with evidence: %+v", code, words, f.RuledOut)
	}
}

func (p played) shows(f diagnose.Finding, words ...string) {
	p.t.Helper()
	for _, w := range words {
		if !slices.ContainsFunc(f.Evidence, func(e diagnose.Evidence) bool { return e.ID != "" && strings.Contains(e.Statement, w) }) {
			p.t.Errorf("%s has no evidence of %q: %+v", f.Key, w, f.Evidence)
		}
	}
}

// station is what a trace has of one hop; "" if it did not get there.
func (p played) station(endpoint string, hop diagnose.Hop) string {
	for _, trace := range p.out.Traces {
		for _, s := range trace.Stations {
			if trace.Endpoint == endpoint && s.Hop == hop {
				return string(s.Verdict) + " " + s.Text
			}
		}
	}
	return ""
}

// symptomOf is the symptom of one endpoint, to be changed.
func symptomOf(s *scenario.Scenario, key string) *diagnose.Symptom {
	return &s.Input.Symptoms[slices.IndexFunc(s.Input.Symptoms, func(o diagnose.Symptom) bool { return o.Endpoint.Key == key })]
}

func TestClaimsOfTheReportWrittenByHand(t *testing.T) {
	t.Parallel()
	all := slices.Concat(claimedFacts, claimedCauses, claimedRepairs)
	if len(all) != 25+9+3 {
		t.Errorf("%d claims: one is missing, or stands twice", len(all))
	}
	for _, c := range all {
		t.Run(c.id+" "+c.said, func(t *testing.T) {
			if c.verdict == "" || c.holds == nil {
				t.Fatal("nothing is asked of our report")
			}
			c.holds(t, func(name string) played { return reported(t, "accept-"+name, nil) })
		})
	}
}

var claimedFacts = []claim{
	{"F1", "the API crashed at startup, which is repaired", sharper, func(t *testing.T, run func(string) played) {
		run("a").says("Fixed: hokusai-api-development:114 exits 1 after 6 s", "SyntaxError: '(' was never closed", "model_registry.py:26",
			"1 of 1 run hokusai-api-development:115, deployment completed since 11:44:00Z, image sha256:9f3c0a11b2c3")
		blind := reported(t, "accept-a", func(s *scenario.Scenario) { s.Denied = []string{"ecs:DescribeTasks"} })
		if len(blind.out.Fixed) > 0 {
			t.Error("it is called fixed although no task could be read")
		}
	}},
	{"F2", "significant issues remain", same, func(_ *testing.T, run func(string) played) {
		run("a").says("3 root causes explain 10 of 10 failing checks. 1 earlier problem is fixed. Every check was made, and every fact read.")
		run("d").says("3 root causes explain 10 of 10 failing checks.", "2 facts could not be read.")
	}},
	{"F3", "the service runs stable with the repaired image", sharper, func(_ *testing.T, run func(string) played) {
		a := run("a")
		f := a.cause(diagnose.DepStaleAddress)
		a.ruledOut(f, diagnose.ECSCrashLoop, "1 of 1 run hokusai-api-development:115")
		a.says("the tasks of hokusai-api-development can be reached on port 8001 but do not answer")
	}},
	{"F4", "some endpoints answer 404 now instead of timing out", sharper, func(t *testing.T, run func(string) played) {
		a := run("a")
		a.says("platform/: was http.timeout, is now http.status", "api/health: was http.timeout, is now http.status")
		a.silentAbout("registry/health: was")
		for _, hop := range []diagnose.Hop{diagnose.HopDNS, diagnose.HopBalancer, diagnose.HopListener, diagnose.HopTLS} {
			if !strings.HasPrefix(a.station("platform/", hop), "ok ") {
				t.Errorf("%s is proven to work: %q", hop, a.station("platform/", hop))
			}
		}
	}},
	{"F5", "five paths of the registry time out", differs, func(_ *testing.T, run func(string) played) {
		a := run("a")
		f := a.cause(diagnose.DepStaleAddress)
		a.shows(f, "registry.hokus.ai/health: no answer within the limit of 5 s", "registry.hokus.ai/health: status 504 after 60.1 s, asked once more with a limit of 70 s")
		a.says("the probe's limit of 5 s cut off the 504 of the load balancer, which came after 60 s")
	}},
	{"F6", "the registry is completely inaccessible", differs, func(t *testing.T, run func(string) played) {
		a := run("a")
		a.says("registry.hokus.ai Checks failing: 5/6", "/mlflow/")
		a.silentAbout("completely")
		for path, rule := range map[string]string{"/mlflow/": "rule 50 /mlflow/* Does: → hokusai-reg-mlflow-development", "/health": "rule 90 /health Does: → hokusai-reg-api-development", "/api/mlflow": "rule 105 /api/mlflow* Does: → hokusai-reg-api-development"} {
			a.says("hokusai-registry-development:443 " + rule + " Requests: registry.hokus.ai" + path)
		}
		if f := a.cause(diagnose.DepStaleAddress); slices.Contains(f.Explains, "registry/mlflow/") {
			t.Error("what works is said to fail")
		}
	}},
	{"F7", "mlflow.hokus.ai: timeout or error", sharper, func(t *testing.T, run func(string) played) {
		a := run("a")
		f := a.cause(diagnose.DNSNoRecord)
		a.shows(f, "mlflow.hokus.ai: dns.nxdomain")
		if f.Level != diagnose.Proven || !slices.Equal(f.Explains, []string{"mlflow/"}) || a.station("mlflow/", diagnose.HopBalancer) != "" {
			t.Errorf("%+v", f)
		}
	}},
	{"F8", "api.hokus.ai answers 404 on /health and /", sharper, func(t *testing.T, run func(string) played) {
		a := run("a")
		f := a.cause(diagnose.RuleDefaultFixed)
		a.shows(f, "api.hokus.ai/health answered 404 with the same status, type and body as the default action")
		if at := a.station("api/health", diagnose.HopGroup); at != "" || f.Level != diagnose.Proven {
			t.Errorf("%s; the request never reached a target group: %q", f.Level, at)
		}
	}},
	{"F9", "api.hokus.ai/api/v1/health answers 504", sharper, func(t *testing.T, run func(string) played) {
		a, b := run("a"), run("b")
		if at := a.station("api/api/v1/health", diagnose.HopRule); at != "ok rule 100 /api/v1/* → hokusai-api-tg-development" {
			t.Errorf("%q", at)
		}
		if f := a.cause(diagnose.DepStaleAddress); !slices.Contains(f.Explains, "api/api/v1/health") {
			t.Errorf("after 60 s the application waits: %v", f.Explains)
		}
		b.says("sg-task", "so hokusai-main-development cannot connect to the targets of hokusai-api-tg-development")
		own := reported(t, "accept-a", func(s *scenario.Scenario) {
			one := symptomOf(s, "api/api/v1/health")
			one.Class, one.Phase = "http.status", "assert"
			one.Answer.Status, one.Answer.Server, one.Answer.ContentType, one.Answer.Body, one.Answer.Took = 504, "uvicorn", "application/json", `{"detail":"upstream timed out"}`, 30*time.Second
			s.Input.Symptoms, s.Probes.Slow = []diagnose.Symptom{*one}, nil
		})
		own.says("hokusai-api-development answers 504 itself after 30 s")
	}},
	{"F10", "no valid routes are configured", differs, func(t *testing.T, run func(string) played) {
		a := run("a")
		gaps := diagnose.NoRule(diagnose.MatchTable(a.in))
		var without []string
		for _, m := range gaps {
			without = append(without, m.Host+m.Path)
		}
		if !slices.Equal(without, []string{"api.hokus.ai/", "api.hokus.ai/health", "platform.hokus.ai/"}) {
			t.Errorf("without a rule: %v", without)
		}
		a.says("hokusai-main-development:443 rule 100 /api/v1/* Does: → hokusai-api-tg-development Requests: api.hokus.ai/api/v1/health")
	}},
	{"F11", "platform.hokus.ai answers 404", sharper, func(t *testing.T, run func(string) played) {
		if f := run("a").cause(diagnose.RuleDefaultFixed); !slices.Equal(f.Explains, []string{"api/", "api/health", "platform/"}) {
			t.Errorf("one cause for two hosts: %v", f.Explains)
		}
	}},
	{"F12", ":443 answers with a fixed response, :80 redirects", same, func(_ *testing.T, run func(string) played) {
		run("a").says("hokusai-main-development:443 default Does: a fixed response 404 Requests: api.hokus.ai/, api.hokus.ai/health, platform.hokus.ai/",
			"hokusai-main-development:80 default Does: a redirect 301 to https://#{host}:443/#{path} Requests: api.hokus.ai/api/v1/health, api.hokus.ai/, api.hokus.ai/health")
	}},
	{"F13", "no routing rules to backends", differs, func(_ *testing.T, run func(string) played) {
		a := run("a")
		a.says("hokusai-main-development:443 has 1 rule and none matches api.hokus.ai/, api.hokus.ai/health, platform.hokus.ai/")
		a.silentAbout("has no rules", "no routing rules")
	}},
	{"F14", "the registry's load balancer likely lacks targets or rules", differs, func(t *testing.T, run func(string) played) {
		a := run("a")
		a.ruledOut(a.cause(diagnose.DepStaleAddress), diagnose.GroupEmpty, "hokusai-reg-api-development has 1 target registered")
		for _, f := range a.out.Findings {
			if strings.HasPrefix(string(f.Code), "RULE_") && strings.Contains(f.Key, "registry") {
				t.Errorf("its rules are in order: %s", f.Sentence)
			}
		}
	}},
}
