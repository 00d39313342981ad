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
	done := done{run: run}
	failed := p.publish(telling, d, &done)
	done.kept = p.keep(telling, d.state)
	if len(d.claimed) == 0 && len(done.kept) == 0 {
		return failed
	}
	return errors.Join(failed, p.mark(ctx, d, done))
}

// claimMargin is the part of a claim in which nothing is published any more:
// what has been can still be marked before others take it over.
const claimMargin = 15 * time.Second

// publish sends the claimed messages in order, and notes which are out. It
// stops at the first failure, since later messages mean something else without
// the earlier ones.
//
// One failure is passed over: that a message is refused for what is in it, in
// full and plain. Behind it all later ones would wait for ever, and nobody could
// mend that. Whether it is the message is known when the topic takes a later
// one: only then is it set aside. Until then it stays, as all do of a topic that
// refuses everything.
func (p *Pipeline) publish(ctx context.Context, d decided, done *done) error {
	ctx, cancel := context.WithTimeout(ctx, d.until.Sub(p.Now())-claimMargin)
	defer cancel()
	var refused []incident.Aside
	for _, id := range d.claimed {
		notice := d.state.Pending(id)
		if notice == nil {
			continue
		}
		err := p.tell(ctx, notice)
		switch {
		case isUnfit(err):
			refused = append(refused, incident.NewAside(notice, err, p.Now()))
		case err != nil:
			done.tried = id
			return fmt.Errorf("message %s could not be published and will be tried again: %w", id, err)
		default:
			p.Log.Info("published", "message", id)
			done.sent = append(done.sent, id)
			p.setAside(refused, done)
			refused = nil
		}
	}
	if len(refused) > 0 {
		return fmt.Errorf("message %s was refused in every form and will be tried again until the topic takes another: %s", refused[0].ID, refused[0].Reason)
	}
	return nil
}

// setAside notes that messages are given up, and says so loudly: the log has
// what an alarm on undelivered messages leads to.
func (p *Pipeline) setAside(refused []incident.Aside, done *done) {
	for _, a := range refused {
		p.Log.Error("a message is set aside: the topic refuses it in every form, and takes others", "message", a.ID, "kind", a.Kind, "incident", a.Incident, "reason", a.Reason)
		done.aside = append(done.aside, a)
	}
}

// tell publishes a message, or if its full form is refused its plain one.
func (p *Pipeline) tell(ctx context.Context, n *incident.Notice) error {
	err := p.Publisher.Publish(ctx, report.Compose(*n))
	if !isUnfit(err) {
		return err
	}
	p.Log.Warn("a message was refused and is published in its plain form", "message", n.ID, "error", err)
	return p.Publisher.Publish(ctx, report.Plain(*n))
}

// isUnfit reports whether a message can never be published as it is.
func isUnfit(err error) bool {
	refusal, ok := errors.AsType[interface {
		error
		Refused() bool
	}](err)
	return ok && refusal.Refused()
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
	tried      string // id of the message that the topic was given, and may have taken
	aside      []incident.Aside
}

// mark removes from the state what is done, and gives up the claim on what is
// not. Other runs may have changed the state meanwhile; what they did stays.
func (p *Pipeline) mark(ctx context.Context, d decided, done done) error {
	state, revision := d.state, d.revision
	for try := range decideTries {
		if !done.note(&state) {
			return nil // others have done the same
		}
		_, err := p.Store.Settle(ctx, state, revision)
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
	s.SetAside(d.aside) // which makes records out of date
	s.Try(d.tried)
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
