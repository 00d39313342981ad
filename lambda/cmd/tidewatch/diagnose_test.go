package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

// atScenario signs in to AWS as a scenario has it, and returns the environment
// of the command, and the server to be asked what was called.
func atScenario(t *testing.T, name string, denied ...string) (map[string]string, *scenario.Server) {
	t.Helper()
	played, err := scenario.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	aws := scenario.NewServer(played, denied...)
	server := httptest.NewServer(aws)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "planted/SecretAccessKey/7f3a91")
	return map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "XDG_STATE_HOME": t.TempDir()}, aws
}

// edge answers for every host name over TLS, and returns the proxy that leads
// there.
func edge(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	at := httptest.NewTLSServer(answer)
	t.Cleanup(at.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		behind, err := net.Dial("tcp", at.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		front, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			_ = behind.Close()
			return
		}
		_, _ = front.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		go func() { _, _ = io.Copy(behind, front); _ = behind.Close() }()
		_, _ = io.Copy(front, behind)
		_ = front.Close()
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// balancer answers as a load balancer does.
func balancer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "awselb/2.0")
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// noRule is the configuration of an endpoint that the default action of a
// listener answers: it is reached through a proxy.
func noRule(t *testing.T) string {
	t.Helper()
	proxy := edge(t, balancer(http.StatusNotFound, "text/plain; charset=utf-8", "not found"))
	file := filepath.Join(t.TempDir(), "t.yaml")
	text := `environment: test
aws: {region: us-east-1, clusters: [dev], log-groups: ["/ecs/api"]}
endpoints:
  - name: health
    group: api
    url: https://api.hokus.ai/health
    severity: critical
    conditions: ["[STATUS] == 200"]
    client: {insecure: true, timeout: 2s, proxy-url: "` + proxy + `"}
    runs-on: {target-group: api}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A diagnosis is told in UTC, wherever it is made.
func TestDiagnosisInAnotherTimeZone(t *testing.T) {
	env, _ := atScenario(t, "d11-no-rule")
	command := exec.Command(os.Args[0], "diagnose", "--config", noRule(t), "--output", "json")
	command.Env = append(asProcess(t), "TZ=Asia/Kathmandu")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		command.Env = append(command.Env, name+"="+os.Getenv(name))
	}
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	out, _ := command.Output() // the status says it
	if status := command.ProcessState.ExitCode(); status != statusUnhealthy {
		t.Fatalf("status %d: %s", status, out)
	}
	follows(t, report.DiagnosisSchema, string(out))
}

func TestDiagnose(t *testing.T) {
	env, aws := atScenario(t, "d11-no-rule")
	file, kept := noRule(t), filepath.Join(t.TempDir(), "case.json")
	got := tidewatchIn(t.Context(), env, "diagnose", "--config", file, "--save", kept, "--output", "markdown")
	if got.status != statusUnhealthy || !strings.Contains(got.out, "## Root cause 1: no rule matches, the default action answers") || !strings.Contains(got.out, "Level proven") {
		t.Fatalf("%+v", got)
	}
	if calls, _ := aws.Calls(); len(calls) == 0 || len(calls) > 80 {
		t.Errorf("%d calls", len(calls))
	}
	before, _ := aws.Calls()
	for form, want := range map[string]string{
		"text": "Root cause 1", "slack": "*Cause (proven):*", "markdown": "| E1 ", "json": `"code": "RULE_DEFAULT_FIXED"`,
	} {
		again := tidewatch(t, "diagnose", "--facts", kept, "--output", form)
		if again.status != statusUnhealthy || !strings.Contains(again.out, want) {
			t.Errorf("%s again: %+v", form, again)
		}
		if form == "json" {
			follows(t, report.DiagnosisSchema, again.out)
		}
	}
	if after, _ := aws.Calls(); len(after) != len(before) {
		t.Error("--facts asked somebody")
	}
}

// A run that diagnoses has its findings in its document, with a state and
// without one.
func TestRunDiagnose(t *testing.T) {
	for _, state := range []string{"none", "file"} {
		env, _ := atScenario(t, "d11-no-rule")
		file := noRule(t)
		got := tidewatchIn(t.Context(), env, "run", "--config", file, "--diagnose", "--state", state, "--output", "json")
		var doc struct {
			Findings []struct{ Code, Level string }
		}
		if err := json.Unmarshal([]byte(got.out), &doc); err != nil || got.status != statusUnhealthy || len(doc.Findings) != 1 || doc.Findings[0].Code != "RULE_DEFAULT_FIXED" {
			t.Errorf("state %s: %v, %+v", state, err, got)
		}
		text := tidewatchIn(t.Context(), env, "run", "--config", file, "--diagnose", "--state", state)
		if !strings.Contains(text.out, "Root cause 1") {
			t.Errorf("state %s: %s", state, text.out)
		}
		if plain := tidewatchIn(t.Context(), env, "run", "--config", file, "--state", state, "--output", "json"); !strings.Contains(plain.out, `"findings":[]`) {
			t.Errorf("a run that was not asked to diagnoses: %s", plain.out)
		}
	}
}

// What cannot be read is said, and nothing is proven.
func TestDiagnoseDenied(t *testing.T) {
	env, _ := atScenario(t, "d11-no-rule", "elasticloadbalancing:DescribeRules")
	got := tidewatchIn(t.Context(), env, "diagnose", "--config", noRule(t))
	if got.status != statusUnhealthy || !strings.Contains(got.out, "elasticloadbalancing:DescribeRules (denied)") || strings.Contains(got.out, "Level proven") {
		t.Errorf("%+v", got)
	}
}

func TestDiagnoseRefuses(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(wrong, []byte(`{"symptoms":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		`--output "html": expected text, json, markdown or slack`:                                      {"diagnose", "--output", "html"},
		"--facts: the file cannot be read":                                                             {"diagnose", "--facts", "/no/such/file"},
		"facts: expected what was read, got nothing; expected what `tidewatch diagnose --save` writes": {"diagnose", "--facts", wrong},
		"--save and --only do not go with it":                                                          {"diagnose", "--facts", wrong, "--save", "x"},
		"there are no reports without a state":                                                         {"report", "--state", "none"},
		"report: expected one id or none, but got 2":                                                   {"report", "a", "b"},
		`--output "markdown": expected text or json`:                                                   {"doctor", "--output", "markdown"},
		"no report has been kept yet: the function, and `tidewatch run --diagnose`, keep one":          {"report"},
		"there is no such report: R-1 is not in":                                                       {"report", "R-1"},
		"there is no incident INC-1; `tidewatch incidents` lists those":                                {"report", "INC-1"},
	} {
		if got := tidewatch(t, args...); got.status != statusFailed || !strings.Contains(got.err, want) {
			t.Errorf("%v: %d %q, want %q", args, got.status, got.err, want)
		}
	}
}

func TestReport(t *testing.T) {
	env := map[string]string{"XDG_STATE_HOME": t.TempDir()}
	file := noRule(t)
	store := filestate.Open(filepath.Join(env["XDG_STATE_HOME"], "tidewatch", "test.json"))
	d := report.Diagnosis{Version: 1, ID: "R-20260301T120000Z", Environment: "test", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Checks: []report.Checked{{Key: "api/health", Host: "api.hokus.ai"}}}
	kept, err := report.Stored(d, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.KeepReport(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	state := incident.State{Diagnosed: incident.Diagnosed{Report: d.ID}, Incidents: []*incident.Incident{
		{ID: "INC-0301-1", State: incident.Open, Root: &incident.Root{Report: d.ID}}, {ID: "INC-0301-2", State: incident.Open},
	}}
	if _, err := store.Save(t.Context(), state, 0); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "INC-0301-1", d.ID} {
		args := []string{"report", "--config", file, "--output", "markdown"}
		if id != "" {
			args = append(args, id)
		}
		if got := tidewatchIn(t.Context(), env, args...); got.status != statusHealthy || !strings.Contains(got.out, "report R-20260301T120000Z") {
			t.Errorf("%q: %+v", id, got)
		}
	}
	if got := tidewatchIn(t.Context(), env, "report", "--config", file, "INC-0301-2"); got.status != statusFailed || !strings.Contains(got.err, "no cause was found for incident INC-0301-2") {
		t.Errorf("%+v", got)
	}
}

func TestDoctor(t *testing.T) {
	env, _ := atScenario(t, "d17-accepts-but-silent", "ecs:DescribeTasks", "ec2:DescribeSubnets")
	file := noRule(t)
	got := tidewatchIn(t.Context(), env, "doctor", "--config", file)
	for _, want := range []string{"allowed  elasticloadbalancing:DescribeLoadBalancers", "denied   ecs:DescribeTasks", "not known without it: which tasks run", "2 denied", `"ec2:Region": [`, "arn:aws:ecs:us-east-1:*:task/dev/*"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is missing in\n%s", want, got.out)
		}
	}
	if got.status != statusUnhealthy {
		t.Errorf("status %d", got.status)
	}
	document := tidewatchIn(t.Context(), env, "doctor", "--config", file, "--output", "json")
	var doc struct {
		Actions []struct {
			Action, Outcome string
			Limits          []string
		}
		Policy *struct {
			Statement []struct{ Action, Resource []string }
		}
	}
	if err := json.Unmarshal([]byte(document.out), &doc); err != nil || doc.Policy == nil || len(doc.Policy.Statement) != 2 || len(doc.Actions) < 20 {
		t.Errorf("%v, %+v", err, doc)
	}
}
