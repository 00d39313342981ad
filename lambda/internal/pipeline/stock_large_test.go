package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// registry answers as AWS would that has much, by a call for each want, as long
// as there are calls.
type registry struct {
	has   *topology.Snapshot
	calls int
	asked map[topology.Want]int // by inventories that are over, too
}

func (r *registry) Calls() int { return r.calls }

func (r *registry) Read(_ context.Context, to *topology.Snapshot, wants []topology.Want) {
	for _, w := range wants {
		if r.calls == stockCalls {
			to.Fail(w, topology.Budget, "")
			continue
		}
		if w.Kind != topology.Services { // ten of them by a call
			r.calls++
		}
		r.asked[w]++
		if !to.Copy(r.has, w) {
			to.Missing(w, time.Time{})
		}
	}
}

// muchOf is an environment of 50 load balancers, 200 target groups and 100
// services.
func muchOf() *topology.Snapshot {
	s := &topology.Snapshot{Version: topology.SnapshotVersion}
	var balancers []topology.LoadBalancer
	var groups []topology.TargetGroup
	var names []string
	for i := range 50 {
		lb := topology.LoadBalancer{ARN: fmt.Sprintf("lb/%02d", i), Name: fmt.Sprintf("lb-%02d", i)}
		balancers = append(balancers, lb)
		var listeners []topology.Listener
		for _, port := range []int{80, 443} {
			l := topology.Listener{ARN: fmt.Sprintf("%s/%d", lb.ARN, port), LoadBalancer: lb.ARN, Port: port, Protocol: "HTTP"}
			listeners = append(listeners, l)
			s.Rules.Put(l.ARN, topology.KnownFact([]topology.Rule{{Default: true, Actions: []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: 404}}}}}, "", time.Time{}))
		}
		s.Listeners.Put(lb.ARN, topology.KnownFact(listeners, "", time.Time{}))
		for k := range 4 {
			g := topology.TargetGroup{ARN: fmt.Sprintf("tg/%02d/%d", i, k), Name: fmt.Sprintf("tg-%02d-%d", i, k), LoadBalancers: []string{lb.ARN}}
			groups = append(groups, g)
			s.TargetHealth.Put(g.ARN, topology.KnownFact([]topology.Target{}, "", time.Time{}))
		}
	}
	for i := range 100 {
		name := fmt.Sprintf("s-%02d", i)
		names = append(names, name)
		s.Services.Put("dev|"+name, topology.KnownFact(topology.Service{Name: name, Cluster: "dev", TaskDefinition: "td/" + name}, "", time.Time{}))
		s.TaskDefinitions.Put("td/"+name, topology.KnownFact(topology.TaskDefinition{ARN: "td/" + name}, "", time.Time{}))
	}
	s.LoadBalancers.Put("", topology.KnownFact(balancers, "", time.Time{}))
	s.TargetGroups.Put("", topology.KnownFact(groups, "", time.Time{}))
	s.ServiceNames.Put("dev", topology.KnownFact(names, "", time.Time{}))
	s.DiscoveryServices.Put("", topology.KnownFact([]topology.DiscoveryService{}, "", time.Time{}))
	return s
}

// Where there is more than one inventory may ask for, the next goes on where it
// was cut: after a few everything was read as often as anything else, what
// changed is told with the time at which it was still as before, and nothing is
// called gone, or no longer wrong, because it was not read.
func TestALargeInventoryGoesOn(t *testing.T) {
	has, asked, now := muchOf(), map[topology.Want]int{}, time.Now().UTC().Round(time.Hour)
	wrong := map[string]bool{} // listeners with a fault that nobody notices
	p := New(Pipeline{
		Config: load(t, "environment: test\naws: {clusters: [dev]}\nendpoints: [{name: a, url: \"tcp://127.0.0.1:1\", conditions: [\"[CONNECTED] == true\"]}]\n"), Store: filestate.Open(filepath.Join(t.TempDir(), "state.json")), Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: func() time.Time { return now },
		Facts: func(int) FactReader { return &registry{has: has, asked: asked} },
		Latent: func(in diagnose.Input) (found []diagnose.Finding) {
			for arn := range wrong {
				if in.Facts.Rules.Of(arn).State == topology.Known {
					found = append(found, diagnose.Finding{Code: diagnose.MatcherHides, Key: "TG_MATCHER/" + arn, Role: diagnose.Latent})
				}
			}
			return found
		},
	})
	var state incident.State
	hour := func() (diagnose.Inventory, incident.State) {
		now = now.Add(time.Hour)
		if err := p.takeStock(t.Context(), report.Run{ID: "r"}, state); err != nil {
			t.Fatal(err)
		}
		kept, err := p.lastStock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if state, _, err = p.Store.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		return kept, state
	}
	wrong["lb/20/443"] = true
	first, _ := hour()
	if first.Next == "" || first.Scopes["rules of lb-49:443"] != nil || first.Scopes["rules of lb-20:443"] == nil {
		t.Fatalf("all was read by %d calls: %s", stockCalls, first.Next)
	}
	has.Rules.Put("lb/20/443", topology.KnownFact([]topology.Rule{{Default: true, Actions: []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: 503}}}}}, "", time.Time{}))
	second, after := hour()
	if len(second.Changes) != 0 || second.Scopes["rules of lb-20:443"] == nil || !second.Read["rules of lb-20:443"].Equal(first.At) {
		t.Errorf("the second has %+v, read at %v", second.Changes, second.Read["rules of lb-20:443"])
	}
	if len(after.Latents.Found) != 1 {
		t.Errorf("what was not read is no longer wrong: %+v", after.Latents)
	}
	third, _ := hour()
	if len(third.Changes) != 1 || !third.Changes[0].From.Equal(first.At) || !third.Changes[0].To.Equal(third.At) || !strings.Contains(third.Changes[0].What, "rules of lb-20:443: default was") {
		t.Errorf("the third has %+v", third.Changes)
	}
	for range 7 {
		hour()
	}
	times := map[int]int{}
	for _, n := range asked {
		times[n]++
	}
	least := slices.Min(slices.Collect(maps.Keys(times)))
	if kept, _ := p.lastStock(t.Context()); len(kept.Scopes) < 4+50+100+2*100 || len(kept.Changes) != 1 || least < 3 {
		t.Errorf("%d scopes, changes %+v, things by how often they were read: %v", len(kept.Scopes), kept.Changes, times)
	}
}
