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

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// runFlags are the flags of `tidewatch run`.
type runFlags struct {
	probeFlags
	output   string
	diagnose bool
}

func newRun(s streams) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "Probes every endpoint once and reports what was found",
		Long: `Probes every endpoint once and reports what was found.

What was found is compared with the rounds before, which --state keeps:
incidents are opened, carried on and resolved. Nobody is told of them but the
reader of the report. A state that cannot be kept is a warning, unless --state
asks for it. An interrupted round changes nothing.

--state dynamodb:TABLE takes part in the rounds of the function that has this
table: what is seen from here, which may be another network, counts as what it
sees itself, and it sends the messages that follow. The configuration must be
that of the function. To look without a say in it, take --state none, and
` + "`tidewatch incidents --state dynamodb:TABLE`" + `.

Exit status: 0 all healthy (degraded counts as healthy), 1 something is
unhealthy or could not be judged, 2 it could not run: wrong flags or
configuration, nowhere to write the report, or a state that --state asks for
could not be used; 130 interrupted, 141 the reader of its output went away.`,
		Example: `  tidewatch run
  tidewatch run --config health.yaml --only 'registry/*' --output json
  tidewatch run --resolver 10.0.0.2 --timeout 3s`,
		Args: onlyFlags,
		RunE: func(c *cobra.Command, _ []string) error { return runOnce(c.Context(), s, &f) },
	}
	f.register(c)
	c.Flags().StringVar(&f.output, "output", "text", "`form` of the report: text, json or markdown")
	c.Flags().BoolVar(&f.diagnose, "diagnose", false, "find out why what fails does, as tidewatch diagnose does, and tell it in the report")
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
	if f.diagnose {
		if err := n.diagnoses(); err != nil {
			return err
		}
	}
	_ = ctx.Err() // from here on a signal ends the round in an orderly way
	line := s.startProgress(s.err, n.total)
	round, unkept := n.round(ctx, line.set)
	line.erase()
	if ctx.Err() != nil {
		fmt.Fprintln(s.err, "tidewatch: interrupted before the round ended; nothing is reported")
		return status(statusInterrupted)
	}
	err = write(s.out, round)
	if err == nil && round.Diagnosis != nil && f.output != "json" {
		form, _ := diagnosisForm(f.output) // every form of a round is one of a report
		if _, err = io.WriteString(s.out, "\n"); err == nil {
			err = s.writeDiagnosis(*round.Diagnosis, form)
		}
	}
	if err != nil {
		return fmt.Errorf("the report cannot be written to standard output: %w", err)
	}
	if unkept != nil && f.given("state") {
		return fmt.Errorf("the report is complete, but --state %s could not be used: %w", f.state, unkept)
	}
	s.warnUnkept(unkept)
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
	troubles *troubles
	aws      *awsAccess
	cfg      *check.Config
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
	if form, _, _ := f.state.place(); form == stateTable {
		store = shared{store, cfg}
	}
	found := &rounds{troubles: &troubles{}, event: trigger.Event{Kind: trigger.Manual, Only: f.only}, total: len(chosen)}
	options.Concurrency, options.Secrets = cmp.Or(options.Concurrency, cfg.Concurrency), aws.secret
	options.Progress = func(done, total int) {
		if found.progress != nil {
			found.progress(done, total)
		}
	}
	found.line = pipeline.New(pipeline.Pipeline{
		Config: cfg, Prober: probe.New(options), Secrets: aws, Store: store, Publisher: f.state.publisher(),
		Controls: controlsOf(cfg), Log: slog.New(found.troubles), Now: time.Now,
	})
	found.aws, found.cfg = aws, cfg
	return found, nil
}

// round probes once. Progress, which may be nil, is told how far it is. The
// error is why what was found could not be kept, or not all of it.
func (n *rounds) round(ctx context.Context, progress func(done, total int)) (report.Run, error) {
	n.progress = progress
	run, err := n.line.Handle(ctx, n.event)
	if err = causeOf(err); err != nil {
		n.troubles.take() // that cannot be all
		return run, err
	}
	return run, n.troubles.take()
}

// controlsOf is what answers unless this machine has lost its network.
func controlsOf(cfg *check.Config) []string {
	if cfg.Connectivity == nil {
		return nil
	}
	return []string{cfg.Connectivity.Target}
}
