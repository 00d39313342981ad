package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// unanswered are the classes of a connection that something swallows.
var unanswered = []result.Class{result.TCPTimeout, result.TCPUnreachable}

// lookAtReach asks why nothing answers a connection to the load balancer.
func lookAtReach(w *walk) Verdict {
	lb := *w.route.balancer
	if lb.Scheme != "internal" {
		anywhere := end{name: "the internet", public: true, six: w.dialledSix()}
		if anywhere.six {
			anywhere.name = "the internet by IPv6"
		}
		return worse(lookAtDoor(w, anywhere), lookAtGateway(w, lb))
	}
	own := get(w, w.facts.OwnNetwork, topology.OwnNetwork, "")
	switch {
	case own.State == topology.Unknown:
		c := internalScheme(w, "the checker, as far as is known, does not run there", own.Status)
		c.inferred = append(c.inferred, "that the checker runs outside "+lb.VPC)
		w.broken(c)
		return Unclear
	case own.State == topology.Absent:
		w.broken(internalScheme(w, "the checker runs in no VPC", own.Status))
		return Broken
	}
	self, _ := w.self()
	self.six = w.dialledSix()
	if self.vpc == lb.VPC {
		return lookAtDoor(w, self)
	}
	return lookAcross(w, self, own.Status)
}

// lookAcross asks for a route from the checker's VPC to that of an internal
// load balancer.
func lookAcross(w *walk, self end, read topology.Status) Verdict {
	lb := *w.route.balancer
	to := endOfBalancer(lb).as(self.six)
	nets, known := to.nets(w)
	tables := get(w, w.facts.RouteTables, topology.RouteTables, self.vpc)
	if !known || tables.State != topology.Known {
		return Unclear
	}
	for _, subnet := range self.subnets {
		table, found := topology.RoutesOf(tables.Value, subnet)
		if !found {
			return Unclear
		}
		for _, net := range nets {
			r, has, open := routeTo(table, net.Addr())
			if open || has && carries(r) && net.Bits() >= bitsOf(r.Destination) && bitsOf(r.Destination) > 0 {
				return lookAtDoor(w, self) // peered, or a transit gateway
			}
		}
	}
	w.broken(internalScheme(w, fmt.Sprintf("the checker runs in %s, which has no route to %s", self.vpc, lb.VPC), read))
	return Broken
}

func bitsOf(cidr string) int {
	block, err := netip.ParsePrefix(cidr)
	if err != nil {
		return 0
	}
	return block.Bits()
}

// dialledSix reports whether the address that did not answer is one of IPv6.
func (w *walk) dialledSix() bool {
	at, err := netip.ParseAddrPort(w.symptom.Address)
	return err == nil && at.Addr().Is6() && !at.Addr().Is4In6()
}

// dialledPublic: the address is not one of a private network; unknown counts as public.
func (w *walk) dialledPublic() bool {
	at, err := netip.ParseAddrPort(w.symptom.Address)
	return err != nil || !at.Addr().IsPrivate()
}

// internalScheme is D04.
func internalScheme(w *walk, from string, read topology.Status) candidate {
	lb, host := w.route.balancer, w.symptom.Endpoint.Host
	c := candidate{
		code: LBInternalScheme, root: lb.Name + "/" + host,
		predicts: []prediction{{classes: unanswered}},
		say: func([]string) string {
			return fmt.Sprintf("%s leads to %s, which is internal to %s, and %s", host, lb.Name, lb.VPC, from)
		},
		evidence: []Evidence{
			told(w.facts.LoadBalancers.Of("").Status, fmt.Sprintf("the scheme of %s is internal (%s)", lb.Name, lb.VPC)),
			w.probed(fmt.Sprintf("%s: %s", host, saw(w))),
		},
		verify: []string{fmt.Sprintf("aws elbv2 describe-load-balancers --names %s --query 'LoadBalancers[].[Scheme,VpcId]' --region %s", lb.Name, w.facts.Region), "dig +short " + host},
	}
	if read.State != topology.Unknown {
		c.evidence = append(c.evidence, told(read, from))
	}
	if w.symptom.Address != "" && w.dialledPublic() {
		c.predicts = nil // then it was not this load balancer that was asked
	}
	c.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("point %s to an internet-facing load balancer if clients outside need it; else probe it from a checker inside %s", host, lb.VPC),
		Owner: w.symptom.Endpoint.Owner, DoneWhen: host + " answers", Done: Test{FindingGone, c.key()},
	}}
	return c
}

// lookAtDoor is D06, and network ACLs in front of the load balancer: does it
// admit whoever comes from there?
func lookAtDoor(w *walk, from end) Verdict {
	lb, port := *w.route.balancer, w.symptom.Endpoint.Port
	p := w.pass(from, endOfBalancer(lb), port)
	for _, b := range p.blocks {
		c := doorClosed(w, from, b)
		w.broken(c)
	}
	if p.verdict() == OK && len(p.open) > 0 {
		w.clear(LBSecurityGroup, told(p.groups, strings.Join(p.open, "; ")))
	}
	return p.verdict()
}

func doorClosed(w *walk, from end, b block) candidate {
	lb, port := w.route.balancer, w.symptom.Endpoint.Port
	code := NetACL
	if b.kind == blockGroup {
		code = LBSecurityGroup
	}
	c := candidate{
		code: code, root: b.root + "/" + lb.Name,
		predicts: []prediction{{classes: unanswered}},
		say: func([]string) string {
			return fmt.Sprintf("%s, so %s cannot be reached on port %d", b.fault, lb.Name, port)
		},
		evidence: []Evidence{b.evidence, w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w)))},
		verify:   []string{b.verify, fmt.Sprintf("curl -sS -o /dev/null -m 10 %s://%s:%d/", w.symptom.Endpoint.Scheme, w.symptom.Endpoint.Host, port)},
	}
	if from.public && lb.Scheme == "internal" {
		c.predicts = nil
	}
	if b.partly != "" {
		c.inferred = append(c.inferred, "that the checker's own address is among what is stopped: "+b.partly)
	}
	if some, all := w.failedAddresses(); some < all {
		c.inferred = append(c.inferred, fmt.Sprintf("that this stops only %d of %d addresses", some, all))
	}
	if from.public && b.kind == blockGroup && (b.chosen || b.partly != "") { // somebody chose whom to admit
		permission := fmt.Sprintf("--protocol tcp --port %d --cidr PUBLIC_ADDRESS_OF_THE_CHECKER/32", port)
		if from.six {
			permission = fmt.Sprintf("--ip-permissions 'IpProtocol=tcp,FromPort=%d,ToPort=%d,Ipv6Ranges=[{CidrIpv6=PUBLIC_ADDRESS_OF_THE_CHECKER/128}]'", port, port)
		}
		b.do = fmt.Sprintf("if the checker should get in, admit its public address in %s; if everybody should, %s", strings.Join(lb.SecurityGroups, ", "), from.everywhere())
		b.command = fmt.Sprintf("aws ec2 authorize-security-group-ingress --group-id %s %s --region %s", lb.SecurityGroups[0], permission, w.facts.Region)
	}
	c.actions = []Action{{Priority: "P0", Do: b.do, Command: b.command, Mutates: true, Risk: "reversible", DoneWhen: fmt.Sprintf("%s answers on port %d", lb.Name, port), Done: Test{FindingGone, c.key()}}}
	return c
}

// failedAddresses counts the load balancer's addresses that were asked and
// those that did not answer.
func (w *walk) failedAddresses() (failed, all int) {
	for _, a := range w.symptom.Addresses {
		if a.Class != "" {
			failed++
		}
	}
	return failed, len(w.symptom.Addresses)
}

// lookAtGateway is D07: every subnet of an internet-facing load balancer needs
// a route to an internet gateway.
func lookAtGateway(w *walk, lb topology.LoadBalancer) Verdict {
	if lb.VPC == "" {
		return Unclear
	}
	fact := get(w, w.facts.RouteTables, topology.RouteTables, lb.VPC)
	if fact.State != topology.Known {
		return Unclear
	}
	var bad []string
	var table topology.RouteTable
	var instead *topology.Route
	for _, subnet := range lb.Subnets {
		t, found := topology.RoutesOf(fact.Value, subnet)
		if !found || len(t.Routes) == 0 { // each has a local one at least
			return Unclear
		}
		if r, out := leadsOut(t, w.dialledSix()); !out {
			if r != nil && (r.Target == "" || carries(*r) && throughOther(*r)) {
				return Unclear
			}
			if len(bad) == 0 {
				table, instead = t, r
			}
			bad = append(bad, subnet)
		}
	}
	if len(bad) == 0 {
		w.clear(LBSubnetRoute, told(fact.Status, fmt.Sprintf("every subnet of %s has an active route to an internet gateway", lb.Name)))
		return OK
	}
	w.broken(notPublic(w, unrouted{bad, table, instead, gatewayOf(fact.Value)}, fact.Status))
	return Broken
}

// throughOther: the route leads to what may pass it on to a gateway, as a
// firewall does. A NAT gateway lets nobody in.
func throughOther(r topology.Route) bool {
	return slices.ContainsFunc([]string{"vpce-", "eni-", "i-", "tgw-"}, func(kind string) bool { return strings.HasPrefix(r.Target, kind) })
}

// unrouted are subnets without a way to the internet.
type unrouted struct {
	subnets []string
	table   topology.RouteTable // of the first
	instead *topology.Route     // the default route that stands there; nil: none
	gateway string              // one that other tables use; "": none
}

func notPublic(w *walk, u unrouted, read topology.Status) candidate {
	lb := w.route.balancer
	kind := "its own"
	if u.table.Main {
		kind = "the main"
	}
	why := fmt.Sprintf("%s, %s route table, has no route to an internet gateway", u.table.ID, kind)
	if u.instead != nil {
		why = fmt.Sprintf("%s, %s route table, sends %s to %s", u.table.ID, kind, u.instead.Destination, u.instead.Target)
		if !carries(*u.instead) {
			why += fmt.Sprintf(", which is gone (%s)", u.instead.State)
		}
	}
	share := fmt.Sprintf("%d of its %s", len(u.subnets), counted(len(lb.Subnets), "subnet"))
	c := candidate{
		code: LBSubnetRoute, root: lb.Name + "/" + strings.Join(slices.Sorted(slices.Values(u.subnets)), ","),
		predicts: []prediction{{classes: unanswered}},
		say: func([]string) string {
			return fmt.Sprintf("%s cannot be reached through %s (%s): %s", lb.Name, listed(u.subnets), share, why)
		},
		evidence: []Evidence{told(read, fmt.Sprintf("%s of %s: %s", listed(u.subnets), lb.Name, why)), w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), w.sawAddresses()))},
		verify:   []string{fmt.Sprintf("aws ec2 describe-route-tables --route-table-ids %s --query 'RouteTables[].Routes' --region %s", u.table.ID, w.facts.Region)},
	}
	switch failed, all := w.failedAddresses(); {
	case len(u.subnets) == len(lb.Subnets):
		if failed < all { // some answer, which they could not
			c.predicts = nil
		}
	case all > 0 && failed == all:
		c.predicts = nil // the other subnets would answer
	case all == 0:
		c.inferred = append(c.inferred, "that the address which was asked is one of "+listed(u.subnets))
	}
	if len(u.subnets) < len(lb.Subnets) {
		c.severity = S2
	}
	c.actions = []Action{giveRoute(w, u, c.key())}
	return c
}

func giveRoute(w *walk, u unrouted, key string) Action {
	verb, destination, flag, gateway := "create-route", "0.0.0.0/0", "--destination-cidr-block", u.gateway
	if w.dialledSix() {
		destination, flag = "::/0", "--destination-ipv6-cidr-block"
	}
	if u.instead != nil && u.instead.Destination == destination {
		verb = "replace-route"
	}
	if gateway == "" {
		gateway = "INTERNET_GATEWAY_ID"
	}
	return Action{
		Priority: "P0", Do: fmt.Sprintf("give %s a default route to %s, or take %s out of %s; other subnets of %s may rely on what it has now", u.table.ID, gateway, listed(u.subnets), w.route.balancer.Name, u.table.ID),
		Command: fmt.Sprintf("aws ec2 %s --route-table-id %s %s %s --gateway-id %s --region %s", verb, u.table.ID, flag, destination, gateway, w.facts.Region),
		Mutates: true, Risk: "changes the way out of every subnet of the table", DoneWhen: "every address of " + w.route.balancer.Name + " answers", Done: Test{FindingGone, key},
	}
}

// sawAddresses says how many addresses failed, where several were asked.
func (w *walk) sawAddresses() string {
	if failed, all := w.failedAddresses(); all > 1 {
		return fmt.Sprintf("%d of %d addresses: %s", failed, all, saw(w))
	}
	return saw(w)
}
