package pipeline

import (
	"context"
	"errors"
	"fmt"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// deliver publishes what this run has claimed, writes down the incidents that
// changed, and marks both as done, in one write. Whatever fails stays in the
// state for the next run.
func (p *Pipeline) deliver(ctx context.Context, d decided, run string) error {
	sent, failed := p.publish(ctx, d)
	kept := p.keep(ctx, d.state)
	if len(d.claimed) == 0 && len(kept) == 0 {
		return failed
	}
	return errors.Join(failed, p.mark(ctx, d, done{run: run, sent: sent, kept: kept}))
}

// publish sends the claimed messages in order, and returns the ids of those
// that are out. It stops at the first failure, since later messages mean
// something else without the earlier ones.
func (p *Pipeline) publish(ctx context.Context, d decided) (sent []string, err error) {
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
		if err := p.Store.Keep(ctx, incident.NewRecord(*i, p.Now())); err != nil {
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
		state.Sent(done.sent)
		state.Recorded(done.kept)
		state.Release(done.run)
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
	}
	return fmt.Errorf("messages were published but could not be marked as sent: the state was changed by other runs %d times in a row", decideTries)
}
