package diagnose

import (
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// ReadTest reads a test in its written form, KIND and KEY; false if it is none.
func ReadTest(text string) (Test, bool) {
	kind, key, ok := strings.Cut(text, " ")
	t := Test{TestKind(kind), key}
	return t, ok && slices.Contains([]TestKind{FindingGone, TargetsHealthy, HasInstances}, t.Kind)
}

// Want is the fact that a test needs; false if it needs none.
func (t Test) Want() (topology.Want, bool) {
	switch t.Kind {
	case TargetsHealthy:
		return topology.Want{Kind: topology.TargetHealth, Key: t.Key}, true
	case HasInstances:
		return topology.Want{Kind: topology.DiscoveryInstances, Key: t.Key}, true
	}
	return topology.Want{}, false
}

// Holds reports whether a diagnosis shows that an action was done. What could
// not be read shows nothing.
func (t Test) Holds(out Output, facts *topology.Snapshot) bool {
	switch t.Kind {
	case FindingGone:
		return len(out.Gaps) == 0 && !out.blind() && !slices.ContainsFunc(out.Findings, func(f Finding) bool { return f.Key == t.Key })
	case TargetsHealthy:
		targets, ok := facts.TargetHealth.Of(t.Key).Get()
		return ok && len(targets) > 0 && !slices.ContainsFunc(targets, func(g topology.Target) bool { return g.State != "healthy" })
	case HasInstances:
		instances, ok := facts.DiscoveryInstances.Of(t.Key).Get()
		return ok && len(instances) > 0
	}
	return false
}

// blind: the checker has no network, so that nothing is found says nothing.
func (o Output) blind() bool {
	return slices.ContainsFunc(o.Findings, func(f Finding) bool { return f.Code == SelfNoEgress })
}
