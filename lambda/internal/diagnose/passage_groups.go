package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// gate is one direction at the security groups of one end.
type gate struct {
	own, peer end
	port      int
	in        bool
}

// passGroups looks for what the groups of one end admit.
func (w *walk) passGroups(p *passage, g gate) {
	if g.own.public || len(g.own.groups) == 0 {
		return
	}
	rules, read, readable := groupRules(w, g.own.groups, g.in)
	nets, netsKnown := g.peer.nets(w)
	if netsKnown = netsKnown && len(nets) > 0; !netsKnown {
		nets = nil
	}
	missing, rule, decided := uncovered(w, rules, g.port, peer{g.peer.groups, nets})
	names := strings.Join(g.own.groups, ", ")
	switch {
	case len(missing) == 0 && decided && rule != nil:
		verb := "admits"
		if !g.in {
			verb = "lets out"
		}
		p.groups = read
		p.open = append(p.open, fmt.Sprintf("%s %s tcp/%d %s %s (%s)", names, verb, g.port, g.toward(), g.peer.name, peerName(*rule)))
	case !decided || !readable || !netsKnown:
		p.known = false
	default:
		p.block(w.groupBlock(g, missing, len(nets), rules, read))
	}
}

func (g gate) toward() string {
	if g.in {
		return "from"
	}
	return "to"
}

// uncovered are the networks of a peer that the rules do not admit, all rules
// of all groups together, and a rule that admits the others. A rule for the
// peer's group admits all. Decided is false where a prefix list could not be read.
func uncovered(w *walk, rules []topology.SecurityRule, port int, p peer) (missing []netip.Prefix, by *topology.SecurityRule, decided bool) {
	decided = true
	var admitted []netip.Prefix
	for _, r := range rules {
		if r.Protocol == "" || r.Group+r.CIDR+r.PrefixList == "" { // not read to the end
			decided = false
			continue
		}
		if !coversPort(r, port) {
			continue
		}
		var blocks []netip.Prefix
		switch {
		case r.Group != "":
			if slices.Contains(p.groups, r.Group) {
				return nil, &r, true
			}
		case r.CIDR != "":
			blocks = parsed([]string{r.CIDR})
		case r.PrefixList != "":
			list := get(w, w.facts.PrefixLists, topology.PrefixLists, r.PrefixList)
			blocks = parsed(list.Value)
			decided = decided && list.State == topology.Known
		}
		admitted = append(admitted, blocks...)
		if slices.ContainsFunc(p.nets, func(n netip.Prefix) bool { return slices.ContainsFunc(blocks, n.Overlaps) }) && (by == nil || slices.ContainsFunc(p.nets, func(n netip.Prefix) bool { return spanned(n, blocks) })) {
			by = &r
		}
	}
	missing = slices.DeleteFunc(slices.Clone(p.nets), func(n netip.Prefix) bool { return spanned(n, admitted) })
	return missing, by, decided || len(p.nets) > 0 && len(missing) == 0
}

func (w *walk) groupBlock(g gate, missing []netip.Prefix, all int, rules []topology.SecurityRule, read topology.Status) block {
	names := strings.Join(g.own.groups, ", ")
	peerText := g.peer.name
	switch {
	case g.byGroup():
		peerText = fmt.Sprintf("%s (%s)", g.peer.groups[0], g.peer.name)
	case len(g.peer.groups) > 0:
		peerText = fmt.Sprintf("%s (%s)", prefixes(missing), g.peer.name)
	}
	verb, direction := "admits", "ingress"
	if !g.in {
		verb, direction = "lets out", "egress"
	}
	fault := fmt.Sprintf("no rule of %s %s tcp/%d %s %s", names, verb, g.port, g.toward(), peerText)
	if others := peersOn(rules, g.port); len(others) > 0 {
		fault = fmt.Sprintf("%s %s tcp/%d only %s %s, not %s %s", names, verb, g.port, g.toward(), listed(others), g.toward(), peerText)
	}
	b := block{
		kind: blockGroup, root: fmt.Sprintf("%s:%d", strings.Join(slices.Sorted(slices.Values(g.own.groups)), ", "), g.port), fault: fault, evidence: told(read, fault),
		do:     fmt.Sprintf("add an %s rule for tcp/%d %s %s to %s", direction, g.port, g.toward(), peerText, g.own.groups[0]),
		verify: fmt.Sprintf("aws ec2 describe-security-group-rules --filters Name=group-id,Values=%s --region %s", strings.Join(g.own.groups, ","), w.facts.Region),
	}
	b.chosen = len(peersOn(rules, g.port)) > 0
	if !g.in {
		b.root += "/out"
	}
	if len(missing) < all {
		b.partly = "what has an address in " + prefixes(missing)
	} else if narrow := w.within(rules, g.port, missing); narrow != "" {
		b.partly = "whatever has an address other than " + narrow
	}
	b.command = fmt.Sprintf("aws ec2 authorize-security-group-%s --group-id %s %s --region %s", direction, g.own.groups[0], permission(g, missing), w.facts.Region)
	return b
}

// byGroup: the peer can be named by its group. One of another network can be
// named only where the networks are peered, and its addresses always can.
func (g gate) byGroup() bool {
	return len(g.peer.groups) > 0 && (g.own.vpc == "" || g.peer.vpc == "" || g.own.vpc == g.peer.vpc)
}

// permission is the missing rule as the command line takes it.
func permission(g gate, missing []netip.Prefix) string {
	if g.byGroup() && g.in {
		return fmt.Sprintf("--protocol tcp --port %d --source-group %s", g.port, g.peer.groups[0])
	}
	if g.byGroup() {
		return fmt.Sprintf("--ip-permissions 'IpProtocol=tcp,FromPort=%d,ToPort=%d,UserIdGroupPairs=[{GroupId=%s}]'", g.port, g.port, g.peer.groups[0])
	}
	if len(missing) == 1 && missing[0].Addr().Is4() && g.in {
		return fmt.Sprintf("--protocol tcp --port %d --cidr %s", g.port, missing[0])
	}
	var v4, v6 []string
	for _, n := range missing {
		if n.Addr().Is4() {
			v4 = append(v4, "{CidrIp="+n.String()+"}")
		} else {
			v6 = append(v6, "{CidrIpv6="+n.String()+"}")
		}
	}
	text := fmt.Sprintf("--ip-permissions 'IpProtocol=tcp,FromPort=%d,ToPort=%d", g.port, g.port)
	if len(v4) > 0 {
		text += ",IpRanges=[" + strings.Join(v4, ",") + "]"
	}
	if len(v6) > 0 {
		text += ",Ipv6Ranges=[" + strings.Join(v6, ",") + "]"
	}
	return text + "'"
}

// peersOn are those that rules name for a port.
func peersOn(rules []topology.SecurityRule, port int) []string {
	var names []string
	for _, r := range rules {
		if name := peerName(r); coversPort(r, port) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// within is what a rule names inside one of the networks: some address in
// there is admitted.
func (w *walk) within(rules []topology.SecurityRule, port int, nets []netip.Prefix) string {
	inside := func(cidr string) bool {
		block, err := netip.ParsePrefix(cidr)
		return err == nil && slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Bits() < block.Bits() && n.Contains(block.Addr()) })
	}
	for _, r := range rules {
		if coversPort(r, port) && (inside(r.CIDR) || slices.ContainsFunc(w.facts.PrefixLists.Of(r.PrefixList).Value, inside)) {
			return peerName(r)
		}
	}
	return ""
}

func prefixes(all []netip.Prefix) string {
	var names []string
	for _, p := range all {
		names = append(names, p.String())
	}
	return listed(names)
}
