package diagnose

import (
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// maxSearched bounds how many load balancers are searched for a rule: beyond
// that the search would cost more calls than the proposal is worth.
const maxSearched = 8

// balancersFor are the load balancers that have a rule for a host by name, or
// the one that the configuration names. All that it reads are hints.
func balancersFor(w *walk, host string, private bool) []topology.LoadBalancer {
	all := hint(w, w.facts.LoadBalancers, topology.LoadBalancers, "").Value
	wanted := w.symptom.Endpoint.RunsOn.Balancer
	var found, searched []topology.LoadBalancer
	for _, lb := range all {
		switch {
		case wanted != "" && lb.Name == wanted:
			return []topology.LoadBalancer{lb}
		case (lb.Type == "" || lb.Type == "application") && (private || lb.Scheme != "internal"):
			searched = append(searched, lb)
		}
	}
	if len(searched) > maxSearched {
		return nil
	}
	for _, lb := range searched {
		if len(rulesFor(w, lb, host)) > 0 {
			found = append(found, lb)
		}
	}
	return found
}

// ruleAt is a rule with where it is.
type ruleAt struct {
	balancer topology.LoadBalancer
	listener topology.Listener
	rule     topology.Rule
}

// rulesFor are the rules of a load balancer that name a host.
func rulesFor(w *walk, lb topology.LoadBalancer, host string) []ruleAt {
	var found []ruleAt
	for _, l := range hint(w, w.facts.Listeners, topology.Listeners, lb.ARN).Value {
		for _, r := range hint(w, w.facts.Rules, topology.Rules, l.ARN).Value {
			if namesHost(r, host) {
				found = append(found, ruleAt{lb, l, r})
			}
		}
	}
	return found
}

// namesHost: the rule has a condition for the host, and not for any host.
func namesHost(r topology.Rule, host string) bool {
	return slices.ContainsFunc(r.Conditions, func(c topology.Condition) bool {
		return c.Field == "host-header" && holds(c, request{host: host}) && !slices.Contains(c.Values, "*")
	})
}

func balancerNames(all []topology.LoadBalancer) []string {
	var names []string
	for _, lb := range all {
		names = append(names, lb.Name)
	}
	return names
}

// firstLabel is the part of a name before the first dot.
func firstLabel(host string) string {
	label, _, _ := strings.Cut(strings.ToLower(host), ".")
	return label
}
