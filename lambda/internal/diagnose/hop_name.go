package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// noName are the classes of a name that leads nowhere.
var noName = []result.Class{result.DNSNXDomain, result.DNSNoData}

// lookAtName finds out what the endpoint's name leads to. Where the request
// got past DNS, the records only say which load balancer answers.
func lookAtName(w *walk) (Verdict, string) {
	host := strings.ToLower(strings.TrimSuffix(w.symptom.Endpoint.Host, "."))
	if access.IsNameOfBalancer(host) {
		w.route.name = host
		return OK, host
	}
	resolved := w.symptom.Reached(result.PhaseTCP)
	if resolved {
		quietly(w, func() bool { lookAtOldAlias(w, host); return true })
		return OK, host
	}
	zone, records, verdict := follow(w, host)
	switch {
	case verdict != OK:
		return verdict, host
	case zone.ID == "":
		return Unclear, host + " lies in no hosted zone of the account"
	case zone.Private && !lookAtPrivateZone(w, zone, host):
		return Broken, host
	case len(records) == 0:
		w.broken(noRecord(w, zone, host))
		return Broken, host
	}
	return lookAtRecords(w, zone, records)
}

// lookAtOldAlias follows a name that resolves. Where nothing answers there it
// may still be that of a load balancer that was deleted.
func lookAtOldAlias(w *walk, host string) {
	zone, records, verdict := follow(w, host)
	if verdict == OK && zone.ID != "" && w.symptom.Class == result.TCPTimeout {
		lookAtRecords(w, zone, records)
	}
}

// maxAliases bounds how many names lead to each other.
const maxAliases = 5

// follow reads the records of a name, and those of the names that it leads to,
// until one is that of a load balancer. It returns the zone and records of the
// first name, without records if the zone has none.
func follow(w *walk, host string) (topology.Zone, []topology.Record, Verdict) {
	zone, records, verdict := recordsOf(w, host)
	next, seen := leadsTo(records), []string{host}
	for next != "" && !access.IsNameOfBalancer(next) && len(seen) < maxAliases && !slices.Contains(seen, next) {
		seen = append(seen, next)
		further := quietly(w, func() []topology.Record { _, r, _ := recordsOf(w, next); return r })
		to := leadsTo(further)
		if to == "" {
			break
		}
		next = to
	}
	w.route.name, w.route.sets = next, len(leadTo(records)) > 1
	return zone, records, verdict
}

// recordsOf reads the records of a name in the zone that answers for it. A
// zone without an id means that the account has none for it.
func recordsOf(w *walk, host string) (topology.Zone, []topology.Record, Verdict) {
	zones := get(w, w.facts.Zones, topology.Zones, host)
	switch {
	case zones.State == topology.Unknown:
		return topology.Zone{}, nil, Unclear
	case len(zones.Value) == 0:
		return topology.Zone{}, nil, OK
	}
	zone, ok := answering(w, zones.Value)
	if !ok {
		return topology.Zone{}, nil, Unclear
	}
	records := get(w, w.facts.Records, topology.Records, zone.ID, host)
	if records.State == topology.Unknown {
		return zone, nil, Unclear
	}
	return zone, records.Value, OK
}

// answering is the zone that a resolver asks: the longest name wins, and of
// two equal ones the private one, for those inside its network. Zones are
// sorted by length. Private zones of other networks do not count where there
// is anything else.
func answering(w *walk, zones []topology.Zone) (topology.Zone, bool) {
	if !slices.ContainsFunc(zones, func(z topology.Zone) bool { return z.Private }) {
		return zones[0], true
	}
	own := get(w, w.facts.OwnNetwork, topology.OwnNetwork, "")
	if public := slices.IndexFunc(zones, func(z topology.Zone) bool { return !z.Private }); own.State == topology.Unknown {
		if public < 0 {
			return topology.Zone{}, false
		}
		return zones[public], true // less sure: the gap says so
	}
	seen := func(z topology.Zone) bool {
		return !z.Private || own.State == topology.Known && slices.Contains(z.VPCs, own.Value.VPC)
	}
	best := -1
	for i, z := range zones {
		if seen(z) && (best < 0 || len(z.Name) == len(zones[best].Name) && z.Private) {
			best = i
		}
	}
	if best < 0 {
		return zones[0], true // nobody here sees it: that is what is wrong
	}
	return zones[best], true
}

// leadsTo is the name that records point to.
func leadsTo(records []topology.Record) string {
	idle := func(r topology.Record) bool { return r.Weight != nil && *r.Weight == 0 }
	some := slices.ContainsFunc(records, func(r topology.Record) bool { return r.Weight != nil && !idle(r) })
	for _, r := range records {
		if some && idle(r) {
			continue // nobody is sent there
		}
		if to := pointsTo(r); to != "" {
			return to
		}
	}
	return ""
}

// leadTo are the different names that records of one name lead to, but for those
// of weight 0.
func leadTo(records []topology.Record) []string {
	var all []string
	for _, r := range records {
		if to := pointsTo(r); to != "" && (r.Weight == nil || *r.Weight > 0) && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all
}

func pointsTo(r topology.Record) string {
	switch {
	case r.Alias != "":
		return strings.ToLower(r.Alias)
	case r.Type == "CNAME" && len(r.Values) > 0:
		return strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(r.Values[0], ".")), "dualstack.")
	}
	return ""
}

// zoneName is a zone as people find it.
func zoneName(z topology.Zone) string {
	if z.Private {
		return fmt.Sprintf("private zone %s (%s)", z.Name, z.ID)
	}
	return fmt.Sprintf("zone %s (%s)", z.Name, z.ID)
}
