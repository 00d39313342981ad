package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// faultConfig has one endpoint that opens an incident when it fails once.
const faultConfig = `
environment: faults
aws: {region: us-east-1, clusters: [prod]}
summary: {every: never}
endpoints:
  - name: api
    url: "%s/api"
    severity: critical
    runs-on: {service: shop}
    alerts: [{type: sns, failure-threshold: 1, success-threshold: 1}]
    conditions: ["[STATUS] == 200"]
`

// trouble runs a test in a bubble, with a checker over a state file.
func trouble(t *testing.T, test func(t *testing.T, c *checker, s *site, state string)) {
	s := newSite(t)
	cfg := load(t, fmt.Sprintf(faultConfig, s.URL))
	state := filepath.Join(t.TempDir(), "state.json")
	synctest.Test(t, func(t *testing.T) { test(t, newChecker(cfg, filestate.Open(state)), s, state) })
}

var errThrottled = errors.New("the table takes no more requests at the moment")

func refuse(context.Context) error { return errThrottled }

// Whatever the table does, endpoints are probed at once and metrics come out in
// time. What could not be decided is decided by the next run.
func TestTableInTrouble(t *testing.T) {
	slow := func(ctx context.Context) error {
		select {
		case <-time.After(4 * time.Second):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	conflict := func(context.Context) error { return fmt.Errorf("%w: by a test", incident.ErrConflict) }
	for name, tt := range map[string]struct {
		load, save func(context.Context) error
		left       time.Duration
		decided    bool
		says       string
	}{
		"read throttled":      {load: refuse, left: time.Minute, says: "nothing was decided: the table takes no more"},
		"read hangs":          {load: hang, left: time.Minute, says: "no answer"},
		"read hangs, late":    {load: hang, left: 11 * time.Second, says: "no answer"},
		"read hangs, no time": {load: hang, left: 3 * time.Second, says: "no answer"},
		"read slow":           {load: slow, left: time.Minute, decided: true},
		"write throttled":     {save: refuse, left: time.Minute, says: "nobody was told: the table takes no more"},
		"write hangs":         {save: hang, left: time.Minute, says: "no answer"},
		"write hangs, late":   {save: hang, left: 3 * time.Second, says: "no answer"},
		"write slow":          {save: slow, left: time.Minute, decided: true},
		"conflicts":           {save: conflict, left: time.Minute, says: "changed by other runs 24 times in a row"},
		"conflicts, no time":  {save: conflict, left: time.Second, says: "after a conflict"},
		"nearly spent":        {left: 11 * time.Second, decided: true},
		"all but spent":       {left: 3 * time.Second, decided: true},
	} {
		t.Run(name, func(t *testing.T) {
			trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
				s.bad.Store(broken)
				c.store.set(tt.load, tt.save)
				began := time.Now()
				err := c.tick(t, tt.left)
				if tt.decided != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that says %q", err, tt.says)
				}
				if took := time.Since(began); took >= tt.left {
					t.Errorf("it took %v of %v", took, tt.left)
				}
				if s.asked.Load() != 1 {
					t.Errorf("the endpoint was asked %d times", s.asked.Load())
				}
				taken := c.metrics.taken(t)
				line := environment(t, taken)
				if _, known := line["OpenIncidents"]; known != tt.decided || line["Unhealthy"] != 1.0 || line["Heartbeat"] != 1.0 {
					t.Errorf("metrics %v", line)
				}
				if taken[0]["Endpoint"] != "api" || taken[0]["state"] != "failing" {
					t.Errorf("metrics of the endpoint: %v", taken[0])
				}
				c.recovers(t, tt.decided)
			})
		})
	}
}

// recovers has the table well again: the next run makes up for what was missed.
func (c *checker) recovers(t *testing.T, told bool) {
	t.Helper()
	if got := len(c.out.sent); told != (got == 1) {
		t.Errorf("%d messages while the table was in trouble", got)
	}
	c.store.set(nil, nil)
	time.Sleep(time.Minute)
	if err := c.tick(t, time.Minute); err != nil {
		t.Error(err)
	}
	if got := c.out.kinds(t); !slices.Equal(got, []string{"opened"}) {
		t.Errorf("in the end people heard %v", got)
	}
}

// While nothing can be decided an alarm on UndeliveredAge must find that out,
// and while what is kept is unusable nobody replaces it.
func TestUnusableState(t *testing.T) {
	for name, tt := range map[string]struct {
		content string
		is      error
		aside   bool
	}{
		"newer":   {`{"revision":3,"state":{"version":99}}`, incident.ErrNewer, false},
		"damaged": {`{"revision":3,"state":{"version":1,"endpoints":[]}}`, incident.ErrDamaged, true},
		"cut off": {`{"revision":3,"sta`, incident.ErrDamaged, true},
		"empty":   {``, incident.ErrDamaged, true},
	} {
		t.Run(name, func(t *testing.T) {
			trouble(t, func(t *testing.T, c *checker, s *site, state string) {
				s.bad.Store(broken)
				if err := os.WriteFile(state, []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
				for n := range 3 {
					err := c.tick(t, time.Minute)
					if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), state) {
						t.Errorf("error %v, want %v with what to do", err, tt.is)
					}
					line := environment(t, c.metrics.taken(t))
					if _, known := line["OpenIncidents"]; known || line["Unhealthy"] != 1.0 || line["UndeliveredAge"] != float64(60*n) {
						t.Errorf("round %d: metrics %v", n, line)
					}
					time.Sleep(time.Minute)
				}
				if now, err := os.ReadFile(state); err != nil || string(now) != tt.content {
					t.Errorf("the state was changed to %q, error %v", now, err)
				}
				if copies, _ := filepath.Glob(state + ".damaged-*"); len(copies) > 1 || tt.aside != (len(copies) == 1) {
					t.Errorf("put aside: %v", copies)
				}
				if err := os.Remove(state); err != nil { // as the error says
					t.Fatal(err)
				}
				if err := c.tick(t, time.Minute); err != nil || environment(t, c.metrics.taken(t))["UndeliveredAge"] != 0.0 {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// The topic fails for an hour in which an incident opens and is resolved:
// afterwards people are told both, in order, at once and as what they are.
func TestTopicFailsForAnHour(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		began := time.Now()
		c.out.fail(errors.New("the topic has a problem"))
		var oldest float64
		for minute := range 60 {
			s.bad.Store(good)
			if minute >= 5 && minute < 20 {
				s.bad.Store(broken)
			}
			err := c.tick(t, time.Minute)
			if waits := minute >= 5; waits != (err != nil) || waits && !strings.Contains(err.Error(), "will be tried again") {
				t.Fatalf("minute %d: %v", minute, err)
			}
			oldest = environment(t, c.metrics.taken(t))["UndeliveredAge"].(float64)
			time.Sleep(time.Minute)
		}
		if oldest != 54*60 {
			t.Errorf("the oldest message has waited for %v s", oldest)
		}
		c.out.fail(nil)
		if err := c.tick(t, time.Minute); err != nil {
			t.Error(err)
		}
		var heard []payload
		for _, m := range c.out.sent {
			heard = append(heard, payloadOf(t, m))
		}
		if len(heard) != 2 || heard[0].Kind != "opened" || heard[1].Kind != "resolved" {
			t.Fatalf("people heard %+v", heard)
		}
		for i, minutes := range []time.Duration{5, 25} {
			if want := began.Add(minutes * time.Minute).UTC().Format(time.RFC3339); !strings.HasPrefix(heard[i].At, want[:16]) {
				t.Errorf("%s says it happened at %s, want %s", heard[i].Kind, heard[i].At, want)
			}
		}
		for i, title := range []string{"Late, over since " + began.Add(20*time.Minute).UTC().Format("15:04 UTC") + ": SEV1 opened: ", "Late: Resolved after 15 min (was SEV1): "} {
			if m := c.out.sent[i]; !strings.HasPrefix(m.Subject, title) || heard[i].Incident.State != "resolved" || strings.Contains(m.Body, "just now") {
				t.Errorf("%s is told an hour later as %q, state %s", heard[i].Kind, m.Subject, heard[i].Incident.State)
			}
		}
		if err := c.tick(t, time.Minute); err != nil || len(c.out.sent) != 2 {
			t.Errorf("afterwards: %d messages, error %v", len(c.out.sent), err)
		}
	})
}

// A run that died leaves its claim behind, for a minute.
func TestClaimExpires(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		s.bad.Store(broken)
		dying, die := context.WithCancel(t.Context())
		c.Publisher = publisherFunc(func(context.Context) error { die(); return errDead })
		c.store.set(nil, func(context.Context) error { return dying.Err() })
		if _, err := c.Handle(t.Context(), trigger.Event{Kind: trigger.Tick, Time: time.Now()}); err == nil {
			t.Fatal("it did not die")
		}
		c.Publisher = c.out
		c.store.set(nil, nil)
		for _, after := range []time.Duration{30 * time.Second, 29 * time.Second} {
			time.Sleep(after)
			if err := c.tick(t, time.Minute); err != nil || len(c.out.sent) != 0 {
				t.Errorf("%d messages while somebody may be sending them, error %v", len(c.out.sent), err)
			}
		}
		time.Sleep(time.Second)
		if err := c.tick(t, time.Minute); err != nil || len(c.out.sent) != 1 {
			t.Errorf("%d messages after that, error %v", len(c.out.sent), err)
		}
	})
}

// A topic that answers late must not make others send the same, nor keep what
// is out from being marked.
func TestSlowTopic(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		s.bad.Store(broken)
		began := time.Now()
		c.Publisher = publisherFunc(hang)
		if err := c.tick(t, 2*time.Minute); err == nil || !strings.Contains(err.Error(), "no answer") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took > claimFor-claimMargin+time.Second {
			t.Errorf("it tried for %v, and others may after %v", took, claimFor)
		}
		state, _, err := c.Store.Load(t.Context())
		if err != nil || len(state.Outbox) != 1 || state.Outbox[0].ClaimedBy != "" {
			t.Errorf("the message is not free again: %+v, error %v", state.Outbox, err)
		}
		c.Publisher = c.out
		if err := c.tick(t, time.Minute); err != nil || len(c.out.sent) != 1 {
			t.Errorf("%d messages, error %v", len(c.out.sent), err)
		}
	})
}

// publisherFunc is a topic that sends nothing.
type publisherFunc func(context.Context) error

func (f publisherFunc) Publish(ctx context.Context, _ report.Message) error { return f(ctx) }
