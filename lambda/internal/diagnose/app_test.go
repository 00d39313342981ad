package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// well is the sample with a healthy target and a log that says this.
func well(lines ...string) *topology.Snapshot {
	s := sample()
	s.TargetHealth.Put(groupARN, know([]topology.Target{{ID: "10.0.1.76", Port: 8001, State: "healthy"}}, "elasticloadbalancing:DescribeTargetHealth"))
	s.TaskDefinitions.Put(taskDefARN, know(topology.TaskDefinition{ARN: taskDefARN, Family: "api", Revision: 115, Containers: []topology.ContainerDefinition{{Name: "api", LogGroup: "/ecs/api", LogPrefix: "ecs"}}}, "ecs:DescribeTaskDefinition"))
	var log []topology.LogPattern
	for _, l := range lines {
		log = append(log, topology.LogPattern{Count: 3, Last: noon, Sample: l})
	}
	s.Logs.Put("/ecs/api|ecs/api", know(log, "logs:FilterLogEvents"))
	return s
}

func TestErrorsOfTheApplication(t *testing.T) {
	for name, c := range map[string]struct {
		log   []string
		body  string
		level Level
		says  string
	}{
		"said in both":     {[]string{"ValueError: HuggingFace token not configured"}, `{"detail":"HuggingFace token not configured"}`, Proven, "HuggingFace token not configured"},
		"in the log only":  {[]string{"ValueError: HuggingFace token not configured"}, `{"detail":"Internal Server Error"}`, Likely, "HuggingFace token not configured"},
		"in the body only": {nil, `{"detail":"quota exceeded"}`, Proven, "quota exceeded"},
		"nowhere":          {nil, "oops", Proven, "api answers 500 on api.hokus.ai/api/v1/x"},
	} {
		f := only(t, Diagnose(caseOf(well(c.log...), byTheApp(500, c.body))), App5xx, Cause)
		if f.Level != c.level || !strings.Contains(f.Sentence, c.says) {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
	}
	if got := causes(Diagnose(caseOf(well(), gateway5xx(500, 0)))); hasCode(got, App5xx) {
		t.Error("the load balancer answered, not the application")
	}
	s := well()
	s.Fail(topology.Want{Kind: topology.Logs, Key: "/ecs/api|ecs/api"}, topology.Denied, "")
	if f := only(t, Diagnose(caseOf(s, byTheApp(500, "{}"))), App5xx, Cause); f.Level == Proven || len(f.Gaps) != 1 || f.Gaps[0].Action != "logs:FilterLogEvents" {
		t.Errorf("%+v", f)
	}
}

// A first failure soon after a deployment is a reason to go back; a later one is none.
func TestFailuresAfterADeployment(t *testing.T) {
	for since, back := range map[time.Duration]bool{2 * time.Minute: true, 3 * time.Hour: false, -time.Minute: false} {
		s := well()
		ofService(s, func(v *topology.Service) {
			v.Deployments = []topology.Deployment{{ID: "ecs-svc/2", Status: "PRIMARY", Rollout: "COMPLETED", TaskDefinition: taskDefARN, Running: 1, Created: noon.Add(-4 * time.Hour)}}
		})
		bad := byTheApp(500, "{}")
		bad.Since = noon.Add(-4 * time.Hour).Add(since)
		f := only(t, Diagnose(caseOf(s, bad)), App5xx, Cause)
		if got := strings.Contains(f.Actions[0].Do, "roll api back"); got != back {
			t.Errorf("%s after the deployment: %s", since, f.Actions[0].Do)
		}
	}
}

func TestSlowPath(t *testing.T) {
	s := well()
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), AppSlowPath, Cause)
	if f.Level != Proven || !strings.Contains(f.Sentence, "does not answer /api/v1/x within main's idle timeout of 60 s") || len(f.Advice) != 1 || f.Advice[0].Evidence == "" {
		t.Errorf("%s %+v", f.Sentence, f.Advice)
	}
	for _, after := range []time.Duration{10 * time.Second, 30 * time.Second} {
		if got := causes(Diagnose(caseOf(s, gateway504("/api/v1/x", after)))); hasCode(got, AppSlowPath) {
			t.Errorf("after %s: %v", after, got)
		}
	}
	s.Fail(topology.Want{Kind: topology.LoadBalancerSettings, Key: balancerARN}, topology.Denied, "")
	if f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), AppSlowPath, Cause); f.Level == Proven || len(f.Gaps) == 0 {
		t.Errorf("%+v", f)
	}
}

// A log that names what gets no answer makes that a rival, and is quoted.
func TestSlowPathBesideACallThatTimesOut(t *testing.T) {
	for line, c := range map[string]struct {
		to    topology.HostPort
		rival string
		level Level
	}{
		"HTTPConnectionPool(host='mlflow.example.com', port=5000): Read timed out. (read timeout=120)": {topology.HostPort{Host: "mlflow.example.com", Port: 5000}, "mlflow.example.com:5000", Possible},
		"connected to cache.example.com:6379":       {topology.HostPort{Host: "cache.example.com", Port: 6379}, "", Proven},
		"worker timeout, listening on 0.0.0.0:8001": {topology.HostPort{Host: "0.0.0.0", Port: 8001}, "", Proven},
	} {
		s := well()
		s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Count: 7, Last: noon, Sample: line, Address: &c.to}}, "logs:FilterLogEvents"))
		f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), AppSlowPath, Cause)
		if f.Level != c.level || len(f.Rivals) != 0 != (c.rival != "") {
			t.Errorf("%s: %s %+v", line, f.Level, f.Rivals)
			continue
		}
		if c.rival != "" && (!strings.Contains(f.Rivals[0].What, c.rival) || !strings.Contains(f.Actions[0].Do, c.rival) || !strings.Contains(asJSON(f.Evidence), "Read timed out")) {
			t.Errorf("%s: %s", line, asJSON(f))
		}
	}
}

// Without the log nobody knows what the application waits for: that it does not
// answer is seen, and that this is all is not proven.
func TestSilenceWithoutTheLog(t *testing.T) {
	for name, c := range map[string]struct {
		facts *topology.Snapshot
		code  Code
	}{"one path": {well(), AppSlowPath}, "every check": {sample(), GroupTimeout}} {
		bad := gateway504("/api/v1/x", time.Minute)
		if f := concluded(caseOf(c.facts, bad)); f.Code != c.code || f.Level != Proven {
			t.Errorf("%s, with the log: %s %s", name, f.Code, f.Level)
		}
		c.facts.Fail(topology.Want{Kind: topology.Logs, Key: "/ecs/api|ecs/api"}, topology.Denied, "")
		f := concluded(caseOf(c.facts, bad))
		if f.Code != c.code || f.Level != Likely || len(f.Gaps) != 1 || f.Gaps[0].Action != "logs:FilterLogEvents" {
			t.Errorf("%s: %s %s, %+v", name, f.Code, f.Level, f.Gaps)
		}
	}
}

func TestInvalidHost(t *testing.T) {
	bad := byTheApp(403, "Invalid Host header - possible DNS rebinding attack detected")
	bad.Answer.ContentType = "text/plain"
	f := only(t, Diagnose(caseOf(well(), bad)), MLflowInvalidHost, Cause)
	if f.Level != Proven || !strings.Contains(f.Actions[0].Do, "api.hokus.ai") || strings.Contains(f.Actions[0].Do, `"*"`) {
		t.Errorf("%s %+v", f.Level, f.Actions)
	}
	if got := causes(Diagnose(caseOf(well(), byTheApp(403, `{"detail":"Forbidden"}`)))); len(got) != 0 {
		t.Errorf("another 403: %v", got)
	}
}

func TestProbesOfWhatCannotBe(t *testing.T) {
	bad := notFound("/api/v1/mlflow/registered-models/list")
	bad.Answer.Server, bad.Answer.ContentType, bad.Answer.Body = "uvicorn", "application/json", `{"detail":"Not Found"}`
	version := Symptom{Endpoint: endpoint("/version"), Healthy: true, At: noon, Answer: topology.Answer{Status: 200, Body: "2.9.2"}}
	f := only(t, Diagnose(caseOf(well(), bad, version)), ProbeStalePath, Cause)
	if f.Level != Proven || f.Severity != S4 || !strings.Contains(f.Actions[0].Do, "/api/v1/mlflow/registered-models/search?max_results=1") {
		t.Errorf("%s %+v", f.Level, f.Actions)
	}
	version.Answer.Body = "1.30.0"
	if got := causes(Diagnose(caseOf(well(), bad, version))); hasCode(got, ProbeStalePath) {
		t.Error("MLflow 1 has the path")
	}
	f = only(t, Diagnose(caseOf(well(), bad)), ProbeStalePath, Cause)
	if f.Level != Likely {
		t.Error("the version is not known")
	}
	byRule := notFound("/mlflow/registered-models/list")
	if got := causes(Diagnose(caseOf(well(), byRule, version))); hasCode(got, ProbeStalePath) {
		t.Error("the default action answered, not the application")
	}
	was := bad
	was.Endpoint = endpoint("/api/v1/gone")
	if got := causes(Diagnose(caseOf(well(), was, version))); !slices.Equal(got, []Code{ProbeStalePath}) {
		t.Errorf("never good: %v", got)
	}
	was.Good = true
	if got := causes(Diagnose(caseOf(well(), was, version))); len(got) != 0 {
		t.Errorf("it was good once: %v", got)
	}
}

// The limit of the probe is the cause only where nothing else explains what
// came after it.
func TestALimitThatHidesTheAnswer(t *testing.T) {
	slowly := func(s *topology.Snapshot, a topology.Answer) Input {
		a.Limit = 70 * time.Second
		s.Slow.Put("api/api/v1/x", topology.KnownFact(a, "", noon))
		return caseOf(s, cutShort("/api/v1/x"))
	}
	late504 := gateway504("/", time.Minute).Answer
	f := only(t, Diagnose(slowly(well(), topology.Answer{Status: 200, Server: "uvicorn", Took: 21 * time.Second})), ProbeTimeoutTooShort, Cause)
	if f.Level != Proven || f.Severity != S4 || !strings.Contains(f.Sentence, "answers 200 after 21.0 s; the probe gives up after 5 s") {
		t.Errorf("%s %s", f.Level, f.Sentence)
	}
	dead := sample()
	staleAddress(dead)
	f = only(t, Diagnose(slowly(dead, late504)), DepStaleAddress, Cause)
	if !slices.ContainsFunc(f.Effects, func(e Effect) bool {
		return e.Code == ProbeTimeoutTooShort && strings.Contains(e.Sentence, "cut off the 504 of the load balancer, which came after 60 s")
	}) {
		t.Errorf("%+v", f.Effects)
	}
	if got := causes(Diagnose(slowly(well(), late504))); !slices.Equal(got, []Code{AppSlowPath}) {
		t.Errorf("%v", got)
	}
}

func TestComplaints(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":"degraded","services":{"redis":{"status":"unhealthy"},"db":{"status":"ok"}}}`:       " degraded, redis unhealthy",
		`{"status":"ok","checks":{"redis":false,"db":true}}`:                                           "redis unhealthy",
		`{"services":{"redis":"unhealthy: Connection refused"}}`:                                       "redis unhealthy",
		`{"status":"ok","message":"no error"}`:                                                         "",
		`{"error":"x","ready":false}`:                                                                  "",
		`{"status":"ok","last_job":{"state":"failed"}}`:                                                "",
		`{"status":"ok","data":{"orders":[],"status":"error"}}`:                                        "",
		`{"status":"ok","services":{"redis":{"status":"ok","last":{"state":"failed"}}}}`:               "",
		`{"status":"UP","components":{"disk":{"status":"UP","details":{"mode":"degraded"}}}}`:          "",
		`{"status":"ok","redis":{"status":"down"},"batch":{"status":"down"}}`:                          "redis down",
		`{"status":"DOWN","components":{"db":{"status":"DOWN","components":{"a":{"status":"DOWN"}}}}}`: "a down, db down,  down",
		`{"status":"deg`:    "",
		`<html>down</html>`: "",
	} {
		var got []string
		for _, c := range complaintsOf(body) {
			got = append(got, c.part+" "+c.state)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}

// Only what is known to tell health proves that something is unwell.
func TestWhichComplaintsProve(t *testing.T) {
	for body, want := range map[string]Level{
		`{"status":"ok","last_job":{"state":"failed"}}`:               "",
		`{"status":"ok","details":{"last_job":{"state":"failed"}}}`:   Likely,
		`{"status":"ok","details":{"last_job":"failed"}}`:             Likely,
		`{"id":17,"state":"failed"}`:                                  Likely,
		`{"health":"degraded"}`:                                       Proven,
		`{"details":{"db":{"status":"DOWN"}}}`:                        Proven,
		`{"status":"ok","details":{"cached":false,"debug":false}}`:    "",
		`{"status":"ok","details":{"redis":false}}`:                   Likely,
		`{"checks":{"queue":{"state":"down"},"debug":false}}`:         Proven,
		`{"checks":{"debug":false},"queue":{"last":{"state":"bad"}}}`: Likely,
	} {
		x := byTheApp(200, body)
		x.Class, x.Healthy = "", true
		if f := concluded(caseOf(well(), x)); f.Level != want || want != "" && f.Code != AssertDegradedBody {
			t.Errorf("%s: %s %q: %s", body, f.Code, f.Level, f.Sentence)
		}
	}
}

func TestDegradedIsToldAndNoOutage(t *testing.T) {
	good := byTheApp(200, `{"status":"degraded","services":{"redis":{"status":"unhealthy"}}}`)
	good.Class, good.Healthy = "", true
	out := Diagnose(caseOf(well(), good))
	f := only(t, out, AssertDegradedBody, Cause)
	if f.Severity != S3 || f.Level != Proven || len(out.Unexplained) != 0 || !strings.Contains(f.Sentence, "answers 200 but reports redis unhealthy") {
		t.Errorf("%+v", f)
	}
	good.Answer.Body = `{"status":"ok"}`
	if out := Diagnose(caseOf(well(), good)); len(out.Findings)+len(out.Traces)+len(out.Wants) != 0 {
		t.Errorf("nothing is wrong: %s", asJSON(out))
	}
	failing := good
	failing.Healthy, failing.Class, failing.Answer.Body = false, result.AssertBody, `{"status":"degraded","services":{"redis":{"status":"down"}}}`
	only(t, Diagnose(caseOf(well(), failing)), AssertDegradedBody, Cause)
}

// An error that came after the probe's limit is not the limit's fault: without
// its cause it stays unexplained, and an answer that comes in time now blames
// nothing.
func TestALimitIsNoCauseOfAnError(t *testing.T) {
	for what, a := range map[string]topology.Answer{
		"a late 504":         {Status: 504, Server: "awselb/2.0", ContentType: "text/html", Body: "<center><h1>504 Gateway Time-out</h1></center>", Took: 60 * time.Second},
		"an answer in time":  {Status: 200, Server: "uvicorn", Took: 40 * time.Millisecond},
		"a late 404 of ours": {Status: 404, Server: "uvicorn", Took: 21 * time.Second},
	} {
		s := well()
		s.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, topology.Denied, "")
		cut := cutShort("/api/v1/x")
		a.Limit = 70 * time.Second
		s.Slow.Put(cut.Endpoint.Key, topology.KnownFact(a, "", noon))
		if out := Diagnose(caseOf(s, cut)); len(causes(out)) != 0 || len(out.Unexplained) != 1 {
			t.Errorf("%s: %v, %+v", what, causes(out), out.Unexplained)
		}
	}
}

// What is said of the targets holds for all of them.
func TestASlowPathBesideABadTarget(t *testing.T) {
	s := withTargets(topology.Target{ID: "10.0.1.76", Port: 8001, State: "healthy"}, topology.Target{ID: "10.0.1.76", Port: 8002, State: "unhealthy", Reason: "Target.Timeout"})
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), AppSlowPath, Cause)
	if !strings.HasSuffix(f.Sentence, "while 1 of its 2 targets are healthy") {
		t.Error(f.Sentence)
	}
	for _, e := range f.Evidence {
		if strings.Contains(e.Statement, "targets of api are healthy") {
			t.Error(e.Statement)
		}
	}
}
