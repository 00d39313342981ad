package diagnose

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// gateway is an error page of the load balancer.
func gateway(status int, after time.Duration) Symptom {
	s := gateway504("/api/v1/x", after)
	s.Answer.Status, s.Answer.Body = status, "<html><center><h1>an error</h1></center></html>"
	return s
}

func withTargets(targets ...topology.Target) *topology.Snapshot {
	s := sample()
	groups := s.TargetGroups.Of("").Value
	groups[0].Health = topology.HealthCheck{Path: "/health/alb", Port: "traffic-port", Timeout: 5 * time.Second, Interval: 30 * time.Second, HealthyThreshold: 5}
	s.TargetHealth.Put(groupARN, know(targets, "elasticloadbalancing:DescribeTargetHealth"))
	s.StoppedTasks.Put("dev|api", know([]topology.Task{}, "ecs:DescribeTasks"))
	return s
}

func checked(reason, description string) topology.Target {
	return topology.Target{ID: "10.0.1.76", Port: 8001, State: "unhealthy", Reason: reason, Description: description}
}

// Where all targets are unhealthy the load balancer sends to all of them, so
// that is no reason for a 503.
func TestEmptyGroup(t *testing.T) {
	draining := topology.Target{ID: "10.0.1.76", Port: 8001, State: "draining", Reason: "Target.DeregistrationInProgress"}
	initial := topology.Target{ID: "10.0.1.76", Port: 8001, State: "initial", Reason: "Elb.RegistrationInProgress"}
	for name, c := range map[string]struct {
		targets []topology.Target
		seen    Symptom
		level   Level
	}{
		"no targets":               {nil, gateway(503, 10*time.Millisecond), Proven},
		"all leaving":              {[]topology.Target{draining}, gateway(503, 10*time.Millisecond), Proven},
		"being registered":         {[]topology.Target{initial}, gateway(503, 10*time.Millisecond), Likely},
		"all unhealthy":            {[]topology.Target{checked("Target.Timeout", "Request timed out")}, gateway(503, 10*time.Millisecond), ""},
		"no targets, but a 502":    {nil, gateway(502, 10*time.Millisecond), ""}, // somebody was asked
		"no targets, but a 504":    {nil, gateway(504, 10*time.Second), ""},
		"503 from the application": {nil, fromApp("/api/v1/x", 503), ""},
	} {
		out := Diagnose(caseOf(withTargets(c.targets...), c.seen))
		if c.level == "" {
			if hasCode(causes(out), GroupEmpty) {
				t.Errorf("%s: %s", name, asJSON(out.Findings))
			}
			continue
		}
		if f := only(t, out, GroupEmpty, Cause); f.Level != c.level {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
	}
	elsewhere := topology.Target{ID: "10.0.1.77", Port: 8001, Zone: "us-east-1c", State: "unused", Reason: "Target.NotInUse"}
	draining.Zone = "us-east-1c"
	if f := only(t, Diagnose(caseOf(withTargets(elsewhere), gateway(503, 0))), GroupEmpty, Cause); !strings.Contains(f.Sentence, "has targets in us-east-1c only") {
		t.Error(f.Sentence)
	}
	if f := only(t, Diagnose(caseOf(withTargets(elsewhere, draining), gateway(503, 0))), GroupEmpty, Cause); strings.Contains(f.Sentence, "us-east-1c") {
		t.Errorf("one of them is leaving: %s", f.Sentence)
	}
	s := withTargets()
	s.Fail(topology.Want{Kind: topology.TargetHealth, Key: groupARN}, topology.Denied, "")
	if out := Diagnose(caseOf(s, gateway(503, 0))); len(aboutEndpoints(out)) != 0 || len(out.Gaps) != 1 || strings.Contains(asJSON(out), "no targets") {
		t.Errorf("%s", asJSON(out))
	}
}

func TestEmptyGroupSaysWhatTheServiceDoes(t *testing.T) {
	service := func(change func(*topology.Service)) Finding {
		s := withTargets()
		v := s.Services.Of("dev|api").Value
		change(&v)
		s.Services.Put("dev|api", know(v, "ecs:DescribeServices"))
		seen := gateway(503, 0)
		if len(v.Balancers) == 0 {
			seen.Endpoint.RunsOn.Service = "api"
		}
		return only(t, Diagnose(caseOf(s, seen)), GroupEmpty, Cause)
	}
	for _, c := range []struct {
		change     func(*topology.Service)
		says, does string
	}{
		{func(s *topology.Service) { s.Desired, s.Running = 0, 0 }, "api runs 0 of 0 tasks", "--desired-count 1"},
		{func(s *topology.Service) { s.Running = 0 }, "api runs 0 of 1 tasks", "services[].events"},
		{func(s *topology.Service) { s.Balancers = nil }, "api is not attached to it", "--load-balancers"},
	} {
		if f := service(c.change); !strings.Contains(f.Sentence, c.says) || !strings.Contains(f.Actions[0].Command, c.does) {
			t.Errorf("%s\n%s", f.Sentence, f.Actions[0].Command)
		}
	}
}

func TestWeights(t *testing.T) {
	s := withTargets(topology.Target{ID: "10.0.1.76", Port: 8001, State: "healthy"})
	rules := s.Rules.Of(listenerARN).Value
	weigh := func(own, other int) *topology.Snapshot {
		rules[0].Actions[0].Groups = []topology.Weight{{Group: groupARN, Weight: own}, {Group: otherGroup, Weight: other}}
		s.TargetGroups.Put("", know([]topology.TargetGroup{{ARN: groupARN, Name: "api", TargetType: "ip"}, {ARN: otherGroup, Name: "green", TargetType: "ip"}}, "elasticloadbalancing:DescribeTargetGroups"))
		s.TargetHealth.Put(otherGroup, know([]topology.Target{}, "elasticloadbalancing:DescribeTargetHealth"))
		return s
	}
	if f := only(t, Diagnose(caseOf(weigh(0, 0), gateway(503, 0))), GroupEmpty, Cause); !strings.Contains(f.Sentence, "with the weight 0") {
		t.Error(f.Sentence)
	}
	if out := Diagnose(caseOf(weigh(1, 0), gateway(503, 0))); len(causes(out)) != 0 {
		t.Errorf("the empty group gets nothing, and the other has a healthy target: %v", causes(out))
	}
	if f := only(t, Diagnose(caseOf(weigh(90, 10), gateway(503, 0))), GroupEmpty, Cause); f.Level != Likely || !strings.HasPrefix(f.Sentence, "green has no targets") {
		t.Errorf("%s %s", f.Level, f.Sentence)
	}
}

func TestHealthCheckCodes(t *testing.T) {
	for description, want := range map[string]Code{
		"Health checks failed with these codes: [404]": GroupHealth404, "Health checks failed with these codes: [301, 302]": GroupHealth404,
		"Health checks failed with these codes: [401]": GroupHealth401, "Health checks failed with these codes: [403]": GroupHealth401,
		"Health checks failed with these codes: [500]": "", "no codes": "",
	} {
		s := withTargets(checked("Target.ResponseCodeMismatch", description))
		out := Diagnose(caseOf(s, gateway(503, 0)))
		if want == "" {
			if len(causes(out)) != 0 {
				t.Errorf("%s: %v", description, causes(out))
			}
			continue
		}
		if f := only(t, out, want, Cause); f.Level != Likely {
			t.Errorf("without a word of ECS it is not proven: %s", asJSON(f))
		}
		s.StoppedTasks.Put("dev|api", know([]topology.Task{{ID: "t0", StoppedReason: "Task failed ELB health checks in (target-group x)"}}, "ecs:DescribeTasks"))
		if f := only(t, Diagnose(caseOf(s, gateway(503, 0))), want, Cause); f.Level != Proven {
			t.Errorf("%s", asJSON(f))
		}
		if out := Diagnose(caseOf(s, gateway(504, time.Minute))); hasCode(causes(out), want) {
			t.Errorf("%s does not make a request late", description)
		}
	}
}

// A path is proposed only if it answered well on the target, and fast enough.
func TestHealthCheckPathIsProbedBeforeItIsProposed(t *testing.T) {
	s := withTargets(checked("Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"))
	answer := func(path string, status int, took time.Duration) {
		s.Asks.Put("http://10.0.1.76:8001"+path+"|10.0.1.76:8001", topology.KnownFact(topology.Answer{Status: status, Took: took}, "", noon))
	}
	first := func() Action {
		return only(t, Diagnose(caseOf(s, gateway(503, 0))), GroupHealth404, Cause).Actions[0]
	}
	answer("/health", 200, 3*time.Second)
	answer("/healthz", 404, time.Millisecond)
	if a := first(); a.Command != "" || !strings.Contains(a.Do, "no other path is proposed") {
		t.Errorf("%+v", a)
	}
	answer("/", 204, 40*time.Millisecond)
	if a := first(); !strings.Contains(a.Command, "--health-check-path / ") || !strings.Contains(a.Do, "answered 204 after 40 ms") {
		t.Errorf("%+v", a)
	}
}

func TestRefusedConnections(t *testing.T) {
	refused := func(port int, log ...string) *topology.Snapshot {
		target := checked("Target.FailedHealthChecks", "Health checks failed")
		target.Port = port
		s := withTargets(target)
		d := s.TaskDefinitions.Of(taskDefARN).Value
		d.Containers[0].Ports = []int{8001}
		s.TaskDefinitions.Put(taskDefARN, know(d, "ecs:DescribeTaskDefinition"))
		var lines []topology.LogPattern
		for _, l := range log {
			lines = append(lines, topology.LogPattern{Sample: l, Last: noon})
		}
		s.Logs.Put("/ecs/api|ecs/api", know(lines, "logs:FilterLogEvents"))
		s.Dials.Put("10.0.1.76:8001", topology.UnknownFact[topology.Dial](topology.Budget, "", ""))
		return s
	}
	for name, c := range map[string]struct {
		facts *topology.Snapshot
		says  string
		level Level
	}{
		"the container has another port": {refused(8000), "api sends to port 8000, and the container api listens on 8001", Proven},
		"the log has another port":       {refused(8001, "Listening at: http://0.0.0.0:9000 (1)"), "listens on 9000", Proven},
		"127.0.0.1":                      {refused(8001, "INFO: Uvicorn running on http://127.0.0.1:8001"), "127.0.0.1 only", Proven},
		"still starting":                 {refused(8001, "INFO: Started server process [1]"), "has not finished starting", Proven},
		"the right port in the log":      {refused(8001, "INFO: Uvicorn running on http://0.0.0.0:8001"), "nothing listens on port 8001", Likely},
		"several ports in the log":       {refused(8001, "INFO: Uvicorn running on http://0.0.0.0:8001", "metrics listening on :9090"), "nothing listens on port 8001", Likely},
		"no log":                         {refused(8001), "nothing listens on port 8001", Likely},
	} {
		f := only(t, Diagnose(caseOf(c.facts, gateway(502, 20*time.Millisecond))), GroupRefused, Cause)
		if f.Level != c.level || !strings.Contains(f.Sentence, c.says) {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
		for wrong, seen := range map[string]Symptom{"late": gateway(502, 30*time.Second), "503": gateway(503, 0), "the application": fromApp("/api/v1/x", 502)} {
			if out := Diagnose(caseOf(c.facts, seen)); hasCode(causes(out), GroupRefused) {
				t.Errorf("%s is blamed on it: %s", wrong, name)
			}
		}
	}
	s := refused(8001)
	s.Dials.Put("10.0.1.76:8001", topology.KnownFact(topology.Dial{}, "", noon))
	if out := Diagnose(caseOf(s, gateway(502, 0))); hasCode(causes(out), GroupRefused) {
		t.Error("something listens there")
	}
}

func TestStaleTargets(t *testing.T) {
	s := withTargets(checked("Target.Timeout", ""))
	s.InterfacesByAddress.Put("10.0.1.76", topology.AbsentFact[topology.Interface]("ec2:DescribeNetworkInterfaces", noon))
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", 10*time.Second))), GroupStaleTarget, Cause)
	if f.Level != Proven || f.Severity != S1 || !strings.Contains(f.Actions[0].Command, "deregister-targets") {
		t.Errorf("%s", asJSON(f))
	}
	for name, seen := range map[string]Symptom{"a minute": gateway504("/api/v1/x", time.Minute), "503": gateway(503, 0)} {
		if out := Diagnose(caseOf(s, seen)); hasCode(causes(out), GroupStaleTarget) {
			t.Errorf("%s: %v", name, causes(out))
		}
	}
	s.Fail(topology.Want{Kind: topology.InterfacesByAddress, Key: "10.0.1.76"}, topology.Denied, "")
	if out := Diagnose(caseOf(s, gateway504("/api/v1/x", 10*time.Second))); len(causes(out)) != 0 || strings.Contains(asJSON(out), "no network interface") {
		t.Errorf("%s", asJSON(out))
	}
}

// With a healthy target beside it no request gets to a stale one.
func TestAStaleTargetBesideAHealthyOneIsNoCause(t *testing.T) {
	s := withTargets(topology.Target{ID: "10.0.1.76", Port: 8001, State: "healthy"}, topology.Target{ID: "10.0.1.88", Port: 8001, State: "unhealthy", Reason: "Target.Timeout"})
	s.InterfacesByAddress.Put("10.0.1.88", topology.AbsentFact[topology.Interface]("ec2:DescribeNetworkInterfaces", noon))
	out := Diagnose(caseOf(s, gateway504("/api/v1/x", 10*time.Second)))
	if hasCode(causes(out), GroupStaleTarget) {
		t.Errorf("%s", asJSON(out))
	}
	only(t, out, GroupStaleTarget, Next)
}

// A target that belongs to somebody counts as strange only if the tasks of
// every service that might feed the group are known.
func TestWhoFeedsTheGroup(t *testing.T) {
	s := withTargets(checked("Target.Timeout", ""))
	s.RunningTasks.Put("dev|api", know([]topology.Task{{Address: "10.0.1.99"}}, "ecs:DescribeTasks"))
	seen := gateway504("/api/v1/x", 10*time.Second)
	if f := only(t, Diagnose(caseOf(s, seen)), GroupStaleTarget, Cause); f.Level != Likely || !strings.Contains(f.Sentence, "which is no task of api") {
		t.Errorf("%s", asJSON(f))
	}
	s.ServiceNames.Put("dev", know([]string{"api", "api-canary"}, "ecs:ListServices"))
	s.Services.Put("dev|api-canary", know(topology.Service{Cluster: "dev", Name: "api-canary", Balancers: []topology.ServiceBalancer{{TargetGroup: groupARN}}}, "ecs:DescribeServices"))
	s.RunningTasks.Put("dev|api-canary", know([]topology.Task{{Address: "10.0.1.76"}}, "ecs:DescribeTasks"))
	if out := Diagnose(caseOf(s, seen)); hasCode(causes(out), GroupStaleTarget) {
		t.Errorf("it is a task of the canary: %s", asJSON(out.Findings))
	}
	s.Fail(topology.Want{Kind: topology.Services, Key: "dev|api-canary"}, topology.Throttled, "")
	if out := Diagnose(caseOf(s, seen)); hasCode(causes(out), GroupStaleTarget) {
		t.Errorf("the canary could not be read: %s", asJSON(out.Findings))
	}
}

// While a deployment has just begun, what targets look like may pass by itself.
func TestADeploymentThatHasJustBegunLeavesDoubt(t *testing.T) {
	s := withTargets()
	v := s.Services.Of("dev|api").Value
	v.GracePeriod = time.Minute
	v.Deployments = []topology.Deployment{{Status: "PRIMARY", Rollout: "IN_PROGRESS", Created: noon.Add(-2 * time.Minute)}}
	s.Services.Put("dev|api", know(v, "ecs:DescribeServices"))
	if f := only(t, Diagnose(caseOf(s, gateway(503, 0))), GroupEmpty, Cause); f.Level != Likely || !strings.Contains(f.Inferred[0], "began at 11:58:00Z") {
		t.Errorf("%s", asJSON(f))
	}
	v.Deployments[0].Rollout = "COMPLETED"
	s.Services.Put("dev|api", know(v, "ecs:DescribeServices"))
	if f := only(t, Diagnose(caseOf(s, gateway(503, 0))), GroupEmpty, Cause); f.Level != Proven {
		t.Errorf("it is over: %s", asJSON(f))
	}
	v.Deployments[0].Rollout, v.Deployments[0].Created = "IN_PROGRESS", noon.Add(-10*time.Minute)
	s.Services.Put("dev|api", know(v, "ecs:DescribeServices"))
	if f := only(t, Diagnose(caseOf(s, gateway(503, 0))), GroupEmpty, Cause); f.Level != Proven {
		t.Errorf("%s", asJSON(f))
	}
}

// Services that cannot be read are not said to register nothing.
func TestAnEmptyGroupWhoseServiceCannotBeRead(t *testing.T) {
	s := sample()
	s.TargetHealth.Put(groupARN, know([]topology.Target{}, "elasticloadbalancing:DescribeTargetHealth"))
	s.Fail(topology.Want{Kind: topology.ServiceNames, Key: "dev"}, topology.Denied, "")
	bad := gateway504("/api/v1/x", time.Second)
	bad.Answer.Status, bad.Answer.Body = 503, "<html><center><h1>503 Service Temporarily Unavailable</h1></center></html>"
	f := only(t, Diagnose(caseOf(s, bad)), GroupEmpty, Cause)
	if !strings.Contains(f.Sentence, "which service registers some in it could not be read") || f.Actions[0].Mutates || strings.Contains(f.Actions[0].Command, "update-service") {
		t.Errorf("%s %+v", f.Sentence, f.Actions)
	}
}
