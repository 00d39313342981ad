package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// egress is what was found out about the checker's way to the internet.
type egress struct {
	blocks []block
	partly string // whom the blocks stop, if not the whole checker
	beyond string // where else to look
}

// ownEgress evaluates the way from the checker's own subnets to the internet:
// routes, security groups, network ACLs, and whether names resolve. A function
// in a VPC has no public address, so an internet gateway is no way out.
func (w *walk) ownEgress(names bool) egress {
	fact := get(w, w.facts.OwnNetwork, topology.OwnNetwork, "")
	checker, ok := fact.Get()
	switch {
	case fact.State == topology.Absent:
		return egress{beyond: "in the network that Lambda gives to functions outside of a VPC"}
	case !ok:
		return egress{beyond: "in the network around the checker, which could not be read"}
	}
	from := end{name: "the checker", vpc: checker.VPC, groups: checker.SecurityGroups, subnets: checker.Subnets}
	to := end{name: "the internet", public: true}
	const port = 443 // AWS itself, and most endpoints
	p := w.pass(from, to, port)
	if names {
		w.passNames(&p, from)
	}
	through := w.passOut(&p, checker)
	p.narrow(len(from.subnets))
	p.clear(w, from, to, port)
	out := egress{blocks: p.blocks, beyond: "behind " + listed(through) + ": the routes, security groups and network ACLs of the checker let it out"}
	if !p.known {
		out.beyond = "in the network around the checker, of which not everything could be read"
	}
	if len(p.blocks) > 0 && !p.stopsAll(from.subnets) {
		out.partly = p.blocks[0].partly
	}
	return out
}

// stopsAll: something stops the whole end, or each of its subnets is stopped by something.
func (p passage) stopsAll(subnets []string) bool {
	stopped := map[string]bool{}
	for _, b := range p.blocks {
		if b.partly == "" {
			return true
		}
		for _, s := range b.through {
			stopped[s] = true
		}
	}
	return len(subnets) > 0 && !slices.ContainsFunc(subnets, func(s string) bool { return !stopped[s] })
}

// passOut asks the table of each of the checker's subnets for the way to the
// internet, and returns what it leads to.
func (w *walk) passOut(p *passage, checker topology.Checker) []string {
	tables := get(w, w.facts.RouteTables, topology.RouteTables, checker.VPC)
	var through []string
	for _, subnet := range checker.Subnets {
		table, found := topology.RoutesOf(tables.Value, subnet)
		if !found || len(table.Routes) == 0 {
			p.known = false
			continue
		}
		r, way := exit(table)
		switch {
		case way == exitOpen:
			if !slices.Contains(through, r.Target) {
				through = append(through, r.Target)
			}
		case way == exitUnclear:
			p.known = false
		default:
			p.block(w.noExit(exitOf{table, subnet, r}, checker, tables))
		}
	}
	return through
}

// exits are what a table has for the internet.
type exits int

const (
	exitClosed exits = iota
	exitUnclear
	exitOpen
)

// exit is the route of a table for the whole internet, and whether a function
// gets out by it.
func exit(table topology.RouteTable) (topology.Route, exits) {
	var last topology.Route
	for _, sample := range publicSamples {
		r, found, lists := routeTo(table, sample)
		switch {
		case !found && lists:
			return r, exitUnclear
		case !found, !carries(r), strings.HasPrefix(r.Target, "igw-"):
			return r, exitClosed
		}
		last = r
	}
	return last, exitOpen
}

// exitOf is a subnet without a way out.
type exitOf struct {
	table  topology.RouteTable
	subnet string
	route  topology.Route // zero: none
}

func (w *walk) noExit(e exitOf, checker topology.Checker, tables topology.Fact[[]topology.RouteTable]) block {
	b := block{
		kind: blockRoute, root: e.table.ID + "/internet", through: []string{e.subnet},
		fault:  fmt.Sprintf("%s of %s, where the checker stands, has no route to the internet", e.table.ID, e.subnet),
		do:     fmt.Sprintf("give %s a route to a NAT gateway", e.table.ID),
		verify: fmt.Sprintf("aws ec2 describe-route-tables --route-table-ids %s --query 'RouteTables[].Routes' --region %s", e.table.ID, w.facts.Region),
	}
	verb, destination := "create-route", "0.0.0.0/0"
	if e.route.Destination != "" {
		verb, destination = "replace-route", e.route.Destination
		b.fault = fmt.Sprintf("the route %s of %s, where the checker stands (%s), leads to %s, which is gone (%s)", destination, e.table.ID, e.subnet, e.route.Target, e.route.State)
	}
	b.command = fmt.Sprintf("aws ec2 %s --route-table-id %s --destination-cidr-block %s --nat-gateway-id NAT_GATEWAY_ID --region %s", verb, e.table.ID, destination, w.facts.Region)
	if strings.HasPrefix(e.route.Target, "igw-") && carries(e.route) {
		// The table is right for others in the subnet, which have public addresses.
		b.fault = fmt.Sprintf("%s of %s, where the checker stands, leads to the internet by %s only, and a function in a VPC has no public address", e.table.ID, e.subnet, e.route.Target)
		b.do, b.command = w.moveChecker(checker, tables.Value)
	}
	b.evidence = told(tables.Status, b.fault)
	return b
}

// moveChecker puts the function into subnets from which it gets out.
func (w *walk) moveChecker(checker topology.Checker, tables []topology.RouteTable) (do, command string) {
	better := "SUBNETS_WITH_A_ROUTE_TO_A_NAT_GATEWAY"
	for _, t := range tables {
		if _, way := exit(t); way == exitOpen && len(t.Subnets) > 0 {
			better = strings.Join(t.Subnets, ",")
			break
		}
	}
	return "put the checker into subnets with a route to a NAT gateway: " + better,
		fmt.Sprintf("aws lambda update-function-configuration --function-name %s --vpc-config SubnetIds=%s,SecurityGroupIds=%s --region %s", cmp.Or(checker.Function, unnamed), better, strings.Join(checker.SecurityGroups, ","), w.facts.Region)
}

// passNames asks whether names resolve in the checker's VPC.
func (w *walk) passNames(p *passage, from end) {
	fact := get(w, w.facts.VPCs, topology.VPCs, from.vpc)
	vpc, ok := fact.Get()
	if !ok {
		p.known = false
		return
	}
	if !vpc.DNSSupport {
		fault := fmt.Sprintf("DNS support of %s is off, so no name resolves for the checker", from.vpc)
		p.blocks = slices.Insert(p.blocks, 0, block{
			kind: blockRoute, root: from.vpc + "/dns", fault: fault, evidence: told(fact.Status, fault),
			do:      "switch DNS support of " + from.vpc + " on",
			command: fmt.Sprintf("aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-support Value=true --region %s", from.vpc, w.facts.Region),
			verify:  fmt.Sprintf("aws ec2 describe-vpc-attribute --vpc-id %s --attribute enableDnsSupport --region %s", from.vpc, w.facts.Region),
		})
	}
}
