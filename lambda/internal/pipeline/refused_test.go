package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/report"
)

// unfit is the refusal of a message for what is in it.
type unfit struct{ error }

func (unfit) Refused() bool { return true }

var errUnfit = unfit{errors.New("InvalidParameter: Invalid parameter: Message")}

// picky is a topic that may refuse messages one by one.
type picky struct {
	outbound
	refuse func(report.Message) error
}

func (p *picky) Publish(ctx context.Context, m report.Message) error {
	if err := p.refuse(m); err != nil {
		return err
	}
	return p.outbound.Publish(ctx, m)
}

// isPlain tells the plain form of a message by what it lacks.
func isPlain(m report.Message) bool { return m.Subject == "" && m.Attributes == nil }

// outage lets the endpoint fail from the given minute for a quarter of an hour,
// and runs once a minute up to the last.
func outage(t *testing.T, c *checker, s *site, from, last int, each func(minute int, err error)) {
	for minute := range last {
		s.bad.Store(good)
		if minute >= from && minute < from+15 {
			s.bad.Store(broken)
		}
		each(minute, c.tick(t, time.Minute))
		time.Sleep(time.Minute)
	}
}

// What is refused in full is told in plain words at once, and those behind it
// as ever.
func TestRefusedIsToldPlain(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		topic := &picky{refuse: func(m report.Message) error {
			if strings.HasSuffix(m.ID, "-1-opened") && !isPlain(m) {
				return errUnfit
			}
			return nil
		}}
		c.Publisher = topic
		outage(t, c, s, 0, 30, func(minute int, err error) {
			if err != nil {
				t.Errorf("minute %d: %v", minute, err)
			}
		})
		if len(topic.sent) != 2 || !isPlain(topic.sent[0]) || !strings.Contains(topic.sent[0].Body, "SEV1 opened") || isPlain(topic.sent[1]) {
			t.Fatalf("people heard %+v", topic.sent)
		}
		if state, _, err := c.Store.Load(t.Context()); err != nil || len(state.Outbox)+len(state.Aside) != 0 {
			t.Errorf("left are %v and %v, error %v", state.Outbox, state.Aside, err)
		}
	})
}

// A message that is refused in every form waits until the topic takes another.
// Then it is set aside, and an alarm on UndeliveredAge hears of it for an hour.
func TestRefusedForGoodIsSetAside(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		said := &lines{}
		c.Log = slog.New(slog.NewJSONHandler(said, nil))
		topic := &picky{refuse: func(m report.Message) error {
			if strings.HasSuffix(m.ID, "-1-opened") {
				return errUnfit
			}
			return nil
		}}
		c.Publisher = topic
		age := map[int]float64{}
		outage(t, c, s, 0, 120, func(minute int, err error) {
			if waits := minute < 20; waits != (err != nil) || waits && !strings.Contains(err.Error(), "will be tried again until the topic takes another") {
				t.Fatalf("minute %d: %v", minute, err)
			}
			age[minute] = environment(t, c.metrics.taken(t))["UndeliveredAge"].(float64)
		})
		if len(topic.sent) != 1 || payloadOf(t, topic.sent[0]).Kind != "resolved" {
			t.Fatalf("people heard %+v", topic.sent)
		}
		if age[5] != 300 || age[21] < 300 || age[78] < 300 || age[81] != 0 {
			t.Errorf("the age of what was not delivered: %v", age)
		}
		state, _, err := c.Store.Load(t.Context())
		if err != nil || len(state.Outbox) != 0 || len(state.Aside) != 1 {
			t.Fatalf("left are %v and %v, error %v", state.Outbox, state.Aside, err)
		}
		records, err := c.Store.Records(t.Context(), 10)
		if err != nil || len(records) != 1 {
			t.Fatalf("kept is %+v, error %v", records, err)
		}
		for _, m := range records[0].Incident.History {
			if (m.Kind == "opened" && m.Told) || (m.Kind == "resolved" && !m.Told) {
				t.Errorf("the history has %+v", m)
			}
		}
		loud := 0
		for _, line := range said.taken(t) {
			if line["level"] == "ERROR" && line["message"] == state.Aside[0].ID && line["kind"] == "opened" && line["incident"] == records[0].Incident.ID && strings.Contains(fmt.Sprint(line["reason"]), "InvalidParameter") {
				loud++
			}
		}
		if loud != 1 {
			t.Errorf("the log says it %d times", loud)
		}
	})
}

// While a topic refuses everything, whatever it says, nothing is given up: that
// says nothing about a message. Nor does a failure of another kind behind it.
func TestNothingIsGivenUpForTheTopic(t *testing.T) {
	for name, refuse := range map[string]func(report.Message) error{
		"all refused": func(report.Message) error { return errUnfit },
		"the second fails": func(m report.Message) error {
			if strings.HasSuffix(m.ID, "-1-opened") {
				return errUnfit
			}
			return errors.New("AuthorizationError")
		},
		"plain fails": func(m report.Message) error {
			if isPlain(m) {
				return errors.New("Throttled")
			}
			return errUnfit
		},
	} {
		t.Run(name, func(t *testing.T) {
			trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
				topic := &picky{refuse: refuse}
				c.Publisher = topic
				outage(t, c, s, 0, 60, func(minute int, err error) {
					if err == nil {
						t.Errorf("minute %d: no error", minute)
					}
				})
				topic.refuse = func(report.Message) error { return nil }
				if err := c.tick(t, time.Minute); err != nil {
					t.Error(err)
				}
				var kinds []string
				for _, m := range topic.sent {
					kinds = append(kinds, payloadOf(t, m).Kind)
				}
				if state, _, err := c.Store.Load(t.Context()); !slices.Equal(kinds, []string{"opened", "resolved"}) || err != nil || len(state.Aside) != 0 {
					t.Errorf("people heard %v, set aside %v, error %v", kinds, state.Aside, err)
				}
			})
		})
	}
}

// Overlapping and dying runs may settle the same message twice.
func TestSetAsideOnce(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		topic := &picky{refuse: func(m report.Message) error {
			if strings.HasSuffix(m.ID, "-1-opened") {
				return errUnfit
			}
			return nil
		}}
		c.Publisher = topic
		saves := 0
		outage(t, c, s, 0, 20, func(int, error) {})
		c.store.set(nil, func(context.Context) error { // the mark of the run that gives it up is lost
			if saves++; saves == 2 {
				return errThrottled
			}
			return nil
		})
		if err := c.tick(t, time.Minute); err == nil || !strings.Contains(err.Error(), "could not be marked") {
			t.Fatalf("error %v", err)
		}
		for range 3 {
			time.Sleep(time.Minute)
			if err := c.tick(t, time.Minute); err != nil {
				t.Error(err)
			}
		}
		state, _, err := c.Store.Load(t.Context())
		if err != nil || len(state.Aside) != 1 || len(state.Outbox) != 0 || len(topic.sent) != 2 || topic.sent[0].ID != topic.sent[1].ID || topic.sent[0].Body != topic.sent[1].Body {
			t.Errorf("set aside %v, left %v, sent %+v, error %v", state.Aside, state.Outbox, topic.sent, err)
		}
	})
}
