package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// dualStack gives the networks of the sample addresses of IPv6, with routes and
// ACLs that let them pass.
func dualStack(s *topology.Snapshot) {
	for id, net := range map[string]string{"subnet-a": "2600:1f18:0:1::/64", "subnet-b": "2600:1f18:0:2::/64"} {
		change(s.Subnets, id, func(n *topology.Subnet) { n.V6 = []string{net} })
	}
	change(s.RouteTables, "vpc-1", func(all *[]topology.RouteTable) {
		for i := range *all {
			(*all)[i].Routes = append((*all)[i].Routes, topology.Route{Destination: "2600:1f18::/56", Target: "local", State: "active"}, topology.Route{Destination: "::/0", Target: "igw-1", State: "active"})
		}
	})
	change(s.NetworkACLs, "vpc-1", func(all *[]topology.NetworkACL) {
		for i := range *all {
			(*all)[i].Entries = append((*all)[i].Entries, openSix()...)
		}
	})
}

func openSix() []topology.ACLEntry {
	return []topology.ACLEntry{{Number: 101, Allow: true, Protocol: "-1", CIDR: "::/0"}, {Number: 101, Egress: true, Allow: true, Protocol: "-1", CIDR: "::/0"}}
}

// Each family has filters and routes of its own: what lets IPv4 pass says
// nothing of IPv6.
func TestALoadBalancerAskedByIPv6(t *testing.T) {
	const six, four = "[2001:db8::7]:443", "192.0.2.7:443"
	open := topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, CIDR: "0.0.0.0/0"}
	openTo6 := open
	openTo6.CIDR = "::/0"
	for name, c := range map[string]struct {
		change  func(*topology.Snapshot)
		want    Code
		command string
	}{
		"all is open":     {func(*topology.Snapshot) {}, "", ""},
		"no rule for it":  {func(s *topology.Snapshot) { admits(s, open) }, LBSecurityGroup, "Ipv6Ranges=[{CidrIpv6=PUBLIC_ADDRESS_OF_THE_CHECKER/128}]"},
		"no entry for it": {func(s *topology.Snapshot) { putFrontACL(s, openACL()) }, NetACL, "--ipv6-cidr-block ::/0 --rule-action allow"},
		"no route for it": {func(s *topology.Snapshot) { putFrontRoutes(s, toInternet("igw-1", "active")) }, LBSubnetRoute, "--destination-ipv6-cidr-block ::/0"},
		"a route out, not in": {func(s *topology.Snapshot) {
			putFrontRoutes(s, append(toInternet("igw-1", "active"), topology.Route{Destination: "::/0", Target: "eigw-1", State: "active"}))
		}, LBSubnetRoute, "--destination-ipv6-cidr-block ::/0"},
	} {
		s := reachable()
		dualStack(s)
		admits(s, open, openTo6)
		c.change(s)
		out := Diagnose(caseOf(s, unreached(result.TCPTimeout, six)))
		if c.want == "" {
			if len(causes(out)) != 0 {
				t.Errorf("%s: %s", name, asJSON(out.Findings))
			}
		} else if f := only(t, out, c.want, Cause); f.Level != Proven || !strings.Contains(f.Actions[0].Command, c.command) {
			t.Errorf("%s: %s", name, asJSON(f))
		} else if c.want == LBSecurityGroup && (!strings.HasSuffix(f.Actions[0].Do, "if everybody should, ::/0") || !strings.Contains(f.Sentence, "only from 0.0.0.0/0, not from the internet by IPv6")) {
			t.Errorf("%s: %s %s", name, f.Sentence, f.Actions[0].Do)
		}
		if out := Diagnose(caseOf(s, unreached(result.TCPTimeout, four))); len(causes(out)) != 0 {
			t.Errorf("%s: IPv4 is open: %s", name, asJSON(out.Findings))
		}
	}
}

func putFrontACL(s *topology.Snapshot, entries []topology.ACLEntry) {
	s.NetworkACLs.Put("vpc-1", know([]topology.NetworkACL{{ID: "acl-1", Subnets: []string{"subnet-a", "subnet-b"}, Entries: entries}}, "ec2:DescribeNetworkAcls"))
}

func putFrontRoutes(s *topology.Snapshot, routes []topology.Route) {
	s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-pub", Main: true, Routes: routes}}, "ec2:DescribeRouteTables"))
}

// An internal load balancer is asked from the checker's own subnets, whose
// addresses of IPv6 count then, and not those of IPv4.
func TestAnInternalLoadBalancerAskedByIPv6(t *testing.T) {
	internal := func() *topology.Snapshot {
		s := reachable()
		change(s.LoadBalancers, "", func(all *[]topology.LoadBalancer) {
			(*all)[0].Scheme, (*all)[0].Subnets = "internal", []string{"subnet-b"}
		})
		return s
	}
	seen := unreached(result.TCPTimeout, "[2600:1f18:0:2::9]:443")
	s := internal()
	dualStack(s)
	admits(s, topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, CIDR: "10.0.0.0/16"})
	s.SecurityGroups.Put("sg-checker", know(topology.SecurityGroup{ID: "sg-checker", Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "::/0"}}}, "ec2:DescribeSecurityGroups"))
	f := only(t, Diagnose(caseOf(s, seen)), LBSecurityGroup, Cause)
	if f.Level != Proven {
		t.Errorf("%s", asJSON(f))
	}
	admits(s, topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, CIDR: "2600:1f18::/56"})
	if out := Diagnose(caseOf(s, seen)); len(causes(out)) != 0 {
		t.Errorf("%s", asJSON(out.Findings))
	}
	out := Diagnose(caseOf(internal(), seen)) // its subnets have no addresses of IPv6
	if hasCode(causes(out), LBSecurityGroup) || !strings.Contains(asJSON(out.Gaps), "IPv6 is not evaluated") {
		t.Errorf("%s", asJSON(out))
	}
}

// Who has an address of IPv6 is not read: the way to such a target is neither
// open nor closed, and the report says so.
func TestTheWayToATargetOfIPv6IsAGap(t *testing.T) {
	s := apart()
	dualStack(s)
	closedGroup(s)
	s.TargetHealth.Put(groupARN, know([]topology.Target{silentTarget("2600:1f18:0:3::76")}, "elasticloadbalancing:DescribeTargetHealth"))
	out := Diagnose(caseOf(s, late(10*time.Second)))
	if len(causes(out)) != 0 {
		t.Errorf("%s", asJSON(out.Findings))
	}
	if !slices.ContainsFunc(out.Gaps, func(g Gap) bool {
		return g.Why == topology.Unsupported && strings.Contains(g.Detail, "IPv6 is not evaluated")
	}) {
		t.Errorf("%s", asJSON(out.Gaps))
	}
	for _, u := range out.Unexplained {
		for _, r := range u.RuledOut {
			if r.Code == NetTargetGroup || r.Code == NetACL {
				t.Errorf("ruled out: %s", r.Statement)
			}
		}
	}
}
