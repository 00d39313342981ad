package diagnose

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// checkedOn9000 has health checked on a port of its own. The group of the
// targets admits the load balancer on the ports that are given.
func checkedOn9000(open ...int) *topology.Snapshot {
	s := apart()
	change(s.TargetGroups, "", func(all *[]topology.TargetGroup) {
		(*all)[0].Health = topology.HealthCheck{Protocol: "HTTP", Port: "9000", Path: "/ready"}
	})
	var rules []topology.SecurityRule
	for _, port := range open {
		rules = append(rules, topology.SecurityRule{Protocol: "tcp", From: port, To: port, Group: "sg-main"})
	}
	s.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{ID: "sg-task", In: rules, Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
	return s
}

func killedForHealth(s *topology.Snapshot) {
	var stopped []topology.Task
	for i := range 3 {
		at := noon.Add(-time.Duration(i+1) * time.Minute)
		stopped = append(stopped, topology.Task{ID: "s", TaskDefinition: taskDefARN, Started: at.Add(-time.Minute), Stopped: at, StopCode: "ServiceSchedulerInitiated", StoppedReason: "Task failed ELB health checks in (target-group " + groupARN + ")"})
	}
	s.StoppedTasks.Put("dev|api", know(stopped, "ecs:DescribeTasks"))
}

// Requests and health checks may go to different ports, and a filter may let
// only one of them pass.
func TestAHealthCheckOnItsOwnPort(t *testing.T) {
	s := checkedOn9000(8001)
	killedForHealth(s)
	f := only(t, Diagnose(caseOf(s, gatewaySays(503))), NetTargetGroup, Cause)
	if f.Level != Proven || !strings.Contains(f.Sentence, "main cannot check the health of the targets of api on port 9000") || !strings.Contains(f.Sentence, "ECS stops them for it") ||
		!strings.Contains(f.Actions[0].Command, "--group-id sg-task --protocol tcp --port 9000 --source-group sg-main") {
		t.Errorf("%s", asJSON(f))
	}
	if f := concluded(caseOf(checkedOn9000(8001), gatewaySays(503))); f.Level == Proven {
		t.Errorf("unhealthy targets get requests all the same, as long as nobody stops them: %s", asJSON(f))
	}
	for name, seen := range map[string]Symptom{"10 s": late(10 * time.Second), "a minute": late(time.Minute)} {
		for _, cause := range causes(Diagnose(caseOf(checkedOn9000(8001), seen))) {
			if cause == NetTargetGroup || cause == GroupTimeout {
				t.Errorf("%s: the way of requests is open, and that health checks are shut out says nothing of them: %s", name, cause)
			}
		}
	}
	if out := Diagnose(caseOf(checkedOn9000(8001, 9000), gatewaySays(503))); hasCode(causes(out), NetTargetGroup) {
		t.Errorf("both are open: %s", asJSON(out.Findings))
	}
	denied := checkedOn9000(8001)
	killedForHealth(denied)
	denied.Fail(topology.Want{Kind: topology.SecurityGroups, Key: "sg-task"}, topology.Denied, "")
	if out := Diagnose(caseOf(denied, gatewaySays(503))); hasCode(causes(out), NetTargetGroup) || len(out.Gaps) == 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// Targets that time out on the health check's own port are not yet silent where
// requests go.
func TestSilenceOnTheHealthCheckPortIsInferred(t *testing.T) {
	f := concluded(caseOf(checkedOn9000(8001, 9000), late(time.Minute)))
	if f.Code != GroupTimeout || f.Level != Likely || !strings.Contains(strings.Join(f.Inferred, " "), "port 9000, where health is checked") {
		t.Errorf("%s", asJSON(f))
	}
	f = only(t, Diagnose(caseOf(checkedOn9000(9000), late(10*time.Second))), NetTargetGroup, Cause)
	if f.Level != Proven || !strings.Contains(f.Actions[0].Command, "--port 8001") {
		t.Errorf("requests are shut out, whatever health checks say: %s", asJSON(f))
	}
}

// A port of the health check that the network ACL stops.
func TestAnACLBeforeTheHealthCheckPort(t *testing.T) {
	s := checkedOn9000(8001, 9000)
	killedForHealth(s)
	putACLs(s, openACL(), append([]topology.ACLEntry{{Number: 90, Protocol: "6", CIDR: "0.0.0.0/0", From: 9000, To: 9000}}, openACL()...))
	f := only(t, Diagnose(caseOf(s, gatewaySays(503))), NetACL, Cause)
	if f.Level != Proven || !strings.Contains(f.Sentence, "rule 90 of acl-app denies inbound tcp/9000") {
		t.Errorf("%s", asJSON(f))
	}
}
