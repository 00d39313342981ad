package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// A clock that went back undoes nothing, and what happens is told.
func TestClockGoesBack(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		var back time.Duration
		c.Now = func() time.Time { return time.Now().Add(-back) }
		var log bytes.Buffer
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		for _, step := range []struct {
			back time.Duration
			how  string
		}{{0, good}, {0, broken}, {10 * time.Minute, broken}, {3 * time.Hour, good}, {3 * time.Hour, good}} {
			back = step.back
			s.bad.Store(step.how)
			if err := c.tick(t, time.Minute); err != nil {
				t.Error(err)
			}
			environment(t, c.metrics.taken(t))
			time.Sleep(time.Minute)
		}
		if got := c.out.kinds(t); !slices.Equal(got, []string{"opened"}) {
			t.Errorf("people heard %v", got)
		}
		// Nothing waits until the clock has caught up, and the log names the two
		// times that it was set back.
		for range 7 {
			time.Sleep(time.Minute)
			if err := c.tick(t, time.Minute); err != nil {
				t.Error(err)
			}
		}
		if got := c.out.kinds(t); !slices.Equal(got, []string{"opened", "resolved"}) {
			t.Errorf("people heard %v", got)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 2 || !strings.Contains(log.String(), "a clock was wrong") {
			t.Errorf("%d warnings in\n%s", n, log.String())
		}
	})
}

// A probe that panics says nothing of its endpoint, and stops nothing.
func TestPanickingProbe(t *testing.T) {
	s := newSite(t)
	cfg := load(t, fmt.Sprintf(lifeConfig, s.URL))
	cfg.Checks[0].Conditions = nil
	cfg.Checks[0].HTTP = nil // which no configuration can be
	synctest.Test(t, func(t *testing.T) {
		c := newChecker(cfg, filestate.Open(filepath.Join(t.TempDir(), "state.json")))
		for range 3 {
			if err := c.tick(t, time.Minute); err != nil {
				t.Error(err)
			}
			taken := c.metrics.taken(t)
			if taken[0]["class"] != string(result.ProbeInternal) || taken[1]["state"] != "healthy" || environment(t, taken)["Unhealthy"] != 0.0 {
				t.Errorf("metrics %v", taken)
			}
			time.Sleep(time.Minute)
		}
		if len(c.out.sent) != 0 {
			t.Errorf("people heard %v", c.out.kinds(t))
		}
	})
}

// Events of ECS want to know the state before they probe, but not for long.
func TestEventDoesNotWaitForTheTable(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		c.store.set(hang, nil)
		began := time.Now()
		var asked time.Duration
		c.Prober = probe.New(probe.Options{Progress: func(int, int) { asked = time.Since(began) }})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := c.Handle(ctx, trigger.Event{Kind: trigger.TaskStopped, ID: "e-1", Service: trigger.Service{Cluster: "prod", Name: "shop"}})
		if err == nil || s.asked.Load() != 1 || asked > 4*time.Second {
			t.Errorf("asked %d times, after %v, error %v", s.asked.Load(), asked, err)
		}
	})
}

// Controls that had no time to answer say nothing: the outage is told as one.
func TestControlsWithoutTime(t *testing.T) {
	closed := nettest.Refused(t)
	c := newChecker(load(t, "endpoints: [{name: a, url: \"tcp://127.0.0.1:1\", conditions: [\"[CONNECTED] == true\"]}]"), nil)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx      context.Context
		controls []string
		want     incident.Controls
	}{
		{t.Context(), []string{closed, newSite(t).Listener.Addr().String()}, incident.Answered},
		{t.Context(), []string{closed}, incident.Silent},
		{t.Context(), nil, incident.NotAsked},
		{over, []string{closed}, incident.NotAsked},
	} {
		c.Controls = tt.controls
		if got := c.askControls(tt.ctx); got != tt.want {
			t.Errorf("controls %v say %v, want %v", tt.controls, got, tt.want)
		}
	}
}

// ECS is asked about all overdue deployments at once, and not for long.
func TestRolloutsTakeLittleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChecker(load(t, "endpoints: [{name: a, url: \"tcp://127.0.0.1:1\", conditions: [\"[CONNECTED] == true\"]}]"), nil)
		c.Rollouts = rolloutFunc(func(ctx context.Context, cluster, service string) (string, error) {
			if service == "hangs" {
				return "", hang(ctx)
			}
			time.Sleep(time.Second)
			return cluster, nil
		})
		began := time.Now()
		got := c.askRollouts(t.Context(), []string{"a/hangs", "b/x", "c/hangs", "d/y"})
		if len(got) != 2 || got["b/x"] != "b" || got["d/y"] != "d" || time.Since(began) != rolloutTime {
			t.Errorf("%v after %v", got, time.Since(began))
		}
	})
}

type rolloutFunc func(ctx context.Context, cluster, service string) (string, error)

func (f rolloutFunc) Rollout(ctx context.Context, cluster, service string) (string, error) {
	return f(ctx, cluster, service)
}
