package pipeline

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// A failure that was confirmed and whose cause is proven is heard in the first
// run, with its cause; the report is kept; what is well costs no call.
func TestAProvenCauseIsToldAtOnce(t *testing.T) {
	s := openTheatre(t, "d11-no-rule", "health", 2, fine, nil)
	s.tick(t)
	if n := s.calls(); n != 0 {
		t.Fatalf("a healthy run made %d calls", n)
	}
	s.edge.set(byRule)
	run := s.tick(t)
	if len(run.Findings) != 1 || run.Findings[0].Code != "RULE_DEFAULT_FIXED" || len(run.Incidents) != 1 {
		t.Fatalf("%+v\n%s", run.Findings, s.log)
	}
	sent := s.posts.all()
	if len(sent) != 1 {
		t.Fatalf("%d messages\n%s", len(sent), s.log)
	}
	m := sent[0].heard(t)
	if m.Kind != "opened" || m.Reason != string(incident.ReasonProven) || m.Incident.Key != run.Findings[0].Key || m.Incident.Cause.Level != "proven" || m.Incident.Severity != "SEV1" {
		t.Errorf("%+v", m)
	}
	text, err := s.Store.Report(t.Context(), m.Incident.Cause.Report)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := report.DecodeDiagnosis(text)
	if err != nil || len(kept.Findings) != 1 || !strings.Contains(report.DiagnosisMarkdown(kept), "## Root cause 1") {
		t.Errorf("the report that was kept: %+v, %v", kept, err)
	}
	if len(kept.Incidents) != 1 || kept.Incidents[0].Key != m.Incident.Key || kept.Incidents[0].Title != m.Incident.Title {
		t.Errorf("the report has other incidents than the message: %+v", kept.Incidents)
	}
	first := s.calls()
	if first == 0 || first > 80 {
		t.Errorf("the diagnosis made %d calls", first)
	}
	s.tick(t)
	if n := s.calls(); n != first || len(s.posts.all()) != 1 {
		t.Errorf("%d calls and %d messages although nothing was different", n-first, len(s.posts.all())-1)
	}
	for range 4 {
		s.tick(t)
	}
	if n := s.calls(); n == first {
		t.Error("nothing was read again within five minutes of an open incident")
	}
	if len(s.posts.all()) != 1 {
		t.Errorf("%d messages about one cause", len(s.posts.all()))
	}
}

// A repair is seen: the action is ticked, and heard with the resolution.
func TestARepairIsTicked(t *testing.T) {
	s := openTheatre(t, "d11-no-rule", "health", 2, byRule, nil)
	s.tick(t)
	s.edge.set(fine)
	for range 8 {
		s.tick(t)
	}
	sent := s.posts.all()
	if len(sent) != 2 {
		t.Fatalf("%d messages\n%s", len(sent), s.log)
	}
	m := sent[1].heard(t)
	if m.Kind != "resolved" || m.Incident.Cause.Code != "RULE_DEFAULT_FIXED" {
		t.Errorf("%+v", m)
	}
	tested := false
	for _, i := range s.state(t).Incidents {
		for _, a := range i.Root.Actions {
			tested = tested || a.Test != ""
		}
	}
	if done := len(m.Incident.Cause.Actions) > 0 && m.Incident.Cause.Actions[0].Done != ""; done != tested {
		t.Errorf("done %t, tested %t: %+v", done, tested, m.Incident.Cause)
	}
}

// The first message never waits for a slow answer; what that decides follows.
func TestTheFirstMessageDoesNotWait(t *testing.T) {
	var answered atomic.Int64
	// The load balancer gives up after its idle timeout, which the scenario
	// has at a second; the probe itself waits for half of one.
	slowly := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(1200 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
		answered.CompareAndSwap(0, time.Now().UnixNano())
		w.Header().Set("Server", "awselb/2.0")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusGatewayTimeout)
		_, _ = io.WriteString(w, "<html><center><h1>504 Gateway Time-out</h1></center></html>")
	}
	s := openTheatre(t, "d17-accepts-but-silent", "api/v1/health", 1, slowly, func(body string) string {
		return strings.ReplaceAll(body, "<Value>60</Value>", "<Value>1</Value>")
	})
	s.patience(500 * time.Millisecond)
	s.tick(t)
	sent := s.posts.all()
	if len(sent) != 2 {
		t.Fatalf("%d messages\n%s", len(sent), s.log)
	}
	opened, cause := sent[0].heard(t), sent[1].heard(t)
	if opened.Kind != "opened" || opened.Incident.Cause.Code != "" || cause.Kind != "cause-changed" || cause.Incident.ID != opened.Incident.ID {
		t.Errorf("%+v\n%+v", opened, cause)
	}
	if cause.Incident.Cause.Code != "TG_TIMEOUT_APP" {
		t.Errorf("the cause is %+v\n%s", cause.Incident.Cause, s.log)
	}
	// With a limit that lets the answer through, the same cause is the same
	// incident, and no word more.
	s.patience(20 * time.Second)
	s.edge.set(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "awselb/2.0")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusGatewayTimeout)
		_, _ = io.WriteString(w, "<html><center><h1>504 Gateway Time-out</h1></center></html>")
	})
	run := s.tick(t)
	if len(run.Incidents) != 1 || run.Incidents[0].ID != opened.Incident.ID || run.Incidents[0].Key != cause.Incident.Key || run.Results[0].Status != http.StatusGatewayTimeout || len(s.posts.all()) != 2 {
		t.Errorf("after a 504 in time: %d messages, %+v", len(s.posts.all()), run.Incidents)
	}
	if at := time.Unix(0, answered.Load()); answered.Load() == 0 || !sent[0].at.Before(at) || !sent[1].at.After(at) {
		t.Errorf("heard at %s and %s, the slow answer came at %s", sent[0].at, sent[1].at, at)
	}
}

// Secrets that stand in what AWS and endpoints say appear nowhere.
func TestSecretsAppearNowhere(t *testing.T) {
	secrets := []string{"hunter2-planted", "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghijABCDEFGHIJ012345"}
	const text = "password=hunter2-planted key AKIAIOSFODNN7EXAMPLE token ghp_0123456789abcdefghijABCDEFGHIJ012345"
	leaky := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "awselb/2.0")
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Location", "https://u:hunter2-planted@x.example/?token=ghp_0123456789abcdefghijABCDEFGHIJ012345")
		w.WriteHeader(http.StatusGatewayTimeout)
		_, _ = io.WriteString(w, "<center><h1>504 Gateway Time-out</h1></center> "+text)
	}
	planted := 0
	s := openTheatre(t, "d17-accepts-but-silent", "api/v1/health", 2, leaky, func(body string) string {
		for old, to := range map[string]string{
			`"environment": []`: `"environment": [{"name": "DB_PASSWORD", "value": "hunter2-planted"}, {"name": "DATABASE_URL", "value": "postgres://u:hunter2-planted@10.0.3.219:5432/x?` + text + `"}]`,
			`{"events": []`:     `{"events": [{"logStreamName": "ecs/api/t1", "timestamp": 1772366400000, "message": "Connection to 10.0.3.219 timed out. ` + text + `"}]`,
			`"stoppedReason":`:  `"reason": "` + text + `", "stoppedReason":`,
			`"tags": []`:        `"tags": [{"key": "note", "value": "` + text + `"}]`,
			"<Description>":     "<Description>" + text + " ",
			"<Value>60</Value>": "<Value>1</Value>",
		} {
			if strings.Contains(body, old) && strings.Contains(to, "hunter2") {
				planted++
			}
			body = strings.ReplaceAll(body, old, to)
		}
		return body
	})
	s.tick(t)
	run := s.tick(t)
	t.Log("planted", planted)
	if planted < 2 {
		t.Fatal("nothing was planted")
	}
	var all strings.Builder
	for _, p := range s.posts.all() {
		all.WriteString(p.Subject + p.Body)
	}
	state := s.state(t)
	kept2, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	all.Write(kept2)
	text2, err := s.Store.Report(t.Context(), state.Diagnosed.Report)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
	kept, err := report.DecodeDiagnosis(text2)
	if err != nil {
		t.Fatal(err)
	}
	document, err := report.DiagnosisJSON(kept)
	if err != nil {
		t.Fatal(err)
	}
	all.WriteString(report.DiagnosisMarkdown(kept) + report.DiagnosisText(kept) + report.DiagnosisSlack(kept) + string(document) + string(text2) + s.log.String())
	for _, write := range []func(io.Writer, report.Run) error{report.JSON, report.Markdown} {
		if err := write(&all, run); err != nil {
			t.Fatal(err)
		}
	}
	for _, secret := range secrets {
		if i := strings.Index(all.String(), secret); i >= 0 {
			t.Errorf("%q shows: …%s…", secret, all.String()[max(0, i-200):min(all.Len(), i+100)])
		}
	}
}

// explosive is a reader on which an answer that nobody expected has its effect.
type explosive struct{ *unread }

func (explosive) Read(context.Context, *topology.Snapshot, []topology.Want) {
	panic("an answer that nobody expected")
}

// A diagnosis that fails ends neither the run nor what follows: the incident
// opens as it would without, and the next diagnosis is made in its time.
func TestADiagnosisThatFails(t *testing.T) {
	s := openTheatre(t, "d11-no-rule", "health", 1, byRule, nil)
	made := 0
	s.Facts = func(int) FactReader { made++; return explosive{&unread{}} }
	s.tick(t)
	if sent := s.posts.all(); len(sent) != 1 || sent[0].heard(t).Kind != "opened" {
		t.Fatalf("%d messages\n%s", len(sent), s.log)
	}
	if !strings.Contains(s.log.String(), "an answer that nobody expected") {
		t.Error("nothing is logged")
	}
	if by := s.state(t).Diagnosed.By; by != "" {
		t.Errorf("%s still has the lease", by)
	}
	for range 4 {
		s.tick(t)
	}
	before := made
	if before > 3 {
		t.Errorf("%d diagnoses within five minutes", before)
	}
	s.tick(t)
	s.tick(t)
	if made == before {
		t.Error("it is never tried again")
	}
}

// While one run diagnoses, or is not yet known to be dead, no other one does.
func TestOneDiagnosisAtATime(t *testing.T) {
	s := openTheatre(t, "d11-no-rule", "health", 2, byRule, nil)
	state := s.state(t)
	state.LeaseDiagnosis("another-run", s.clock().Add(90*time.Second))
	if _, err := s.Store.Save(t.Context(), state, 0); err != nil {
		t.Fatal(err)
	}
	s.tick(t)
	if n := s.calls(); n != 0 {
		t.Errorf("%d calls while another run diagnoses", n)
	}
	s.tick(t)
	if n := s.calls(); n == 0 {
		t.Errorf("the run that died keeps all others from it\n%s", s.log)
	}
}

// What cannot be read is told with the incident, and proves nothing.
func TestADeniedDiagnosis(t *testing.T) {
	s := openTheatre(t, "d11-no-rule", "health", 2, byRule, nil)
	s.aws.Deny("elasticloadbalancing:DescribeRules")
	run := s.tick(t)
	if len(run.Incidents) != 0 || len(run.Diagnosis.Gaps) == 0 || run.Diagnosis.Gaps[0].Action != "elasticloadbalancing:DescribeRules" {
		t.Errorf("%+v", run.Diagnosis)
	}
	run = s.tick(t)
	if len(run.Incidents) != 1 || run.Incidents[0].Root != nil && run.Incidents[0].Root.Level == "proven" {
		t.Errorf("%+v", run.Incidents)
	}
	if md := report.DiagnosisMarkdown(*run.Diagnosis); !strings.Contains(md, "elasticloadbalancing:DescribeRules (denied)") {
		t.Errorf("the report does not say what is missing:\n%s", md)
	}
}

// A diagnosis may ask more where more fails, and what a first part of it has
// used is gone.
func TestCallsForWhatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ failing, healthy, made, left int }{
		{1, 0, 0, 80}, {10, 500, 0, 80}, {10, 0, 30, 50}, {11, 0, 0, 85}, {20, 0, 50, 80}, {500, 0, 0, 240},
	} {
		q := inquiry{calls: c.made}
		for i := range c.failing + c.healthy {
			q.in.Symptoms = append(q.in.Symptoms, diagnose.Symptom{Healthy: i >= c.failing})
		}
		if got := q.mayCall(); got != c.left {
			t.Errorf("%+v: %d are left", c, got)
		}
	}
}
