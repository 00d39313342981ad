package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// How often a decision is made again after conflicts, and for how long a run
// may take to publish what it has claimed.
const (
	decideTries = 24
	claimFor    = 60 * time.Second
)

// decided is a decision that is saved, and what this run must send. Where there
// is none, state is what was known before, as far as that is.
type decided struct {
	state    incident.State
	revision int64
	claimed  []string  // ids of notices, in order
	until    time.Time // others leave them to this run
	known    bool      // there is a decision
	diagnose bool      // this run has to find out why what fails does
	stock    bool      // this run has to take the inventory
}

// decide makes the decision and saves it in one conditional write, together
// with what must be sent and the claim to send it. After a conflict it decides
// anew on the newer state; nothing is probed again.
func (p *Pipeline) decide(ctx context.Context, l loaded, in incident.Input) (decided, error) {
	if l.err != nil {
		return decided{}, fmt.Errorf("the state could not be read, so nothing was decided: %w", l.err)
	}
	for try := range decideTries {
		if ahead := l.state.Ahead(in.Now); ahead > 0 {
			p.Log.Warn("the state was decided in the future, so a clock was wrong; its times are taken to be now", "ahead", ahead.String(), "decided", l.state.Updated, "now", in.Now)
		}
		after, transitions := p.rules().Step(l.state, in)
		d := decided{state: after, revision: l.revision, known: true}
		p.takeOn(&d, in)
		p.claim(&d, in.Run)
		// What was taken on is in d.state only, and must be saved to hold.
		if len(d.claimed) == 0 && !d.diagnose && !d.stock && !incident.WorthSaving(l.state, d.state) {
			return d, nil
		}
		revision, err := p.Store.Save(ctx, d.state, l.revision)
		if err == nil {
			d.revision = revision
			p.logTransitions(transitions)
			return d, nil
		}
		if errors.Is(err, incident.ErrFull) && !in.Full {
			in.Full = true
			if l, err = p.relieve(ctx, l, in.Run); err != nil {
				return decided{state: l.state}, err
			}
			continue
		}
		if !errors.Is(err, incident.ErrConflict) {
			return decided{state: l.state}, fmt.Errorf("the decision could not be saved, so nobody was told: %w", err)
		}
		before := l.state
		if l.state, l.revision, err = p.again(ctx, try); err != nil {
			return decided{state: before}, fmt.Errorf("the state could not be read again after a conflict: %w", err)
		}
	}
	return decided{state: l.state}, fmt.Errorf("the decision could not be saved: the state was changed by other runs %d times in a row", decideTries)
}

// claim takes what waits to be sent for this run.
func (p *Pipeline) claim(d *decided, run string) {
	if p.Publisher == nil {
		return
	}
	now := p.Now() // later than the round: controls have been asked, others have decided
	d.until = now.Add(claimFor)
	d.claimed = d.state.Claim(run, now, d.until)
	d.state.MarkLate(d.claimed, now)
}

// relieve makes room in a state that can take no decision any more: what it
// holds is sent and written down as it is, as if this were all that there is to
// do. Whether that could be done or not, the decision is made again on what is
// stored then.
func (p *Pipeline) relieve(ctx context.Context, l loaded, run string) (loaded, error) {
	p.Log.Error("the state is full: what waits in it is sent before anything more is decided", "messages", len(l.state.Outbox))
	d := decided{state: l.state, revision: l.revision}
	p.claim(&d, run)
	err := error(nil)
	if len(d.claimed) > 0 {
		d.revision, err = p.Store.Settle(ctx, d.state, l.revision)
	}
	if err == nil { // if only to write records: what is over is forgotten then
		err = p.deliver(ctx, d, run)
	}
	if err != nil {
		p.Log.Warn("what waits in the full state could not be sent", "error", err)
	}
	before := l.state
	if l.state, l.revision, err = p.Store.Load(ctx); err != nil {
		return loaded{state: before}, fmt.Errorf("the state is full and could not be read again: %w", err)
	}
	return l, nil
}

// takeOn notes what else this run has to do after its round: a diagnosis, or
// else the inventory. That it does is saved with the decision, so no other run
// does it too.
func (p *Pipeline) takeOn(d *decided, in incident.Input) {
	switch {
	case p.Facts == nil || in.Diagnosis != nil || in.Latents != nil:
	case p.rules().DiagnosisDue(d.state, in.Now):
		d.diagnose = true
		d.state.LeaseDiagnosis(in.Run, in.Now.Add(leaseFor))
	case in.Scheduled && d.state.StockDue(in.Now):
		d.stock = true
		d.state.Diagnosed.Stocked = in.Now
	}
}

// again reads the state after a conflict. Runs that met once wait by chance, so
// that they do not meet again.
func (p *Pipeline) again(ctx context.Context, try int) (incident.State, int64, error) {
	if try > 0 && !sleep(ctx, rand.N(time.Duration(min(try, 10))*conflictPause)) {
		return incident.State{}, 0, ctx.Err()
	}
	return p.Store.Load(ctx)
}

const conflictPause = 20 * time.Millisecond

func (p *Pipeline) logTransitions(transitions []incident.Transition) {
	for _, t := range transitions {
		p.Log.Info("transition", "kind", t.Kind, "reason", t.Reason, "incident", t.Incident, "endpoint", t.Endpoint, "told", t.Told())
	}
}
