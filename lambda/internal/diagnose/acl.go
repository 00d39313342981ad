package diagnose

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// ports is a range, both ends included.
type ports struct{ from, to int }

// answerPorts are those that answers go to. Network ACLs keep no state, so
// they have to let them pass.
var answerPorts = ports{1024, 65535}

// taskPorts are those that Linux connects from.
var taskPorts = ports{32768, 60999}

// String is the range as rules write it.
func (p ports) String() string {
	if p.from == p.to {
		return fmt.Sprintf("tcp/%d", p.from)
	}
	return fmt.Sprintf("tcp/%d-%d", p.from, p.to)
}

func (p ports) meet(o ports) (ports, bool) {
	m := ports{max(p.from, o.from), min(p.to, o.to)}
	return m, m.from <= m.to
}

// denial is the first entry of an ACL that stops traffic, and what it stops.
type denial struct {
	entry topology.ACLEntry
	ports ports
	part  bool // only some of the ports, or of the addresses, that were asked about
}

// lastEntry is the number of the entry that the console shows as *.
const lastEntry = 32767

// fewAddresses is the length from which on a prefix is a small part of the internet.
const fewAddresses = 8

// name is the entry as the console shows it.
func (d denial) name() string {
	if d.entry.Number >= lastEntry || d.entry.Number == 0 {
		return "rule *"
	}
	return fmt.Sprintf("rule %d", d.entry.Number)
}

// deniedBy evaluates an ACL in one direction: for each port and address the
// entry with the lowest number decides. It returns nil if everything passes.
func deniedBy(acl topology.NetworkACL, egress bool, peer netip.Prefix, asked ports) *denial {
	var entries []blockedEntry
	for _, e := range acl.Entries {
		block, err := netip.ParsePrefix(e.CIDR)
		if e.Egress != egress || err != nil || (e.Protocol != "-1" && e.Protocol != "6") || !block.Overlaps(peer) {
			continue
		}
		if _, some := reach(e).meet(asked); !some || !e.Allow && peer.Bits() == 0 && block.Bits() >= fewAddresses {
			continue // that somebody of the internet is kept out says nothing of the others
		}
		entries = append(entries, blockedEntry{e, block})
	}
	return deniedIn(entries, egress, peer, asked)
}

// blockedEntry is an entry with the block that it is about.
type blockedEntry struct {
	topology.ACLEntry
	block netip.Prefix
}

// deniedIn takes a network apart where entries are about a part of it only.
func deniedIn(entries []blockedEntry, egress bool, peer netip.Prefix, asked ports) *denial {
	if !slices.ContainsFunc(entries, func(e blockedEntry) bool { return e.block.Bits() > peer.Bits() }) {
		return decide(entries, egress, asked)
	}
	within := func(half netip.Prefix) *denial {
		return deniedIn(slices.DeleteFunc(slices.Clone(entries), func(e blockedEntry) bool { return !e.block.Overlaps(half) }), egress, half, asked)
	}
	low, high := halves(peer)
	a, b := within(low), within(high)
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil || b != nil && order(b.entry) < order(a.entry):
		a, b = b, a
	}
	a.part = a.part || b == nil || b.part
	return a
}

// order is the place of an entry; that of * is not always listed.
func order(e topology.ACLEntry) int { return cmp.Or(e.Number, lastEntry) }

// decide is the verdict on addresses that no entry tells apart.
func decide(entries []blockedEntry, egress bool, asked ports) *denial {
	open, passed := []ports{asked}, false
	var first *denial
	for _, e := range entries {
		hit, some := firstHit(open, reach(e.ACLEntry))
		if some && !e.Allow && first == nil {
			first = &denial{entry: e.ACLEntry, ports: hit}
		}
		passed = passed || some && e.Allow
		open = without(open, reach(e.ACLEntry))
	}
	if first == nil && len(open) > 0 { // the entry * was not listed
		first = &denial{entry: topology.ACLEntry{Number: lastEntry, Egress: egress}, ports: open[0]}
	}
	if first != nil && passed {
		first.part = true
	}
	return first
}

// reach is the ports that an entry is about.
func reach(e topology.ACLEntry) ports {
	if e.Protocol == "-1" {
		return ports{0, 65535}
	}
	return ports{e.From, e.To}
}

func firstHit(open []ports, by ports) (ports, bool) {
	for _, o := range open {
		if hit, some := o.meet(by); some {
			return hit, true
		}
	}
	return ports{}, false
}

// without takes a range out of others.
func without(open []ports, gone ports) []ports {
	var left []ports
	for _, o := range open {
		if _, some := o.meet(gone); !some {
			left = append(left, o)
			continue
		}
		if o.from < gone.from {
			left = append(left, ports{o.from, gone.from - 1})
		}
		if o.to > gone.to {
			left = append(left, ports{gone.to + 1, o.to})
		}
	}
	return left
}

// numberBefore is a free number for an entry that has to come before another;
// 0 if there is none.
func numberBefore(acl topology.NetworkACL, egress bool, entry int) int {
	used, last := map[int]bool{}, 0
	for _, e := range acl.Entries {
		if e.Egress == egress {
			used[e.Number] = true
			if e.Number < lastEntry {
				last = max(last, e.Number)
			}
		}
	}
	if entry >= lastEntry || entry == 0 {
		if entry = last/10*10 + 10; entry < lastEntry {
			return entry
		}
		entry = lastEntry
	}
	for n := entry - 1; n > 0; n-- {
		if !used[n] {
			return n
		}
	}
	return 0
}
