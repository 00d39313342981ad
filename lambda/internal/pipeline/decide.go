package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// How often a decision is made again after a conflict, and for how long a run
// may take to publish what it has claimed.
const (
	decideTries = 8
	claimFor    = 60 * time.Second
)

// decided is a decision that is saved, and what this run must send.
type decided struct {
	state    incident.State
	revision int64
	claimed  []string
}

// decide makes the decision and saves it in one conditional write, together
// with what must be sent and the claim to send it. After a conflict it decides
// anew on the newer state; nothing is probed again.
func (f *Function) decide(ctx context.Context, l loaded, in incident.Input) (decided, error) {
	if l.err != nil {
		return decided{}, fmt.Errorf("the state could not be read, so nothing was decided: %w", l.err)
	}
	for range decideTries {
		after, transitions := f.rules().Step(l.state, in)
		claimed := after.Claim(in.Run, in.Now, in.Now.Add(claimFor))
		d := decided{state: after, revision: l.revision, claimed: claimed}
		if len(d.claimed) == 0 && !incident.WorthSaving(l.state, after) {
			return d, nil
		}
		revision, err := f.Store.Save(ctx, after, l.revision)
		if err == nil {
			d.revision = revision
			f.keep(ctx, after, transitions)
			f.logTransitions(transitions)
			return d, nil
		}
		if !errors.Is(err, incident.ErrConflict) {
			return decided{}, fmt.Errorf("the decision could not be saved, so nobody was told: %w", err)
		}
		if l.state, l.revision, err = f.Store.Load(ctx); err != nil {
			return decided{}, fmt.Errorf("the state could not be read again after a conflict: %w", err)
		}
	}
	return decided{}, fmt.Errorf("the decision could not be saved: the state was changed by other runs %d times in a row", decideTries)
}

// keep writes the incidents that changed as items of their own. They only serve
// to be read, so a failure is logged and made up for by the next change.
func (f *Function) keep(ctx context.Context, s incident.State, transitions []incident.Transition) {
	done := map[string]bool{}
	for _, t := range transitions {
		if t.Incident == "" || done[t.Incident] {
			continue
		}
		done[t.Incident] = true
		for _, i := range s.Incidents {
			if i.ID != t.Incident {
				continue
			}
			if err := f.Store.Keep(ctx, incident.NewRecord(*i, f.Now())); err != nil {
				f.Log.Warn("an incident could not be recorded", "incident", i.ID, "error", err)
			}
		}
	}
}

func (f *Function) logTransitions(transitions []incident.Transition) {
	for _, t := range transitions {
		if t.Kind == incident.KindSuppressed || t.Kind == incident.KindPending {
			f.Log.Info("transition", "kind", t.Kind, "reason", t.Reason, "incident", t.Incident, "endpoint", t.Endpoint)
			continue
		}
		f.Log.Warn("transition", "kind", t.Kind, "reason", t.Reason, "incident", t.Incident, "endpoint", t.Endpoint, "told", t.Notice != nil)
	}
}

// deliver publishes what this run has claimed, in order, and marks it as sent.
// It stops at the first failure, since later messages mean something else
// without the earlier ones; the rest is left to the next run.
func (f *Function) deliver(ctx context.Context, d decided, run string) error {
	var sent []string
	var failed error
	for _, id := range d.claimed {
		notice := d.state.Pending(id)
		if notice == nil {
			continue
		}
		if f.Publisher != nil {
			if err := f.Publisher.Publish(ctx, report.Compose(*notice)); err != nil {
				failed = fmt.Errorf("message %s could not be published and will be tried again: %w", id, err)
				break
			}
			f.Log.Info("published", "message", id)
		}
		sent = append(sent, id)
	}
	if len(d.claimed) == 0 {
		return nil
	}
	return errors.Join(failed, f.mark(ctx, d, run, sent))
}

// mark removes from the outbox what was sent, and gives up the claim on the
// rest. Other runs may have changed the state meanwhile; what they did stays.
func (f *Function) mark(ctx context.Context, d decided, run string, sent []string) error {
	state, revision := d.state, d.revision
	for range decideTries {
		state.Sent(sent)
		state.Release(run)
		_, err := f.Store.Save(ctx, state, revision)
		if err == nil {
			return nil
		}
		if !errors.Is(err, incident.ErrConflict) {
			return fmt.Errorf("messages were published but could not be marked as sent, so they may come again with the same ids: %w", err)
		}
		if state, revision, err = f.Store.Load(ctx); err != nil {
			return fmt.Errorf("messages were published but the state could not be read to mark them: %w", err)
		}
	}
	return fmt.Errorf("messages were published but could not be marked as sent: the state was changed by other runs %d times in a row", decideTries)
}
