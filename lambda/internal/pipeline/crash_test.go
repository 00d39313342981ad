package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// process is one run of the function, which may die at any of its effects: all
// later ones do not happen.
type process struct {
	kill  int // number of the effect at which it dies, from 1; 0: never
	after bool
	stop  context.CancelFunc

	mu      sync.Mutex
	dead    bool
	effects []string
	sent    []string // ids of messages that left it
}

var errDead = errors.New("the process is dead")

// effect does one thing to the world, or dies before or after it.
func (p *process) effect(name string, do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errDead
	}
	p.effects = append(p.effects, name)
	if len(p.effects) != p.kill {
		return do()
	}
	p.dead = true
	defer p.stop() // nobody waits for the dead
	if p.after {
		_ = do() // nobody hears its answer
	}
	return errDead
}

// mortal is the world as a process sees it: store, topic and standard output.
type mortal struct {
	*process
	store Store
	topic *outbound
}

func (m mortal) Load(ctx context.Context) (s incident.State, revision int64, err error) {
	err = m.effect("load", func() (err error) { s, revision, err = m.store.Load(ctx); return err })
	return s, revision, err
}

func (m mortal) Save(ctx context.Context, s incident.State, revision int64) (next int64, err error) {
	err = m.effect("save", func() (err error) { next, err = m.store.Save(ctx, s, revision); return err })
	return next, err
}

func (m mortal) Settle(ctx context.Context, s incident.State, revision int64) (next int64, err error) {
	err = m.effect("save", func() (err error) { next, err = m.store.Settle(ctx, s, revision); return err })
	return next, err
}

func (m mortal) Keep(ctx context.Context, r incident.Record) error {
	return m.effect("keep", func() error { return m.store.Keep(ctx, r) })
}

func (m mortal) Records(ctx context.Context, limit int) ([]incident.Record, error) {
	return m.store.Records(ctx, limit)
}

func (m mortal) KeepReport(ctx context.Context, r incident.Report) error {
	return m.effect("report", func() error { return m.store.KeepReport(ctx, r) })
}

func (m mortal) Report(ctx context.Context, id string) ([]byte, error) {
	return m.store.Report(ctx, id)
}

func (m mortal) ReportLink(id string) string { return m.store.ReportLink(id) }

func (m mortal) Publish(ctx context.Context, message report.Message) error {
	return m.effect("publish", func() error {
		m.sent = append(m.sent, message.ID)
		return m.topic.Publish(ctx, message)
	})
}

func (m mortal) Write(p []byte) (int, error) {
	return len(p), m.effect("line", func() error { return nil })
}

// run has one process handle an event.
func (m mortal) run(t testing.TB, cfg *check.Config, e trigger.Event) error {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	m.stop = cancel
	_, err := New(Pipeline{
		Config: cfg, Prober: probe.New(probe.Options{}), Store: m, Publisher: m, Metrics: m, Namespace: "Tidewatch",
		Facts:   func(int) FactReader { return &unread{} },
		Confirm: []time.Duration{3 * time.Second, 10 * time.Second}, Log: slog.New(slog.NewJSONHandler(m, nil)), Now: time.Now,
	}).Handle(ctx, e)
	return err
}

// stage is where a life is played: a site, and a directory with the state.
type stage struct {
	*site
	cfg *check.Config
	dir string
}

func newStage(t *testing.T) stage {
	s := newSite(t)
	return stage{s, load(t, fmt.Sprintf(lifeConfig, s.URL)), t.TempDir()}
}

func (s stage) store() Store { return filestate.Open(filepath.Join(s.dir, "life.json")) }

// copyTo makes the stage's state that of another directory.
func (s stage) copyTo(t testing.TB, dir string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(s.dir))); err != nil {
		t.Fatal(err)
	}
}

// play plays the scenes of a life from one on, calls each before each of them,
// and end at the end. In the first of them the function dies as p says, if at
// all, and runs again for the same event.
func (s stage) play(t *testing.T, from int, p *process, each func(p *process), end func(*outbound)) {
	synctest.Test(t, func(t *testing.T) {
		topic := &outbound{}
		for n, scene := range life()[from:] {
			sleepUntil(t, scene.at)
			s.bad.Store(scene.how)
			scene.event.Time = time.Now()
			if scene.event.ID == "" {
				scene.event.ID = fmt.Sprint("tick-", from+n)
			}
			each(p)
			err := mortal{p, s.store(), topic}.run(t, s.cfg, scene.event)
			if p.dead {
				time.Sleep(time.Second)
				err = mortal{&process{}, s.store(), topic}.run(t, s.cfg, scene.event)
			}
			if err != nil {
				t.Errorf("scene %d: %v", from+n, err)
			}
			p = &process{}
		}
		end(topic)
	})
}

// labels are messages as `told` has them, each once. The second time a message
// reads the same, or else it says that it is late, and is.
func labels(t testing.TB, messages []report.Message) (inOrder []string) {
	t.Helper()
	known := map[string]report.Message{}
	for _, m := range messages {
		p := payloadOf(t, m)
		before, again := known[m.ID]
		if again && before.Body != m.Body && (!p.isLate(t) || !p.sameFacts(payloadOf(t, before))) {
			t.Errorf("message %s reads differently the second time:\n%s\n%s", m.ID, before.Body, m.Body)
		}
		if !again {
			inOrder = append(inOrder, strings.TrimSpace(p.Kind+" "+p.Incident.ID))
		}
		known[m.ID] = m
	}
	return inOrder
}

// isLate reports whether a message says that it is late, and is.
func (p payload) isLate(t testing.TB) bool {
	t.Helper()
	if p.Late.Told == "" {
		return false
	}
	at, wrong := time.Parse(time.RFC3339, p.At)
	told, bad := time.Parse(time.RFC3339, p.Late.Told)
	if err := errors.Join(wrong, bad); err != nil {
		t.Error(err)
	}
	return told.Sub(at) >= 3*time.Minute
}

// sameFacts reports whether two messages tell the same transition.
func (p payload) sameFacts(o payload) bool {
	p.Late = o.Late
	p.Incident.State, p.Incident.Resolved = o.Incident.State, o.Incident.Resolved // which are as of when it is told
	return p == o
}

// A function that dies at any of its effects, before or after that has taken
// place, and is run again for the same event, loses nothing of what people
// hear, tells it in the same order, and tells twice only what it had published.
func TestDeathAtEveryEffect(t *testing.T) {
	var runs []*process
	var all []report.Message
	rehearsal, states := newStage(t), t.TempDir()
	before := func(scene int) string { return filepath.Join(states, fmt.Sprint(scene)) }
	rehearsal.play(t, 0, &process{}, func(p *process) {
		rehearsal.copyTo(t, before(len(runs)))
		runs = append(runs, p)
	}, func(o *outbound) { all = o.sent })
	if heard := labels(t, all); !slices.Equal(heard, told) || len(all) != len(told) {
		t.Fatalf("people hear\n%q, want\n%q", heard, told)
	}
	points := 0
	for scene, ran := range runs {
		points += 2 * len(ran.effects)
		t.Run(fmt.Sprintf("scene %02d", scene), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			for n := range 2 * len(ran.effects) {
				stage{dir: before(scene)}.copyTo(t, s.dir)
				p := &process{kill: n/2 + 1, after: n%2 == 1}
				s.play(t, scene, p, func(*process) {}, func(o *outbound) {
					s.judge(t, p, append(slices.Clone(heardBefore(runs[:scene], all)), o.sent...))
				})
				if t.Failed() {
					t.Fatalf("it had died at %s, effect %d, after it: %v", ran.effects[n/2], p.kill, p.after)
				}
			}
		})
	}
	t.Logf("%d scenes, %d points of death", len(runs), points)
	if points < 200 {
		t.Errorf("only %d points of death", points)
	}
}

// heardBefore are the messages that some runs have published.
func heardBefore(runs []*process, all []report.Message) []report.Message {
	n := 0
	for _, p := range runs {
		n += len(p.sent)
	}
	return all[:n]
}

// judge looks at what has become of a life in which a process died.
func (s stage) judge(t *testing.T, dead *process, sent []report.Message) {
	t.Helper()
	if !dead.dead {
		t.Errorf("it did not die: %d effects", len(dead.effects))
	}
	if heard := labels(t, sent); !slices.Equal(heard, told) {
		t.Errorf("people hear\n%q, want\n%q", heard, told)
	}
	toldAgain(t, sent, dead.sent)
	state, _, err := s.store().Load(t.Context())
	if err != nil || len(state.Outbox) > 0 || len(state.Unrecorded) > 0 || len(state.Active()) > 0 {
		t.Errorf("at the end: %d notices, unrecorded %v, %d open, error %v", len(state.Outbox), state.Unrecorded, len(state.Active()), err)
	}
	// What is kept of incidents is complete.
	records, err := s.store().Records(t.Context(), 10)
	if err != nil || len(records) != 1 || len(state.Incidents) != 1 || !reflect.DeepEqual(records[0].Incident, *state.Incidents[0]) {
		t.Errorf("kept is %+v, error %v; the state has %+v", records, err, state.Incidents)
	}
}
