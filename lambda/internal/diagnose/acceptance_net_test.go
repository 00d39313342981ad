package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

func hasCode(codes []Code, code Code) bool { return slices.Contains(codes, code) }

// F8, F11, F13: the default action answered, for two hosts and three paths; one
// root cause, and how many rules the listener has instead of "no rules".
func TestAcceptanceF8F11F13OneMissingRuleForTwoHosts(t *testing.T) {
	out := Diagnose(caseOf(seed(), seedAll(time.Minute)...))
	f := only(t, out, RuleDefaultFixed, Cause)
	if f.Level != Proven || !slices.Equal(f.Explains, []string{"api/health", "api/", "platform/"}) {
		t.Errorf("%s", asJSON(f))
	}
	for _, words := range []string{"hokusai-main-development:443 has 1 rule", "a fixed response 404"} {
		if !strings.Contains(f.Sentence, words) {
			t.Errorf("%q does not say %q", f.Sentence, words)
		}
	}
	if !strings.Contains(f.Evidence[1].Statement, "same status, type and body as the default action") {
		t.Errorf("%+v", f.Evidence)
	}
	for _, trace := range out.Traces[:3] {
		if slices.ContainsFunc(trace.Stations, func(s Station) bool { return s.Hop == HopGroup }) {
			t.Errorf("%s never reached a target group: %+v", trace.Endpoint, trace.Stations)
		}
	}
}

// F9: three 504s that mean three things.
func TestAcceptanceF9WhichOfThree504s(t *testing.T) {
	closed := seed()
	closed.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{ID: "sg-task"}, "ec2:DescribeSecurityGroups"))
	if out := Diagnose(caseOf(closed, seed504("api", "/api/v1/health", 10*time.Second))); !hasCode(causes(out), NetTargetGroup) {
		t.Errorf("10 s: %v", causes(out))
	}
	out := Diagnose(caseOf(seed(), seed504("api", "/api/v1/health", time.Minute)))
	if !hasCode(causes(out), GroupTimeout) {
		t.Errorf("60 s: %v", causes(out))
	}
	rule := out.Traces[0].Stations[slices.IndexFunc(out.Traces[0].Stations, func(s Station) bool { return s.Hop == HopRule })]
	if rule.Verdict != OK || !strings.Contains(rule.Text, "rule 100 /api/v1/* → hokusai-api-tg-development") {
		t.Errorf("%+v", rule)
	}
	own := seed504("api", "/api/v1/health", 30*time.Second)
	own.Answer.Server, own.Answer.ContentType, own.Answer.Body = "uvicorn", "application/json", `{"detail":"upstream timed out"}`
	for _, facts := range []*topology.Snapshot{seed(), closed} {
		for _, code := range causes(Diagnose(caseOf(facts, own))) {
			if code == GroupTimeout || code == NetTargetGroup {
				t.Errorf("the application's own 504 was blamed on %s", code)
			}
		}
	}
}

// F10, F12, F14, R1c: the table says per path which rule takes it, on both
// ports; the registry has no gap.
func TestAcceptanceF10F12F14R1cMatchTable(t *testing.T) {
	in := caseOf(seed(), seedAll(time.Minute)...)
	table := MatchTable(in)
	if len(table) != 18 {
		t.Fatalf("%d rows for nine paths and two ports", len(table))
	}
	does := map[string]string{}
	for _, m := range table {
		does[m.Listener+" "+m.Host+m.Path] = m.Does
	}
	for at, want := range map[string]string{
		"hokusai-main-development:443 api.hokus.ai/health":                  "a fixed response 404",
		"hokusai-main-development:443 api.hokus.ai/api/v1/health":           "→ hokusai-api-tg-development",
		"hokusai-main-development:443 platform.hokus.ai/":                   "a fixed response 404",
		"hokusai-main-development:80 api.hokus.ai/health":                   "a redirect 301 to https://#{host}:443/#{path}",
		"hokusai-registry-development:443 registry.hokus.ai/health":         "→ hokusai-reg-api-development",
		"hokusai-registry-development:443 registry.hokus.ai/api/mlflow":     "→ hokusai-reg-api-development",
		"hokusai-registry-development:80 registry.hokus.ai/api/mlflow":      "a redirect 301 to https://#{host}:443/#{path}",
		"hokusai-registry-development:443 registry.hokus.ai" + seedPaths[4]: "→ hokusai-reg-api-development",
	} {
		if does[at] != want {
			t.Errorf("%s: %q, want %q", at, does[at], want)
		}
	}
	gaps := NoRule(table)
	if len(gaps) != 3 || slices.ContainsFunc(gaps, func(m Match) bool { return m.Host == "registry.hokus.ai" }) {
		t.Errorf("%+v", gaps)
	}
	for _, f := range Diagnose(in).Findings {
		if strings.HasPrefix(string(f.Code), "RULE_") && strings.Contains(f.Key, "registry") {
			t.Errorf("the registry's rules are in order: %s", f.Sentence)
		}
	}
}

// F15, F16, F18, R2, R3: the reason of the targets is printed; both groups are
// one root cause, because it is one task; the path is ruled out, and changing
// it is advised against.
func TestAcceptanceF15F16F18R2R3SilentTargets(t *testing.T) {
	out := Diagnose(caseOf(seed(), seedAll(time.Minute)...))
	f := only(t, out, GroupTimeout, Cause)
	if len(f.Explains) != 6 || f.Key != "TG_TIMEOUT_APP/hokusai-api-development" {
		t.Errorf("%s explains %v", f.Key, f.Explains)
	}
	text := asJSON(f)
	for _, want := range []string{`10.0.1.76:8001 of hokusai-reg-api-development: Target.Timeout`, `10.0.1.76:8001 of hokusai-api-tg-development: Target.Timeout`, "10.0.1.76 belongs to eni-task", "accepts a connection from inside the VPC"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	ruledOut := map[Code]bool{}
	for _, r := range f.RuledOut {
		ruledOut[r.Code] = r.Evidence != ""
	}
	for _, code := range []Code{GroupHealth404, NetTargetGroup, GroupStaleTarget, GroupEmpty} {
		if !ruledOut[code] {
			t.Errorf("%s is not ruled out with evidence: %+v", code, f.RuledOut)
		}
	}
	if len(f.Advice) == 0 || !strings.Contains(f.Advice[0].What, "/health/alb") || f.Advice[0].Evidence == "" {
		t.Errorf("%+v", f.Advice)
	}
	for _, one := range out.Findings {
		for _, a := range one.Actions {
			if strings.Contains(a.Command, "modify-target-group") || strings.Contains(a.Do, "health check path of") {
				t.Errorf("a path is recommended that nobody probed: %s", a.Do)
			}
		}
	}
}

// F17: a process that was started is no proof that it listens. With refused
// connections the log line says that the start is not complete.
func TestAcceptanceF17StartedIsNotListening(t *testing.T) {
	s := seed()
	s.TargetHealth.Put(seedAPI, know([]topology.Target{{ID: "10.0.1.76", Port: 8001, State: "unhealthy", Reason: "Target.FailedHealthChecks", Description: "Health checks failed"}}, "elasticloadbalancing:DescribeTargetHealth"))
	s.Dials.Put("10.0.1.76:8001", topology.KnownFact(topology.Dial{Class: result.TCPRefused}, "", noon))
	bad := seed504("api", "/api/v1/health", 10*time.Millisecond)
	bad.Answer.Status, bad.Answer.Body = 502, "<html><center><h1>502 Bad Gateway</h1></center></html>"
	f := only(t, Diagnose(caseOf(s, bad)), GroupRefused, Cause)
	if !strings.Contains(f.Sentence, "has not finished starting") || f.Level != Proven {
		t.Errorf("%s %s", f.Level, f.Sentence)
	}
	s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Sample: "INFO:     Started server process [1]"}, {Sample: "INFO:     Application startup complete."}, {Sample: "INFO:     Uvicorn running on http://0.0.0.0:8001"}}, "logs:FilterLogEvents"))
	if f := only(t, Diagnose(caseOf(s, bad)), GroupRefused, Cause); strings.Contains(f.Sentence, "starting") {
		t.Error(f.Sentence)
	}
	for _, r := range only(t, Diagnose(caseOf(seed(), seed504("api", "/api/v1/health", time.Minute))), GroupTimeout, Cause).Evidence {
		if strings.Contains(r.Statement, "Started server process") {
			t.Error("it is cited as if it showed that the application serves")
		}
	}
}

// R1a: a rule for what the default answered, and for nothing else; the target
// group comes from the configuration, or is asked for.
func TestAcceptanceR1aProposesTheRule(t *testing.T) {
	all := seedAll(time.Minute)
	f := only(t, Diagnose(caseOf(seed(), all...)), RuleDefaultFixed, Cause)
	if len(f.Actions) != 2 || !strings.Contains(f.Actions[0].Do, "for its owner to say (named for it: hokusai-api-tg-development, hokusai-reg-api-development)") {
		t.Errorf("%s", asJSON(f.Actions))
	}
	for i := range all {
		all[i].Endpoint.RunsOn.Group = "hokusai-api-tg-development"
	}
	f = only(t, Diagnose(caseOf(seed(), all[:3]...)), RuleDefaultFixed, Cause)
	want := "--conditions Field=host-header,Values=api.hokus.ai Field=path-pattern,Values=/health,/ --actions Type=forward,TargetGroupArn=" + seedAPI
	if !strings.Contains(f.Actions[0].Command, want) || !strings.Contains(f.Actions[1].Command, "Values=platform.hokus.ai") {
		t.Errorf("%s", asJSON(f.Actions))
	}
	if strings.Contains(asJSON(f.Actions), "/api/v1") || strings.Contains(f.Actions[1].Command, "--priority 10 ") {
		t.Errorf("%s", asJSON(f.Actions))
	}
}

// R1b: the rule that takes the path leads to another group than the endpoint's.
func TestAcceptanceR1bAnotherGroupThanExpected(t *testing.T) {
	s := seed()
	s.Rules.Put(seedMain+"/443", know([]topology.Rule{seedForward(50, "/api/*", seedMLflow), seedForward(100, "/api/v1/*", seedAPI), seedDefault()}, "elasticloadbalancing:DescribeRules"))
	wrong := seed404("api", "/api/v1/health")
	wrong.Answer.Server, wrong.Answer.ContentType, wrong.Answer.Body = "gunicorn", "application/json", `{"detail":"Not Found"}`
	wrong.Endpoint.RunsOn.Group = "hokusai-api-tg-development"
	in := caseOf(s, wrong)
	f := only(t, Diagnose(in), RuleShadowed, Cause)
	if f.Level != Proven || !strings.Contains(f.Sentence, "rule 50 /api/* → hokusai-reg-mlflow-development") || !strings.Contains(f.Actions[0].Command, "Priority=49") {
		t.Errorf("%s", asJSON(f))
	}
	if row := MatchTable(in)[0]; row.Wanted != "hokusai-api-tg-development" {
		t.Errorf("%+v", row)
	}
}

// R5: per name, what it leads to and whether its certificate covers it; names
// that are well have a row, too.
func TestAcceptanceR5NamesAndCertificates(t *testing.T) {
	all := seedAll(time.Minute)
	for i := range all {
		if all[i].Endpoint.Host != "mlflow.hokus.ai" {
			all[i].CertNames = []string{"api.hokus.ai", "registry.hokus.ai"}
		}
	}
	in := caseOf(seed(), all...)
	rows := map[string]Domain{}
	for _, d := range Domains(in) {
		rows[d.Host] = d
	}
	if d := rows["api.hokus.ai"]; !d.OK || d.LeadsTo != "hokusai-main-development" || d.TLS != "covered" {
		t.Errorf("%+v", d)
	}
	if d := rows["platform.hokus.ai"]; d.OK || !strings.HasPrefix(d.TLS, "not covered") {
		t.Errorf("%+v", d)
	}
	if d := rows["mlflow.hokus.ai"]; d.OK || d.Name != "no record in the zone hokus.ai (Z1)" {
		t.Errorf("%+v", d)
	}
	if len(rows) != 4 {
		t.Errorf("%+v", rows)
	}
	f := only(t, Diagnose(in), DNSNoRecord, Cause)
	if f.Level != Proven || f.Sentence != "mlflow.hokus.ai has no record in the zone hokus.ai (Z1)" || !slices.Equal(f.Explains, []string{"mlflow/"}) {
		t.Errorf("%s", asJSON(f))
	}
}
