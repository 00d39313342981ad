package diagnose

import (
	"fmt"
	"net/netip"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// dialled is what a connection from inside the VPC says about an address.
type dialled struct {
	verdict  Verdict // OK: connected. Broken: it counts against the address. Unclear: it says nothing
	refused  bool    // the way is open and nothing listens
	evidence Evidence
	admit    string // the command that would let the checker through, where that is what is missing
}

// maxDials is how many targets are connected to for one request: the others
// are like them.
const maxDials = 4

// dial asks for a connection to an interface and weighs it. One that was made
// always counts. A refused one proves that the way is open. Any other failure
// counts only if security groups, network ACLs and routes let the checker's
// own interface through.
func (w *walk) dial(owner topology.Interface, port int) dialled {
	at := fmt.Sprintf("%s:%d", owner.Address, port)
	if !slices.Contains(w.dials, at) {
		if len(w.dials) == maxDials {
			return dialled{verdict: Unclear}
		}
		w.dials = append(w.dials, at)
	}
	fact := hint(w, w.facts.Dials, topology.Dials, at)
	dial, ok := fact.Get()
	switch {
	case !ok:
		return dialled{verdict: Unclear}
	case dial.Class == "":
		return dialled{verdict: OK, evidence: told(fact.Status, fmt.Sprintf("%s accepts a connection from inside the VPC after %d ms", at, dial.Took.Milliseconds()))}
	case dial.Class == result.TCPRefused:
		return dialled{verdict: Broken, refused: true, evidence: told(fact.Status, at+" refuses a connection from inside the VPC: nothing listens there")}
	}
	self, known := w.self()
	if !known {
		return dialled{verdict: Unclear}
	}
	p := quietly(w, func() passage { return w.pass(self, endOf(owner, at), port) })
	switch p.verdict() {
	case OK:
		return dialled{verdict: Broken, evidence: told(fact.Status, fmt.Sprintf("a connection to %s from inside the VPC fails (%s), although security groups, network ACLs and routes let it through", at, dial.Class))}
	case Broken:
		return dialled{verdict: Unclear, admit: p.blocks[0].command}
	}
	return dialled{verdict: Unclear}
}

// blind notes that a connection by the checker would have decided, and which
// command would let it through.
func (w *walk) blind(at string, d dialled) {
	if d.verdict != Unclear || d.admit == "" {
		return
	}
	want := topology.Want{Kind: topology.Dials, Key: at}
	w.gaps = addGaps(w.gaps, Gap{
		Subject: subject(want), Why: topology.Unsupported, Limits: "whether the port can be connected to from inside the VPC", Hop: w.hop, Want: want,
		Detail: "the checker itself is not let through, so its failed connection says nothing; this would admit it: " + d.admit,
	})
}

// self is the checker as one end of a connection; false if it is in no VPC or
// that could not be read.
func (w *walk) self() (end, bool) {
	own, ok := hint(w, w.facts.OwnNetwork, topology.OwnNetwork, "").Get()
	return end{name: "the checker", vpc: own.VPC, groups: own.SecurityGroups, subnets: own.Subnets}, ok && own.VPC != ""
}

// endOf is an interface as one end of a connection.
func endOf(i topology.Interface, name string) end {
	address, _ := netip.ParseAddr(i.Address)
	return end{name: name, vpc: i.VPC, groups: i.SecurityGroups, subnets: []string{i.Subnet}, address: address}
}

// endOfBalancer is a load balancer as one end: its nodes may be in any of its subnets.
func endOfBalancer(lb topology.LoadBalancer) end {
	return end{name: lb.Name, vpc: lb.VPC, groups: lb.SecurityGroups, subnets: lb.Subnets}
}
