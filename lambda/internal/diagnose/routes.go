package diagnose

import (
	"net/netip"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// publicSamples lie in the two halves of the internet: a default route may be
// written as 0.0.0.0/1 and 128.0.0.0/1.
var publicSamples = []netip.Addr{netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("203.0.113.1")}

// publicSixes are the same for IPv6, of which the internet has 2000::/3.
var publicSixes = []netip.Addr{netip.MustParseAddr("2001:4860::1"), netip.MustParseAddr("3000::1")}

// routeTo is the route that a table has for an address: the longest prefix
// wins, whatever its state. A route to a prefix list is not looked into; open
// says that one might apply instead.
func routeTo(table topology.RouteTable, to netip.Addr) (best topology.Route, found, open bool) {
	bits := -1
	for _, r := range table.Routes {
		if strings.HasPrefix(r.Destination, "pl-") {
			open = true
			continue
		}
		block, err := netip.ParsePrefix(r.Destination)
		if err == nil && block.Contains(to) && block.Bits() > bits {
			best, found, bits = r, true, block.Bits()
		}
	}
	return best, found, open
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
