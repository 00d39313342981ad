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
	subnets []string   // it may be in any of them; none: it is on the internet
	address netip.Addr // its own, where it has just one
	six     bool       // on the internet, and speaks IPv6
}

func (e end) internet() bool { return len(e.subnets) == 0 }

// nets are the addresses that an end may have; false if they are not known.
func (e end) nets(w *walk) ([]netip.Prefix, bool) {
	switch {
	case e.address.IsValid():
		return []netip.Prefix{netip.PrefixFrom(e.address, e.address.BitLen())}, true
	case e.internet():
		return []netip.Prefix{e.everywhere()}, true
	}
	return netsOf(w, e.subnets)
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
	root     string // stable: ids of groups, ACLs and tables
	fault    string // what is missing, as a sentence without its end
	partly   string // whom it stops, if not everybody
	evidence Evidence
	do       string
	command  string // adds what is missing
	verify   string
}

// passage is what was found out about a way in both directions.
type passage struct {
	blocks []block
	open   []cleared // what was looked at and lets it pass; codes of the network hop
	known  bool      // nothing was left open
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
	w.passGroups(&p, gate{from, to, port, false})
	w.passGroups(&p, gate{to, from, port, true})
	w.passACLs(&p, from, to, port)
	if !from.internet() && !to.internet() {
		w.passRoutes(&p, from, to)
		w.passRoutes(&p, to, from)
	}
	return p
}

func (p *passage) block(b block) {
	if !slices.ContainsFunc(p.blocks, func(have block) bool { return have.root == b.root }) {
		p.blocks = append(p.blocks, b)
	}
}

// passACLs looks at each pair of subnets that a connection may use.
func (w *walk) passACLs(p *passage, from, to end, port int) {
	for _, a := range subnetsOf(from) {
		for _, b := range subnetsOf(to) {
			if a == b {
				continue
			}
			request := ports{port, port}
			w.passACL(p, lane{from, to, a, b, true}, request)      // out of the caller's subnet
			w.passACL(p, lane{to, from, b, a, false}, request)     // into the other one
			w.passACL(p, lane{to, from, b, a, true}, answerPorts)  // the answer out of it
			w.passACL(p, lane{from, to, a, b, false}, answerPorts) // and back in
		}
	}
}

// subnetsOf has one empty name for the internet, which has no ACL.
func subnetsOf(e end) []string {
	if e.internet() {
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
	if !ok || !known {
		p.known = false
		return
	}
	d := deniedBy(acl, l.egress, net, asked)
	if d == nil {
		p.open = append(p.open, cleared{NetACL, told(read, fmt.Sprintf("%s lets %s %s %s (%s)", acl.ID, asked, l.way(), net, l.peer.name))})
		return
	}
	p.block(w.aclBlock(l, acl, verdictOnACL{*d, asked, net}, read))
}

// way is the direction in words.
func (l lane) way() string {
	if l.egress {
		return "out to"
	}
	return "in from"
}

// verdictOnACL is a denial with what was asked about.
type verdictOnACL struct {
	denial
	asked ports
	net   netip.Prefix
}

func (v verdictOnACL) fault(acl topology.NetworkACL, l lane, direction string) string {
	if v.entry.Number >= lastEntry {
		return fmt.Sprintf("%s has no rule that allows %s %s at %s %s %s (%s), so rule * denies it", acl.ID, direction, v.ports, l.subnet, l.way(), v.net, l.peer.name)
	}
	return fmt.Sprintf("%s of %s denies %s %s at %s %s %s (%s)", v.name(), acl.ID, direction, v.ports, l.subnet, l.way(), v.net, l.peer.name)
}

func (w *walk) aclBlock(l lane, acl topology.NetworkACL, v verdictOnACL, read topology.Status) block {
	direction, flag := "inbound", "--ingress"
	if l.egress {
		direction, flag = "outbound", "--egress"
	}
	b := block{
		kind: blockACL, root: fmt.Sprintf("%s/%s/%s", acl.ID, direction, v.asked), fault: v.fault(acl, l, direction),
		verify: fmt.Sprintf("aws ec2 describe-network-acls --network-acl-ids %s --region %s", acl.ID, w.facts.Region),
	}
	b.evidence = told(read, b.fault)
	switch {
	case v.part:
		b.partly = "the connections that use " + v.ports.String()
	case len(subnetsOf(l.own)) > 1:
		b.partly = "what passes " + l.subnet
	case len(subnetsOf(l.peer)) > 1:
		b.partly = "what comes through " + l.far
	}
	number := numberBefore(acl, l.egress, v.entry.Number)
	if number == 0 {
		b.do = fmt.Sprintf("delete %s of %s, which comes before everything else", v.name(), acl.ID)
		b.command = fmt.Sprintf("aws ec2 delete-network-acl-entry --network-acl-id %s --rule-number %d %s --region %s", acl.ID, v.entry.Number, flag, w.facts.Region)
		return b
	}
	b.do = fmt.Sprintf("allow %s %s %s %s in %s by a rule %d, which comes before %s", direction, v.asked, l.way(), v.net, acl.ID, number, v.name())
	b.command = fmt.Sprintf("aws ec2 create-network-acl-entry --network-acl-id %s --rule-number %d --protocol tcp --port-range From=%d,To=%d --cidr-block %s --rule-action allow %s --region %s",
		acl.ID, number, v.asked.from, v.asked.to, v.net, flag, w.facts.Region)
	return b
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
	nets, ok := netsOf(w, []string{subnet})
	if !ok {
		return netip.Prefix{}, false
	}
	if e.address.IsValid() && nets[0].Contains(e.address) {
		return netip.PrefixFrom(e.address, e.address.BitLen()), true
	}
	return nets[0], true
}

// passRoutes asks the table of each of an end's subnets for the way to the other end.
func (w *walk) passRoutes(p *passage, from, to end) {
	if slices.Equal(from.subnets, to.subnets) {
		return // every subnet has its own local route
	}
	nets, ok := to.nets(w)
	if !ok || from.vpc == "" {
		p.known = false
		return
	}
	tables := get(w, w.facts.RouteTables, topology.RouteTables, from.vpc)
	for _, subnet := range from.subnets {
		table, found := topology.RoutesOf(tables.Value, subnet)
		if !found {
			p.known = false
			return
		}
		for _, net := range nets {
			r, has, open := routeTo(table, net.Addr())
			switch {
			case has && carries(r):
			case open:
				p.known = false
			default:
				p.block(w.routeBlock(detour{table, subnet, net, r}, to, tables.Status))
			}
		}
	}
}

// detour is where a table sends traffic instead of where it should.
type detour struct {
	table  topology.RouteTable
	subnet string
	net    netip.Prefix
	route  topology.Route // zero: none
}

func (w *walk) routeBlock(d detour, to end, read topology.Status) block {
	fault := fmt.Sprintf("%s of %s has no route to %s (%s)", d.table.ID, d.subnet, d.net, to.name)
	verb, destination := "create-route", d.net.String()
	if d.route.Destination != "" {
		fault = fmt.Sprintf("the route %s of %s leads to %s, which is gone (%s), so nothing gets from %s to %s (%s)", d.route.Destination, d.table.ID, d.route.Target, d.route.State, d.subnet, d.net, to.name)
		verb, destination = "replace-route", d.route.Destination
	}
	return block{
		kind: blockRoute, root: d.table.ID + "/" + destination, fault: fault, evidence: told(read, fault),
		do:      fmt.Sprintf("give %s a route to %s that leads to something", d.table.ID, destination),
		command: fmt.Sprintf("aws ec2 %s --route-table-id %s --destination-cidr-block %s TARGET_OF_THE_ROUTE --region %s", verb, d.table.ID, destination, w.facts.Region),
		verify:  fmt.Sprintf("aws ec2 describe-route-tables --route-table-ids %s --region %s", d.table.ID, w.facts.Region),
	}
}

// gate is one direction at the security groups of one end.
type gate struct {
	own, peer end
	port      int
	in        bool
}

// passGroups looks for what the groups of one end admit.
func (w *walk) passGroups(p *passage, g gate) {
	if g.own.internet() || len(g.own.groups) == 0 {
		return
	}
	rules, read, readable := groupRules(w, g.own.groups, g.in)
	nets, netsKnown := g.peer.nets(w)
	if !netsKnown {
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
		p.open = append(p.open, cleared{NetTargetGroup, told(read, fmt.Sprintf("%s %s tcp/%d %s %s (%s)", names, verb, g.port, g.toward(), g.peer.name, peerName(*rule)))})
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

// uncovered are the networks of a peer that no rule admits, and a rule that
// admits the others. A rule for the peer's group admits all. Decided is false
// where a prefix list could not be read.
func uncovered(w *walk, rules []topology.SecurityRule, port int, p peer) (missing []netip.Prefix, by *topology.SecurityRule, decided bool) {
	decided = true
	missing = slices.Clone(p.nets)
	for _, r := range rules {
		if !coversPort(r, port) {
			continue
		}
		var blocks []string
		switch {
		case r.Group != "":
			if slices.Contains(p.groups, r.Group) {
				return nil, &r, true
			}
		case r.CIDR != "":
			blocks = []string{r.CIDR}
		case r.PrefixList != "":
			list := get(w, w.facts.PrefixLists, topology.PrefixLists, r.PrefixList)
			blocks = list.Value
			decided = decided && list.State == topology.Known
		}
		left := slices.DeleteFunc(slices.Clone(missing), func(n netip.Prefix) bool { return coversAll(blocks, []netip.Prefix{n}) })
		if len(left) < len(missing) {
			missing, by = left, &r
		}
	}
	return missing, by, decided || len(p.nets) > 0 && len(missing) == 0
}

func (w *walk) groupBlock(g gate, missing []netip.Prefix, all int, rules []topology.SecurityRule, read topology.Status) block {
	names := strings.Join(g.own.groups, ", ")
	peerText := g.peer.name
	if len(g.peer.groups) > 0 {
		peerText = fmt.Sprintf("%s (%s)", g.peer.groups[0], g.peer.name)
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
		kind: blockGroup, root: fmt.Sprintf("%s:%d", names, g.port), fault: fault, evidence: told(read, fault),
		do:     fmt.Sprintf("add an %s rule for tcp/%d %s %s to %s", direction, g.port, g.toward(), peerText, g.own.groups[0]),
		verify: fmt.Sprintf("aws ec2 describe-security-group-rules --filters Name=group-id,Values=%s --region %s", strings.Join(g.own.groups, ","), w.facts.Region),
	}
	if !g.in {
		b.root += "/out"
	}
	if len(missing) < all {
		b.partly = "what has an address in " + prefixes(missing)
	} else if narrow := within(rules, g.port, missing); narrow != "" {
		b.partly = "whatever has an address other than " + narrow
	}
	b.command = fmt.Sprintf("aws ec2 authorize-security-group-%s --group-id %s %s --region %s", direction, g.own.groups[0], permission(g, missing), w.facts.Region)
	return b
}

// permission is the missing rule as the command line takes it.
func permission(g gate, missing []netip.Prefix) string {
	if len(g.peer.groups) > 0 && g.in {
		return fmt.Sprintf("--protocol tcp --port %d --source-group %s", g.port, g.peer.groups[0])
	}
	if len(g.peer.groups) > 0 {
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

// within is a block of a rule that lies inside one of the networks: some
// address in there is admitted.
func within(rules []topology.SecurityRule, port int, nets []netip.Prefix) string {
	for _, r := range rules {
		block, err := netip.ParsePrefix(r.CIDR)
		if err == nil && coversPort(r, port) && slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Bits() < block.Bits() && n.Contains(block.Addr()) }) {
			return r.CIDR
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
