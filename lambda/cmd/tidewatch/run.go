package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// runFlags are the flags of `tidewatch run`.
type runFlags struct {
	probeFlags
	output string
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
	n, err := s.prepare(ctx, &f.probeFlags)
	if err != nil {
		return err
	}
	line := s.startProgress(s.err, n.total)
	round, unkept := n.round(ctx, line.set)
	line.erase()
	if ctx.Err() != nil {
		fmt.Fprintln(s.err, "tidewatch: interrupted before the round ended; nothing is reported")
		return status(statusInterrupted)
	}
	if err := write(s.out, round); err != nil {
		return fmt.Errorf("the report cannot be written to standard output: %w", err)
	}
	if unkept != nil {
		return unkept
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

// rounds is what a command that probes makes its rounds with.
type rounds struct {
	line     *pipeline.Pipeline
	event    trigger.Event // what every round asks for
	total    int           // endpoints in a round
	progress func(done, total int)
}

// prepare reads the configuration and chooses what is probed, and how.
func (s streams) prepare(ctx context.Context, f *probeFlags) (*rounds, error) {
	options, err := f.options()
	if err != nil {
		return nil, err
	}
	cfg, err := s.load(string(f.config))
	if err != nil {
		return nil, err
	}
	if len(cfg.Checks) == 0 {
		return nil, errors.New("the configuration has no enabled endpoint, so there is nothing to probe; " +
			"add one below endpoints, or remove its `enabled: false`")
	}
	chosen, err := choose(cfg.Checks, f.only)
	if err != nil {
		return nil, err
	}
	aws := s.access(ctx, cfg)
	store, err := s.open(f.state, cfg, aws)
	if err != nil {
		return nil, err
	}
	found := &rounds{event: trigger.Event{Kind: trigger.Manual, Only: f.only}, total: len(chosen)}
	options.Concurrency, options.Secrets = cmp.Or(options.Concurrency, cfg.Concurrency), aws.secret
	options.Progress = func(done, total int) {
		if found.progress != nil {
			found.progress(done, total)
		}
	}
	found.line = pipeline.New(pipeline.Pipeline{
		Config: cfg, Prober: probe.New(options), Secrets: aws, Store: store, Publisher: f.state.publisher(),
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	return found, nil
}

// round probes once. Progress, which may be nil, is told how far it is.
func (n *rounds) round(ctx context.Context, progress func(done, total int)) (report.Run, error) {
	n.progress = progress
	return n.line.Handle(ctx, n.event)
}
