package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// passACLs looks at each pair of subnets that a connection may use.
func (w *walk) passACLs(p *passage, from, to end, port int) {
	for _, a := range subnetsOf(from) {
		for _, b := range subnetsOf(to) {
			if a == b {
				continue
			}
			request := ports{port, port}
			w.passACL(p, lane{from, to, a, b, true}, request)          // out of the caller's subnet
			w.passACL(p, lane{to, from, b, a, false}, request)         // into the other one
			w.passACL(p, lane{to, from, b, a, true}, from.answered())  // the answer out of it
			w.passACL(p, lane{from, to, a, b, false}, from.answered()) // and back in
		}
	}
}

// subnetsOf has one empty name for the internet, which has no ACL.
func subnetsOf(e end) []string {
	if e.public {
		return []string{""}
	}
	return e.subnets
}

// lane is one direction at one subnet: what its ACL sees.
type lane struct {
	own, peer   end
	subnet, far string
	egress      bool
}

func (w *walk) passACL(p *passage, l lane, asked ports) {
	if l.subnet == "" {
		return
	}
	acl, read, ok := w.aclOf(l.own.vpc, l.subnet)
	net, known := w.netOf(l.peer, l.far)
	if !ok || !known || !complete(acl, l.egress) {
		p.known = false
		return
	}
	d := deniedBy(acl, l.egress, net, asked)
	if d == nil {
		if p.denials = read; !slices.Contains(p.acls, acl.ID) {
			p.acls = append(p.acls, acl.ID)
		}
		return
	}
	p.block(w.aclBlock(l, acl, verdictOnACL{*d, asked, net}, read))
}

// way is what an ACL sees, in words: "outbound tcp/8001 from subnet-c to 10.0.1.0/24 (main)".
func (l lane) way(p ports, net netip.Prefix) string {
	if l.egress {
		return fmt.Sprintf("outbound %s from %s to %s (%s)", p, l.subnet, net, l.peer.name)
	}
	return fmt.Sprintf("inbound %s to %s from %s (%s)", p, l.subnet, net, l.peer.name)
}

// verdictOnACL is a denial with what was asked about.
type verdictOnACL struct {
	denial
	asked ports
	net   netip.Prefix
}

func (v verdictOnACL) fault(acl topology.NetworkACL, l lane) string {
	if v.entry.Number >= lastEntry {
		return fmt.Sprintf("%s has no rule that allows %s, and rule * denies it", acl.ID, l.way(v.ports, v.net))
	}
	return fmt.Sprintf("%s of %s denies %s", v.name(), acl.ID, l.way(v.ports, v.net))
}

func (w *walk) aclBlock(l lane, acl topology.NetworkACL, v verdictOnACL, read topology.Status) block {
	direction := "inbound"
	if l.egress {
		direction = "outbound"
	}
	b := block{
		kind: blockACL, root: fmt.Sprintf("%s/%s/%s", acl.ID, direction, v.asked), fault: v.fault(acl, l), nets: []netip.Prefix{v.net},
		verify: fmt.Sprintf("aws ec2 describe-network-acls --network-acl-ids %s --region %s", acl.ID, w.facts.Region),
	}
	b.evidence = told(read, b.fault)
	if v.part {
		b.partly = "the connections that use " + v.ports.String()
	}
	if len(l.own.subnets) > 1 {
		b.through = []string{l.subnet}
	} else if len(l.peer.subnets) > 1 {
		b.through = []string{l.far}
	}
	b.repair = func(nets []netip.Prefix) (string, string) { return w.allow(acl, l, v, nets) }
	return b
}

// allow is the missing entry for each network, before the one that denies. That
// one stays: somebody may mean it for others.
func (w *walk) allow(acl topology.NetworkACL, l lane, v verdictOnACL, nets []netip.Prefix) (do, command string) {
	direction, toward := "inbound", "from"
	if l.egress {
		direction, toward = "outbound", "to"
	}
	do = fmt.Sprintf("allow %s %s %s %s in %s, before %s", direction, v.asked, toward, prefixes(nets), acl.ID, v.name())
	var writes []aclWrite
	denies := v.entry
	for _, net := range nets {
		r, found := roomBefore(acl, denies, net)
		if !found {
			return do + "; it has no number left for another entry", ""
		}
		one := topology.ACLEntry{Number: r.number, Egress: l.egress, Allow: true, Protocol: "6", CIDR: net.String(), From: v.asked.from, To: v.asked.to}
		writes = append(writes, append(r.moves, aclWrite{one, r.over})...)
		acl, denies.Number = r.with(acl, one), r.after
	}
	if denies.Number != v.entry.Number {
		do += fmt.Sprintf(", which moves to %d with those right behind it: no number before it is free", denies.Number)
	}
	return do, commandsOf(writes, acl.ID, w.facts.Region)
}

// commandsOf writes all of some entries, or none.
func commandsOf(writes []aclWrite, acl, region string) string {
	var commands []string
	for _, one := range writes {
		c := one.command(acl, region)
		if c == "" {
			return ""
		}
		commands = append(commands, c)
	}
	return strings.Join(commands, " && ")
}

// complete: every ACL has at least the entry * in each direction. One without
// entries, or with one that says too little, was not read to the end.
func complete(acl topology.NetworkACL, egress bool) bool {
	some := false
	for _, e := range acl.Entries {
		if _, err := netip.ParsePrefix(e.CIDR); err != nil || e.Protocol == "" {
			return false
		}
		some = some || e.Egress == egress
	}
	return some
}

// aclOf is the ACL of a subnet.
func (w *walk) aclOf(vpc, subnet string) (topology.NetworkACL, topology.Status, bool) {
	if vpc == "" {
		return topology.NetworkACL{}, topology.Status{}, false
	}
	all := get(w, w.facts.NetworkACLs, topology.NetworkACLs, vpc)
	acl, found := topology.ACLOf(all.Value, subnet)
	return acl, all.Status, found
}

// netOf are the addresses of an end in one of its subnets.
func (w *walk) netOf(e end, subnet string) (netip.Prefix, bool) {
	if subnet == "" {
		return e.everywhere(), true
	}
	nets, ok := netsOf(w, []string{subnet}, e.six)
	if !ok || len(nets) != 1 {
		return netip.Prefix{}, false
	}
	if e.address.IsValid() && nets[0].Contains(e.address) {
		return netip.PrefixFrom(e.address, e.address.BitLen()), true
	}
	return nets[0], true
}
