package diagnose

import (
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// fixed are causes of the last diagnosis that are gone, once nothing is wanted
// any more. What could not be looked at never is: each endpoint that the cause
// explained must be good now, or its way walked past the hop of the cause with
// nothing left out before it. That is not enough for a cause that was found while
// something could not be read: it may have been the one that is found now.
func fixed(in Input, now []Finding, walks []*walk) []Finding {
	gone := []Finding{}
	for _, f := range in.Previous {
		_, known := ModeOf(f.Code)
		if len(f.Explains) == 0 && len(gapsOf(walks)) > 0 {
			continue
		}
		there := slices.ContainsFunc(now, func(n Finding) bool { return n.Key == f.Key })
		if f.Role == Cause && known && !there && !slices.ContainsFunc(f.Explains, func(key string) bool {
			return f.vague() && failsOn(walks, key) || !in.lookedAt(key, f.last(), walks)
		}) {
			gone = append(gone, f)
		}
	}
	return gone
}

// vague: with more facts it may turn out to be something else.
func (f *Finding) vague() bool { return f.Short || len(f.Gaps) > 0 || len(f.Rivals) > 0 }

// last is the hop up to which a way must have been walked to see a finding.
func (f *Finding) last() Hop {
	mode, _ := ModeOf(f.Code)
	if f.Behind || mode.Hop == HopProbe { // what the probe does is looked at last
		return HopDependency
	}
	return mode.Hop
}

// failsOn reports whether the way of an endpoint was walked.
func failsOn(walks []*walk, key string) bool {
	return slices.ContainsFunc(walks, func(w *walk) bool { return w.symptom.Endpoint.Key == key })
}

// lookedAt reports whether a fault at a hop would have been seen: the endpoint
// is good, or its way was read up to there with every hint, some of which are
// all that leads to a cause. Of one that nothing is known of now, nothing is.
func (in Input) lookedAt(key string, hop Hop, walks []*walk) bool {
	i := slices.IndexFunc(walks, func(w *walk) bool { return w.symptom.Endpoint.Key == key })
	if i < 0 {
		at := slices.IndexFunc(in.Symptoms, func(s Symptom) bool { return s.Endpoint.Key == key })
		return at >= 0 && in.Symptoms[at].Healthy
	}
	w := walks[i]
	passed := slices.ContainsFunc(w.trace, func(s Station) bool { return s.Hop >= hop && s.Verdict != Unclear })
	return passed && !w.leftOut(hop)
}

// leftOut reports whether something was not read that may hide a fault at a hop.
// By its task definition a fault of what the service calls is found at any hop.
func (w *walk) leftOut(hop Hop) bool {
	before := func(g Gap) bool { return g.Hop <= hop || g.Want.Kind == topology.TaskDefinitions }
	hides := slices.Concat(w.unhinted(), slices.DeleteFunc(slices.Clone(w.gaps), func(g Gap) bool { return !before(g) }))
	return slices.ContainsFunc(hides, func(g Gap) bool { return !besides(g, hop) })
}

// besides: who owns an address says nothing about what happens in a service.
func besides(g Gap, hop Hop) bool {
	return hop == HopService && (g.Want.Kind == topology.InterfacesByAddress || g.Want.Kind == topology.Interfaces)
}
