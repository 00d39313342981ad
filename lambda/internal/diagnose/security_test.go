package diagnose

import (
	"net/netip"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestUncovered(t *testing.T) {
	subnet := peer{groups: []string{"sg-lb"}, nets: []netip.Prefix{netip.MustParsePrefix("10.0.1.0/24")}}
	for name, c := range map[string]struct {
		rule topology.SecurityRule
		want bool
	}{
		"group":               {topology.SecurityRule{Protocol: "tcp", From: 1, To: 9000, Group: "sg-lb"}, true},
		"other group":         {topology.SecurityRule{Protocol: "tcp", From: 1, To: 9000, Group: "sg-x"}, false},
		"all protocols":       {topology.SecurityRule{Protocol: "-1", CIDR: "0.0.0.0/0"}, true},
		"udp":                 {topology.SecurityRule{Protocol: "udp", From: 8001, To: 8001, CIDR: "0.0.0.0/0"}, false},
		"port beside":         {topology.SecurityRule{Protocol: "tcp", From: 8000, To: 8000, CIDR: "0.0.0.0/0"}, false},
		"half of the subnet":  {topology.SecurityRule{Protocol: "tcp", From: 8001, To: 8001, CIDR: "10.0.1.0/25"}, false},
		"the very subnet":     {topology.SecurityRule{Protocol: "tcp", From: 8001, To: 8001, CIDR: "10.0.1.0/24"}, true},
		"not a block at all":  {topology.SecurityRule{Protocol: "tcp", From: 8001, To: 8001, CIDR: "everywhere"}, false},
		"prefix list":         {topology.SecurityRule{Protocol: "tcp", From: 8001, To: 8001, PrefixList: "pl-1"}, true},
		"another prefix list": {topology.SecurityRule{Protocol: "tcp", From: 8001, To: 8001, PrefixList: "pl-2"}, false},
	} {
		w := &walk{facts: &topology.Snapshot{}}
		w.facts.PrefixLists.Put("pl-1", know([]string{"10.0.0.0/16"}, "ec2:GetManagedPrefixListEntries"))
		w.facts.PrefixLists.Put("pl-2", know([]string{"10.9.0.0/16"}, "ec2:GetManagedPrefixListEntries"))
		if missing, by, known := uncovered(w, []topology.SecurityRule{c.rule}, 8001, subnet); (len(missing) == 0) != c.want || !known || c.want && by == nil {
			t.Errorf("%s: %v %v", name, missing, known)
		}
	}
}

func TestAPrefixListThatWasNotReadLeavesTheAnswerOpen(t *testing.T) {
	w := &walk{facts: &topology.Snapshot{}}
	_, by, known := uncovered(w, []topology.SecurityRule{{Protocol: "tcp", From: 1, To: 2, PrefixList: "pl-1"}}, 1, peer{})
	if by != nil || known || len(w.wants) != 1 {
		t.Error(by, known, w.wants)
	}
}

// Rules may cover a network together, and with them all of the internet.
func TestRulesThatCoverANetworkTogether(t *testing.T) {
	for name, c := range map[string]struct {
		net   string
		rules []string
		want  bool
	}{
		"halves of the internet":    {"0.0.0.0/0", []string{"0.0.0.0/1", "128.0.0.0/1"}, true},
		"one half":                  {"0.0.0.0/0", []string{"0.0.0.0/1"}, false},
		"halves of a subnet":        {"10.0.1.0/24", []string{"10.0.1.128/25", "10.0.1.0/25"}, true},
		"quarters, one is missing":  {"10.0.1.0/24", []string{"10.0.1.0/25", "10.0.1.128/26"}, false},
		"a half and quarters":       {"10.0.1.0/24", []string{"10.0.1.192/26", "10.0.1.0/25", "10.0.1.128/26"}, true},
		"the same half twice":       {"10.0.1.0/24", []string{"10.0.1.0/25", "10.0.1.0/25"}, false},
		"halves of the IPv6 of all": {"::/0", []string{"::/1", "8000::/1"}, true},
		"the other family":          {"::/0", []string{"0.0.0.0/0"}, false},
	} {
		var rules []topology.SecurityRule
		for _, cidr := range c.rules {
			rules = append(rules, topology.SecurityRule{Protocol: "-1", CIDR: cidr})
		}
		missing, _, known := uncovered(&walk{facts: &topology.Snapshot{}}, rules, 443, peer{nets: []netip.Prefix{netip.MustParsePrefix(c.net)}})
		if (len(missing) == 0) != c.want || !known {
			t.Errorf("%s: %v", name, missing)
		}
	}
}
