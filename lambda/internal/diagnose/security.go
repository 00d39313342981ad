package diagnose

import (
	"net/netip"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// peer is the other end, as security groups see it: the groups that it
// carries, and the addresses that it may have.
type peer struct {
	groups []string
	nets   []netip.Prefix
}

// admitting finds the rule that admits tcp on a port for a peer. All rules of
// all groups count together. A prefix list that could not be read leaves the
// answer open.
func admitting(w *walk, rules []topology.SecurityRule, port int, p peer) (rule topology.SecurityRule, admitted, known bool) {
	known = true
	for _, r := range rules {
		if !coversPort(r, port) {
			continue
		}
		switch {
		case r.Group != "":
			admitted = slices.Contains(p.groups, r.Group)
		case r.CIDR != "":
			admitted = coversAll([]string{r.CIDR}, p.nets)
		case r.PrefixList != "":
			list := get(w, w.facts.PrefixLists, topology.PrefixLists, r.PrefixList)
			admitted = coversAll(list.Value, p.nets)
			known = known && list.State == topology.Known
		}
		if admitted {
			return r, true, true
		}
	}
	return topology.SecurityRule{}, false, known
}

// coversPort: a protocol number other than tcp and udp means all ports, -1 all protocols.
func coversPort(r topology.SecurityRule, port int) bool {
	switch r.Protocol {
	case "-1":
		return true
	case "tcp", "6":
		return r.From <= port && port <= r.To
	}
	return false
}

// coversAll: every network lies in one of the blocks. None is not covered.
func coversAll(cidrs []string, nets []netip.Prefix) bool {
	return len(nets) > 0 && !slices.ContainsFunc(nets, func(n netip.Prefix) bool {
		return !slices.ContainsFunc(cidrs, func(cidr string) bool {
			block, err := netip.ParsePrefix(cidr)
			return err == nil && block.Bits() <= n.Bits() && block.Contains(n.Addr())
		})
	})
}

// groupRules are the rules of several security groups in one direction; false
// if one of them is not known.
func groupRules(w *walk, ids []string, in bool) (all []topology.SecurityRule, last topology.Status, ok bool) {
	ok = true
	for _, id := range ids {
		fact := get(w, w.facts.SecurityGroups, topology.SecurityGroups, id)
		last = fact.Status
		ok = ok && fact.State == topology.Known
		if in {
			all = append(all, fact.Value.In...)
		} else {
			all = append(all, fact.Value.Out...)
		}
	}
	return all, last, ok
}

// netsOf are the networks of subnets, in a family; false if one is not known.
func netsOf(w *walk, subnets []string, six bool) ([]netip.Prefix, bool) {
	var nets []netip.Prefix
	for _, id := range subnets {
		fact := get(w, w.facts.Subnets, topology.Subnets, id)
		blocks, ok := blocksOf(fact.Value, six)
		if fact.State != topology.Known || !ok {
			return nil, false
		}
		nets = append(nets, blocks...)
	}
	return nets, true
}
