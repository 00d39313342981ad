package pipeline

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// beat lets time pass and runs as a schedule does.
func (s *theatre) beat(t *testing.T, after time.Duration) report.Run {
	t.Helper()
	s.mu.Lock()
	s.now = s.now.Add(after)
	s.mu.Unlock()
	run, err := s.Handle(t.Context(), trigger.Event{Kind: trigger.Tick, Time: s.clock()})
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
	return run
}

// An inventory is taken once an hour, in a run that has nothing else to do;
// what it saw change before a failure stands in that failure's report, and what
// nobody notices in the daily summary.
func TestInventory(t *testing.T) {
	gone := false
	s := openTheatre(t, "d11-no-rule", "health", 2, fine, func(body string) string {
		if gone {
			body = strings.ReplaceAll(body, "<Priority>10</Priority>", "<Priority>11</Priority>")
		}
		return body
	})
	s.now = s.now.Add(-66 * time.Minute) // so that the failure is now, as probes have it
	s.Latent = func(in diagnose.Input) []diagnose.Finding {
		if len(in.Symptoms) != 1 || in.Facts == nil || in.Facts.LoadBalancers.Of("").Pending() {
			t.Errorf("latent findings are looked for in %+v", in)
		}
		return []diagnose.Finding{{Code: diagnose.DepStaleAddress, Key: "DEP_STALE_IP/x", Role: diagnose.Latent, Sentence: "A literal address is set.", Actions: []diagnose.Action{{Do: "set the name"}}}}
	}
	s.beat(t, time.Minute)
	first := s.calls()
	if first == 0 || first > stockCalls {
		t.Fatalf("the first inventory made %d calls", first)
	}
	for range 3 {
		s.beat(t, time.Minute)
	}
	if n := s.calls(); n != first {
		t.Errorf("%d calls within the hour", n-first)
	}
	s.tick(t)
	if n := s.calls(); n != first {
		t.Error("a run by hand takes an inventory")
	}
	if l := s.state(t).Latents; len(l.Found) != 1 || l.Found[0].Do != "set the name" {
		t.Errorf("latent: %+v", l)
	}
	gone = true
	s.beat(t, time.Hour)
	second := s.calls()
	if second == first {
		t.Fatal("no inventory after an hour")
	}
	kept, err := s.lastStock(t.Context())
	if err != nil || len(kept.Changes) != 2 || !strings.Contains(kept.Changes[0].What, "rules of main:443: 11 is new") {
		t.Fatalf("%+v, %v\n%s", kept.Changes, err, s.log)
	}
	s.edge.set(byRule)
	run := s.beat(t, time.Minute)
	if run.Diagnosis == nil || len(run.Diagnosis.Changes) != 2 || run.Diagnosis.Changes[0].Source != "inventory" {
		t.Errorf("the report has %+v", run.Diagnosis)
	}
}

// A panic over what AWS answers ends neither the run nor the inventory to come.
func TestAnInventoryThatFails(t *testing.T) {
	s := openTheatre(t, "d11-no-rule", "health", 2, fine, nil)
	s.Latent = func(diagnose.Input) []diagnose.Finding { panic("a fact that nobody expected") }
	s.beat(t, time.Minute)
	if !strings.Contains(s.log.String(), "a fact that nobody expected") {
		t.Errorf("nothing is logged: %s", s.log)
	}
	calls := s.calls()
	s.beat(t, time.Minute)
	if s.calls() != calls {
		t.Error("it is tried again at once")
	}
}
