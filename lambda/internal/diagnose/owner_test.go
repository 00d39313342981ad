package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

const refusal = "HTTPConnectionPool(host='10.0.3.219', port=5000): Connection refused"

// An address that belongs to the right service, and a port that nobody listens
// on: what is refused is said, and a reason for it says more.
func TestADependencyThatRefuses(t *testing.T) {
	t.Parallel()
	bad := byTheApp(500, `{"detail":"Internal Server Error"}`)
	closed := func() *topology.Snapshot {
		s := calling("MLFLOW_TRACKING_URI", mlflowAt, refusal)
		withMLflow(s, "10.0.3.219", nil)
		s.Dials.Put("10.0.3.219:5000", topology.KnownFact(topology.Dial{Class: result.TCPRefused}, "", noon))
		return s
	}
	f := only(t, Diagnose(caseOf(closed(), bad)), GroupRefused, Cause)
	if f.Sentence != "api calls 10.0.3.219:5000, which belongs to mlflow, and nothing listens there: connections are refused" || f.Key != "TG_REFUSED/api/mlflow:5000" {
		t.Errorf("%s %s", f.Key, f.Sentence)
	}
	other := closed()
	d := other.TaskDefinitions.Of("td/mlflow:7").Value
	d.Containers = []topology.ContainerDefinition{{Name: "mlflow", Ports: []int{5001}}}
	other.TaskDefinitions.Put("td/mlflow:7", know(d, "ecs:DescribeTaskDefinition"))
	if f := only(t, Diagnose(caseOf(other, bad)), GroupRefused, Cause); !strings.Contains(f.Sentence, "have the ports 5001") || !strings.Contains(f.Actions[0].Do, "5001, instead of 5000 (MLFLOW_TRACKING_URI)") {
		t.Errorf("%s %+v", f.Sentence, f.Actions)
	}
	opened := closed()
	opened.Dials.Put("10.0.3.219:5000", topology.KnownFact(topology.Dial{}, "", noon))
	if out := Diagnose(caseOf(opened, bad)); hasCode(causes(out), GroupRefused) {
		t.Errorf("it accepts connections: %v", causes(out))
	}
	unseen := closed()
	unseen.Fail(topology.Want{Kind: topology.Dials, Key: "10.0.3.219:5000"}, topology.Unsupported, "")
	if f := only(t, Diagnose(caseOf(unseen, bad)), GroupRefused, Cause); !slices.ContainsFunc(f.Inferred, func(l string) bool { return strings.Contains(l, "still refuses: only the log of api says so") }) {
		t.Errorf("%q", f.Inferred)
	}
	silent := calling("MLFLOW_TRACKING_URI", mlflowAt)
	withMLflow(silent, "10.0.3.219", nil)
	if out := Diagnose(caseOf(silent, bad)); slices.Contains(out.Wants, topology.Want{Kind: topology.Dials, Key: "10.0.3.219:5000"}) {
		t.Error("nothing speaks of the call, and it is probed")
	}
}

// Nobody here has the address: that proves nothing where somebody else's
// interfaces are not seen.
func TestOwnersWhoAreNotSeen(t *testing.T) {
	t.Parallel()
	late := gateway504("/api/v1/x", time.Minute)
	dead := func() *topology.Snapshot {
		s := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
		staleAddress(s)
		s.Account = "123456789012"
		task := s.InterfacesByAddress.Of("10.0.1.76").Value
		task.VPC = "vpc-1"
		s.InterfacesByAddress.Put("10.0.1.76", know(task, "ec2:DescribeNetworkInterfaces"))
		s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-1", Main: true, Routes: []topology.Route{{Destination: "10.0.0.0/16", Target: "local", State: "active"}}}}, "ec2:DescribeRouteTables"))
		return s
	}
	inferred := func(s *topology.Snapshot) string {
		return strings.Join(only(t, Diagnose(caseOf(s, late)), DepStaleAddress, Cause).Inferred, "; ")
	}
	if links := inferred(dead()); strings.Contains(links, "another") {
		t.Errorf("it is their own network: %s", links)
	}
	shared := dead()
	shared.Subnets.Put("subnet-a", know(topology.Subnet{ID: "subnet-a", CIDR: "10.0.1.0/24", Owner: "210987654321"}, "ec2:DescribeSubnets"))
	if links := inferred(shared); !strings.Contains(links, "shared by the account 210987654321") {
		t.Errorf("%s", links)
	}
	peered := dead()
	peered.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-1", Main: true, Routes: []topology.Route{{Destination: "10.0.1.0/24", Target: "local", State: "active"}, {Destination: "10.0.0.0/8", Target: "pcx-1", State: "active"}}}}, "ec2:DescribeRouteTables"))
	if links := inferred(peered); !strings.Contains(links, "the route 10.0.0.0/8 leads there by pcx-1") {
		t.Errorf("%s", links)
	}
	elsewhere := dead() // another network uses the address, too, and is not theirs
	elsewhere.InterfacesByAddress.Put("10.0.3.219", know(topology.Interface{ID: "eni-far", Address: "10.0.3.219", VPC: "vpc-2", Description: "somebody else"}, "ec2:DescribeNetworkInterfaces"))
	if f := only(t, Diagnose(caseOf(elsewhere, late)), DepStaleAddress, Cause); !strings.Contains(f.Sentence, "which no network interface owns") {
		t.Error(f.Sentence)
	}
	near := dead()
	near.InterfacesByAddress.Put("10.0.3.219", know(topology.Interface{ID: "eni-far", VPC: "vpc-2", Elsewhere: []topology.Interface{{ID: "eni-near", Address: "10.0.3.219", VPC: "vpc-1", Subnet: "subnet-a"}}}, "ec2:DescribeNetworkInterfaces"))
	if out := Diagnose(caseOf(near, late)); hasCode(causes(out), DepStaleAddress) {
		t.Errorf("their own network has it: %v", causes(out))
	}
}

// A target outside of the group's network may be in another account, or in no
// cloud: that nobody here has its address says nothing.
func TestTargetsOutsideOfTheNetwork(t *testing.T) {
	t.Parallel()
	outside := func(zone string, owner topology.Fact[topology.Interface]) Output {
		s := sample()
		s.TargetGroups.Put("", know([]topology.TargetGroup{{ARN: groupARN, Name: "api", Port: 8001, TargetType: "ip", VPC: "vpc-1"}}, "elasticloadbalancing:DescribeTargetGroups"))
		s.TargetHealth.Put(groupARN, know([]topology.Target{{ID: "10.9.1.76", Port: 8001, Zone: zone, State: "unhealthy", Reason: "Target.Timeout"}}, "elasticloadbalancing:DescribeTargetHealth"))
		s.InterfacesByAddress.Put("10.9.1.76", owner)
		s.Services.Put("dev|api", know(topology.Service{Cluster: "dev", Name: "api"}, "ecs:DescribeServices"))
		return Diagnose(caseOf(s, gateway504("/api/v1/x", 10*time.Second)))
	}
	nobody := topology.AbsentFact[topology.Interface]("ec2:DescribeNetworkInterfaces", noon)
	peer := know(topology.Interface{ID: "eni-peer", Address: "10.9.1.76", VPC: "vpc-2"}, "ec2:DescribeNetworkInterfaces")
	only(t, outside("us-east-1a", nobody), GroupStaleTarget, Cause)
	only(t, outside("us-east-1a", peer), GroupStaleTarget, Cause)
	for name, owner := range map[string]topology.Fact[topology.Interface]{"nobody": nobody, "peer": peer} {
		if out := outside("all", owner); hasCode(causes(out), GroupStaleTarget) {
			t.Errorf("%s: %s", name, asJSON(out.Findings))
		}
	}
}
