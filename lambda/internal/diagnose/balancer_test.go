package diagnose

import (
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// unreached is an endpoint whose connection came to nothing.
func unreached(class result.Class, address string) Symptom {
	return Symptom{Endpoint: endpoint("/health"), Class: class, Phase: result.PhaseTCP, At: noon, Address: address}
}

// reachable is the sample with a second subnet and everything that lies in
// front of a load balancer; all of it is open.
func reachable() *topology.Snapshot {
	s := sample()
	lb := s.LoadBalancers.Of("").Value[0]
	lb.Scheme, lb.Type, lb.VPC, lb.Subnets = "internet-facing", "application", "vpc-1", []string{"subnet-a", "subnet-b"}
	s.LoadBalancers.Put("", know([]topology.LoadBalancer{lb}, "elasticloadbalancing:DescribeLoadBalancers"))
	s.Subnets.Put("subnet-b", know(topology.Subnet{ID: "subnet-b", CIDR: "10.0.2.0/24"}, "ec2:DescribeSubnets"))
	s.NetworkACLs.Put("vpc-1", know([]topology.NetworkACL{{ID: "acl-1", Subnets: []string{"subnet-a", "subnet-b"}, Entries: openACL()}}, "ec2:DescribeNetworkAcls"))
	s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-pub", Subnets: []string{"subnet-a", "subnet-b"}, Routes: toInternet("igw-1", "active")}, {ID: "rtb-main", Main: true, Routes: toInternet("nat-1", "active")}}, "ec2:DescribeRouteTables"))
	s.OwnNetwork.Put("", know(topology.Checker{VPC: "vpc-1", Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-checker"}}, "lambda:GetFunctionConfiguration"))
	s.SecurityGroups.Put("sg-checker", know(topology.SecurityGroup{ID: "sg-checker", Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
	return s
}

func openACL() []topology.ACLEntry {
	return []topology.ACLEntry{
		{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}, {Number: lastEntry, Protocol: "-1", CIDR: "0.0.0.0/0"},
		{Number: 100, Egress: true, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}, {Number: lastEntry, Egress: true, Protocol: "-1", CIDR: "0.0.0.0/0"},
	}
}

func toInternet(target, state string) []topology.Route {
	return []topology.Route{{Destination: "10.0.0.0/16", Target: "local", State: "active"}, {Destination: "0.0.0.0/0", Target: target, State: state}}
}

func admits(s *topology.Snapshot, rules ...topology.SecurityRule) {
	s.SecurityGroups.Put("sg-main", know(topology.SecurityGroup{ID: "sg-main", In: rules, Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
}

func TestNothingInFrontOfTheLoadBalancerIsBlamedWhereAllIsOpen(t *testing.T) {
	s := reachable()
	s.OwnNetwork.Put("", topology.AbsentFact[topology.Checker]("lambda:GetFunctionConfiguration", noon)) // the checker is asked about itself, too
	out := Diagnose(caseOf(s, unreached(result.TCPTimeout, "192.0.2.7:443")))
	if len(out.Findings) != 0 || len(out.Wants) != 0 {
		t.Fatalf("%s", asJSON(out))
	}
	var ruledOut []Code
	for _, r := range out.Unexplained[0].RuledOut {
		ruledOut = append(ruledOut, r.Code)
	}
	for _, code := range []Code{LBSecurityGroup, LBSubnetRoute, LBNoListener} {
		if !slices.Contains(ruledOut, code) {
			t.Errorf("%s is not ruled out: %v", code, ruledOut)
		}
	}
}

func TestSecurityGroupOfTheLoadBalancer(t *testing.T) {
	any4, any6 := topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, CIDR: "0.0.0.0/0"}, topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, CIDR: "::/0"}
	office := topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, CIDR: "198.51.100.0/24"}
	listed := topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, PrefixList: "pl-1"}
	for name, c := range map[string]struct {
		rules   []topology.SecurityRule
		address string
		level   Level // "": not blamed
	}{
		"nobody":                    {nil, "192.0.2.7:443", Proven},
		"everybody":                 {[]topology.SecurityRule{any4}, "192.0.2.7:443", ""},
		"IPv6 only, asked by IPv4":  {[]topology.SecurityRule{any6}, "192.0.2.7:443", Proven},
		"IPv4 only, asked by IPv6":  {[]topology.SecurityRule{any4}, "[2001:db8::7]:443", Proven},
		"both, asked by IPv6":       {[]topology.SecurityRule{any4, any6}, "[2001:db8::7]:443", ""},
		"one office":                {[]topology.SecurityRule{office}, "192.0.2.7:443", Likely},
		"a prefix list, not of all": {[]topology.SecurityRule{listed}, "192.0.2.7:443", Likely},
	} {
		s := reachable()
		dualStack(s)
		s.PrefixLists.Put("pl-1", know([]string{"198.51.100.0/24"}, "ec2:GetManagedPrefixListEntries"))
		admits(s, c.rules...)
		out := Diagnose(caseOf(s, unreached(result.TCPTimeout, c.address)))
		if c.level == "" {
			if slices.Contains(causes(out), LBSecurityGroup) {
				t.Errorf("%s: %s", name, asJSON(out.Findings))
			}
			continue
		}
		if f := only(t, out, LBSecurityGroup, Cause); f.Level != c.level {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
	}
	s := reachable()
	admits(s)
	if out := Diagnose(caseOf(s, unreached(result.TCPRefused, "192.0.2.7:443"))); len(causes(out)) != 0 {
		t.Errorf("a refused connection was let through: %v", causes(out))
	}
	s.Fail(topology.Want{Kind: topology.SecurityGroups, Key: "sg-main"}, topology.Denied, "")
	if out := Diagnose(caseOf(s, unreached(result.TCPTimeout, "192.0.2.7:443"))); len(aboutEndpoints(out)) != 0 || len(out.Gaps) != 1 {
		t.Errorf("%s", asJSON(out))
	}
}

func TestSubnetsOfTheLoadBalancer(t *testing.T) {
	half := []AddressSeen{{Address: "192.0.2.7:443"}, {Address: "192.0.2.8:443", Class: result.TCPTimeout}}
	all := []AddressSeen{{Address: "192.0.2.7:443", Class: result.TCPTimeout}, {Address: "192.0.2.8:443", Class: result.TCPTimeout}}
	tables := func(a, b []topology.Route) []topology.RouteTable {
		return []topology.RouteTable{{ID: "rtb-a", Subnets: []string{"subnet-a"}, Routes: a}, {ID: "rtb-b", Main: true, Routes: b}}
	}
	good, gone, nat := toInternet("igw-1", "active"), toInternet("igw-1", "blackhole"), toInternet("nat-1", "active")
	for name, c := range map[string]struct {
		tables []topology.RouteTable
		seen   []AddressSeen
		level  Level
	}{
		"all good":                              {tables(good, good), all, ""},
		"one, and one address fails":            {tables(good, nat), half, Proven},
		"one, and which address is not known":   {tables(good, nat), nil, Likely},
		"one, but both addresses fail":          {tables(good, nat), all, ""},
		"both, and both fail":                   {tables(gone, nat), all, Proven},
		"both, but one answers":                 {tables(gone, nat), half, ""},
		"the main table is gone, none besides":  {tables(good, good[:1]), half, Proven},
		"a table without any route is not read": {tables(good, nil), half, ""},
	} {
		s := reachable()
		s.RouteTables.Put("vpc-1", know(c.tables, "ec2:DescribeRouteTables"))
		seen := unreached(result.TCPTimeout, "192.0.2.8:443")
		seen.Addresses = c.seen
		out := Diagnose(caseOf(s, seen))
		if c.level == "" {
			if slices.Contains(causes(out), LBSubnetRoute) {
				t.Errorf("%s: %s", name, asJSON(out.Findings))
			}
			continue
		}
		if f := only(t, out, LBSubnetRoute, Cause); f.Level != c.level {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
	}
}

func TestInternalLoadBalancer(t *testing.T) {
	internal := func(own topology.Fact[topology.Checker]) *topology.Snapshot {
		s := reachable()
		lb := s.LoadBalancers.Of("").Value[0]
		lb.Scheme = "internal"
		s.LoadBalancers.Put("", know([]topology.LoadBalancer{lb}, "elasticloadbalancing:DescribeLoadBalancers"))
		s.OwnNetwork.Put("", own)
		s.RouteTables.Put("vpc-9", know([]topology.RouteTable{{ID: "rtb-9", Main: true, Routes: []topology.Route{{Destination: "10.9.0.0/16", Target: "local", State: "active"}, {Destination: "0.0.0.0/0", Target: "nat-9", State: "active"}}}}, "ec2:DescribeRouteTables"))
		return s
	}
	elsewhere := know(topology.Checker{VPC: "vpc-9", Subnets: []string{"subnet-9"}}, "lambda:GetFunctionConfiguration")
	inside := know(topology.Checker{VPC: "vpc-1", Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-checker"}}, "lambda:GetFunctionConfiguration")
	for name, c := range map[string]struct {
		own     topology.Fact[topology.Checker]
		address string
		level   Level
	}{
		"no VPC":            {topology.AbsentFact[topology.Checker]("lambda:GetFunctionConfiguration", noon), "10.0.1.9:443", Proven},
		"another VPC":       {elsewhere, "10.0.1.9:443", Proven},
		"inside":            {inside, "10.0.1.9:443", ""},
		"a public address":  {elsewhere, "192.0.2.7:443", ""},
		"where is unknown":  {topology.UnknownFact[topology.Checker](topology.Denied, "lambda:GetFunctionConfiguration", ""), "10.0.1.9:443", Likely},
		"not a Lambda here": {topology.UnknownFact[topology.Checker](topology.Unsupported, "lambda:GetFunctionConfiguration", ""), "10.0.1.9:443", Likely},
	} {
		out := Diagnose(caseOf(internal(c.own), unreached(result.TCPTimeout, c.address)))
		if c.level == "" {
			if len(causes(out)) != 0 {
				t.Errorf("%s: %s", name, asJSON(out.Findings))
			}
			continue
		}
		if f := only(t, out, LBInternalScheme, Cause); f.Level != c.level {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
	}
	s := internal(inside)
	admits(s, topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, Group: "sg-old"})
	f := only(t, Diagnose(caseOf(s, unreached(result.TCPTimeout, "10.0.1.9:443"))), LBSecurityGroup, Cause)
	if !strings.Contains(f.Actions[0].Command, "--source-group sg-checker") || f.Level != Proven {
		t.Errorf("%s", asJSON(f))
	}
	s.Fail(topology.Want{Kind: topology.RouteTables, Key: "vpc-1"}, topology.Denied, "")
	if f := only(t, Diagnose(caseOf(s, unreached(result.TCPTimeout, "10.0.1.9:443"))), LBSecurityGroup, Cause); f.Level != Likely || len(f.Gaps) != 1 {
		t.Errorf("%s", asJSON(f))
	}
}

func TestNoListenerOnThePort(t *testing.T) {
	s := reachable()
	s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, Port: 80, Protocol: "HTTP"}}, "elasticloadbalancing:DescribeListeners"))
	if f := only(t, Diagnose(caseOf(s, unreached(result.TCPRefused, "192.0.2.7:443"))), LBNoListener, Cause); f.Level != Proven || f.Severity != S1 {
		t.Errorf("%s", asJSON(f))
	}
	for _, wrong := range []Symptom{notFound("/health"), gateway504("/health", 10e9), noDNS(result.DNSServFail)} {
		if out := Diagnose(caseOf(s, wrong)); slices.Contains(causes(out), LBNoListener) {
			t.Errorf("%s cannot come of it", wrong.Class)
		}
	}
	plain := notFound("/health")
	plain.Endpoint.Scheme, plain.Endpoint.Port = "http", 80
	if out := Diagnose(caseOf(s, plain)); strings.Contains(asJSON(out.Findings), string(LBNoListener)) {
		t.Errorf("plain HTTP on port 80 is as it should be: %s", asJSON(out.Findings))
	}
	s.Fail(topology.Want{Kind: topology.Listeners, Key: balancerARN}, topology.Throttled, "")
	if out := Diagnose(caseOf(s, unreached(result.TCPRefused, "192.0.2.7:443"))); len(aboutEndpoints(out)) != 0 || len(out.Gaps) != 1 {
		t.Errorf("%s", asJSON(out))
	}
}

// What the name really leads to counts more than what the configuration says.
func TestTheRecordOutweighsTheConfiguration(t *testing.T) {
	s := sample()
	s.LoadBalancers.Put("", know(append(s.LoadBalancers.Of("").Value, topology.LoadBalancer{ARN: "lb2", Name: "other"}), "elasticloadbalancing:DescribeLoadBalancers"))
	seen := notFound("/health")
	seen.Endpoint.RunsOn.Balancer = "other"
	if f := only(t, Diagnose(caseOf(s, seen)), RuleDefaultFixed, Cause); f.Key != "RULE_DEFAULT_FIXED/main:443" {
		t.Error(f.Key)
	}
}
