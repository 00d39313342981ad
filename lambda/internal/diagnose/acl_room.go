package diagnose

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// aclWrite is one entry to write: under a free number, or over what stands there.
type aclWrite struct {
	entry topology.ACLEntry
	over  bool
}

// room is where an entry may stand that has to come before another one.
type room struct {
	number int
	over   bool       // something stands there, of which a copy comes right behind it
	moves  []aclWrite // before that, in this order
	after  int        // the number of the other one then
}

// roomBefore finds a number for an entry that has to decide before the one that
// denies, and before nothing else that denies: somebody meant those. Where no
// number is free there, the one that denies and those right behind it move by
// one, from the last on, so that at no time the ACL means anything else. Nothing
// is ever deleted. It returns false where there is no number left at all.
func roomBefore(acl topology.NetworkACL, denies topology.ACLEntry, net netip.Prefix) (room, bool) {
	if n := numberBefore(acl, denies.Egress, denies.Number); n > 0 && !overtakes(acl, denies, n, net) {
		return room{number: n, after: denies.Number}, true
	}
	byNumber := map[int]topology.ACLEntry{}
	for _, e := range acl.Entries {
		if e.Egress == denies.Egress {
			byNumber[e.Number] = e
		}
	}
	last := denies.Number
	for ; byNumber[last].Number != 0; last++ {
	}
	if denies.Number >= lastEntry || denies.Number == 0 || last >= lastEntry {
		return room{}, false
	}
	r := room{number: denies.Number, over: true, after: denies.Number + 1}
	for n := last - 1; n >= denies.Number; n-- {
		moved := byNumber[n]
		moved.Number = n + 1
		r.moves = append(r.moves, aclWrite{moved, n+1 != last})
	}
	return r, true
}

// overtakes: an entry under that number would come before another that denies
// part of the same network, which is not the one that is in the way.
func overtakes(acl topology.NetworkACL, denies topology.ACLEntry, number int, net netip.Prefix) bool {
	return slices.ContainsFunc(acl.Entries, func(e topology.ACLEntry) bool {
		block, err := netip.ParsePrefix(e.CIDR)
		return e.Egress == denies.Egress && !e.Allow && e.Number > number && e.Number < order(denies) && err == nil && block.Overlaps(net)
	})
}

// with is the ACL after the moves and with one more entry.
func (r room) with(acl topology.NetworkACL, one topology.ACLEntry) topology.NetworkACL {
	acl.Entries = slices.Clone(acl.Entries)
	for _, w := range append(slices.Clone(r.moves), aclWrite{one, r.over}) {
		acl.Entries = slices.DeleteFunc(acl.Entries, func(e topology.ACLEntry) bool {
			return e.Egress == w.entry.Egress && e.Number == w.entry.Number
		})
		acl.Entries = append(acl.Entries, w.entry)
	}
	slices.SortStableFunc(acl.Entries, func(a, b topology.ACLEntry) int { return cmp.Compare(a.Number, b.Number) })
	return acl
}

// command writes an entry; empty for one that is not known in full: of ICMP the
// types are not read.
func (w aclWrite) command(acl, region string) string {
	e, verb, flag, block, action, span := w.entry, "create", "--ingress", "--cidr-block", "deny", ""
	if w.over {
		verb = "replace"
	}
	if e.Egress {
		flag = "--egress"
	}
	if p, err := netip.ParsePrefix(e.CIDR); err == nil && p.Addr().Is6() {
		block = "--ipv6-cidr-block"
	}
	if e.Allow {
		action = "allow"
	}
	switch e.Protocol {
	case "1", "58":
		return ""
	case "6", "17":
		span = fmt.Sprintf(" --port-range From=%d,To=%d", e.From, e.To)
		e.Protocol = map[string]string{"6": "tcp", "17": "udp"}[e.Protocol]
	}
	return fmt.Sprintf("aws ec2 %s-network-acl-entry --network-acl-id %s --rule-number %d --protocol %s%s %s %s --rule-action %s %s --region %s", verb, acl, e.Number, e.Protocol, span, block, e.CIDR, action, flag, region)
}
