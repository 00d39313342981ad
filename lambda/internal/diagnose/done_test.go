package diagnose

import (
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestHolds(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	facts := &topology.Snapshot{}
	targets := func(states ...string) (all []topology.Target) {
		for _, s := range states {
			all = append(all, topology.Target{State: s})
		}
		return all
	}
	facts.TargetHealth.Put("good", topology.KnownFact(targets("healthy", "healthy"), "a", now))
	facts.TargetHealth.Put("half", topology.KnownFact(targets("healthy", "unhealthy"), "a", now))
	facts.TargetHealth.Put("empty", topology.KnownFact(targets(), "a", now))
	facts.Fail(topology.Want{Kind: topology.TargetHealth, Key: "denied"}, topology.Denied, "")
	facts.DiscoveryInstances.Put("srv-1", topology.KnownFact([]topology.DiscoveryInstance{{ID: "i"}}, "a", now))
	facts.DiscoveryInstances.Put("srv-0", topology.KnownFact([]topology.DiscoveryInstance{}, "a", now))
	broken := Output{Findings: []Finding{{Key: "X/y", Role: Cause}}}
	for text, want := range map[string]bool{
		"finding_gone X/z": true, "finding_gone X/y": false,
		"targets_healthy good": true, "targets_healthy half": false, "targets_healthy empty": false, "targets_healthy denied": false, "targets_healthy other": false,
		"has_instances srv-1": true, "has_instances srv-0": false, "has_instances other": false,
	} {
		test, ok := ReadTest(text)
		if !ok {
			t.Fatalf("%q is no test", text)
		}
		if got := test.Holds(broken, facts); got != want {
			t.Errorf("%s holds: %t, want %t", text, got, want)
		}
	}
	gone, _ := ReadTest("finding_gone X/z")
	if gone.Holds(Output{Gaps: []Gap{{}}}, facts) {
		t.Error("a finding is called gone although something could not be read")
	}
	for _, text := range []string{"", "finding_gone", "other X"} {
		if _, ok := ReadTest(text); ok {
			t.Errorf("%q is taken for a test", text)
		}
	}
}
