package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Contradiction is a place where what was seen and what was read cannot both
// be so. One of them is out of date, or the picture that was made of them is
// wrong; so whatever rests on it is not proven.
type Contradiction struct {
	Statement string     `json:"statement"`
	Evidence  []Evidence `json:"evidence"` // of both sides
}

// contradictions has a check of each kind. They look at the end of the way,
// and read only what its hops have read already, but for a connection.
var contradictions = []func(*walk) *Contradiction{
	answerAgainstRule, listenerAgainstReach, addressAgainstRecord, absenceAgainstRecord, usableAgainstAnswer, healthAgainstRefusal,
}

// disagree looks for contradictions. A way that is not read to its end yet has none.
func (w *walk) disagree() {
	w.hop = HopProbe
	for _, look := range contradictions {
		if c := quietly(w, func() *Contradiction { return look(w) }); c != nil {
			w.disagrees = append(w.disagrees, *c)
		}
	}
}

// seenAs is what was seen, as one side of a contradiction.
func (w *walk) seenAs() Evidence {
	return w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w)))
}

// answerAgainstRule: the rule that takes the request answers it by itself, and
// an answer came that only something behind a rule makes.
func answerAgainstRule(w *walk) *Contradiction {
	if w.route.rule == nil || w.route.listener == nil {
		return nil
	}
	fixed, a := fixedOf(*w.route.rule), w.seen.answer
	gateway := w.responder() == ByBalancer && slices.Contains([]int{502, 503, 504}, a.Status)
	if fixed == nil || gateway && fixed.Status == a.Status || !gateway && (w.responder() != ByApp || a.Server == "") {
		return nil
	}
	root := rootOf(*w.route.balancer, *w.route.listener)
	by := makers[w.responder()]
	if a.Server != "" && !gateway {
		by += " (" + a.Server + ")"
	}
	return &Contradiction{
		Statement: fmt.Sprintf("a %d of %s came, which only a rule that forwards leads to; by the rules of %s that were read the request is answered %d by %s itself", a.Status, by, root, fixed.Status, w.route.balancer.Name),
		Evidence:  []Evidence{w.seenAs(), told(w.facts.Rules.Of(w.route.listener.ARN).Status, fmt.Sprintf("of the rules of %s, %s takes the request: a fixed response %d", root, describeRule(*w.route.rule), fixed.Status))},
	}
}

// listenerAgainstReach: something speaks on the port, and the load balancer that
// the name leads to has no listener there.
func listenerAgainstReach(w *walk) *Contradiction {
	lb := w.route.balancer
	if lb == nil || w.route.listener != nil || w.symptom.Proxied || !w.symptom.Reached(result.PhaseTLS) || w.symptom.Class == result.TLSNotTLS {
		return nil
	}
	fact, port := w.facts.Listeners.Of(lb.ARN), w.symptom.Endpoint.Port
	if all, ok := fact.Get(); !ok || slices.ContainsFunc(all, func(l topology.Listener) bool { return l.Port == port || l.Port == 0 }) {
		return nil
	}
	return &Contradiction{
		Statement: fmt.Sprintf("something accepts connections on port %d, and %s, to which the name leads, has no listener there", port, lb.Name),
		Evidence:  []Evidence{w.seenAs(), told(fact.Status, fmt.Sprintf("%s has no listener on port %d", lb.Name, port))},
	}
}

// recorded are the zone and the records of the endpoint's name, as they were read.
func (w *walk) recorded() (topology.Zone, []topology.Record, topology.Status) {
	host := strings.ToLower(strings.TrimSuffix(w.symptom.Endpoint.Host, "."))
	if _, known := w.facts.Zones.Of(host).Get(); !known {
		return topology.Zone{}, nil, topology.Status{}
	}
	zone, records, _ := recordsOf(w, host)
	return zone, records, w.facts.Records.Of(topology.Key(zone.ID, host)).Status
}

// addressAgainstRecord: the name led to another address than its records hold.
func addressAgainstRecord(w *walk) *Contradiction {
	at, err := netip.ParseAddrPort(w.symptom.Address)
	if err != nil {
		return nil
	}
	zone, records, read := w.recorded()
	var held []string
	for _, r := range records {
		switch {
		case r.Type != "A" && r.Type != "AAAA" && r.Type != "CNAME":
		case r.Alias != "" || r.Type == "CNAME":
			return nil // the addresses behind it change
		default:
			held = append(held, r.Values...)
		}
	}
	dialled := at.Addr().Unmap()
	if len(held) == 0 || slices.ContainsFunc(held, func(v string) bool { a, err := netip.ParseAddr(v); return err == nil && a == dialled }) {
		return nil
	}
	return &Contradiction{
		Statement: fmt.Sprintf("%s resolved to %s, and its record in the %s holds %s", w.symptom.Endpoint.Host, dialled, zoneName(zone), listed(held)),
		Evidence:  []Evidence{w.probed(fmt.Sprintf("%s was asked at %s", w.symptom.Endpoint.Host, dialled)), told(read, fmt.Sprintf("the record of %s in the %s holds %s", w.symptom.Endpoint.Host, zoneName(zone), listed(held)))},
	}
}

// absenceAgainstRecord: resolvers say that the name does not exist, and its zone
// has an address for it that nothing is wrong with.
func absenceAgainstRecord(w *walk) *Contradiction {
	if !slices.Contains(noName, w.symptom.Class) || slices.ContainsFunc(w.candidates, func(c candidate) bool { return c.mode().Hop == HopDNS }) {
		return nil
	}
	zone, records, read := w.recorded()
	if !slices.ContainsFunc(records, hasAddress) {
		return nil
	}
	host := w.symptom.Endpoint.Host
	return &Contradiction{
		Statement: fmt.Sprintf("resolvers say that %s does not exist, and the %s has a record for it: the domain may be delegated to other name servers", host, zoneName(zone)),
		Evidence:  []Evidence{w.seenAs(), told(read, fmt.Sprintf("the %s has a record %s", zoneName(zone), host))},
	}
}

// forwarded reports whether the load balancer itself answered a status, for the
// one group that it forwards to.
func (w *walk) forwarded(statuses ...int) bool {
	return w.route.group != nil && !w.route.shared && w.responder() == ByBalancer && slices.Contains(statuses, w.seen.answer.Status)
}

// usableAgainstAnswer: a 503 says that there is no target to send to, and there
// is a healthy one.
func usableAgainstAnswer(w *walk) *Contradiction {
	i := slices.IndexFunc(w.route.targets, func(t target) bool { return t.State == "healthy" })
	if i < 0 || !w.forwarded(503) {
		return nil
	}
	t, group := w.route.targets[i], w.route.group.Name
	return &Contradiction{
		Statement: fmt.Sprintf("%s answered 503, as it does where %s has no target to send to, and %s:%d of it is healthy", w.route.balancer.Name, group, t.ID, t.Port),
		Evidence:  []Evidence{w.seenAs(), told(t.health, fmt.Sprintf("%s:%d of %s is healthy", t.ID, t.Port, group))},
	}
}

// healthAgainstRefusal: targets count as healthy, and each one refuses connections.
func healthAgainstRefusal(w *walk) *Contradiction {
	if !w.forwarded(502, 503, 504) || w.seen.answer.Took > connectTime.to {
		return nil
	}
	var refused []string
	var both []Evidence
	for _, t := range w.receiving() {
		owner, known := t.owner.Get()
		if t.State != "healthy" || !known || len(refused) == maxDials {
			continue
		}
		d := w.dial(owner, t.Port)
		if d.verdict != Broken {
			return nil
		}
		at := fmt.Sprintf("%s:%d", t.ID, t.Port)
		refused = append(refused, at)
		both = append(both, told(t.health, fmt.Sprintf("%s of %s is healthy", at, w.route.group.Name)), d.evidence)
	}
	if len(refused) == 0 {
		return nil
	}
	return &Contradiction{
		Statement: fmt.Sprintf("%s of %s count as healthy, and no connection to them succeeds from inside the VPC", listed(refused), w.route.group.Name),
		Evidence:  append(both, w.seenAs()),
	}
}
