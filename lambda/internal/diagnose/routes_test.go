package diagnose

import (
	"net/netip"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestTheLongestPrefixWinsWhateverItsState(t *testing.T) {
	table := topology.RouteTable{Routes: []topology.Route{
		{Destination: "0.0.0.0/0", Target: "igw-1", State: "active"}, {Destination: "10.0.0.0/16", Target: "local", State: "active"},
		{Destination: "10.0.3.0/24", Target: "eni-gone", State: "blackhole"}, {Destination: "::/0", Target: "eigw-1"}, {Destination: "pl-1", Target: "vpce-1"},
	}}
	for to, want := range map[string]string{"10.0.3.9": "eni-gone", "10.0.4.9": "local", "192.0.2.1": "igw-1", "2001:db8::1": "eigw-1"} {
		r, found, open := routeTo(table, netip.MustParseAddr(to))
		if !found || r.Target != want || !open {
			t.Errorf("%s: %+v %v %v", to, r, found, open)
		}
	}
	if _, found, _ := routeTo(topology.RouteTable{Routes: table.Routes[1:3]}, netip.MustParseAddr("192.0.2.1")); found {
		t.Error("there is no default route")
	}
}

func TestLeadsOut(t *testing.T) {
	for name, c := range map[string]struct {
		routes  []topology.Route
		out     bool
		instead string
	}{
		"gateway":      {[]topology.Route{{Destination: "0.0.0.0/0", Target: "igw-1", State: "active"}}, true, ""},
		"in halves":    {[]topology.Route{{Destination: "0.0.0.0/1", Target: "igw-1"}, {Destination: "128.0.0.0/1", Target: "igw-1"}}, true, ""},
		"one half":     {[]topology.Route{{Destination: "0.0.0.0/1", Target: "igw-1"}}, false, ""},
		"blackhole":    {[]topology.Route{{Destination: "0.0.0.0/0", Target: "igw-1", State: "blackhole"}}, false, "igw-1"},
		"nat":          {[]topology.Route{{Destination: "0.0.0.0/0", Target: "nat-1", State: "active"}}, false, "nat-1"},
		"nothing":      {nil, false, ""},
		"IPv6 only":    {[]topology.Route{{Destination: "::/0", Target: "igw-1"}}, false, ""},
		"not a prefix": {[]topology.Route{{Destination: "out", Target: "igw-1"}}, false, ""},
	} {
		instead, out := leadsOut(topology.RouteTable{Routes: c.routes}, false)
		if out != c.out || (instead != nil) != (c.instead != "") || instead != nil && instead.Target != c.instead {
			t.Errorf("%s: %v %+v", name, out, instead)
		}
	}
	dual := topology.RouteTable{Routes: []topology.Route{{Destination: "0.0.0.0/0", Target: "igw-1"}, {Destination: "::/0", Target: "eigw-1"}}}
	if instead, out := leadsOut(dual, true); out || instead == nil || instead.Target != "eigw-1" {
		t.Errorf("an egress-only gateway lets nobody in: %v %+v", out, instead)
	}
	dual.Routes[1].Target = "igw-1"
	if _, out := leadsOut(dual, true); !out {
		t.Error("both families lead out")
	}
}
