package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// publicSamples lie in the two halves of the internet: a default route may be
// written as 0.0.0.0/1 and 128.0.0.0/1.
var publicSamples = []netip.Addr{netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("203.0.113.1")}

// publicSixes are the same for IPv6, of which the internet has 2000::/3.
var publicSixes = []netip.Addr{netip.MustParseAddr("2001:4860::1"), netip.MustParseAddr("3000::1")}

// routeTo is the route that a table has for an address: the longest prefix
// wins, whatever its state. Open says that another one might apply instead: one
// to a prefix list, which is not looked into, or one of the same length.
func routeTo(table topology.RouteTable, to netip.Addr) (best topology.Route, found, open bool) {
	bits := -1
	for _, r := range table.Routes {
		if strings.HasPrefix(r.Destination, "pl-") {
			open = true
			continue
		}
		block, err := netip.ParsePrefix(r.Destination)
		if err != nil || !block.Contains(to) || block.Bits() < bits {
			continue
		}
		if block.Bits() == bits {
			open = open || carries(r) != carries(best)
			continue
		}
		best, found, bits = r, true, block.Bits()
	}
	return best, found, open
}

// heading is where a table sends what goes to a network: OK to somewhere that
// is still there, Broken to nowhere, Unclear where it is not the same for every
// address. Away: the network is another one, so no gateway to the internet leads
// to a private address of it; a NAT gateway may pass on to one.
func heading(table topology.RouteTable, net netip.Prefix, away bool) (topology.Route, Verdict) {
	whole := topology.RouteTable{}
	var inside []topology.Route
	for _, r := range table.Routes {
		if block, err := netip.ParsePrefix(r.Destination); err == nil && block.Bits() > net.Bits() && net.Contains(block.Addr()) {
			inside = append(inside, r)
			continue
		}
		whole.Routes = append(whole.Routes, r)
	}
	r, has, open := routeTo(whole, net.Addr())
	good := has && carries(r)
	outside := good && away && net.Addr().IsPrivate() && (strings.HasPrefix(r.Target, "igw-") || strings.HasPrefix(r.Target, "eigw-"))
	switch {
	case slices.ContainsFunc(inside, func(one topology.Route) bool { return carries(one) != good || outside }),
		open && (!good || outside), good && away && strings.HasPrefix(r.Target, "nat-"):
		return r, Unclear
	case good && !outside:
		return r, OK
	}
	return r, Broken
}

// carries: the route leads somewhere that is still there.
func carries(r topology.Route) bool { return r.State == "" || r.State == "active" }

// leadsOut reports whether a table has an active route to an internet gateway
// for the whole internet of a family, and if not, the route that stands in its
// place.
func leadsOut(table topology.RouteTable, six bool) (instead *topology.Route, out bool) {
	samples := publicSamples
	if six {
		samples = publicSixes
	}
	for _, sample := range samples {
		r, found, _ := routeTo(table, sample)
		switch {
		case !found:
			return nil, false
		case !carries(r) || !strings.HasPrefix(r.Target, "igw-"):
			return &r, false
		}
	}
	return nil, true
}

// gatewayOf is the internet gateway that any of the tables uses.
func gatewayOf(tables []topology.RouteTable) string {
	for _, t := range tables {
		for _, r := range t.Routes {
			if strings.HasPrefix(r.Target, "igw-") && carries(r) {
				return r.Target
			}
		}
	}
	return ""
}
