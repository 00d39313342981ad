package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// end is one side of a TCP connection inside AWS.
type end struct {
	name    string // for sentences
	vpc     string
	groups  []string   // security groups that it carries; none: it has none
	subnets []string   // it may be in any of them; none: not known
	address netip.Addr // its own, where it has just one
	public  bool       // it is on the internet, and may have any address
	six     bool       // it speaks IPv6 here
	task    bool       // it is a task: Linux, which connects from fewer ports than load balancers and functions do
}

// answered are the ports that answers to an end go to.
func (e end) answered() ports {
	if e.task {
		return taskPorts
	}
	return answerPorts
}

// placed reports whether it is known where the end is.
func (e end) placed() bool { return e.public || len(e.subnets) > 0 && !slices.Contains(e.subnets, "") }

// nets are the addresses that an end may have; false if they are not known.
func (e end) nets(w *walk) ([]netip.Prefix, bool) {
	switch {
	case e.address.IsValid():
		return []netip.Prefix{netip.PrefixFrom(e.address, e.address.BitLen())}, true
	case e.public:
		return []netip.Prefix{e.everywhere()}, true
	case !e.placed():
		return nil, false
	}
	return netsOf(w, e.subnets, e.six)
}

// everywhere is the whole internet, in the end's family.
func (e end) everywhere() netip.Prefix {
	if e.six {
		return netip.MustParsePrefix("::/0")
	}
	return netip.MustParsePrefix("0.0.0.0/0")
}

// blockKind is what stands in the way.
type blockKind int

const (
	blockGroup blockKind = iota // a security group lacks a rule
	blockACL                    // an entry of a network ACL denies
	blockRoute                  // no route, or one that leads nowhere
)

// block is one thing that stands in the way, with the rule that is missing.
type block struct {
	kind     blockKind
	root     string   // stable: ids of groups, ACLs and tables
	fault    string   // what is missing, as a sentence without its end
	chosen   bool     // the group admits others on the port
	partly   string   // whom it stops, if not everybody
	through  []string // subnets, of the end that has several, where it stops
	evidence Evidence
	nets     []netip.Prefix // that it stops; repair makes do and command of all of them
	repair   func([]netip.Prefix) (do, command string)
	do       string
	command  string // adds what is missing
	verify   string
}

// passage is what was found out about a way in both directions.
type passage struct {
	blocks []block
	known  bool // nothing was left open

	open    []string        // what security groups let pass
	groups  topology.Status // of the answer that told
	acls    []string        // ids of the network ACLs that let it pass
	denials topology.Status // of the answer that told
}

func (p passage) verdict() Verdict {
	switch {
	case len(p.blocks) > 0:
		return Broken
	case !p.known:
		return Unclear
	}
	return OK
}

// pass evaluates the way of a connection: security groups of both ends, which
// keep state; network ACLs of both subnets in both directions, which do not,
// and which traffic within a subnet does not meet; routes there and back.
func (w *walk) pass(from, to end, port int) passage {
	p := passage{known: true}
	from, to = inFamily(from, to)
	w.withoutSix(from)
	w.withoutSix(to)
	w.passGroups(&p, gate{from, to, port, false})
	w.passGroups(&p, gate{to, from, port, true})
	if !from.placed() || !to.placed() {
		p.known = false
		return p
	}
	w.passACLs(&p, from, to, port)
	if !from.public && !to.public {
		w.passRoutes(&p, from, to)
		w.passRoutes(&p, to, from)
	}
	p.narrow(max(len(from.subnets), len(to.subnets)))
	return p
}

// clear tells what lets the way pass, one statement for each kind of filter,
// where no other filter of the kind stops it.
func (p passage) clear(w *walk, from, to end, port int) {
	stopped := func(group bool) bool {
		return slices.ContainsFunc(p.blocks, func(b block) bool { return (b.kind == blockGroup) == group })
	}
	if !p.known {
		return
	}
	if n := len(p.open); n > 0 && !stopped(true) {
		w.clear(NetTargetGroup, told(p.groups, strings.Join(p.open, "; ")))
	}
	if len(p.acls) > 0 && !stopped(false) {
		w.clear(NetACL, told(p.denials, fmt.Sprintf("%s %s tcp/%d from %s to %s pass, and the answers (%s)", strings.Join(p.acls, " and "), verb(p.acls, "lets", "let"), port, from.name, to.name, from.answered())))
	}
}

// block notes what stops the way; the same thing found in another subnet counts once.
func (p *passage) block(b block) {
	i := slices.IndexFunc(p.blocks, func(have block) bool { return have.root == b.root })
	if i < 0 {
		p.blocks = append(p.blocks, b)
		return
	}
	for _, subnet := range b.through {
		if b.partly != "" && p.blocks[i].partly == "" {
			break // something gets through there
		}
		if !slices.Contains(p.blocks[i].through, subnet) {
			p.blocks[i].through = append(p.blocks[i].through, subnet)
		}
	}
	for _, net := range b.nets {
		if !slices.Contains(p.blocks[i].nets, net) {
			p.blocks[i].nets = append(p.blocks[i].nets, net)
		}
	}
}

// narrow says of each block whom it stops, where it is not every subnet.
func (p *passage) narrow(subnets int) {
	for i, b := range p.blocks {
		if b.partly == "" && len(b.through) > 0 && len(b.through) < subnets {
			p.blocks[i].partly = "what goes through " + listed(b.through)
		}
		if b.repair != nil {
			p.blocks[i].do, p.blocks[i].command = b.repair(b.nets)
		}
	}
}
