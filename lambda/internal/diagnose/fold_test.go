package diagnose

import (
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// An endpoint that two causes fit is given to the one that explains more, though
// the other one is earlier on the way and first by name.
func TestTheWidestCauseComesFirst(t *testing.T) {
	s := sample()
	closedGroup(s)
	staleAddress(s)
	cut := cutShort("/api/v1/cut") // fits both: its limit hid the answer
	s.Slow.Put(cut.Endpoint.Key, topology.UnknownFact[topology.Answer](topology.Budget, "", ""))
	out := Diagnose(caseOf(s, cut, gateway504("/api/v1/a", time.Minute), gateway504("/api/v1/b", time.Minute)))
	f := only(t, out, DepStaleAddress, Cause)
	if len(causes(out)) != 1 || len(f.Explains) != 3 || len(f.Rivals) != 1 || f.Rivals[0].Code != NetTargetGroup {
		t.Errorf("%s", asJSON(out))
	}
	// And the other way round, where more of them took ten seconds.
	out = Diagnose(caseOf(s, cut, gateway504("/api/v1/a", 10*time.Second), gateway504("/api/v1/b", 10*time.Second)))
	if f := only(t, out, NetTargetGroup, Cause); len(causes(out)) != 1 || len(f.Explains) != 3 {
		t.Errorf("%s", asJSON(out))
	}
}

// Of those that explain as much, the first on the way is taken, then the first
// by name; each time of what is left to explain.
func TestTheOrderOfCauses(t *testing.T) {
	by := func(code Code, root string) fit { return fit{candidate{code: code, root: root, walk: &walk{}}, true} }
	network, address, other := by(NetTargetGroup, "z"), by(DepStaleAddress, "a"), by(DepStaleAddress, "b")
	for name, c := range map[string]struct {
		claims [][]fit
		want   []string
	}{
		"most":             {[][]fit{{network, address}, {address}}, []string{"DEP_STALE_IP/a"}},
		"first on the way": {[][]fit{{address, network}}, []string{"NET_TARGET_SG/z"}},
		"by name":          {[][]fit{{other, address}}, []string{"DEP_STALE_IP/a"}},
		"of what is left":  {[][]fit{{network}, {network, address}, {network, address}, {address, other}, {other}}, []string{"NET_TARGET_SG/z", "DEP_STALE_IP/b"}},
	} {
		var claims []claim
		open := map[int]bool{}
		for i, options := range c.claims {
			claims, open[i] = append(claims, claim{options: options}), true
		}
		var got []string
		for _, one := range cover(claims, open) {
			got = append(got, one.key)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
