package diagnose

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// modify-rule replaces all actions of a rule, and does not take the default
// one, so only a rule that forwards and does nothing else gets the command.
func TestWeightZeroIsRepairedOnlyWhereNothingIsLost(t *testing.T) {
	none := topology.Action{Type: "forward", Order: 2, Groups: []topology.Weight{{Group: groupARN, Weight: 0}}}
	path := []topology.Condition{when("path-pattern", "/api/*")}
	for name, c := range map[string]struct {
		rule    topology.Rule
		command string
	}{
		"forwards":        {topology.Rule{Priority: 10, Conditions: path, Actions: []topology.Action{none}}, "aws elbv2 modify-rule --rule-arn arn:rule/10 --actions Type=forward,TargetGroupArn=" + groupARN + " --region us-east-1"},
		"asks for logins": {topology.Rule{Priority: 10, Conditions: path, Actions: []topology.Action{{Type: "authenticate-oidc", Order: 1}, none}}, ""},
		"rewrites":        {topology.Rule{Priority: 10, Conditions: path, Actions: []topology.Action{none}, Transforms: []topology.Transform{{Type: "url-rewrite"}}}, ""},
		"the default":     {topology.Rule{Default: true, Actions: []topology.Action{none}}, ""},
	} {
		s := sample()
		ruled(s, c.rule)
		f := concluded(caseOf(s, gatewaySays(503)))
		if f.Code != GroupEmpty || f.Actions[0].Command != c.command || !strings.Contains(f.Actions[0].Do, "give api a weight") {
			t.Errorf("%s: %s %+v", name, f.Code, f.Actions)
		}
	}
}

// A target that answers health checks may be meant to be there, whoever it is:
// nobody is told to take it out before somebody has asked.
func TestAHealthyForeignTargetIsAskedAfter(t *testing.T) {
	for state, c := range map[string]struct{ priority, command string }{
		"healthy":   {"P1.1", ""},
		"unhealthy": {"P0.1", "aws elbv2 deregister-targets --target-group-arn " + groupARN + " --targets Id=10.0.1.88,Port=8001 --region us-east-1"},
	} {
		s := sample()
		targets(s, topology.Target{ID: "10.0.1.88", Port: 8001, State: state, Reason: map[string]string{"unhealthy": "Target.Timeout"}[state]})
		s.InterfacesByAddress.Put("10.0.1.88", know(topology.Interface{ID: "eni-other", Address: "10.0.1.88", Subnet: "subnet-a", SecurityGroups: []string{"sg-task"}}, "ec2:DescribeNetworkInterfaces"))
		out := Rounds(caseOf(s, gateway504("/api/v1/x", 10*time.Second)), func(*topology.Snapshot, []topology.Want) {})
		f := only(t, out, GroupStaleTarget, Cause)
		if a := f.Actions[0]; a.Priority != c.priority || a.Command != c.command || a.Mutates != (c.command != "") {
			t.Errorf("%s: %+v", state, a)
		}
	}
}

// A certificate is requested only for a name that is ours: by its hosted zone.
func TestNoCertificateIsRequestedForAForeignHost(t *testing.T) {
	for name, c := range map[string]struct {
		zones   []topology.Zone
		command string
	}{
		"ours":    {[]topology.Zone{{ID: "Z1", Name: "hokus.ai"}}, "aws acm request-certificate --domain-name api.hokus.ai --validation-method DNS --region us-east-1"},
		"foreign": {nil, ""},
	} {
		s := &topology.Snapshot{Version: topology.SnapshotVersion, Region: "us-east-1"}
		s.Zones.Put("api.hokus.ai", know(c.zones, "route53:ListHostedZonesByName"))
		s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Values: []string{"192.0.2.8"}}}, "route53:ListResourceRecordSets"))
		f := concluded(caseOf(s, handshake(result.TLSExpired, noon.Add(-time.Hour), "api.hokus.ai")))
		if f.Code != TLSExpired || len(f.Actions) != 1 || f.Actions[0].Command != c.command || f.Actions[0].Mutates != (c.command != "") {
			t.Errorf("%s: %s %+v", name, f.Code, f.Actions)
		}
	}
}
