package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// runFlags are the flags of `tidewatch run`.
type runFlags struct {
	probeFlags
	output string
	state  string
}

func newRun(s streams) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "Probes every endpoint once and reports what was found",
		Long: `Probes every endpoint once and reports what was found.

Exit status: 0 all healthy (degraded counts as healthy), 1 something is
unhealthy or could not be judged, 2 it could not run: wrong flags or
configuration, or nowhere to write the report; 130 interrupted, 141 the reader
of its output went away.`,
		Example: `  tidewatch run
  tidewatch run --config health.yaml --only 'registry/*' --output json
  tidewatch run --resolver 10.0.0.2 --timeout 3s`,
		Args: onlyFlags,
		RunE: func(c *cobra.Command, _ []string) error { return runOnce(c.Context(), s, &f) },
	}
	f.register(c)
	c.Flags().StringVar(&f.output, "output", "text", "`form` of the report: text, json or markdown")
	c.Flags().StringVar(&f.state, "state", "none", "where state is kept between runs: `none`")
	return c
}

// foldOver is the number of endpoints from which healthy ones are summed up on
// a terminal, where failures would scroll away among them.
const foldOver = 60

func runOnce(ctx context.Context, s streams, f *runFlags) error {
	write, err := s.renderer(f.output)
	if err != nil {
		return err
	}
	if f.state != "none" {
		return usagef("--state %q: expected none; this version keeps no state between runs", f.state)
	}
	checks, options, err := s.prepare(&f.probeFlags)
	if err != nil {
		return err
	}
	round := s.round(ctx, checks, options)
	if ctx.Err() != nil {
		fmt.Fprintln(s.err, "tidewatch: interrupted before the round ended; nothing is reported")
		return status(statusInterrupted)
	}
	if err := write(s.out, round); err != nil {
		return fmt.Errorf("the report cannot be written to standard output: %w", err)
	}
	if tally := report.Count(round.Results); tally.Healthy < tally.Total {
		return status(statusUnhealthy)
	}
	return nil
}

// renderer chooses the form of the report.
func (s streams) renderer(output string) (func(io.Writer, report.Run) error, error) {
	switch output {
	case "text":
		screen := s.screenOf(s.out)
		options := report.TextOptions{Color: screen.color, Width: screen.width}
		if screen.terminal {
			options.Fold = foldOver
		}
		return func(w io.Writer, run report.Run) error { return report.Text(w, run, options) }, nil
	case "json":
		return report.JSON, nil
	case "markdown":
		return report.Markdown, nil
	}
	return nil, usagef("--output %q: expected text, json or markdown", output)
}

// prepare reads the configuration and chooses what is probed, and how.
func (s streams) prepare(f *probeFlags) ([]check.Check, probe.Options, error) {
	options, err := f.options()
	if err != nil {
		return nil, probe.Options{}, err
	}
	cfg, err := s.load(string(f.config))
	if err != nil {
		return nil, probe.Options{}, err
	}
	if len(cfg.Checks) == 0 {
		return nil, probe.Options{}, errors.New("the configuration has no enabled endpoint, so there is nothing to probe; " +
			"add one below endpoints, or remove its `enabled: false`")
	}
	options.Concurrency = cmp.Or(options.Concurrency, cfg.Concurrency)
	checks, err := choose(cfg.Checks, f.only)
	return checks, options, err
}

// round probes once, with a line of progress on standard error.
func (s streams) round(ctx context.Context, checks []check.Check, options probe.Options) report.Run {
	line := s.startProgress(s.err, len(checks))
	defer line.erase()
	options.Progress = line.set
	return pipeline.New(checks, options).Once(ctx, "manual")
}
