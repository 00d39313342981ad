package diagnose

import (
	"cmp"
	"maps"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Lot is what an inventory reads together or not at all, as conclusions rest on
// all of it: what belongs to one load balancer, or to one other thing.
type Lot struct {
	Name  string
	Wants []topology.Want
}

// inLots are the kinds that take a call for each thing that there is: in a large
// environment they are more than one inventory may make.
var inLots = []topology.Kind{topology.Rules, topology.ListenerCertificates, topology.TargetHealth, topology.TaskDefinitions, topology.Records, topology.Certificates}

// Plan takes the wants of a stock apart: what comes first, as it takes few calls
// or leads to more, and the lots, from the one with a name on, each after the
// other and around.
func (k Stock) Plan(s *topology.Snapshot, from string) (first []topology.Want, lots []Lot) {
	owners := ownersIn(s)
	of := map[string][]topology.Want{}
	for _, want := range k.Wants(s) {
		if !slices.Contains(inLots, want.Kind) {
			first = append(first, want)
			continue
		}
		name := cmp.Or(owners[want.Key], string(want.Kind)+" "+want.Key)
		of[name] = append(of[name], want)
	}
	names := slices.Sorted(maps.Keys(of))
	at, _ := slices.BinarySearch(names, from)
	for _, name := range slices.Concat(names[at:], names[:at]) {
		lots = append(lots, Lot{name, of[name]})
	}
	return first, lots
}

// ownersIn is the load balancer of each listener and target group, by ARNs.
func ownersIn(s *topology.Snapshot) map[string]string {
	owners := map[string]string{}
	for balancer, fact := range s.Listeners {
		for _, l := range fact.Value {
			owners[l.ARN] = balancer
		}
	}
	for _, g := range s.TargetGroups.Of("").Value {
		if len(g.LoadBalancers) > 0 {
			owners[g.ARN] = g.LoadBalancers[0]
		}
	}
	return owners
}
