package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// reportFlags are the flags of `tidewatch report`.
type reportFlags struct {
	config configPath
	state  stateFlag
	output string
}

func newReport(s streams) *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report [ID]",
		Short: "Shows the report of a diagnosis that was kept",
		Long: `Shows the report of a diagnosis that was kept: that of an id as messages name
it, the newest one of an incident, or without an id the newest of all. Reports
are kept for 90 days.

Exit status: 0 it was shown, whatever it says; 2 it could not be: wrong flags or
configuration, no such report, or a state that cannot be used; 130 interrupted,
141 the reader of its output went away.`,
		Example: `  tidewatch report --state dynamodb:tidewatch
  tidewatch report INC-1125-3 --output markdown
  tidewatch report R-20261125T031207Z --output json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("report: expected one id or none, but got %d", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return showReport(c.Context(), s, &f, strings.Join(args, ""))
		},
	}
	f.config.register(c.Flags())
	f.state.register(c.Flags(), stateSome)
	c.Flags().StringVar(&f.output, "output", "text", "`form` of the report: text, json, markdown or slack")
	return c
}

func showReport(ctx context.Context, s streams, f *reportFlags, id string) error {
	form, err := diagnosisForm(f.output)
	if err != nil {
		return err
	}
	if kind, _, _ := f.state.place(); kind == stateNone {
		return usagef("--state none: there are no reports without a state; expected " + stateSome)
	}
	cfg, _, err := s.read(string(f.config))
	if err != nil {
		return err
	}
	store, err := s.open(f.state, cfg, s.access(ctx, cfg))
	if err != nil {
		return err
	}
	found, err := findReport(ctx, store, id)
	if err != nil {
		return err
	}
	d, err := report.DecodeDiagnosis(found)
	if err != nil {
		return err
	}
	if err := s.writeDiagnosis(d, form); err != nil {
		return fmt.Errorf("the report cannot be written to standard output: %w", err)
	}
	return nil
}

// mostRecords is how many incidents are searched for an id.
const mostRecords = 1000

// findReport finds the report of an id, which may be that of an incident; ""
// is the newest.
func findReport(ctx context.Context, store pipeline.Store, id string) ([]byte, error) {
	if id != "" && !strings.HasPrefix(id, "INC-") {
		return store.Report(ctx, id)
	}
	state, _, err := store.Load(ctx)
	if err != nil {
		return nil, err
	}
	if id == "" {
		if state.Diagnosed.Report == "" {
			return nil, errors.New("no report has been kept yet: the function, and `tidewatch run --diagnose`, keep one as soon as something fails; `tidewatch diagnose` shows one at once")
		}
		return store.Report(ctx, state.Diagnosed.Report)
	}
	i, err := findIncident(ctx, store, state, id)
	if err != nil {
		return nil, err
	}
	if i.Root == nil || i.Root.Report == "" {
		return nil, fmt.Errorf("no cause was found for incident %s, so no report is kept with it; `tidewatch report` shows the newest one", id)
	}
	return store.Report(ctx, i.Root.Report)
}

func findIncident(ctx context.Context, store pipeline.Store, state incident.State, id string) (*incident.Incident, error) {
	if i := state.Incident(id); i != nil {
		return i, nil
	}
	records, err := store.Records(ctx, mostRecords)
	for k := range records {
		if records[k].Incident.ID == id {
			return &records[k].Incident, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("there is no incident %s; `tidewatch incidents` lists those that there are", id)
}
