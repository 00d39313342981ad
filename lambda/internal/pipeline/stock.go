package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Bounds of an inventory.
const (
	stockCalls  = 300
	stockFor    = 20 * time.Second
	stockRounds = 10
	stockItem   = "inventory" // the id under which it is kept
	stockHosts  = 50
)

// takeStock reads what there is, keeps it with what has changed since the last
// time, and notes what is wrong although nothing fails. That it could not be
// done is no error of the run: an hour later it is tried again.
func (p *Pipeline) takeStock(ctx context.Context, run report.Run, known incident.State) (err error) {
	defer func() {
		if cause := recover(); cause != nil { // answers of AWS are from outside
			p.Log.Error("the inventory failed", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	asking, cancel := before(ctx, reserve)
	defer cancel()
	asking, cancel = context.WithTimeout(asking, stockFor)
	defer cancel()
	facts, calls, blind := p.readStock(asking)
	now := diagnose.TakeInventory(facts, p.Now())
	if last, err := p.lastStock(ctx); err == nil {
		now.Since(last)
	} else if !errors.Is(err, incident.ErrNoReport) {
		p.Log.Warn("the inventory before could not be read, so no change is known", "error", err)
	}
	p.Log.Info("inventory taken", "calls", calls, "scopes", len(now.Scopes), "changes", len(now.Changes))
	if err := p.keepStock(ctx, now); err != nil {
		p.Log.Warn("the inventory could not be kept", "error", err)
	}
	latents := incident.Latents{At: now.At}
	if p.Latent != nil {
		in := diagnose.Input{Now: now.At, Clusters: p.Config.AWS.Clusters, Symptoms: p.symptoms(run.Results, incident.State{}), Facts: facts}
		latents = incident.LatentsOf(conceal(diagnose.Output{Findings: p.Latent(in)}, hiddenTexts(p.Config.Checks)).Findings, now.At)
	}
	latents.Found = append(blind, latents.Found...)
	if p.Latent == nil && len(blind) == 0 && len(known.Latents.Found) == 0 {
		return nil // nothing to say, and nothing said before
	}
	state, revision, err := p.Store.Load(ctx)
	if err != nil {
		return fmt.Errorf("an inventory was taken, and the state could not be read to note what it found: %w", err)
	}
	_, err = p.decide(ctx, loaded{state: state, revision: revision}, incident.Input{Now: p.Now(), Run: run.ID, Started: run.Started, Latents: &latents})
	return err
}

// readStock returns also how many calls it made, and what there is to say if
// they told nothing.
func (p *Pipeline) readStock(ctx context.Context) (*topology.Snapshot, int, []incident.LatentFact) {
	facts := &topology.Snapshot{Version: topology.SnapshotVersion, Region: p.Region, From: p.Now().Add(-time.Hour)}
	stock := diagnose.Stock{Clusters: p.Config.AWS.Clusters, Now: p.Now()}
	for i := range p.Config.Checks {
		c := &p.Config.Checks[i]
		if host := c.Target.Host; host != "" && !c.Target.IP.IsValid() && len(stock.Hosts) < stockHosts && !slices.Contains(stock.Hosts, host) {
			stock.Hosts = append(stock.Hosts, host)
		}
	}
	reader := p.Facts(stockCalls)
	for range stockRounds {
		wants := stock.Wants(facts)
		if len(wants) == 0 || ctx.Err() != nil {
			break
		}
		reader.Read(ctx, facts, wants)
	}
	if blind, ok := blindness(facts, stock.Wants(&topology.Snapshot{})); ok {
		p.Log.Warn("nothing could be read from AWS", "why", blind.Sentence)
		return facts, reader.Calls(), []incident.LatentFact{blind}
	}
	return facts, reader.Calls(), nil
}

// lastStock is the inventory before.
func (p *Pipeline) lastStock(ctx context.Context) (diagnose.Inventory, error) {
	text, err := p.Store.Report(ctx, stockItem)
	if err != nil {
		return diagnose.Inventory{}, err
	}
	var last diagnose.Inventory
	if err := json.Unmarshal(text, &last); err != nil {
		return diagnose.Inventory{}, fmt.Errorf("%w: the inventory is not JSON of the expected form", incident.ErrDamaged)
	}
	return last, nil
}

func (p *Pipeline) keepStock(ctx context.Context, v diagnose.Inventory) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return p.Store.KeepReport(ctx, incident.Report{ID: stockItem, Body: body, Text: fmt.Sprintf("inventory of %s", v.At.UTC().Format(time.RFC3339)), Expires: p.Now().Add(keepReport)})
}

// stockChanges are the changes that inventories saw shortly before a failure
// began. The last inventory before that knows nothing of the rest of its hour.
func stockChanges(v diagnose.Inventory, began time.Time) []report.Change {
	var changes []report.Change
	for _, a := range v.Changes {
		if a.To.After(began.Add(-changesWithin-time.Hour)) && !a.From.After(began) {
			what := fmt.Sprintf("%s (between %s and %s)", a.What, a.From.UTC().Format("15:04Z"), a.To.UTC().Format("15:04Z"))
			changes = append(changes, report.Change{At: a.To, What: what, Source: "inventory"})
		}
	}
	return changes[max(0, len(changes)-mostChanges):]
}
