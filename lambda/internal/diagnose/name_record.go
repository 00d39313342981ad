package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// noRecord is D01.
func noRecord(w *walk, zone topology.Zone, host string) candidate {
	read := w.facts.Records.Of(topology.Key(zone.ID, host)).Status
	var inferred []string
	if n := alike(w.facts.Zones.Of(host).Value, zone); n > 1 {
		inferred = []string{fmt.Sprintf("that the domain is delegated to %s: the account has %d zones of the name", zone.ID, n)}
	}
	return candidate{
		inferred: inferred,
		code:     DNSNoRecord, root: host,
		predicts: []prediction{{classes: noName}},
		say: func([]string) string {
			return fmt.Sprintf("%s has no record in the %s", host, zoneName(zone))
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("the %s has neither a record %s nor a wildcard that answers for it", zoneName(zone), host)),
			w.probed(fmt.Sprintf("%s: %s", host, saw(w))),
		},
		actions: []Action{createRecord(w, zone, host)},
		verify: []string{
			fmt.Sprintf("dig +short %s @1.1.1.1", host),
			fmt.Sprintf("aws route53 list-resource-record-sets --hosted-zone-id %s --start-record-name %s --max-items 1", zone.ID, host),
		},
	}
}

// alike counts the zones of the same name and kind.
func alike(zones []topology.Zone, as topology.Zone) (n int) {
	for _, z := range zones {
		if z.Name == as.Name && z.Private == as.Private {
			n++
		}
	}
	return n
}

// createRecord proposes an alias only if exactly one load balancer has a rule
// for the host, or the configuration names one.
func createRecord(w *walk, zone topology.Zone, host string) Action {
	a := Action{Priority: "P0", Mutates: true, Risk: "reversible", Owner: w.symptom.Endpoint.Owner, DoneWhen: host + " resolves", Done: Test{FindingGone, string(DNSNoRecord) + "/" + host}}
	found := balancersFor(w, host, zone.Private)
	if len(found) != 1 {
		a.Do = fmt.Sprintf("create the record %s, or take the endpoint out of the configuration; which load balancer it belongs to is for its owner to say", host)
		if len(found) > 1 {
			a.Do += " (" + listed(balancerNames(found)) + " have rules for it)"
		}
		return a
	}
	lb := found[0]
	a.Do = fmt.Sprintf("create %s as an alias of %s, the only load balancer with a rule for it, or take the endpoint out of the configuration", host, lb.Name)
	if w.symptom.Endpoint.RunsOn.Balancer == lb.Name {
		a.Do = fmt.Sprintf("create %s as an alias of %s, which the configuration names for it", host, lb.Name)
	}
	a.Command = aliasCommand(zone, host, lb)
	return a
}

func aliasCommand(zone topology.Zone, host string, lb topology.LoadBalancer) string {
	return fmt.Sprintf(`aws route53 change-resource-record-sets --hosted-zone-id %s --change-batch '{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"%s","Type":"A","AliasTarget":{"HostedZoneId":"%s","DNSName":"%s","EvaluateTargetHealth":false}}}]}'`,
		zone.ID, host, lb.Zone, lb.DNSName)
}

// lookAtRecords is D02: what the records point to has to be there.
func lookAtRecords(w *walk, zone topology.Zone, records []topology.Record) (Verdict, string) {
	if !slices.ContainsFunc(records, hasAddress) {
		delegated := slices.ContainsFunc(records, func(r topology.Record) bool {
			return r.Type == "NS" && strings.EqualFold(r.Name, w.symptom.Endpoint.Host) && !strings.EqualFold(r.Name, zone.Name)
		})
		if w.symptom.Class.Layer() != "dns" || delegated { // other name servers have its records
			return Unclear, w.route.name
		}
		w.broken(noAddress(w, zone, records))
		return Broken, records[0].Name
	}
	verdict, text := OK, w.route.name
	for _, r := range records {
		if to := pointsTo(r); access.IsNameOfBalancer(to) {
			if v := lookAtAlias(w, zone, r, to); worse(v, verdict) != verdict {
				verdict, text = v, to
			}
		}
	}
	return verdict, text
}

func hasAddress(r topology.Record) bool {
	return r.Alias != "" || slices.Contains([]string{"A", "AAAA", "CNAME"}, r.Type)
}

// noAddress is D01 where the name has records, but none of an address.
func noAddress(w *walk, zone topology.Zone, records []topology.Record) candidate {
	host := strings.ToLower(w.symptom.Endpoint.Host)
	var types []string
	for _, r := range records {
		types = append(types, r.Type)
	}
	c := noRecord(w, zone, host)
	c.predicts = []prediction{{classes: []result.Class{result.DNSNoData}}}
	c.say = func([]string) string {
		return fmt.Sprintf("%s has records in the %s (%s), but none of an address", host, zoneName(zone), listed(types))
	}
	c.evidence[0].Statement = fmt.Sprintf("the records of %s in the %s are %s", host, zoneName(zone), listed(types))
	return c
}

// lookAtAlias asks whether the load balancer that a record points to exists.
// Other regions are not read.
func lookAtAlias(w *walk, zone topology.Zone, r topology.Record, to string) Verdict {
	if !strings.Contains(to, "."+w.facts.Region+".") {
		return Unclear
	}
	fact := get(w, w.facts.LoadBalancers, topology.LoadBalancers, "")
	if fact.State == topology.Unknown {
		return Unclear
	}
	if _, found := topology.BalancerByName(fact.Value, to); found {
		return OK
	}
	if slices.ContainsFunc(fact.Value, func(lb topology.LoadBalancer) bool { return lb.DNSName == "" }) {
		return Unclear
	}
	w.broken(dangling(w, zone, r, fact.Status))
	return Broken
}

// dangling is D02. A name that does not resolve although its record stands
// proves that the target is gone; one that times out may only be old
// addresses, or a load balancer of another account or of the classic kind.
func dangling(w *walk, zone topology.Zone, r topology.Record, read topology.Status) candidate {
	host, to := strings.ToLower(w.symptom.Endpoint.Host), pointsTo(r)
	how := "an alias"
	if r.Alias == "" {
		how = "a CNAME"
	}
	c := candidate{
		code: DNSDanglingAlias, root: host + "/" + to,
		predicts: []prediction{{classes: []result.Class{result.DNSNXDomain, result.DNSNoData, result.TCPTimeout}}},
		say: func([]string) string {
			return fmt.Sprintf("%s is %s of %s, which is no longer a load balancer in %s", host, how, to, w.facts.Region)
		},
		evidence: []Evidence{
			told(w.facts.Records.Of(topology.Key(zone.ID, host)).Status, fmt.Sprintf("the record %s (%s) in the %s points to %s", r.Name, r.Type, zoneName(zone), to)),
			told(read, fmt.Sprintf("no load balancer of %s has the name %s", w.facts.Region, to)),
			w.probed(fmt.Sprintf("%s: %s", host, saw(w))),
		},
		actions: []Action{repoint(w, zone, host, r)},
		verify: []string{
			"dig +short " + host,
			fmt.Sprintf("aws elbv2 describe-load-balancers --query \"LoadBalancers[?DNSName=='%s']\" --region %s", to, w.facts.Region),
		},
	}
	if w.seen.class == result.TCPTimeout {
		c.inferred = append(c.inferred, "that the addresses which still answer for "+to+" are those of the deleted load balancer, and not of a classic one or of another account")
	}
	if r.Set != "" {
		c.inferred = append(c.inferred, fmt.Sprintf("that the answer came from the set %s, one of several", r.Set))
	}
	return c
}

func repoint(w *walk, zone topology.Zone, host string, r topology.Record) Action {
	a := Action{Priority: "P0", Mutates: true, Risk: "reversible; resolvers keep the old answer for the TTL", Owner: w.symptom.Endpoint.Owner, DoneWhen: host + " resolves", Done: Test{FindingGone, string(DNSDanglingAlias) + "/" + host + "/" + pointsTo(r)}}
	found := balancersFor(w, host, zone.Private)
	if len(found) == 1 && !strings.HasPrefix(r.Name, "*.") && r.Alias != "" {
		a.Do = fmt.Sprintf("point %s to %s, the only load balancer with a rule for it", host, found[0].Name)
		a.Command = aliasCommand(zone, host, found[0])
		return a
	}
	a.Do = fmt.Sprintf("point the record %s to the load balancer that replaced %s, or delete it", r.Name, pointsTo(r))
	if len(found) > 0 {
		a.Do += " (rules for it: " + listed(balancerNames(found)) + ")"
	}
	return a
}
