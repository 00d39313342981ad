package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestRoomBeforeAnEntry(t *testing.T) {
	net := netip.MustParsePrefix("10.0.1.0/24")
	deny := func(n int, cidr string) topology.ACLEntry {
		return topology.ACLEntry{Number: n, Protocol: "-1", CIDR: cidr}
	}
	allow := func(n int, cidr string) topology.ACLEntry {
		return topology.ACLEntry{Number: n, Allow: true, Protocol: "-1", CIDR: cidr}
	}
	star := deny(lastEntry, "0.0.0.0/0")
	for name, c := range map[string]struct {
		entries []topology.ACLEntry
		before  int
		number  int // 0: none
		moves   []int
	}{
		"a free number":                    {[]topology.ACLEntry{deny(100, "0.0.0.0/0"), star}, 100, 99, nil},
		"one further up":                   {[]topology.ACLEntry{allow(99, "10.9.0.0/16"), deny(100, "0.0.0.0/0"), star}, 100, 98, nil},
		"another denial must stay first":   {[]topology.ACLEntry{deny(99, "10.0.1.66/32"), deny(100, "0.0.0.0/0"), star}, 100, 100, []int{101}},
		"another network's does not count": {[]topology.ACLEntry{deny(99, "10.9.0.0/16"), deny(100, "0.0.0.0/0"), star}, 100, 98, nil},
		"none before the first":            {[]topology.ACLEntry{deny(1, "0.0.0.0/0"), allow(2, "0.0.0.0/0"), allow(4, "0.0.0.0/0"), star}, 1, 1, []int{3, 2}},
		"behind everything":                {[]topology.ACLEntry{allow(100, "10.9.0.0/16"), star}, lastEntry, 110, nil},
		"behind the last number":           {[]topology.ACLEntry{allow(lastEntry-1, "10.9.0.0/16"), star}, lastEntry, lastEntry - 2, nil},
		"no number left":                   {[]topology.ACLEntry{deny(lastEntry-2, "10.0.1.66/32"), deny(lastEntry-1, "0.0.0.0/0"), star}, lastEntry - 1, 0, nil},
	} {
		acl := topology.NetworkACL{Entries: c.entries}
		i := slices.IndexFunc(c.entries, func(e topology.ACLEntry) bool { return e.Number == c.before })
		r, found := roomBefore(acl, c.entries[i], net)
		var moves []int
		for _, m := range r.moves {
			moves = append(moves, m.entry.Number)
		}
		if found != (c.number > 0) || r.number != c.number || !slices.Equal(moves, c.moves) {
			t.Errorf("%s: %+v", name, r)
		}
		if !found {
			continue
		}
		// With it the network passes, and whoever was kept out by name still is.
		one := topology.ACLEntry{Number: r.number, Allow: true, Protocol: "6", CIDR: net.String(), From: 8001, To: 8001}
		after := r.with(acl, one)
		host := netip.MustParsePrefix("10.0.1.7/32")
		if d := deniedBy(after, false, host, ports{8001, 8001}); d != nil {
			t.Errorf("%s: still denied by %+v", name, d)
		}
		for _, other := range []string{"10.0.1.66/32", "10.9.0.1/32", "192.0.2.1/32"} {
			p := netip.MustParsePrefix(other)
			was, is := deniedBy(acl, false, p, ports{22, 22}), deniedBy(after, false, p, ports{22, 22})
			if (was == nil) != (is == nil) {
				t.Errorf("%s: %s is now %+v, was %+v", name, other, is, was)
			}
		}
	}
}

// A denial that stands first is neither deleted nor overtaken by force: it moves
// behind the new entry, with what stands right behind it.
func TestADenialIsNeverDeleted(t *testing.T) {
	s := apart()
	first := []topology.ACLEntry{{Number: 1, Protocol: "-1", CIDR: "10.0.0.0/16"}, {Number: 2, Allow: true, Protocol: "17", CIDR: "0.0.0.0/0", To: 53}}
	putACLs(s, openACL(), append(first, openACL()...))
	f := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetACL, Cause)
	a := f.Actions[0]
	want := []string{
		"aws ec2 create-network-acl-entry --network-acl-id acl-app --rule-number 3 --protocol udp --port-range From=0,To=53 --cidr-block 0.0.0.0/0 --rule-action allow --ingress --region us-east-1",
		"aws ec2 replace-network-acl-entry --network-acl-id acl-app --rule-number 2 --protocol -1 --cidr-block 10.0.0.0/16 --rule-action deny --ingress --region us-east-1",
		"aws ec2 replace-network-acl-entry --network-acl-id acl-app --rule-number 1 --protocol tcp --port-range From=8001,To=8001 --cidr-block 10.0.1.0/24 --rule-action allow --ingress --region us-east-1",
	}
	if !strings.HasPrefix(a.Command, strings.Join(want, " && ")+" && ") || strings.Contains(asJSON(f), "delete") {
		t.Errorf("%s\n%s", a.Do, strings.ReplaceAll(a.Command, " && ", "\n"))
	}
	if !strings.Contains(a.Command, "--rule-number 2 --protocol tcp --port-range From=8001,To=8001 --cidr-block 10.0.2.0/24 --rule-action allow") || !strings.Contains(a.Do, "rule 1, which moves to 3") {
		t.Errorf("both subnets of the load balancer: %s\n%s", a.Do, strings.ReplaceAll(a.Command, " && ", "\n"))
	}
	first[1].Protocol = "1" // the types of ICMP are not read, so nobody can copy it
	putACLs(s, openACL(), append(first, openACL()...))
	if a := only(t, Diagnose(caseOf(s, late(10*time.Second))), NetACL, Cause).Actions[0]; a.Command != "" {
		t.Error(a.Command)
	}
}

func TestEntriesOfIPv6AreWrittenAsSuch(t *testing.T) {
	got := aclWrite{entry: topology.ACLEntry{Number: 7, Egress: true, Allow: true, Protocol: "6", CIDR: "2600:1f18::/56", From: 1024, To: 65535}}.command("acl-1", "us-east-1")
	if !strings.Contains(got, "--ipv6-cidr-block 2600:1f18::/56 --rule-action allow --egress") {
		t.Error(got)
	}
}
