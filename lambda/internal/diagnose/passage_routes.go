package diagnose

import (
	"fmt"
	"net/netip"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// passRoutes asks the table of each of an end's subnets for the way to the other end.
func (w *walk) passRoutes(p *passage, from, to end) {
	if slices.Equal(from.subnets, to.subnets) {
		return // every subnet has its own local route
	}
	nets, ok := to.nets(w)
	if !ok || from.vpc == "" || len(nets) == 0 {
		p.known = false
		return
	}
	tables := get(w, w.facts.RouteTables, topology.RouteTables, from.vpc)
	for _, subnet := range from.subnets {
		table, found := topology.RoutesOf(tables.Value, subnet)
		if !found || len(table.Routes) == 0 { // each has a local one at least
			p.known = false
			return
		}
		for _, net := range nets {
			switch r, leads := heading(table, net, to.vpc != "" && to.vpc != from.vpc); leads {
			case Unclear:
				p.known = false
			case Broken:
				p.block(w.routeBlock(detour{table, subnet, net, r}, to, tables.Status))
			}
		}
	}
}

// detour is where a table sends traffic instead of where it should.
type detour struct {
	table  topology.RouteTable
	subnet string
	net    netip.Prefix
	route  topology.Route // zero: none
}

func (w *walk) routeBlock(d detour, to end, read topology.Status) block {
	fault := fmt.Sprintf("%s of %s has no route to %s (%s)", d.table.ID, d.subnet, d.net, to.name)
	verb, destination, flag := "create-route", d.net.String(), "--destination-cidr-block"
	if d.net.Addr().Is6() {
		flag = "--destination-ipv6-cidr-block"
	}
	switch {
	case d.route.Destination != "" && carries(d.route):
		fault += fmt.Sprintf(": %s leads to %s, and from there to no private address", d.route.Destination, d.route.Target)
	case d.route.Destination != "":
		fault = fmt.Sprintf("the route %s of %s leads to %s, which is gone (%s), so nothing gets from %s to %s (%s)", d.route.Destination, d.table.ID, d.route.Target, d.route.State, d.subnet, d.net, to.name)
		verb, destination = "replace-route", d.route.Destination
	}
	return block{
		kind: blockRoute, root: d.table.ID + "/" + destination, fault: fault, evidence: told(read, fault), through: []string{d.subnet},
		do:      fmt.Sprintf("give %s a route to %s that leads to something", d.table.ID, destination),
		command: fmt.Sprintf("aws ec2 %s --route-table-id %s %s %s TARGET_OF_THE_ROUTE --region %s", verb, d.table.ID, flag, destination, w.facts.Region),
		verify:  fmt.Sprintf("aws ec2 describe-route-tables --route-table-ids %s --region %s", d.table.ID, w.facts.Region),
	}
}
