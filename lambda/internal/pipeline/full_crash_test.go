package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// jamConfig has endpoints that fail together and are told one after the other.
const jamConfig = `
environment: jam
summary: {every: never}
endpoints:
  - {name: a, url: "%[1]s/api", alerts: [{type: sns, failure-threshold: 1}], conditions: ["[STATUS] == 200"]}
  - {name: b, url: "%[1]s/api", alerts: [{type: sns, failure-threshold: 2}], conditions: ["[STATUS] == 200"]}
  - {name: c, url: "%[1]s/api", alerts: [{type: sns, failure-threshold: 3}], conditions: ["[STATUS] == 200"]}
  - {name: d, url: "%[1]s/api", alerts: [{type: sns, failure-threshold: 4}], conditions: ["[STATUS] == 200"]}
  - {name: e, url: "%[1]s/api", alerts: [{type: sns, failure-threshold: 5}], conditions: ["[STATUS] == 200"]}
  - {name: j, url: "%[1]s/", conditions: ["[STATUS] == 200"]}
  - {name: f, url: "%[1]s/", conditions: ["[STATUS] == 200"]}
  - {name: g, url: "%[1]s/", conditions: ["[STATUS] == 200"]}
  - {name: h, url: "%[1]s/", conditions: ["[STATUS] == 200"]}
  - {name: k, url: "%[1]s/", conditions: ["[STATUS] == 200"]}
  - {name: i, url: "%[1]s/", conditions: ["[STATUS] == 200"]}
`

// jammed is what people hear once a full state can be sent, in this order.
var jammed = []string{
	"opened INC-0101-1", "opened INC-0101-2", "opened INC-0101-3", "opened INC-0101-4", "opened INC-0101-5",
	"resolved INC-0101-1", "resolved INC-0101-2", "resolved INC-0101-3", "resolved INC-0101-4", "resolved INC-0101-5",
}

// jam is a state that takes no decision until the messages in it are sent.
type jam struct {
	*site
	cfg   *check.Config
	dir   string
	topic *outbound
	store *narrow
	limit int
}

func newJam(t *testing.T) *jam {
	s := newSite(t)
	return &jam{site: s, cfg: load(t, fmt.Sprintf(jamConfig, s.URL)), dir: t.TempDir(), topic: &outbound{}}
}

// fill lets all fail while the topic takes nothing.
func (j *jam) fill(t *testing.T) {
	j.store = &narrow{Store: filestate.Open(filepath.Join(j.dir, "jam.json")), limit: 1 << 20}
	j.topic.fail(errTopic)
	for minute := range 6 {
		if minute == 1 {
			j.bad.Store(broken)
		}
		_ = j.tick(t, minute, &process{}) // people are not told, which is an error
	}
	state, _, err := j.store.Load(t.Context())
	if err != nil || len(state.Outbox) != 5 {
		t.Fatalf("%d messages wait, error %v", len(state.Outbox), err)
	}
	full, _ := json.Marshal(state)
	state.Outbox = nil
	empty, _ := json.Marshal(state)
	j.limit = (len(full) + len(empty)) / 2
}

// tick is one run in a minute, and what remains of it.
func (j *jam) tick(t *testing.T, minute int, p *process) error {
	sleepUntil(t, 7*time.Hour+time.Duration(minute)*time.Minute)
	return j.run(t, minute, p)
}

func (j *jam) run(t *testing.T, minute int, p *process) error {
	return mortal{p, j.store, j.topic}.run(t, j.cfg, tickOf(minute))
}

func tickOf(minute int) trigger.Event {
	return trigger.Event{Kind: trigger.Tick, ID: fmt.Sprint("tick-", minute), Time: time.Now()}
}

// play fills a state, and lets the first run that can send it die as p says. It
// runs again at once, and from then on as ever.
func (j *jam) play(t *testing.T, p *process, end func()) {
	synctest.Test(t, func(t *testing.T) {
		j.fill(t)
		j.topic.fail(nil)
		j.bad.Store(good)
		j.store.limit = j.limit
		err := j.tick(t, 6, p)
		if p.dead {
			time.Sleep(time.Second)
			if err = j.run(t, 6, &process{}); errors.Is(err, incident.ErrFull) {
				err = nil // what the dead run has claimed still waits for it
			}
		}
		for minute := 7; minute < 16; minute++ {
			if err != nil {
				t.Errorf("minute %d: %v", minute-1, err)
			}
			if minute == 9 { // when all is over, more waits again than fits
				j.store.limit = 1 << 20
			}
			err = j.tick(t, minute, &process{})
		}
		end()
	})
}

// A function that dies at any effect of a run which has to send what a full
// state holds before it can decide, and is run again, loses nothing of what
// people hear, tells it in the same order and as the same, and tells twice only
// what it had published.
func TestDeathWhileTheStateIsFull(t *testing.T) {
	ran := &process{}
	rehearsal := newJam(t)
	rehearsal.play(t, ran, func() {
		if heard := labels(t, rehearsal.topic.sent); !slices.Equal(heard, jammed) || rehearsal.store.full != 1 || len(ran.sent) != 5 {
			t.Fatalf("people hear\n%q, want\n%q; %d times full, %d were sent at first", heard, jammed, rehearsal.store.full, len(ran.sent))
		}
	})
	if kinds := strings.Join(ran.effects, " "); !strings.HasPrefix(strings.ReplaceAll(kinds, " line", ""), "load save save publish publish publish publish publish save load save") {
		t.Fatalf("its effects are %s", kinds)
	}
	for n := range 2 * len(ran.effects) {
		p := &process{kill: n/2 + 1, after: n%2 == 1}
		t.Run(fmt.Sprintf("%02d %s after %v", p.kill, ran.effects[n/2], p.after), func(t *testing.T) {
			t.Parallel()
			j := newJam(t)
			j.play(t, p, func() { j.judge(t, p) })
		})
	}
}

func (j *jam) judge(t *testing.T, dead *process) {
	t.Helper()
	if !dead.dead {
		t.Errorf("it did not die: %d effects", len(dead.effects))
	}
	if heard := labels(t, j.topic.sent); !slices.Equal(heard, jammed) {
		t.Errorf("people hear\n%q, want\n%q", heard, jammed)
	}
	toldAgain(t, j.topic.sent, dead.sent)
	state, _, err := j.store.Load(t.Context())
	if err != nil || len(state.Outbox) > 0 || len(state.Unrecorded) > 0 || len(state.Active()) > 0 {
		t.Errorf("at the end: %d notices, unrecorded %v, %d open, error %v", len(state.Outbox), state.Unrecorded, len(state.Active()), err)
	}
}

// toldAgain judges that nothing came more than once but what a dead process had
// published, and that once more.
func toldAgain(t *testing.T, sent []report.Message, dead []string) {
	t.Helper()
	times := map[string]int{}
	for _, m := range sent {
		times[m.ID]++
	}
	for id, n := range times {
		if n > 2 || n == 2 && !slices.Contains(dead, id) {
			t.Errorf("message %s was told %d times; the dead process had published %v", id, n, dead)
		}
	}
}

// once refuses what is decided first in each run.
type once struct {
	Store
	saves int
}

func (o *once) Save(ctx context.Context, s incident.State, revision int64) (int64, error) {
	if o.saves++; o.saves == 1 {
		return 0, incident.ErrFull
	}
	return o.Store.Save(ctx, s, revision)
}

// TestWhatMayBeOutIsNotGathered: a topic that takes a message and whose answer
// is lost, again and again, leaves it to be told as itself; what waits behind it
// is gathered when the state is full.
func TestWhatMayBeOutIsNotGathered(t *testing.T) {
	j := newJam(t)
	synctest.Test(t, func(t *testing.T) {
		store := &once{Store: filestate.Open(filepath.Join(j.dir, "jam.json"))}
		c := newChecker(j.cfg, store)
		var heard []string
		lost := errors.New("the answer was lost")
		c.Publisher = postTo(func(m report.Message) error {
			p := payloadOf(t, m)
			heard = append(heard, p.Kind+" "+p.Incident.ID)
			return lost
		})
		for minute := range 8 {
			if minute == 1 {
				j.bad.Store(broken)
			}
			if store.saves = 1; minute == 7 { // full from now on
				store.saves = 0
			}
			_ = c.tick(t, time.Minute)
			time.Sleep(time.Minute)
		}
		lost = nil
		if err := c.tick(t, time.Minute); err != nil {
			t.Error(err)
		}
		if want := []string{"opened INC-0101-1", "opened INC-0101-2"}; !slices.Equal(slices.Compact(heard), want) {
			t.Errorf("people hear %q, want %q: the one that may be out as itself, and one for all behind it", heard, want)
		}
	})
}
