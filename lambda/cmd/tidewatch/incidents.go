package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// incidentsFlags are the flags that all commands about incidents have.
type incidentsFlags struct {
	config configPath
	state  stateFlag
	output string
	listFlags
}

func newIncidents(s streams) *cobra.Command {
	var f incidentsFlags
	list := func(c *cobra.Command, _ []string) error { return s.onIncidents(c.Context(), &f, f.list) }
	c := &cobra.Command{
		Use:   "incidents",
		Short: "Shows incidents, and takes them over or silences them",
		Long: `Shows incidents, and takes them over or silences them. Alone, it lists them as
` + "`tidewatch incidents list`" + ` does. It works on what --state keeps: the local file
of ` + "`tidewatch run`" + `, or with dynamodb:TABLE what the function knows.

Exit status: 0 it is done, whatever is open; 2 it could not be done: wrong flags
or configuration, no such incident, one that is over already, or a state that
cannot be used; 130 interrupted, 141 the reader of its output went away.`,
		Example: `  tidewatch incidents
  tidewatch incidents show INC-1125-3
  tidewatch incidents ack INC-1125-3 --by ann --state dynamodb:tidewatch
  tidewatch incidents snooze INC-1125-3 2h`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("incidents %q: expected list, show, ack or snooze", args[0])
			}
			return nil
		},
		RunE: list,
	}
	f.config.register(c.PersistentFlags())
	f.state.register(c.PersistentFlags(), stateSome)
	c.PersistentFlags().StringVar(&f.output, "output", "text", "`form` of what is printed: text or json")
	f.listFlags.register(c.Flags())
	listed := &cobra.Command{
		Use:   "list",
		Short: "Lists the incidents that are open, then those that were resolved lately",
		Args:  noArguments,
		RunE:  list,
	}
	f.listFlags.register(listed.Flags())
	c.AddCommand(listed, newShow(s, &f), newAck(s, &f), newSnooze(s, &f))
	return c
}

// desk is where incidents are worked on.
type desk struct {
	streams
	cfg    *check.Config
	store  pipeline.Store
	output string
	now    time.Time
}

// onIncidents does something with the incidents of a configuration.
func (s streams) onIncidents(ctx context.Context, f *incidentsFlags, do func(context.Context, *desk) error) error {
	if f.output != "text" && f.output != "json" {
		return usagef("--output %q: expected text or json", f.output)
	}
	if form, _, _ := f.state.place(); form == stateNone {
		return usagef("--state none: there are no incidents without a state; expected " + stateSome)
	}
	cfg, _, err := s.read(string(f.config))
	if err != nil {
		return err
	}
	store, err := s.open(f.state, cfg, s.access(ctx, cfg))
	if err != nil {
		return err
	}
	return do(ctx, &desk{streams: s, cfg: cfg, store: store, output: f.output, now: time.Now()})
}

// print writes in one of the two forms.
func (d *desk) print(document, text func(io.Writer) error) error {
	if d.output == "json" {
		return document(d.out)
	}
	return text(d.out)
}

// options are how text is written.
func (d *desk) options() report.TextOptions {
	screen := d.screenOf(d.out)
	return report.TextOptions{Color: screen.color, Width: screen.width}
}

// oneID takes the id of an incident, and as many further arguments as a command
// has.
func oneID(arguments string, n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n || args[0] == "" {
			return usagef("%s: expected %s", c.Name(), arguments)
		}
		return nil
	}
}
