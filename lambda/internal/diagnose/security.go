package diagnose

import (
	"net/netip"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// peer is the other end, as security groups see it: the groups that it
// carries, and the addresses that it may have.
type peer struct {
	groups []string
	nets   []netip.Prefix
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

// spanned: every address of a network lies in one of the blocks. Several may
// cover it together, as 0.0.0.0/1 and 128.0.0.0/1 do the internet.
func spanned(net netip.Prefix, blocks []netip.Prefix) bool {
	var inside []netip.Prefix
	for _, b := range blocks {
		switch {
		case !b.Overlaps(net):
		case b.Bits() <= net.Bits():
			return true
		default:
			inside = append(inside, b)
		}
	}
	if len(inside) < 2 {
		return false
	}
	low, high := halves(net)
	return spanned(low, inside) && spanned(high, inside)
}

// halves of a network that has more than one address.
func halves(net netip.Prefix) (low, high netip.Prefix) {
	bits := net.Bits() + 1
	bytes := net.Masked().Addr().AsSlice()
	bytes[(bits-1)/8] |= 0x80 >> ((bits - 1) % 8)
	upper, _ := netip.AddrFromSlice(bytes)
	return netip.PrefixFrom(net.Masked().Addr(), bits), netip.PrefixFrom(upper, bits)
}

// parsed are networks; what is none is left out.
func parsed(cidrs []string) (nets []netip.Prefix) {
	for _, text := range cidrs {
		if net, err := netip.ParsePrefix(text); err == nil {
			nets = append(nets, net)
		}
	}
	return nets
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
