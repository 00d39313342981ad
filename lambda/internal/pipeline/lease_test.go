package pipeline

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// That the inventory is being taken is saved although nothing else changed: a
// healthy function takes it once an hour, whether or not something is made of
// it.
func TestInventoryOnceAnHour(t *testing.T) {
	for name, latent := range map[string]func(diagnose.Input) []diagnose.Finding{
		"kept": nil, "judged": func(diagnose.Input) []diagnose.Finding { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			cfg := load(t, fmt.Sprintf(lifeConfig, s.URL))
			synctest.Test(t, func(t *testing.T) {
				c := newChecker(cfg, filestate.Open(filepath.Join(t.TempDir(), "s.json")))
				var at []int
				minute := 0
				c.Pipeline.Latent = latent
				c.Pipeline.Facts = func(calls int) FactReader {
					if calls == stockCalls {
						at = append(at, minute)
					}
					return &unread{}
				}
				for minute = range 180 {
					if err := c.tick(t, time.Minute); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Minute)
				}
				if want := []int{0, 60, 120}; !slices.Equal(at, want) {
					t.Errorf("taken in minutes %v, want %v", at, want)
				}
			})
		})
	}
}

// heldReader answers when it may.
type heldReader struct {
	unread
	free <-chan struct{}
}

func (h *heldReader) Read(ctx context.Context, to *topology.Snapshot, wants []topology.Want) {
	select {
	case <-h.free:
	case <-ctx.Done():
	}
	h.unread.Read(ctx, to, wants)
}

// That a run makes a diagnosis is saved although nothing else changed: of eight
// at a time one makes it, and the others have ended before it has.
func TestOneOfOverlappingRunsDiagnoses(t *testing.T) {
	const runs = 8
	s := newSite(t)
	c := newChecker(load(t, fmt.Sprintf(faultConfig, s.URL)), filestate.Open(filepath.Join(t.TempDir(), "s.json")))
	now := time.Now()
	c.Pipeline.Now = func() time.Time { return now }
	c.Pipeline.Facts = func(int) FactReader { return &unread{} }
	s.bad.Store(broken)
	for range 40 { // until nothing changes any more but the time
		if err := c.tick(t, 2*time.Minute); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	c.becomesDue(t, &now)
	var made atomic.Int64
	free, second := make(chan struct{}), make(chan struct{})
	c.Pipeline.Facts = func(int) FactReader {
		if made.Add(1) == 2 {
			close(second)
		}
		return &heldReader{free: free}
	}
	ended := make(chan error, runs)
	for range runs {
		go func() {
			_, err := c.Handle(t.Context(), trigger.Event{Kind: trigger.Tick, ID: "same", Time: now})
			ended <- err
		}()
	}
	for n := range runs {
		if n == runs-1 {
			close(free)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-second:
			if n < runs-1 {
				close(free)
			}
			t.Fatalf("%d diagnoses at a time", made.Load())
		}
	}
	if n := made.Load(); n != 1 {
		t.Errorf("%d diagnoses", n)
	}
}

// becomesDue lets the next diagnosis be due, and nothing else: the inventory was
// just taken, and the state saved a minute ago.
func (c *checker) becomesDue(t *testing.T, now *time.Time) {
	t.Helper()
	state, revision, err := c.Store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	*now = state.Diagnosed.At.Add(5*time.Minute + time.Second)
	state.Updated, state.Diagnosed.Stocked = now.Add(-time.Minute), *now
	if !c.rules().DiagnosisDue(state, *now) {
		t.Fatal("no diagnosis is due")
	}
	if _, err := c.Store.Save(t.Context(), state, revision); err != nil {
		t.Fatal(err)
	}
}

// The controls are asked for as long as the checker is taken to be blind, also
// when what fails does not look like that.
func TestControlsAreAskedWhileBlind(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := newSite(t)
	c := newChecker(load(t, fmt.Sprintf(lifeConfig, s.URL)), filestate.Open(filepath.Join(t.TempDir(), "s.json")))
	c.Pipeline.Controls = []string{listener.Addr().String()}
	for blind, want := range map[bool]incident.Controls{false: incident.NotAsked, true: incident.Answered} {
		if got := c.suspect(t.Context(), nil, blind); got != want {
			t.Errorf("blind %v: controls %v, want %v", blind, got, want)
		}
	}
}

// A diagnosis asks the controls where the checker may be what fails, however
// few its endpoints are.
func TestADiagnosisDoubtsTheChecker(t *testing.T) {
	gone := nettest.Refused(t)
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	lost := diagnose.Symptom{Endpoint: diagnose.Endpoint{Key: "api/a"}, Class: result.TCPTimeout, Phase: result.PhaseTCP, Address: "192.0.2.7:443"}
	good := diagnose.Symptom{Healthy: true, Address: "192.0.2.8:443"}
	refused := lost
	refused.Class = result.TCPRefused
	for name, c := range map[string]struct {
		control  string
		symptoms []diagnose.Symptom
		want     diagnose.Controls
	}{
		"silent":   {gone, []diagnose.Symptom{lost}, diagnose.Silent},
		"answered": {open.Addr().String(), []diagnose.Symptom{lost}, diagnose.Answered},
		"no need":  {gone, []diagnose.Symptom{lost, good}, diagnose.NotAsked},
		"refused":  {gone, []diagnose.Symptom{refused}, diagnose.NotAsked},
	} {
		checker := newChecker(load(t, fmt.Sprintf(lifeConfig, "http://127.0.0.1")), nil)
		checker.Pipeline.Controls = []string{c.control}
		if got := checker.doubt(t.Context(), nil, diagnose.Input{Symptoms: c.symptoms}); got != (diagnose.Doubt{Controls: c.want}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
