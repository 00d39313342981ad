package diagnose

import (
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtName finds out what the endpoint's name leads to. Where the request
// got past DNS, the records only say which load balancer answers.
func lookAtName(w *walk) (Verdict, string) {
	host := strings.ToLower(w.symptom.Endpoint.Host)
	if strings.HasSuffix(host, ".elb.amazonaws.com") {
		w.route.name = host
		return OK, host
	}
	resolved := w.symptom.Reached(result.PhaseTCP)
	records := w.records(host, resolved)
	for _, r := range records.Value {
		if r.Alias != "" {
			w.route.name = r.Alias
		} else if r.Type == "CNAME" && len(r.Values) > 0 {
			w.route.name = r.Values[0]
		}
	}
	switch {
	case resolved:
		return OK, host
	case records.State == topology.Unknown:
		return Unclear, host
	}
	return Broken, host
}

// records reads those of a name. They are needed where the name does not
// resolve; otherwise they are but one way to find the load balancer.
func (w *walk) records(host string, resolved bool) topology.Fact[[]topology.Record] {
	if resolved {
		zones := hint(w, w.facts.Zones, topology.Zones, host)
		if len(zones.Value) == 0 {
			return topology.Fact[[]topology.Record]{Status: zones.Status}
		}
		return hint(w, w.facts.Records, topology.Records, zones.Value[0].ID, host)
	}
	zones := get(w, w.facts.Zones, topology.Zones, host)
	if len(zones.Value) == 0 {
		return topology.Fact[[]topology.Record]{Status: zones.Status}
	}
	return get(w, w.facts.Records, topology.Records, zones.Value[0].ID, host)
}
