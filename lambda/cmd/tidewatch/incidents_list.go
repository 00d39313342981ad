package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// listFlags say how many incidents are listed that are over.
type listFlags struct {
	limit int
	all   bool
}

// allRecords is more than stores keep.
const allRecords = 10_000

func (f *listFlags) register(flags *pflag.FlagSet) {
	flags.IntVar(&f.limit, "limit", 10, "list at most `n` incidents that are resolved")
	flags.BoolVar(&f.all, "all", false, "list all that are kept: 90 days long")
}

func (f *listFlags) list(ctx context.Context, d *desk) error {
	if f.limit < 0 {
		return usagef("--limit %d: expected a whole number from 0", f.limit)
	}
	limit := f.limit
	if f.all {
		limit = allRecords
	}
	state, _, err := d.store.Load(ctx)
	if err != nil {
		return err
	}
	over, unread := d.over(ctx, state, limit)
	var dossiers []report.Dossier
	for _, i := range append(report.ByUrgency(state.Active()), over...) {
		dossiers = append(dossiers, dossierOf(*i, state, d.cfg))
	}
	err = d.print(
		func(w io.Writer) error { return report.DossiersJSON(w, d.cfg.Environment, dossiers) },
		func(w io.Writer) error { return report.DossiersText(w, dossiers, d.now, d.options()) },
	)
	return errors.Join(err, partly(unread))
}

// over are the newest incidents that are resolved, at most limit. What the
// state knows is newer than a record.
func (d *desk) over(ctx context.Context, state incident.State, limit int) ([]*incident.Incident, error) {
	records, err := d.store.Records(ctx, limit+len(state.Incidents))
	var over []*incident.Incident
	for i := range records {
		found := &records[i].Incident
		if newer := state.Incident(found.ID); newer != nil {
			found = newer
		}
		if found.State == incident.Resolved && len(over) < limit {
			over = append(over, found)
		}
	}
	return over, err
}

// partly says what is missing from what was printed.
func partly(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("not everything could be read: %w", err)
}

// dossierOf gathers what the state and the configuration know of an incident.
func dossierOf(i incident.Incident, state incident.State, cfg *check.Config) report.Dossier {
	d := report.Dossier{Incident: i}
	byKey := make(map[string]*check.Check, len(cfg.Checks))
	for k := range cfg.Checks {
		byKey[cfg.Checks[k].Key] = &cfg.Checks[k]
	}
	add := func(keys []string, dependent bool) {
		for _, key := range keys {
			m := report.Member{Key: key, Dependent: dependent, Known: state.Endpoints[key]}
			if c := byKey[key]; c != nil {
				m.UsersLose, m.Owner, m.Runbook = c.UsersLose, c.Owner, c.Runbook
			}
			d.Members = append(d.Members, m)
		}
	}
	add(i.Endpoints, false)
	add(i.Dependents, true)
	return d
}

func newShow(s streams, f *incidentsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Shows all that is known of an incident",
		Args:  oneID("the ID of an incident, such as INC-1125-3", 1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.onIncidents(c.Context(), f, func(ctx context.Context, d *desk) error { return d.show(ctx, args[0]) })
		},
	}
}

func (d *desk) show(ctx context.Context, id string) error {
	state, _, err := d.store.Load(ctx)
	if err != nil {
		return err
	}
	i, err := d.find(ctx, state, id)
	if err != nil {
		return err
	}
	return d.told(*i, state)
}

// told prints an incident.
func (d *desk) told(i incident.Incident, state incident.State) error {
	dossier := dossierOf(i, state, d.cfg)
	return d.print(
		func(w io.Writer) error { return report.DossierJSON(w, dossier) },
		func(w io.Writer) error { return report.DossierText(w, dossier, d.now, d.options()) },
	)
}

// find looks an incident up in the state, then among the records.
func (d *desk) find(ctx context.Context, state incident.State, id string) (*incident.Incident, error) {
	if i := lookup(state, id); i != nil {
		return i, nil
	}
	records, unread := d.store.Records(ctx, allRecords)
	for i := range records {
		if strings.EqualFold(records[i].Incident.ID, id) {
			return &records[i].Incident, nil
		}
	}
	return nil, errors.Join(unknown(state, id), partly(unread))
}

// unknownError says that there is no such incident.
type unknownError struct{ error }

// unknown says which incidents are open instead of one that there is not.
func unknown(state incident.State, id string) error {
	var open []string
	for _, i := range report.ByUrgency(state.Active()) {
		open = append(open, i.ID)
	}
	if len(open) == 0 {
		return unknownError{fmt.Errorf("there is no incident %q; none is open, and those that are resolved are listed by `tidewatch incidents --all`", id)}
	}
	return unknownError{fmt.Errorf("there is no incident %q; open are %s", id, strings.Join(open, ", "))}
}
