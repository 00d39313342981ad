package diagnose

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestWhereATableSendsANetwork(t *testing.T) {
	route := func(destination, target, state string) topology.Route {
		return topology.Route{Destination: destination, Target: target, State: state}
	}
	local := route("10.0.0.0/16", "local", "active")
	for name, c := range map[string]struct {
		routes []topology.Route
		net    string
		away   bool
		want   Verdict
	}{
		"its own network":                  {[]topology.Route{local}, "10.0.3.0/24", false, OK},
		"a peering":                        {[]topology.Route{local, route("10.9.0.0/16", "pcx-1", "active")}, "10.9.3.0/24", true, OK},
		"a peering that is gone":           {[]topology.Route{local, route("10.9.0.0/16", "pcx-1", "blackhole")}, "10.9.3.0/24", true, Broken},
		"nothing":                          {[]topology.Route{local}, "10.9.3.0/24", true, Broken},
		"the internet is no way":           {[]topology.Route{local, route("0.0.0.0/0", "igw-1", "active")}, "10.9.3.0/24", true, Broken},
		"a private NAT gateway may be one": {[]topology.Route{local, route("0.0.0.0/0", "nat-1", "active")}, "10.9.3.0/24", true, Unclear},
		"a default to a transit gateway":   {[]topology.Route{local, route("0.0.0.0/0", "tgw-1", "active")}, "10.9.3.0/24", true, OK},
		"half of it leads nowhere":         {[]topology.Route{local, route("10.9.0.0/16", "pcx-1", "active"), route("10.9.3.128/25", "pcx-2", "blackhole")}, "10.9.3.0/24", true, Unclear},
		"only half of it leads anywhere":   {[]topology.Route{local, route("10.9.3.0/25", "pcx-1", "active")}, "10.9.3.0/24", true, Unclear},
		"another route beside it":          {[]topology.Route{local, route("10.9.0.0/16", "vgw-1", "blackhole"), route("10.9.0.0/16", "tgw-1", "active")}, "10.9.3.0/24", true, Unclear},
		"a prefix list may be it":          {[]topology.Route{local, route("pl-1", "tgw-1", "active")}, "10.9.3.0/24", true, Unclear},
		"IPv6 has its own":                 {[]topology.Route{local, route("::/0", "igw-1", "active")}, "fd00:1::/64", true, Broken},
	} {
		if r, got := heading(topology.RouteTable{Routes: c.routes}, netip.MustParsePrefix(c.net), c.away); got != c.want {
			t.Errorf("%s: %s by %+v, want %s", name, got, r, c.want)
		}
	}
}

// Targets in another network: named by addresses, reached by a peering only.
func TestTargetsInAPeeredNetwork(t *testing.T) {
	const at = "10.9.3.76"
	peered := func(routes ...topology.Route) *topology.Snapshot {
		s := apart()
		s.Subnets.Put("subnet-p", know(topology.Subnet{ID: "subnet-p", VPC: "vpc-9", CIDR: "10.9.3.0/24"}, "ec2:DescribeSubnets"))
		target := silentTarget(at)
		target.Zone = beyond
		s.TargetHealth.Put(groupARN, know([]topology.Target{target}, "elasticloadbalancing:DescribeTargetHealth"))
		change(s.TargetGroups, "", func(all *[]topology.TargetGroup) { (*all)[0].VPC = "vpc-1" })
		s.InterfacesByAddress.Put(at, know(topology.Interface{ID: "eni-p", Address: at, VPC: "vpc-9", Subnet: "subnet-p", SecurityGroups: []string{"sg-task"}}, "ec2:DescribeNetworkInterfaces"))
		s.RunningTasks.Put("dev|api", know([]topology.Task{{ID: "t1", Address: at}}, "ecs:DescribeTasks"))
		s.NetworkACLs.Put("vpc-9", know([]topology.NetworkACL{{ID: "acl-9", Subnets: []string{"subnet-p"}, Entries: openACL()}}, "ec2:DescribeNetworkAcls"))
		s.RouteTables.Put("vpc-9", know([]topology.RouteTable{{ID: "rtb-9", Main: true, Routes: []topology.Route{{Destination: "10.9.0.0/16", Target: "local", State: "active"}, {Destination: "10.0.0.0/16", Target: "pcx-1", State: "active"}}}}, "ec2:DescribeRouteTables"))
		s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-1", Main: true, Routes: append(toInternet("igw-1", "active"), routes...)}}, "ec2:DescribeRouteTables"))
		return s
	}
	s := peered(topology.Route{Destination: "10.9.0.0/16", Target: "pcx-1", State: "active"})
	closedGroup(s)
	f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetTargetGroup, Cause)
	if strings.Contains(f.Actions[0].Command, "sg-main") || !strings.Contains(f.Actions[0].Command, "IpRanges=[{CidrIp=10.0.1.0/24},{CidrIp=10.0.2.0/24}]") {
		t.Errorf("a group of another network: %+v", f.Actions[0])
	}
	f = only(t, Diagnose(caseOf(peered(), late(10*time.Second))), NetACL, Cause)
	if f.Level != Proven || !strings.Contains(f.Sentence, "0.0.0.0/0 leads to igw-1, and from there to no private address") || !strings.Contains(f.Actions[0].Command, "create-route --route-table-id rtb-1 --destination-cidr-block 10.9.3.76/32") {
		t.Errorf("%s", asJSON(f))
	}
}

// Tasks connect from fewer ports than load balancers do, so an ACL that lets
// only those pass is enough for them.
func TestTheAnswersToTasks(t *testing.T) {
	linux := append([]topology.ACLEntry{{Number: 50, Allow: true, Protocol: "6", CIDR: "0.0.0.0/0", From: 32768, To: 61000}, {Number: 60, Protocol: "6", CIDR: "0.0.0.0/0", From: 1024, To: 65535}}, openACL()...)
	s := apart()
	putOwner(s, "10.0.3.219", "subnet-a", "sg-mlflow") // what it calls is in another subnet
	s.SecurityGroups.Put("sg-mlflow", know(topology.SecurityGroup{ID: "sg-mlflow", In: []topology.SecurityRule{{Protocol: "tcp", From: 5000, To: 5000, Group: "sg-task"}}}, "ec2:DescribeSecurityGroups"))
	w := &walk{facts: s}
	from, to := endOf(s.InterfacesByAddress.Of("10.0.3.76").Value, "tasks of api"), endOf(s.InterfacesByAddress.Of("10.0.3.219").Value, "mlflow")
	putACLs(s, openACL(), linux)
	if p := w.pass(from, to, 5000); p.verdict() != Broken {
		t.Errorf("others need all ports: %+v", p)
	}
	from.task = true
	if p := w.pass(from, to, 5000); p.verdict() != OK {
		t.Errorf("%+v", p.blocks)
	}
	s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-1", Main: true, Routes: toInternet("nat-1", "active")}}, "ec2:DescribeRouteTables"))
	out := Diagnose(caseOf(s, late(time.Minute)))
	if hasCode(causes(out), NetACL) {
		t.Errorf("%s", asJSON(out.Findings))
	}
}

// Two entries of one ACL, for two subnets of the load balancer: the one stops
// everything, the other only some ports. Then not every connection is stopped.
func TestEntriesThatStopMoreAndLess(t *testing.T) {
	deny := func(number int, cidr string, from int) topology.ACLEntry {
		return topology.ACLEntry{Number: number, Egress: true, Protocol: "6", CIDR: cidr, From: from, To: 65535}
	}
	for name, c := range map[string]struct {
		second topology.ACLEntry
		partly string
	}{
		"both wholly":  {deny(91, "10.0.2.0/24", 1024), ""},
		"one in part":  {deny(91, "10.0.2.0/24", 50000), "that the request is among what is stopped: what goes through subnet-a"},
		"only the one": {deny(91, "10.0.9.0/24", 1024), "that the request is among what is stopped: what goes through subnet-a"},
	} {
		s := apart()
		putACLs(s, openACL(), append([]topology.ACLEntry{deny(90, "10.0.1.0/24", 1024), c.second}, openACL()...))
		f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetACL, Cause)
		if (f.Level == Proven) != (c.partly == "") || c.partly != "" && !strings.Contains(strings.Join(f.Inferred, ";"), c.partly) {
			t.Errorf("%s: %s %v", name, f.Level, f.Inferred)
		}
	}
}
