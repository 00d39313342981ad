package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// inVPC is the interface of an address in one network: other networks may use
// the same address, and then theirs says nothing.
func inVPC(owner topology.Fact[topology.Interface], vpc string) topology.Fact[topology.Interface] {
	if owner.State != topology.Known || vpc == "" || owner.Value.VPC == "" || owner.Value.VPC == vpc {
		return owner
	}
	for _, other := range owner.Value.Elsewhere {
		if other.VPC == vpc {
			owner.Value = other
			return owner
		}
	}
	return topology.Fact[topology.Interface]{Status: topology.Status{State: topology.Absent, Action: owner.Action, At: owner.At}}
}

// beyond is the availability zone of targets that are registered as outside of
// the group's network.
const beyond = "all"

// isSix reports whether a target is an address of IPv6. Interfaces are looked
// for by their addresses of IPv4 only.
func isSix(id string) bool {
	at, err := netip.ParseAddr(id)
	return err == nil && at.Is6()
}

// ownerOfTarget is who has the address of a target. One outside of the group's
// network may belong to another account or to no cloud at all: that nobody here
// has it says nothing.
func ownerOfTarget(w *walk, t topology.Target, vpc string) topology.Fact[topology.Interface] {
	if isSix(t.ID) {
		return topology.UnknownFact[topology.Interface](topology.Unsupported, "", "the target is an address of IPv6")
	}
	owner := get(w, w.facts.InterfacesByAddress, topology.InterfacesByAddress, t.ID)
	if t.Zone != beyond {
		return inVPC(owner, vpc)
	}
	if owner.State == topology.Absent || owner.State == topology.Known && owner.Value.VPC == vpc {
		return topology.UnknownFact[topology.Interface](topology.CrossAccount, owner.Action, "the target is registered as outside of "+vpc)
	}
	return owner
}

// ownerFor is who has an address, as the tasks that call it see it. Two
// networks outside of theirs that have the same address cannot be told apart.
func (w *walk) ownerFor(p party, address string) topology.Fact[topology.Interface] {
	owner := get(w, w.facts.InterfacesByAddress, topology.InterfacesByAddress, address)
	from, ok := quietSource(w, p)
	if !ok || from.vpc == "" || owner.State != topology.Known || owner.Value.VPC == "" || owner.Value.VPC == from.vpc {
		return owner
	}
	if near := inVPC(owner, from.vpc); near.State == topology.Known {
		return near
	}
	if w.isLocal(from, address) {
		return inVPC(owner, from.vpc) // their own network has it, so nobody does
	}
	if len(owner.Value.Elsewhere) > 0 {
		return topology.UnknownFact[topology.Interface](topology.Unsupported, owner.Action, "several networks have the address")
	}
	return owner
}

// unseen are reasons why somebody may have an address whom nobody here sees:
// the network belongs to another account, or the address lies in another one
// that a route leads to.
func (w *walk) unseen(p party, address string) []string {
	from, ok := quietSource(w, p)
	if !ok {
		return nil
	}
	var all []string
	for _, id := range from.subnets {
		subnet := hint(w, w.facts.Subnets, topology.Subnets, id)
		if s, known := subnet.Get(); known && s.Owner != "" && w.facts.Account != "" && s.Owner != w.facts.Account {
			all = append(all, fmt.Sprintf("that no interface of another account has %s: %s is shared by the account %s, and interfaces of others in it are not seen from here", address, id, s.Owner))
		}
	}
	if r, found := w.routeFrom(from, address); found && leadsAway(r) {
		all = append(all, fmt.Sprintf("that no interface of another network has %s: the route %s leads there by %s", address, r.Destination, r.Target))
	}
	return all
}

// quietSource is a calling task as one end; where it is cannot be told, nothing
// is less sure.
func quietSource(w *walk, p party) (from end, ok bool) {
	quietly(w, func() bool { from, ok = w.source(p); return ok })
	return from, ok
}

// routeFrom is the route that traffic from an end to an address takes.
func (w *walk) routeFrom(from end, address string) (topology.Route, bool) {
	to, err := netip.ParseAddr(address)
	if err != nil || from.vpc == "" || len(from.subnets) == 0 {
		return topology.Route{}, false
	}
	tables := hint(w, w.facts.RouteTables, topology.RouteTables, from.vpc)
	table, found := topology.RoutesOf(tables.Value, from.subnets[0])
	if !found {
		return topology.Route{}, false
	}
	r, has, _ := routeTo(table, to)
	return r, has
}

// isLocal: the address lies in the end's own network.
func (w *walk) isLocal(from end, address string) bool {
	r, found := w.routeFrom(from, address)
	return found && r.Target == "local"
}

// leadsAway: to a network that is peered, or behind a gateway of its own. What
// goes to the internet never reaches a private address.
func leadsAway(r topology.Route) bool {
	for _, kind := range []string{"pcx-", "tgw-", "vgw-", "eni-", "lgw-", "cagw-", "arn:"} {
		if strings.HasPrefix(r.Target, kind) {
			return true
		}
	}
	return false
}
