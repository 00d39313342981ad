package diagnose

import (
	"net/netip"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestAdmitting(t *testing.T) {
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
		if _, got, known := admitting(w, []topology.SecurityRule{c.rule}, 8001, subnet); got != c.want || !known {
			t.Errorf("%s: %v %v", name, got, known)
		}
	}
}

func TestAPrefixListThatWasNotReadLeavesTheAnswerOpen(t *testing.T) {
	w := &walk{facts: &topology.Snapshot{}}
	_, admitted, known := admitting(w, []topology.SecurityRule{{Protocol: "tcp", From: 1, To: 2, PrefixList: "pl-1"}}, 1, peer{})
	if admitted || known || len(w.wants) != 1 {
		t.Error(admitted, known, w.wants)
	}
}
