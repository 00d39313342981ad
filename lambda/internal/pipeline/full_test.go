package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// narrow is a store that takes so many bytes, and some more for what was decided
// before.
type narrow struct {
	Store
	limit int
	full  int // times
}

func (n *narrow) Save(ctx context.Context, s incident.State, revision int64) (int64, error) {
	if text, _ := json.Marshal(s); len(text) > n.limit {
		n.full++
		return 0, fmt.Errorf("%w: it has %d bytes", incident.ErrFull, len(text))
	}
	return n.Store.Save(ctx, s, revision)
}

// postTo is a topic that a function is.
type postTo func(report.Message) error

func (f postTo) Publish(_ context.Context, m report.Message) error { return f(m) }

// narrowed is a checker after its first round, with a store that has room yet.
func narrowed(t *testing.T, cfg *check.Config) (*checker, *narrow) {
	t.Helper()
	store := &narrow{Store: filestate.Open(filepath.Join(t.TempDir(), "state.json")), limit: 1 << 20}
	c := newChecker(cfg, store)
	c.tick(t, time.Minute)
	return c, store
}

// TestAFullStateSendsWhatItHolds: once a state takes no more decisions, what
// waits in it is sent as soon as the topic is well, and then decisions are made
// again. Until then the age of what waits is told.
func TestAFullStateSendsWhatItHolds(t *testing.T) {
	s := newSite(t)
	cfg := load(t, fmt.Sprintf(faultConfig, s.URL))
	synctest.Test(t, func(t *testing.T) {
		c, store := narrowed(t, cfg)
		topic := errors.New("the topic is down")
		var sent []string
		c.Publisher = postTo(func(m report.Message) error {
			if topic == nil {
				sent = append(sent, m.Subject)
			}
			return topic
		})
		s.bad.Store(broken)
		time.Sleep(time.Minute)
		c.tick(t, time.Minute)
		store.limit = 100 // nothing fits from now on
		s.bad.Store(good)
		time.Sleep(time.Minute)
		if err := c.tick(t, time.Minute); !errors.Is(err, incident.ErrFull) || store.full != 2 {
			t.Errorf("%v, refused %d times; want it refused, and once more when condensed", err, store.full)
		}
		c.metrics.taken(t)
		time.Sleep(10 * time.Minute)
		c.tick(t, time.Minute)
		if age := environment(t, c.metrics.taken(t))["UndeliveredAge"].(float64); age < 600 {
			t.Errorf("while the state is full, messages wait for %v s", age)
		}
		topic = nil
		c.tick(t, time.Minute)
		if len(sent) != 1 || !strings.Contains(sent[0], "opened") {
			t.Errorf("sent %q, want what the state held", sent)
		}
		time.Sleep(time.Minute)
		c.tick(t, time.Minute)
		if age := environment(t, c.metrics.taken(t))["UndeliveredAge"].(float64); age == 0 {
			t.Error("nothing can be decided, and nobody is told")
		}
		store.limit = 1 << 20
		for range 10 {
			time.Sleep(time.Minute)
			c.tick(t, time.Minute)
		}
		if len(sent) != 2 || !strings.Contains(sent[1], "Resolved") {
			t.Errorf("sent %q, want the end too", sent)
		}
	})
}

// TestAFullStateWritesDownWhatItForgets: the record of an incident that is over
// says so before the incident leaves a full state, also where no message waits.
func TestAFullStateWritesDownWhatItForgets(t *testing.T) {
	s := newSite(t)
	cfg := load(t, fmt.Sprintf(faultConfig, s.URL))
	synctest.Test(t, func(t *testing.T) {
		c, store := narrowed(t, cfg)
		state, revision, err := store.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		over := &incident.Incident{ID: "INC-1", Title: strings.Repeat("t", 1<<16), State: incident.Open}
		if err := store.Keep(t.Context(), incident.NewRecord(*over, time.Now())); err != nil {
			t.Fatal(err)
		}
		over.State, over.Resolved = incident.Resolved, time.Now().Add(-2*time.Hour)
		state.Incidents, state.Unrecorded = append(state.Incidents, over), []string{"INC-1"}
		if _, err := store.Save(t.Context(), state, revision); err != nil {
			t.Fatal(err)
		}
		store.limit = 1 << 16
		s.bad.Store(broken)
		time.Sleep(time.Minute)
		if err := c.tick(t, time.Minute); err != nil || store.full != 1 {
			t.Errorf("error %v, refused %d times", err, store.full)
		}
		state, _, err = store.Load(t.Context())
		if err != nil || state.Incident("INC-1") != nil || len(state.Active()) != 1 {
			t.Errorf("error %v, %d incidents", err, len(state.Incidents))
		}
		records, err := store.Records(t.Context(), 10)
		for _, r := range records {
			if r.Incident.ID == "INC-1" && r.Incident.State != incident.Resolved {
				t.Errorf("what was forgotten is recorded as %s", r.Incident.State)
			}
		}
		if err != nil || len(records) != 2 {
			t.Errorf("error %v, %d records", err, len(records))
		}
	})
}

// TestAFullStateDecidesOnceItIsEmpty: the run that sends what waited decides too.
func TestAFullStateDecidesOnceItIsEmpty(t *testing.T) {
	s := newSite(t)
	cfg := load(t, fmt.Sprintf(faultConfig, s.URL))
	synctest.Test(t, func(t *testing.T) {
		c, store := narrowed(t, cfg)
		well := c.Publisher
		c.Publisher = postTo(func(report.Message) error { return errors.New("the topic is down") })
		s.bad.Store(broken)
		time.Sleep(time.Minute)
		c.tick(t, time.Minute)
		state, _, err := store.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		waiting, _ := json.Marshal(state)
		state.Outbox = nil
		empty, _ := json.Marshal(state)
		store.limit = (len(waiting) + len(empty)) / 2
		c.Publisher = well
		s.bad.Store(good)
		time.Sleep(time.Minute)
		if err := c.tick(t, time.Minute); err != nil || store.full == 0 {
			t.Errorf("error %v, refused %d times", err, store.full)
		}
		state, _, err = store.Load(t.Context())
		if err != nil || state.Incidents[0].State != incident.Monitoring || len(state.Outbox) != 0 || len(c.out.sent) != 1 {
			t.Errorf("error %v, %s, %d messages wait, %d were sent", err, state.Incidents[0].State, len(state.Outbox), len(c.out.sent))
		}
	})
}
