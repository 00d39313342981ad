package diagnose

import (
	"fmt"
	"net/netip"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// inFamily has both ends of a connection in one family of addresses: that of
// the address that is known, of either end. IPv4 where none is.
func inFamily(from, to end) (end, end) {
	six := from.ofSix() || to.ofSix()
	return from.as(six), to.as(six)
}

func (e end) ofSix() bool { return e.six || e.address.IsValid() && e.address.Is6() }

// as is the end in a family. An address of the other one is not the one it uses.
func (e end) as(six bool) end {
	if e.six = six; e.address.IsValid() && e.address.Is6() != six {
		e.address = netip.Addr{}
	}
	return e
}

// blocksOf are the networks of a subnet in a family; none if it has none, false
// if that is not known.
func blocksOf(s topology.Subnet, six bool) (nets []netip.Prefix, ok bool) {
	texts := []string{s.CIDR}
	if six {
		texts = s.V6
	}
	for _, text := range texts {
		net, err := netip.ParsePrefix(text)
		if err != nil || net.Addr().Is6() != six {
			return nil, false
		}
		nets = append(nets, net)
	}
	return nets, true
}

// unevaluated notes what is not looked at for IPv6, so that nothing behind it
// counts as proven, and nobody takes it for open.
func (w *walk) unevaluated(what, detail string) {
	want := topology.Want{Kind: topology.InterfacesByAddress, Key: what}
	w.gaps = addGaps(w.gaps, Gap{
		Subject: what, Why: topology.Unsupported, Hop: w.hop, Want: want,
		Limits: "whether security groups, network ACLs and routes let IPv6 pass to " + what, Detail: detail,
	})
}

// withoutSix notes an end that uses IPv6 and whose subnets have no addresses of it.
func (w *walk) withoutSix(e end) {
	if nets, known := e.nets(w); e.six && !e.public && !e.address.IsValid() && known && len(nets) == 0 {
		w.unevaluated(e.name, fmt.Sprintf("IPv6 is not evaluated: no subnet of %s has addresses of it", e.name))
	}
}
