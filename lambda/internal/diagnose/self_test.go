package diagnose

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// withEgress puts the checker into a subnet of the sample with a way out by a NAT gateway.
func withEgress() *topology.Snapshot {
	s := reachable()
	s.OwnNetwork.Put("", know(topology.Checker{Function: "tidewatch", Role: "watcher", VPC: "vpc-1", Subnets: []string{"subnet-c", "subnet-d"}, SecurityGroups: []string{"sg-checker"}}, "lambda:GetFunctionConfiguration"))
	s.SecurityGroups.Put("sg-checker", know(topology.SecurityGroup{ID: "sg-checker", Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
	s.NetworkACLs.Put("vpc-1", know([]topology.NetworkACL{{ID: "acl-1", Default: true, Subnets: []string{"subnet-a", "subnet-c", "subnet-d"}, Entries: openACL()}}, "ec2:DescribeNetworkAcls"))
	s.Subnets.Put("subnet-c", know(topology.Subnet{ID: "subnet-c", VPC: "vpc-1", CIDR: "10.0.3.0/24"}, "ec2:DescribeSubnets"))
	s.Subnets.Put("subnet-d", know(topology.Subnet{ID: "subnet-d", VPC: "vpc-1", CIDR: "10.0.4.0/24"}, "ec2:DescribeSubnets"))
	outBy(s, toInternet("nat-1", "active"), toInternet("nat-1", "active"))
	s.VPCEndpoints.Put("vpc-1", know([]topology.Endpoint{}, "ec2:DescribeVpcEndpoints"))
	return s
}

// outBy gives both subnets of the checker a table.
func outBy(s *topology.Snapshot, c, d []topology.Route) {
	s.RouteTables.Put("vpc-1", know([]topology.RouteTable{
		{ID: "rtb-a", Subnets: []string{"subnet-a"}, Routes: toInternet("igw-1", "active")},
		{ID: "rtb-c", Subnets: []string{"subnet-c"}, Routes: c}, {ID: "rtb-d", Subnets: []string{"subnet-d"}, Routes: d},
	}, "ec2:DescribeRouteTables"))
}

func endpointOf(s *topology.Snapshot, kind string) {
	s.VPCEndpoints.Put("vpc-1", know([]topology.Endpoint{{ID: "vpce-1", Service: "com.amazonaws.us-east-1.ecs", Type: kind, State: "available"}}, "ec2:DescribeVpcEndpoints"))
}

var nowhere = []topology.Route{{Destination: "10.0.0.0/16", Target: "local", State: "active"}}

func TestWhatStopsTheChecker(t *testing.T) {
	t.Parallel()
	silent := unreached(result.TCPTimeout, "192.0.2.7:443")
	for name, c := range map[string]struct {
		change func(*topology.Snapshot)
		doubt  Doubt
		level  Level // "": not blamed
		says   string
	}{
		"all open, nobody suspects":     {func(*topology.Snapshot) {}, Doubt{}, "", ""},
		"all open, controls are silent": {func(*topology.Snapshot) {}, Doubt{result.PhaseTCP, Silent}, Likely, "has lost its network"},
		"no route in either subnet":     {func(s *topology.Snapshot) { outBy(s, nowhere, nowhere) }, Doubt{}, Proven, "rtb-c of subnet-c, where the checker stands, has no route"},
		"no route in one of two":        {func(s *topology.Snapshot) { outBy(s, nowhere, toInternet("nat-1", "active")) }, Doubt{}, Likely, "has no route"},
		"the NAT gateway is gone":       {func(s *topology.Snapshot) { gone := toInternet("nat-1", "blackhole"); outBy(s, gone, gone) }, Doubt{}, Proven, "leads to nat-1, which is gone"},
		"by an internet gateway only":   {func(s *topology.Snapshot) { outBy(s, toInternet("igw-1", "active"), toInternet("igw-1", "active")) }, Doubt{}, Proven, "has no public address"},
		"no route, but controls answer": {func(s *topology.Snapshot) { outBy(s, nowhere, nowhere) }, Doubt{result.PhaseTCP, Answered}, "", ""},
		"answered by a VPC endpoint":    {func(s *topology.Snapshot) { outBy(s, nowhere, nowhere); endpointOf(s, "Interface") }, Doubt{result.PhaseTCP, Answered}, Proven, "has no route"},
		"one that answers nobody":       {func(s *topology.Snapshot) { outBy(s, nowhere, nowhere); endpointOf(s, "Gateway") }, Doubt{result.PhaseTCP, Answered}, "", ""},
		"the group lets nothing out": {func(s *topology.Snapshot) {
			s.SecurityGroups.Put("sg-checker", know(topology.SecurityGroup{ID: "sg-checker"}, "ec2:DescribeSecurityGroups"))
		}, Doubt{}, Proven, "no rule of sg-checker lets out tcp/443"},
		"routes denied, controls silent": {func(s *topology.Snapshot) {
			s.Fail(topology.Want{Kind: topology.RouteTables, Key: "vpc-1"}, topology.Denied, "")
		}, Doubt{result.PhaseTCP, Silent}, Likely, "has lost its network"},
		"in no VPC, and controls silent": {func(s *topology.Snapshot) {
			s.OwnNetwork.Put("", topology.AbsentFact[topology.Checker]("lambda:GetFunctionConfiguration", noon))
		}, Doubt{result.PhaseTCP, Silent}, Likely, "has lost its network"},
		"not readable, nobody suspects it": {func(s *topology.Snapshot) { s.Fail(topology.Want{Kind: topology.OwnNetwork}, topology.Denied, "") }, Doubt{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := withEgress()
			c.change(s)
			in := caseOf(s, silent)
			in.Doubt = c.doubt
			out := Diagnose(in)
			if len(out.Wants) != 0 {
				t.Fatalf("wants %+v", out.Wants)
			}
			if c.level == "" {
				if strings.Contains(asJSON(out.Findings), string(SelfNoEgress)) || len(out.Unexplained)+len(causes(out)) == 0 {
					t.Errorf("%s", asJSON(out))
				}
				return
			}
			f := only(t, out, SelfNoEgress, Self)
			if f.Level != c.level || !strings.Contains(f.Sentence, c.says) || !strings.Contains(f.Sentence, "no statement about 1 endpoint") {
				t.Errorf("%s: %s", f.Level, f.Sentence)
			}
			if len(causes(out)) != 0 || len(out.Unexplained) != 0 || len(f.Explains) != 1 || len(f.Actions) == 0 {
				t.Errorf("the endpoint is blamed all the same: %s", asJSON(out))
			}
			if len(out.Traces) != 1 || out.Traces[0].Stations[0].Verdict != Unclear {
				t.Errorf("%+v", out.Traces)
			}
		})
	}
}

// What was reached proves that the checker gets out, and what answers is no
// matter of its network.
func TestWhoReachesSomethingIsNotCutOff(t *testing.T) {
	t.Parallel()
	s := withEgress()
	outBy(s, nowhere, nowhere)
	good := Symptom{Endpoint: endpoint("/good"), Healthy: true, Address: "192.0.2.9:443", At: noon}
	out := Diagnose(caseOf(s, unreached(result.TCPTimeout, "192.0.2.7:443"), good))
	if strings.Contains(asJSON(out.Findings), string(SelfNoEgress)) || len(out.Unexplained) != 1 {
		t.Errorf("%s", asJSON(out))
	}
	inside := good
	inside.Address = "10.0.1.5:443" // reached without the internet
	only(t, Diagnose(caseOf(s, unreached(result.TCPTimeout, "192.0.2.7:443"), inside)), SelfNoEgress, Self)

	in := caseOf(s, unreached(result.TCPTimeout, "192.0.2.7:443"), notFound("/health/x"))
	in.Doubt = Doubt{result.PhaseTCP, Silent}
	if out := Diagnose(in); len(causes(out)) != 1 || only(t, out, SelfNoEgress, Self).Explains[0] != "api/health" {
		t.Errorf("an answer is judged on its own: %s", asJSON(out))
	}
}

// While the checker is blind nothing counts as done, and nothing as fixed.
func TestABlindCheckerSeesNothingDone(t *testing.T) {
	t.Parallel()
	in := caseOf(withEgress(), unreached(result.TCPTimeout, "192.0.2.7:443"))
	in.Doubt = Doubt{result.PhaseTCP, Silent}
	in.Previous = []Finding{{Code: LBSecurityGroup, Key: "LB_SG_INGRESS/x", Role: Cause, Explains: []string{"api/health"}}}
	out := Diagnose(in)
	if len(out.Fixed) != 0 || (Test{FindingGone, "LB_SG_INGRESS/x"}).Holds(out, in.Facts) {
		t.Errorf("%s", asJSON(out))
	}
	if !(Test{FindingGone, string(SelfNoEgress) + "/checker"}).Holds(Diagnose(caseOf(sample())), sample()) {
		t.Error("what is gone is gone")
	}
}

func TestPermissionsThatAreMissingAndCallsThatWereCut(t *testing.T) {
	t.Parallel()
	s := withEgress()
	s.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, topology.Denied, "AccessDenied")
	f := only(t, Diagnose(caseOf(s, notFound("/health"))), SelfAccessDenied, Self)
	if f.Severity != S3 || !strings.Contains(f.Sentence, "(watcher) elasticloadbalancing:DescribeRules") || len(f.Evidence) != 1 || f.Evidence[0].ID == "" {
		t.Errorf("%s", asJSON(f))
	}
	// A policy in words would not survive what chats do to quotes and stars.
	const document = `{"Statement":[{"Action":["elasticloadbalancing:DescribeRules"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`
	if a := f.Actions[0]; a.Command != "aws iam put-role-policy --role-name watcher --policy-name diagnosis --policy-document '"+document+"'" || strings.Contains(a.Do, "Effect") {
		t.Errorf("%s", asJSON(a))
	}
	whole := sample()
	whole.Fail(topology.Want{Kind: topology.InterfacesByAddress, Key: "10.0.1.76"}, topology.Denied, "")
	out := Diagnose(caseOf(whole, notFound("/health"))) // explained without it
	if strings.Contains(asJSON(out.Findings), string(SelfAccessDenied)) && only(t, out, SelfAccessDenied, Self).Severity != S4 {
		t.Errorf("%s", asJSON(out))
	}
	for why, says := range map[topology.Why]string{topology.Throttled: "AWS throttles", topology.Budget: "were used up", topology.TimedOut: "does not answer"} {
		s := sample()
		s.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, why, "")
		out := Diagnose(caseOf(s, notFound("/health")))
		if f := only(t, out, SelfBudget, Self); f.Severity != S4 || !strings.Contains(f.Sentence, says) || !strings.Contains(f.Sentence, "at the hop rule") {
			t.Errorf("%s: %s", why, f.Sentence)
		}
	}
	s = sample()
	s.Fail(topology.Want{Kind: topology.Dials, Key: "10.0.1.76:8001"}, topology.Budget, "")
	if out := Diagnose(caseOf(s, gateway504("/api/v1/x", 60e9))); strings.Contains(asJSON(out.Findings), `"SELF_`) {
		t.Errorf("a probe that was not made is no fault of the checker: %s", asJSON(out.Findings))
	}
}
