package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// deliver publishes what this run has claimed, writes down the incidents that
// changed, and marks both as done, in one write. Whatever fails stays in the
// state for the next run.
func (p *Pipeline) deliver(ctx context.Context, d decided, run string) error {
	telling, cancel := before(ctx, markMoment)
	defer cancel()
	sent, failed := p.publish(telling, d)
	kept := p.keep(telling, d.state)
	if len(d.claimed) == 0 && len(kept) == 0 {
		return failed
	}
	return errors.Join(failed, p.mark(ctx, d, done{run: run, sent: sent, kept: kept}))
}

// claimMargin is the part of a claim in which nothing is published any more:
// what has been can still be marked before others take it over.
const claimMargin = 15 * time.Second

// publish sends the claimed messages in order, and returns the ids of those
// that are out. It stops at the first failure, since later messages mean
// something else without the earlier ones.
func (p *Pipeline) publish(ctx context.Context, d decided) (sent []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.until.Sub(p.Now())-claimMargin)
	defer cancel()
	for _, id := range d.claimed {
		notice := d.state.Pending(id)
		if notice == nil {
			continue
		}
		if err := p.Publisher.Publish(ctx, report.Compose(*notice)); err != nil {
			return sent, fmt.Errorf("message %s could not be published and will be tried again: %w", id, err)
		}
		p.Log.Info("published", "message", id)
		sent = append(sent, id)
	}
	return sent, nil
}

// keep writes the incidents that changed as items of their own, and returns
// the ids of those that are written. They only serve to be read, so a failure
// is no error of the run.
func (p *Pipeline) keep(ctx context.Context, s incident.State) (kept []string) {
	for _, id := range s.Unrecorded {
		i := s.Incident(id)
		if i == nil { // it has left the state since
			kept = append(kept, id)
			continue
		}
		if err := p.Store.Keep(ctx, incident.NewRecord(*i, s.Updated)); err != nil {
			p.Log.Warn("an incident could not be recorded and will be tried again", "incident", id, "error", err)
			continue
		}
		kept = append(kept, id)
	}
	return kept
}

// done is what a run has done about a decision.
type done struct {
	run        string
	sent, kept []string
}

// mark removes from the state what is done, and gives up the claim on what is
// not. Other runs may have changed the state meanwhile; what they did stays.
func (p *Pipeline) mark(ctx context.Context, d decided, done done) error {
	state, revision := d.state, d.revision
	for try := range decideTries {
		if !done.note(&state) {
			return nil // others have done the same
		}
		_, err := p.Store.Save(ctx, state, revision)
		if err == nil {
			return nil
		}
		if !errors.Is(err, incident.ErrConflict) {
			return fmt.Errorf("messages were published but could not be marked as sent, so they may come again with the same ids: %w", err)
		}
		if state, revision, err = p.again(ctx, try); err != nil {
			return fmt.Errorf("messages were published but the state could not be read to mark them, so they may come again with the same ids: %w", err)
		}
		done.kept = slices.DeleteFunc(done.kept, func(id string) bool { return hasGoneOn(d.state.Incident(id), state.Incident(id)) })
	}
	return fmt.Errorf("messages were published but could not be marked as sent: the state was changed by other runs %d times in a row", decideTries)
}

// note takes what is done into a state, and reports whether that changed it.
func (d done) note(s *incident.State) (changed bool) {
	waiting, unrecorded := len(s.Outbox), len(s.Unrecorded)
	claimed := slices.ContainsFunc(s.Outbox, func(n *incident.Notice) bool { return n.ClaimedBy == d.run })
	s.Sent(d.sent)
	s.Recorded(d.kept)
	s.Release(d.run)
	return claimed || len(s.Outbox) < waiting || len(s.Unrecorded) < unrecorded
}

// hasGoneOn reports whether more has happened to an incident than was written
// down.
func hasGoneOn(written, now *incident.Incident) bool {
	if written == nil || now == nil || len(now.History) == 0 || len(written.History) == 0 {
		return false
	}
	last := func(i *incident.Incident) time.Time { return i.History[len(i.History)-1].At }
	return len(written.History) != len(now.History) || !last(written).Equal(last(now))
}
