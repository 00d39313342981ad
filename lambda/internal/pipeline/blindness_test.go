package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// sighted is a reader to which AWS answers that there is nothing.
type sighted struct{ calls int }

func (r *sighted) Read(_ context.Context, to *topology.Snapshot, wants []topology.Want) {
	r.calls += len(wants)
	for _, want := range wants {
		to.Missing(want, time.Now())
	}
}

func (r *sighted) Calls() int { return r.calls }

// That nothing can be read from AWS stands in the daily summary until something
// can.
func TestBlindness(t *testing.T) {
	s := newSite(t)
	cfg := load(t, fmt.Sprintf(lifeConfig, s.URL))
	synctest.Test(t, func(t *testing.T) {
		c := newChecker(cfg, filestate.Open(filepath.Join(t.TempDir(), "s.json")))
		for hour, reader := range []FactReader{&unread{}, &unread{}, &sighted{}, &sighted{}} {
			c.Pipeline.Facts = func(int) FactReader { return reader }
			if err := c.tick(t, time.Minute); err != nil {
				t.Error(err)
			}
			state, _, err := c.Store.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, denied := reader.(*unread)
			if found := state.Latents.Found; denied != (len(found) == 1 && found[0].Key == blindKey) || !denied && len(found) > 0 {
				t.Errorf("hour %d: %+v", hour, found)
			}
			time.Sleep(time.Hour)
		}
	})
}

// Only what was asked for and told nothing at all is blindness, and the calls
// are named.
func TestBlindnessNeedsAll(t *testing.T) {
	balancers, groups := topology.Want{Kind: topology.LoadBalancers}, topology.Want{Kind: topology.TargetGroups}
	for name, tt := range map[string]struct {
		fill func(*topology.Snapshot)
		want string
	}{
		"not asked": {func(*topology.Snapshot) {}, ""},
		"denied": {func(s *topology.Snapshot) {
			s.Fail(balancers, topology.Denied, "")
			s.Fail(groups, topology.TimedOut, "")
		},
			"The last inventory could read nothing: elasticloadbalancing:DescribeLoadBalancers (denied), elasticloadbalancing:DescribeTargetGroups (timeout). When something fails its cause will not be found."},
		"one answered":  {func(s *topology.Snapshot) { s.Fail(balancers, topology.Denied, ""); s.Missing(groups, time.Now()) }, ""},
		"one not asked": {func(s *topology.Snapshot) { s.Fail(balancers, topology.Denied, "") }, ""},
		"no time": {func(s *topology.Snapshot) {
			s.Fail(balancers, topology.Budget, "")
			s.Fail(groups, topology.Budget, "")
		}, ""},
	} {
		facts := &topology.Snapshot{}
		tt.fill(facts)
		got, blind := blindness(facts, []topology.Want{balancers, groups})
		if got.Sentence != tt.want || blind != (tt.want != "") {
			t.Errorf("%s: %v %q", name, blind, got.Sentence)
		}
	}
	if _, blind := blindness(&topology.Snapshot{}, nil); blind {
		t.Error("blind without a question")
	}
}
