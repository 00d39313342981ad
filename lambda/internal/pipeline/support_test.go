package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// Tests of whole runs live in a bubble of testing/synctest, where time passes
// only when they sleep. What they probe is outside: a real listener.

// site is a web site whose pages are good or bad as a test wants.
type site struct {
	*httptest.Server
	bad   atomic.Value // behaviour of /bad
	asked atomic.Int64
}

// The ways in which /api of a site behaves.
const (
	good   = "good"
	broken = "broken" // answers 503
	cut    = "cut"    // hangs up without an answer
)

func newSite(t testing.TB) *site {
	s := &site{}
	s.bad.Store(good)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		how := s.bad.Load().(string)
		switch {
		case r.URL.Path != "/api" || how == good:
		case how == broken:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func load(t testing.TB, text string) *check.Config {
	t.Helper()
	cfg, found := check.Load(check.Source{Name: "test.yaml", Data: []byte(text)})
	if cfg == nil {
		t.Fatal(found.Messages)
	}
	return cfg
}

// outbound takes messages instead of a topic.
type outbound struct {
	mu    sync.Mutex
	sent  []report.Message
	err   error // of every call, nothing is sent then
	lossy bool  // unless only the answer is lost
}

func (o *outbound) Publish(_ context.Context, m report.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil || o.lossy {
		o.sent = append(o.sent, m)
	}
	return o.err
}

func (o *outbound) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
}

// kinds lists what was sent as "kind subject-of-it".
func (o *outbound) kinds(t testing.TB) []string {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var kinds []string
	for _, m := range o.sent {
		p := payloadOf(t, m)
		kinds = append(kinds, p.Kind)
	}
	return kinds
}

// payload is what the tests read of a message.
type payload struct {
	ID, Kind, Reason, At string
	Late                 struct{ Told string }
	Incident             struct {
		ID, State, Resolved string
		With                [10]struct{ ID string } `json:"opened_with"`
	}
}

// about are the ids of the incidents that a message is about.
func (p payload) about() []string {
	ids := []string{p.Incident.ID}
	for _, w := range p.Incident.With {
		if w.ID != "" {
			ids = append(ids, w.ID)
		}
	}
	return ids
}

func payloadOf(t testing.TB, m report.Message) (p payload) {
	t.Helper()
	var bodies struct{ SQS string }
	if err := json.Unmarshal([]byte(m.Body), &bodies); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(bodies.SQS), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// lines gathers lines of JSON.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// taken returns the lines since the last call.
func (l *lines) taken(t testing.TB) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []map[string]any
	for line := range strings.Lines(l.text.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, one)
	}
	l.text.Reset()
	return all
}

// environment is the metric line of the environment among those taken; there
// must be one.
func environment(t testing.TB, taken []map[string]any) map[string]any {
	t.Helper()
	for _, line := range taken {
		if line["message"] == "environment" {
			return line
		}
	}
	t.Fatalf("no metrics of the environment in %v", taken)
	return nil
}

// faulty is a store that does what a test wants first.
type faulty struct {
	Store
	mu         sync.Mutex
	load, save func(context.Context) error
}

func (f *faulty) set(load, save func(context.Context) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.load, f.save = load, save
}

func (f *faulty) first(ctx context.Context, which func() func(context.Context) error) error {
	f.mu.Lock()
	do := which()
	f.mu.Unlock()
	if do == nil {
		return nil
	}
	return do(ctx)
}

func (f *faulty) Load(ctx context.Context) (incident.State, int64, error) {
	if err := f.first(ctx, func() func(context.Context) error { return f.load }); err != nil {
		return incident.State{}, 0, err
	}
	return f.Store.Load(ctx)
}

func (f *faulty) Save(ctx context.Context, s incident.State, revision int64) (int64, error) {
	if err := f.first(ctx, func() func(context.Context) error { return f.save }); err != nil {
		return 0, err
	}
	return f.Store.Save(ctx, s, revision)
}

func (f *faulty) Settle(ctx context.Context, s incident.State, revision int64) (int64, error) {
	if err := f.first(ctx, func() func(context.Context) error { return f.save }); err != nil {
		return 0, err
	}
	return f.Store.Settle(ctx, s, revision)
}

// hang waits until the caller gives up.
func hang(ctx context.Context) error {
	<-ctx.Done()
	return fmt.Errorf("no answer from the table: %w", ctx.Err())
}

// checker is a pipeline with everything that tests look at.
type checker struct {
	*Pipeline
	store   *faulty
	out     *outbound
	metrics *lines
	ticks   int
}

func newChecker(cfg *check.Config, store Store) *checker {
	c := &checker{store: &faulty{Store: store}, out: &outbound{}, metrics: &lines{}}
	c.Pipeline = New(Pipeline{
		Config: cfg, Prober: probe.New(probe.Options{}), Store: c.store, Publisher: c.out,
		Metrics: c.metrics, Namespace: "Tidewatch", Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	return c
}

// tick runs the next tick, with so much time left.
func (c *checker) tick(t testing.TB, left time.Duration) error {
	c.ticks++
	ctx, cancel := context.WithTimeout(t.Context(), left)
	defer cancel()
	_, err := c.Handle(ctx, trigger.Event{Kind: trigger.Tick, ID: fmt.Sprint("tick-", c.ticks), Time: time.Now()})
	return err
}
