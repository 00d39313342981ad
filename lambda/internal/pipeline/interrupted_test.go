package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// interrupted is a context that has ended, which those made of it have not
// heard yet.
type interrupted struct {
	context.Context
	never chan struct{}
}

func (interrupted) Err() error              { return context.Canceled }
func (i interrupted) Done() <-chan struct{} { return i.never }

// A round that was interrupted decides nothing, even while everything that it
// asks for still goes through.
func TestInterruptedDecidesNothing(t *testing.T) {
	trouble(t, func(t *testing.T, c *checker, s *site, _ string) {
		s.bad.Store(broken)
		saved := 0
		c.store.set(nil, func(context.Context) error { saved++; return nil })
		event := trigger.Event{Kind: trigger.Tick, ID: "1", Time: time.Now()}
		if _, err := c.Handle(interrupted{t.Context(), make(chan struct{})}, event); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if s.asked.Load() != 1 || saved != 0 || len(c.out.sent) != 0 {
			t.Errorf("the endpoint was asked %d times, %d saves, %d messages", s.asked.Load(), saved, len(c.out.sent))
		}
		if _, err := c.Handle(t.Context(), event); err != nil || saved == 0 || len(c.out.sent) != 1 {
			t.Errorf("afterwards: %d saves, %d messages, error %v", saved, len(c.out.sent), err)
		}
	})
}
