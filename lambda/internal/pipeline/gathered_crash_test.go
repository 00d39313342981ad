package pipeline

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// gatherIn fills a state while the topic takes nothing, or takes all and loses
// its answers, and lets the run that gathers what waits die as p says. It runs
// again at once, and the topic is well from the next minute on.
func (j *jam) gatherIn(t *testing.T, p *process, lossy bool, end func()) {
	synctest.Test(t, func(t *testing.T) {
		j.topic.lossy = lossy
		j.fill(t)
		store := &once{Store: filestate.Open(filepath.Join(j.dir, "jam.json"))}
		full := func(p *process) error {
			store.saves = 0
			return mortal{p, store, j.topic}.run(t, j.cfg, tickOf(6))
		}
		sleepUntil(t, 7*time.Hour+6*time.Minute)
		if _ = full(p); p.dead {
			time.Sleep(time.Second)
			_ = full(&process{})
		}
		j.topic.fail(nil)
		j.bad.Store(good)
		j.store.limit = 1 << 20
		for minute := 7; minute < 18; minute++ {
			if err := j.tick(t, minute, &process{}); err != nil {
				t.Errorf("minute %d: %v", minute, err)
			}
		}
		end()
	})
}

// TestDeathWhileWhatWaitsIsGathered: wherever a run dies that makes one message
// of many in a full state, each incident is told to begin once and to end once,
// and what may have been told before comes again as the same.
func TestDeathWhileWhatWaitsIsGathered(t *testing.T) {
	for name, lossy := range map[string]bool{"down": false, "losing its answers": true} {
		t.Run(name, func(t *testing.T) {
			ran := &process{}
			rehearsal, gathered := newJam(t), 0
			rehearsal.gatherIn(t, ran, lossy, func() {
				for _, m := range rehearsal.topic.sent {
					if payloadOf(t, m).Reason == "too many messages waited to be sent" {
						gathered++
					}
				}
				heardOnce(t, rehearsal.topic.sent)
			})
			if gathered == 0 || len(ran.effects) < 10 {
				t.Fatalf("%d messages are gathered, %d effects: %v", gathered, len(ran.effects), ran.effects)
			}
			for n := range 2 * len(ran.effects) {
				if testing.Short() && n%8 > 0 {
					continue
				}
				p := &process{kill: n/2 + 1, after: n%2 == 1}
				t.Run(fmt.Sprintf("%02d %s after %v", p.kill, ran.effects[n/2], p.after), func(t *testing.T) {
					t.Parallel()
					j := newJam(t)
					j.gatherIn(t, p, lossy, func() {
						if !p.dead {
							t.Errorf("it did not die: %d effects", len(p.effects))
						}
						heardOnce(t, j.topic.sent)
						state, _, err := j.store.Load(t.Context())
						if err != nil || len(state.Outbox) > 0 || len(state.Unrecorded) > 0 || len(state.Active()) > 0 {
							t.Errorf("at the end: %d notices, unrecorded %v, %d open, error %v", len(state.Outbox), state.Unrecorded, len(state.Active()), err)
						}
					})
				})
			}
		})
	}
}

// heardOnce judges that the beginning of each incident is in one message, and
// then its end in one, and nothing else is told.
func heardOnce(t *testing.T, sent []report.Message) {
	t.Helper()
	labels(t, sent)
	seen, story := map[string]bool{}, map[string][]string{}
	for _, m := range sent {
		if seen[m.ID] {
			continue
		}
		seen[m.ID] = true
		p := payloadOf(t, m)
		for _, id := range p.about() {
			story[id] = append(story[id], p.Kind)
		}
	}
	for n := range 5 {
		if id := fmt.Sprint("INC-0101-", n+1); !slices.Equal(story[id], []string{"opened", "resolved"}) {
			t.Errorf("of %s people hear %q", id, story[id])
		}
	}
}

// errTopic is what everybody hears of a topic that is down.
var errTopic = errors.New("the topic is down")
