package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestDeniedBy(t *testing.T) {
	peer := netip.MustParsePrefix("10.0.1.0/24")
	allow := func(n int, cidr string, from, to int) topology.ACLEntry {
		return topology.ACLEntry{Number: n, Allow: true, Protocol: "6", CIDR: cidr, From: from, To: to}
	}
	deny := func(n int, cidr string, from, to int) topology.ACLEntry {
		return topology.ACLEntry{Number: n, Protocol: "6", CIDR: cidr, From: from, To: to}
	}
	all := topology.ACLEntry{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}
	star := topology.ACLEntry{Number: lastEntry, Protocol: "-1", CIDR: "0.0.0.0/0"}
	for name, c := range map[string]struct {
		entries []topology.ACLEntry
		asked   ports
		by      int // 0: passes
		part    bool
		stopped ports
	}{
		"all allowed":                {[]topology.ACLEntry{all, star}, answerPorts, 0, false, ports{}},
		"nothing allowed":            {[]topology.ACLEntry{star}, ports{8001, 8001}, lastEntry, false, ports{8001, 8001}},
		"no entry at all":            {nil, ports{8001, 8001}, lastEntry, false, ports{8001, 8001}},
		"deny before allow":          {[]topology.ACLEntry{deny(90, "0.0.0.0/0", 1024, 65535), all}, answerPorts, 90, false, answerPorts},
		"allow before deny":          {[]topology.ACLEntry{all, deny(200, "0.0.0.0/0", 1024, 65535)}, answerPorts, 0, false, ports{}},
		"only Linux's answer ports":  {[]topology.ACLEntry{allow(10, "0.0.0.0/0", 32768, 60999), star}, answerPorts, lastEntry, true, ports{1024, 32767}},
		"two halves":                 {[]topology.ACLEntry{allow(10, "0.0.0.0/0", 1024, 40000), allow(20, "10.0.0.0/8", 40001, 65535), star}, answerPorts, 0, false, ports{}},
		"deny of a port beside":      {[]topology.ACLEntry{deny(10, "0.0.0.0/0", 22, 22), all}, ports{8001, 8001}, 0, false, ports{}},
		"deny of another network":    {[]topology.ACLEntry{deny(10, "10.9.0.0/16", 0, 65535), all}, ports{8001, 8001}, 0, false, ports{}},
		"deny of half the network":   {[]topology.ACLEntry{deny(10, "10.0.1.128/25", 0, 65535), all}, ports{8001, 8001}, 10, true, ports{8001, 8001}},
		"allow of half the network":  {[]topology.ACLEntry{allow(10, "10.0.1.128/25", 0, 65535), star}, ports{8001, 8001}, lastEntry, true, ports{8001, 8001}},
		"halves that allow together": {[]topology.ACLEntry{allow(10, "10.0.1.0/25", 0, 65535), allow(20, "10.0.1.128/25", 0, 65535), star}, ports{8001, 8001}, 0, false, ports{}},
		"halves that deny together":  {[]topology.ACLEntry{deny(10, "10.0.1.0/25", 0, 65535), deny(20, "10.0.1.128/25", 0, 65535), all}, ports{8001, 8001}, 10, false, ports{8001, 8001}},
		"a half is allowed before":   {[]topology.ACLEntry{allow(10, "10.0.1.0/25", 0, 65535), deny(20, "10.0.1.0/24", 0, 65535), all}, ports{8001, 8001}, 20, true, ports{8001, 8001}},
		"a denial that comes late":   {[]topology.ACLEntry{all, deny(200, "10.0.1.0/25", 0, 65535)}, ports{8001, 8001}, 0, false, ports{}},
		"udp and IPv6 do not count":  {[]topology.ACLEntry{{Number: 5, Protocol: "17", CIDR: "0.0.0.0/0", To: 65535}, {Number: 6, Protocol: "-1", CIDR: "::/0"}, all}, ports{8001, 8001}, 0, false, ports{}},
		"the other direction":        {[]topology.ACLEntry{{Number: 5, Egress: true, Protocol: "-1", CIDR: "0.0.0.0/0"}, all}, ports{8001, 8001}, 0, false, ports{}},
		"one that cannot be read in": {[]topology.ACLEntry{{Number: 5, Protocol: "-1", CIDR: "everything"}, all}, ports{8001, 8001}, 0, false, ports{}},
	} {
		d := deniedBy(topology.NetworkACL{Entries: c.entries}, false, peer, c.asked)
		switch {
		case c.by == 0 && d != nil:
			t.Errorf("%s: denied by %+v", name, d)
		case c.by != 0 && (d == nil || d.entry.Number != c.by || d.part != c.part || d.ports != c.stopped):
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestNumberBefore(t *testing.T) {
	acl := topology.NetworkACL{Entries: []topology.ACLEntry{{Number: 1}, {Number: 89}, {Number: 90}, {Number: 100}, {Number: lastEntry}, {Number: 88, Egress: true}}}
	for entry, want := range map[int]int{90: 88, 89: 88, 100: 99, 1: 0, lastEntry: 110} {
		if got := numberBefore(acl, false, entry); got != want {
			t.Errorf("before %d: %d, want %d", entry, got, want)
		}
	}
}

func TestWithoutKeepsBothSides(t *testing.T) {
	if got := without([]ports{{1, 10}, {20, 30}}, ports{5, 22}); !slices.Equal(got, []ports{{1, 4}, {23, 30}}) {
		t.Errorf("%v", got)
	}
}

// Networks of others that are kept out are no reason why the internet is.
func TestDeniesOfPartsOfTheInternet(t *testing.T) {
	internet := netip.MustParsePrefix("0.0.0.0/0")
	for cidr, want := range map[string]bool{"203.0.113.0/24": false, "203.0.0.0/8": false, "128.0.0.0/1": true, "0.0.0.0/0": true} {
		acl := topology.NetworkACL{Entries: []topology.ACLEntry{{Number: 5, Protocol: "-1", CIDR: cidr}, {Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}}}
		if d := deniedBy(acl, false, internet, ports{443, 443}); (d != nil) != want {
			t.Errorf("%s: %+v", cidr, d)
		}
	}
}
