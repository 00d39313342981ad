package pipeline

import (
	"cmp"
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
	stockSpare  = 20 // of them, for what lots lead to
	stockLots   = 30 // wants that are read at a time
	stockFor    = 20 * time.Second
	stockRounds = 16
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
	last, problem := p.lastStock(ctx)
	if problem != nil && !errors.Is(problem, incident.ErrNoReport) {
		p.Log.Warn("the inventory before could not be read, so no change is known", "error", problem)
	}
	read := p.readStock(asking, last.Next)
	facts, blind := read.facts, read.blind
	now := diagnose.TakeInventory(facts, p.Now())
	now.Next = read.next
	now.Since(last)
	p.Log.Info("inventory taken", "calls", read.calls, "scopes", len(now.Scopes), "kept", len(now.Read), "next", now.Next, "changes", len(now.Changes))
	if err := p.keepStock(ctx, now); err != nil {
		p.Log.Warn("the inventory could not be kept", "error", err)
	}
	latents := incident.Latents{At: now.At}
	if p.Latent != nil {
		in := diagnose.Input{Now: now.At, Clusters: p.Config.AWS.Clusters, Symptoms: p.symptoms(run.Results, incident.State{}), Facts: facts}
		latents = incident.LatentsOf(conceal(diagnose.Output{Findings: p.Latent(in)}, hiddenTexts(p.Config.Checks)).Findings, now.At)
	}
	latents.Found = append(blind, latents.Found...)
	latents.Partial = now.Next != ""
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

// stock is what an inventory read, by so many calls.
type stock struct {
	facts *topology.Snapshot
	calls int
	next  string                // the lot that there were no calls for; "": all was read
	blind []incident.LatentFact // what there is to say if nothing could be read
}

// readStock reads what there is, from the lot on that the inventory before had
// no calls for.
func (p *Pipeline) readStock(ctx context.Context, from string) stock {
	read := stock{facts: &topology.Snapshot{Version: topology.SnapshotVersion, Region: p.Region, From: p.Now().Add(-time.Hour)}}
	about, reader := p.stock(), p.Facts(stockCalls)
	for range stockRounds {
		first, lots := about.Plan(read.facts, from)
		if len(first)+len(lots) == 0 || ctx.Err() != nil {
			break
		}
		if len(first) > 0 {
			reader.Read(ctx, read.facts, first)
			continue
		}
		cut := readLots(ctx, reader, read.facts, lots)
		read.next = cmp.Or(read.next, cut)
	}
	read.calls = reader.Calls()
	if blind, ok := blindness(read.facts, about.Wants(&topology.Snapshot{})); ok {
		p.Log.Warn("nothing could be read from AWS", "why", blind.Sentence)
		read.blind = []incident.LatentFact{blind}
	}
	return read
}

// stock is what inventories are about.
func (p *Pipeline) stock() diagnose.Stock {
	k := diagnose.Stock{Clusters: p.Config.AWS.Clusters, Now: p.Now()}
	for i := range p.Config.Checks {
		c := &p.Config.Checks[i]
		if host := c.Target.Host; host != "" && !c.Target.IP.IsValid() && len(k.Hosts) < stockHosts && !slices.Contains(k.Hosts, host) {
			k.Hosts = append(k.Hosts, host)
		}
	}
	return k
}

// readLots reads lots for as long as there are calls and time, and returns the
// name of the first that there were none for; "" if it read all.
func readLots(ctx context.Context, reader FactReader, facts *topology.Snapshot, lots []diagnose.Lot) string {
	unread := func(w topology.Want) bool { return facts.Status(w).Why == topology.Budget }
	for len(lots) > 0 {
		some, wants := fewLots(lots)
		if reader.Calls()+len(wants) > stockCalls-stockSpare {
			break
		}
		if reader.Read(ctx, facts, wants); slices.ContainsFunc(wants, unread) {
			break
		}
		lots = lots[some:]
	}
	for _, lot := range lots {
		for _, want := range lot.Wants {
			if facts.Status(want).Pending() {
				facts.Fail(want, topology.Budget, "it is left to the next inventory")
			}
		}
	}
	if len(lots) == 0 {
		return ""
	}
	return lots[0].Name
}

// fewLots are as many as are read at a time, at least one.
func fewLots(lots []diagnose.Lot) (some int, wants []topology.Want) {
	for some < len(lots) && (some == 0 || len(wants)+len(lots[some].Wants) <= stockLots) {
		wants = append(wants, lots[some].Wants...)
		some++
	}
	return some, wants
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
