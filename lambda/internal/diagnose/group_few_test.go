package diagnose

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// shortOf is a service that runs nothing, with what ECS says.
func shortOf(stopped []topology.Task, events ...topology.Event) *topology.Snapshot {
	s := withTargets()
	v := s.Services.Of("dev|api").Value
	v.Running, v.Events = 0, events
	s.Services.Put("dev|api", know(v, "ecs:DescribeServices"))
	s.RunningTasks.Put("dev|api", know([]topology.Task{}, "ecs:DescribeTasks"))
	s.StoppedTasks.Put("dev|api", know(stopped, "ecs:DescribeTasks"))
	return s
}

// What ECS says of tasks that it cannot start is told, and not left to the
// reader to look up; what it said before the service was steady is not.
func TestWhyFewRun(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	unable := topology.Event{At: at(-2), Text: "(service api) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster."}
	steady := topology.Event{At: at(-1), Text: "(service api) has reached a steady state."}
	failed := topology.Task{ID: "t9", TaskDefinition: taskDefARN, StopCode: "TaskFailedToStart", StoppedReason: "Unexpected EC2 error: InsufficientFreeAddressesInSubnet", Stopped: at(-1)}
	for name, c := range map[string]struct {
		facts *topology.Snapshot
		says  string
	}{
		"nowhere to place it":    {shortOf(nil, unable), "No Container Instances were found"},
		"no address is left":     {shortOf([]topology.Task{failed}), "InsufficientFreeAddressesInSubnet"},
		"the newer of both":      {shortOf([]topology.Task{failed}, unable), "InsufficientFreeAddressesInSubnet"},
		"steady since":           {shortOf(nil, steady, unable), "its events and stopped tasks say"},
		"nothing is said of why": {shortOf(nil), "its events and stopped tasks say"},
	} {
		f := only(t, Diagnose(caseOf(c.facts, gateway(503, 10*time.Millisecond))), GroupEmpty, Cause)
		if !strings.Contains(f.Actions[0].Do, c.says) || f.Actions[0].Mutates {
			t.Errorf("%s: %+v", name, f.Actions[0])
		}
	}
}

// Targets that are being registered need time, and no reason why none run.
func TestWaitForTargets(t *testing.T) {
	s := withTargets(topology.Target{ID: "10.0.1.76", Port: 8001, State: "initial", Reason: "Elb.RegistrationInProgress"})
	f := only(t, Diagnose(caseOf(s, gateway(503, 10*time.Millisecond))), GroupEmpty, Cause)
	if a := f.Actions[0]; !strings.HasPrefix(a.Do, "wait until the targets of api") || a.Mutates {
		t.Errorf("%+v", a)
	}
	s = withTargets(topology.Target{ID: "10.0.1.76", Port: 8001, State: "draining", Reason: "Target.DeregistrationInProgress"})
	f = only(t, Diagnose(caseOf(s, gateway(503, 10*time.Millisecond))), GroupEmpty, Cause)
	if a := f.Actions[0]; a.Do != "find out why no request is sent to the targets of api, while api runs 1 of 1 tasks: 1 draining (Target.DeregistrationInProgress)" || a.Mutates {
		t.Errorf("%+v", a)
	}
}

// A blue/green deployment that left an empty group behind is taken back first.
func TestGiveBack(t *testing.T) {
	const green = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/2"
	const ruleARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/main/1/443/10"
	weighted := func(blue string, byDefault bool) *topology.Snapshot {
		s := withTargets(topology.Target{ID: "10.0.1.76", Port: 8001, State: blue})
		groups := append(s.TargetGroups.Of("").Value, topology.TargetGroup{ARN: green, Name: "green", Port: 8001, TargetType: "ip"})
		s.TargetGroups.Put("", know(groups, "elasticloadbalancing:DescribeTargetGroups"))
		s.TargetHealth.Put(green, know([]topology.Target{}, "elasticloadbalancing:DescribeTargetHealth"))
		rules := s.Rules.Of(listenerARN).Value
		rules[0].ARN = ruleARN
		rules[0].Actions = []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: groupARN, Weight: 0}, {Group: green, Weight: 100}}}}
		if byDefault {
			rules[0].Default, rules[0].Conditions = true, nil
			s.Rules.Put(listenerARN, know(rules[:1], "elasticloadbalancing:DescribeRules"))
		}
		return s
	}
	first := func(s *topology.Snapshot) Action {
		return only(t, Diagnose(caseOf(s, gateway(503, 10*time.Millisecond))), GroupEmpty, Cause).Actions[0]
	}
	a := first(weighted("healthy", false))
	if want := `aws elbv2 modify-rule --rule-arn ` + ruleARN + ` --actions '[{"ForwardConfig":{"TargetGroups":[{"TargetGroupArn":"` + groupARN + `","Weight":1},{"TargetGroupArn":"` + green + `","Weight":0}]},"Type":"forward"}]' --region us-east-1`; a.Command != want {
		t.Errorf("got  %s\nwant %s", a.Command, want)
	}
	if !strings.HasSuffix(a.Do, "to api alone, which has 1 healthy target") {
		t.Error(a.Do)
	}
	if a := first(weighted("healthy", true)); !strings.HasPrefix(a.Do, "send what") || a.Command != "" { // modify-rule has no default rule
		t.Errorf("%+v", a)
	}
	if a := first(weighted("unhealthy", false)); strings.HasPrefix(a.Do, "send") {
		t.Errorf("requests are sent to what is not healthy: %+v", a)
	}
}

// Where ECS stops tasks before they are up, time may be all that is missing.
func TestAStartThatIsCutShort(t *testing.T) {
	for name, stopped := range map[string][]topology.Task{
		"": {},
		"raise the grace period of api, which is 0 s": {{ID: "t0", TaskDefinition: taskDefARN, StoppedReason: "Task failed ELB health checks in (target-group " + groupARN + ")", Started: noon.Add(-3 * time.Minute), Stopped: noon.Add(-time.Minute)}},
	} {
		s := withTargets(checked("Target.FailedHealthChecks", "Health checks failed"))
		s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Count: 1, Last: noon, Sample: "INFO: Started server process [1]"}}, "logs:FilterLogEvents"))
		s.StoppedTasks.Put("dev|api", know(stopped, "ecs:DescribeTasks"))
		f := only(t, Diagnose(caseOf(s, gateway(502, 10*time.Millisecond))), GroupRefused, Cause)
		if do := f.Actions[0].Do; !strings.Contains(do, name) || strings.Contains(do, "grace period") != (name != "") || !strings.Contains(do, "waits for while it starts") {
			t.Errorf("%q: %s", name, do)
		}
	}
}
