package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// apart is the sample with a load balancer in two subnets and the target in a
// third one, so that network ACLs and routes matter; all of it is open.
func apart() *topology.Snapshot {
	s := reachable()
	s.Subnets.Put("subnet-c", know(topology.Subnet{ID: "subnet-c", CIDR: "10.0.3.0/24"}, "ec2:DescribeSubnets"))
	s.TargetHealth.Put(groupARN, know([]topology.Target{silentTarget("10.0.3.76")}, "elasticloadbalancing:DescribeTargetHealth"))
	putOwner(s, "10.0.3.76", "subnet-c", "sg-task")
	putOwner(s, "10.0.3.219", "subnet-c", "sg-mlflow") // what it calls is beside it
	s.RunningTasks.Put("dev|api", know([]topology.Task{{ID: "t1", Address: "10.0.3.76"}}, "ecs:DescribeTasks"))
	putACLs(s, openACL(), openACL())
	s.Dials.Put("10.0.3.76:8001", topology.KnownFact(topology.Dial{}, "", noon))
	return s
}

func silentTarget(address string) topology.Target {
	return topology.Target{ID: address, Port: 8001, State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out"}
}

func putOwner(s *topology.Snapshot, address, subnet, group string) {
	s.InterfacesByAddress.Put(address, know(topology.Interface{ID: "eni-" + address, Address: address, VPC: "vpc-1", Subnet: subnet, SecurityGroups: []string{group}}, "ec2:DescribeNetworkInterfaces"))
}

func putACLs(s *topology.Snapshot, balancer, target []topology.ACLEntry) {
	s.NetworkACLs.Put("vpc-1", know([]topology.NetworkACL{{ID: "acl-lb", Subnets: []string{"subnet-a", "subnet-b"}, Entries: balancer}, {ID: "acl-app", Subnets: []string{"subnet-c"}, Entries: target}}, "ec2:DescribeNetworkAcls"))
}

func late(after time.Duration) Symptom { return gateway504("/api/v1/x", after) }

func TestNetworkACLInEachDirection(t *testing.T) {
	deny := func(egress bool, from, to int) []topology.ACLEntry {
		return append([]topology.ACLEntry{{Number: 90, Egress: egress, Protocol: "6", CIDR: "0.0.0.0/0", From: from, To: to}}, openACL()...)
	}
	for name, c := range map[string]struct {
		balancer, target []topology.ACLEntry
		says, command    string
	}{
		"request out of the balancer": {deny(true, 8001, 8001), openACL(), "rule 90 of acl-lb denies outbound tcp/8001", "--network-acl-id acl-lb --rule-number 89 --protocol tcp --port-range From=8001,To=8001 --cidr-block 10.0.3.76/32 --rule-action allow --egress"},
		"request into the target":     {openACL(), deny(false, 8001, 8001), "rule 90 of acl-app denies inbound tcp/8001", "--network-acl-id acl-app --rule-number 89 --protocol tcp --port-range From=8001,To=8001 --cidr-block 10.0.1.0/24 --rule-action allow --ingress"},
		"answer out of the target":    {openACL(), deny(true, 1024, 65535), "rule 90 of acl-app denies outbound tcp/1024-65535", "From=1024,To=65535 --cidr-block 10.0.1.0/24 --rule-action allow --egress"},
		"answer into the balancer":    {deny(false, 1024, 65535), openACL(), "rule 90 of acl-lb denies inbound tcp/1024-65535", "From=1024,To=65535 --cidr-block 10.0.3.76/32 --rule-action allow --ingress"},
	} {
		s := apart()
		putACLs(s, c.balancer, c.target)
		f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetACL, Cause)
		if f.Level != Proven || !strings.Contains(f.Sentence, c.says) || !strings.Contains(f.Actions[0].Command, c.command) {
			t.Errorf("%s: %s", name, asJSON(f))
		}
		if out := Diagnose(caseOf(s, late(time.Minute))); hasCode(causes(out), NetACL) {
			t.Errorf("%s: it cannot take a minute", name)
		}
		s.Fail(topology.Want{Kind: topology.NetworkACLs, Key: "vpc-1"}, topology.Denied, "")
		out := Diagnose(caseOf(s, late(10*time.Second)))
		if len(causes(out)) != 0 || len(out.Gaps) != 1 || strings.Contains(asJSON(out), "acl-") {
			t.Errorf("%s: %s", name, asJSON(out))
		}
	}
}

func TestTrafficWithinASubnetMeetsNoACL(t *testing.T) {
	s := reachable()
	lb := s.LoadBalancers.Of("").Value[0]
	lb.Subnets = []string{"subnet-a"}
	s.LoadBalancers.Put("", know([]topology.LoadBalancer{lb}, "elasticloadbalancing:DescribeLoadBalancers"))
	s.NetworkACLs.Put("vpc-1", know([]topology.NetworkACL{{ID: "acl-1", Subnets: []string{"subnet-a"}}}, "ec2:DescribeNetworkAcls"))
	if out := Diagnose(caseOf(s, late(10*time.Second))); hasCode(causes(out), NetACL) {
		t.Errorf("%s", asJSON(out.Findings))
	}
}

func TestRoutesBetweenLoadBalancerAndTarget(t *testing.T) {
	s := apart()
	s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-pub", Subnets: []string{"subnet-a", "subnet-b"}, Routes: append(toInternet("igw-1", "active"), topology.Route{Destination: "10.0.3.0/24", Target: "eni-firewall", State: "blackhole"})}, {ID: "rtb-main", Main: true, Routes: toInternet("nat-1", "active")}}, "ec2:DescribeRouteTables"))
	f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetACL, Cause)
	if f.Level != Proven || !strings.Contains(f.Sentence, "the route 10.0.3.0/24 of rtb-pub leads to eni-firewall, which is gone (blackhole)") || !strings.Contains(f.Actions[0].Command, "replace-route --route-table-id rtb-pub --destination-cidr-block 10.0.3.0/24") {
		t.Errorf("%s", asJSON(f))
	}
}

// The answer needs a route as well.
func TestTheWayBackIsMissing(t *testing.T) {
	s := apart()
	s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-pub", Subnets: []string{"subnet-a", "subnet-b"}, Routes: toInternet("igw-1", "active")}, {ID: "rtb-app", Subnets: []string{"subnet-c"}, Routes: []topology.Route{{Destination: "10.0.3.0/24", Target: "local", State: "active"}}}}, "ec2:DescribeRouteTables"))
	f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetACL, Cause)
	if !strings.Contains(f.Sentence, "rtb-app of subnet-c has no route to 10.0.1.0/24 (main)") {
		t.Error(f.Sentence)
	}
}

func TestSecurityGroupsInBothDirections(t *testing.T) {
	out := []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}
	in := func(r topology.SecurityRule) topology.SecurityGroup {
		r.Protocol, r.From, r.To = "tcp", 8001, 8001
		return topology.SecurityGroup{ID: "sg-task", In: []topology.SecurityRule{r}, Out: out}
	}
	for name, c := range map[string]struct {
		task    topology.SecurityGroup
		egress  []topology.SecurityRule
		level   Level
		command string
	}{
		"admitted by group":           {in(topology.SecurityRule{Group: "sg-main"}), out, "", ""},
		"admitted by both subnets":    {in(topology.SecurityRule{CIDR: "10.0.0.0/22"}), out, "", ""},
		"admitted from one subnet":    {in(topology.SecurityRule{CIDR: "10.0.1.0/24"}), out, Likely, "--source-group sg-main"},
		"admitted from an address":    {in(topology.SecurityRule{CIDR: "10.0.1.10/32"}), out, Likely, "--source-group sg-main"},
		"another group":               {in(topology.SecurityRule{Group: "sg-old"}), out, Proven, "--group-id sg-task --protocol tcp --port 8001 --source-group sg-main"},
		"nothing let out":             {in(topology.SecurityRule{Group: "sg-main"}), nil, Proven, "authorize-security-group-egress --group-id sg-main"},
		"let out to the group":        {in(topology.SecurityRule{Group: "sg-main"}), []topology.SecurityRule{{Protocol: "tcp", From: 0, To: 65535, Group: "sg-task"}}, "", ""},
		"let out to the very address": {in(topology.SecurityRule{Group: "sg-main"}), []topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8001, CIDR: "10.0.3.76/32"}}, "", ""},
	} {
		s := apart()
		s.SecurityGroups.Put("sg-task", know(c.task, "ec2:DescribeSecurityGroups"))
		s.SecurityGroups.Put("sg-main", know(topology.SecurityGroup{ID: "sg-main", Out: c.egress}, "ec2:DescribeSecurityGroups"))
		result := Diagnose(caseOf(s, late(10*time.Second)))
		if c.level == "" {
			if len(causes(result)) != 0 {
				t.Errorf("%s: %s", name, asJSON(result.Findings))
			}
			continue
		}
		if f := only(t, result, NetTargetGroup, Cause); f.Level != c.level || !strings.Contains(f.Actions[0].Command, c.command) {
			t.Errorf("%s: %s %s\n%s", name, f.Level, f.Sentence, f.Actions[0].Command)
		}
	}
}

// A load balancer without security groups is admitted by the networks of its
// subnets, and both are in the missing rule.
func TestALoadBalancerWithoutGroupsIsNamedByItsNetworks(t *testing.T) {
	s := apart()
	lb := s.LoadBalancers.Of("").Value[0]
	lb.SecurityGroups, lb.Type = nil, ""
	s.LoadBalancers.Put("", know([]topology.LoadBalancer{lb}, "elasticloadbalancing:DescribeLoadBalancers"))
	f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetTargetGroup, Cause)
	if !strings.Contains(f.Actions[0].Command, "IpRanges=[{CidrIp=10.0.1.0/24},{CidrIp=10.0.2.0/24}]") {
		t.Error(f.Actions[0].Command)
	}
}

// Where a target is healthy the way to it is open, whatever the rules seem to
// say; and then no request goes to the others.
func TestAHealthyTargetProvesTheWay(t *testing.T) {
	s := apart()
	closedGroup(s)
	s.TargetHealth.Put(groupARN, know([]topology.Target{{ID: "10.0.3.76", Port: 8001, State: "healthy"}, silentTarget("10.0.3.77")}, "elasticloadbalancing:DescribeTargetHealth"))
	putOwner(s, "10.0.3.77", "subnet-c", "sg-other")
	s.SecurityGroups.Put("sg-other", know(topology.SecurityGroup{ID: "sg-other"}, "ec2:DescribeSecurityGroups"))
	out := Diagnose(caseOf(s, late(10*time.Second)))
	if len(causes(out)) != 0 {
		t.Errorf("%s", asJSON(out.Findings))
	}
}

func TestOneOfTwoTargetsIsBlocked(t *testing.T) {
	s := apart()
	s.TargetHealth.Put(groupARN, know([]topology.Target{silentTarget("10.0.3.76"), silentTarget("10.0.3.77")}, "elasticloadbalancing:DescribeTargetHealth"))
	s.RunningTasks.Put("dev|api", know([]topology.Task{{Address: "10.0.3.76"}, {Address: "10.0.3.77"}}, "ecs:DescribeTasks"))
	s.Dials.Put("10.0.3.77:8001", topology.KnownFact(topology.Dial{}, "", noon))
	putOwner(s, "10.0.3.77", "subnet-c", "sg-other")
	s.SecurityGroups.Put("sg-other", know(topology.SecurityGroup{ID: "sg-other"}, "ec2:DescribeSecurityGroups"))
	f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetTargetGroup, Cause)
	if f.Level != Likely || !strings.Contains(f.Inferred[0], "1 of 2 targets") {
		t.Errorf("%s", asJSON(f))
	}
}

func TestSilentTargets(t *testing.T) {
	if f := only(t, Diagnose(caseOf(apart(), late(time.Minute))), GroupTimeout, Cause); f.Level != Proven || f.Key != "TG_TIMEOUT_APP/api" {
		t.Errorf("%s", asJSON(f))
	}
	for name, seen := range map[string]Symptom{"10 s": late(10 * time.Second), "the application": fromApp("/api/v1/x", 504)} {
		if out := Diagnose(caseOf(apart(), seen)); hasCode(causes(out), GroupTimeout) {
			t.Errorf("%s: %v", name, causes(out))
		}
	}
	dead := apart()
	rules := []topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8001, Group: "sg-main"}, {Protocol: "tcp", From: 8001, To: 8001, Group: "sg-checker"}}
	dead.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{ID: "sg-task", In: rules, Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
	dead.Dials.Put("10.0.3.76:8001", topology.KnownFact(topology.Dial{Class: result.TCPTimeout}, "", noon))
	if out := Diagnose(caseOf(dead, late(time.Minute))); hasCode(causes(out), GroupTimeout) {
		t.Error("a target that accepts nothing, from a checker that is let through, is not one that accepts and is silent")
	}
	for _, want := range []topology.Want{{Kind: topology.SecurityGroups, Key: "sg-task"}, {Kind: topology.TargetHealth, Key: groupARN}} {
		s := apart()
		s.Fail(want, topology.Denied, "")
		if out := Diagnose(caseOf(s, late(time.Minute))); hasCode(causes(out), GroupTimeout) || len(out.Gaps) == 0 {
			t.Errorf("without %s: %s", want.Kind, asJSON(out))
		}
	}
}

// A connection of the checker counts against a target only if the checker's
// own interface is let through. Else the command that would let it through is given.
func TestAFailedDialCountsOnlyWhereTheCheckerIsLetThrough(t *testing.T) {
	refusing := func(dial topology.Dial, admit ...topology.SecurityRule) *topology.Snapshot {
		s := apart()
		s.TargetHealth.Put(groupARN, know([]topology.Target{{ID: "10.0.3.76", Port: 8001, State: "unhealthy", Reason: "Target.FailedHealthChecks", Description: "Health checks failed"}}, "elasticloadbalancing:DescribeTargetHealth"))
		rules := append([]topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8001, Group: "sg-main"}}, admit...)
		s.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{ID: "sg-task", In: rules}, "ec2:DescribeSecurityGroups"))
		s.Dials.Put("10.0.3.76:8001", topology.KnownFact(dial, "", noon))
		return s
	}
	bad := late(10 * time.Millisecond)
	bad.Answer.Status, bad.Answer.Body = 502, "<html><center><h1>502 Bad Gateway</h1></center></html>"
	f := only(t, Diagnose(caseOf(refusing(topology.Dial{Class: result.TCPTimeout}), bad)), GroupRefused, Cause)
	if f.Level != Likely || strings.Contains(asJSON(f.Evidence), "fails") {
		t.Errorf("%s", asJSON(f))
	}
	i := slices.IndexFunc(f.Gaps, func(g Gap) bool { return g.Want.Kind == topology.Dials })
	if i < 0 || !strings.Contains(f.Gaps[i].Detail, "aws ec2 authorize-security-group-ingress --group-id sg-task --protocol tcp --port 8001 --source-group sg-checker") {
		t.Errorf("%+v", f.Gaps)
	}
	f = only(t, Diagnose(caseOf(refusing(topology.Dial{Class: result.TCPRefused}), bad)), GroupRefused, Cause)
	if f.Level != Proven || len(f.Gaps) != 0 {
		t.Errorf("a refusal proves that the way is open: %s", asJSON(f))
	}
	open := topology.SecurityRule{Protocol: "tcp", From: 8001, To: 8001, Group: "sg-checker"}
	w := &walk{facts: refusing(topology.Dial{Class: result.TCPTimeout}, open)}
	owner := w.facts.InterfacesByAddress.Of("10.0.3.76").Value
	if d := w.dial(owner, 8001); d.verdict != Broken || d.refused || len(w.gaps) != 0 {
		t.Errorf("%+v", d)
	}
	w.facts.Fail(topology.Want{Kind: topology.OwnNetwork}, topology.Denied, "")
	if d := w.dial(owner, 8001); d.verdict != Unclear {
		t.Errorf("where the checker stands is not known: %+v", d)
	}
}
