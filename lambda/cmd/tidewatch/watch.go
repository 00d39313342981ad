package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/report"
)

// watchFlags are the flags of `tidewatch watch`.
type watchFlags struct {
	probeFlags
	every time.Duration
}

// leastEvery is the shortest time between rounds: less would be a load test.
const leastEvery = 10 * time.Second

func newWatch(s streams) *cobra.Command {
	var f watchFlags
	c := &cobra.Command{
		Use:   "watch",
		Short: "Probes every endpoint again and again and shows what changes",
		Long: `Probes every endpoint again and again. On a terminal the report is redrawn in
place, with the time since which each endpoint is in its state: r probes now,
the arrow keys scroll, q quits and leaves the last report on the screen.
Elsewhere it prints a line per change of an endpoint or an incident, and one per
round. Incidents are kept as by ` + "`tidewatch run`" + `; a state that cannot be
used is told, and ends nothing.

Exit status: 0 it was ended, with q or by an interrupt; 2 it could not start:
wrong flags or configuration; 141 the reader of its output went away.`,
		Args: onlyFlags,
		RunE: func(c *cobra.Command, _ []string) error { return runWatch(c.Context(), s, &f) },
	}
	f.register(c)
	c.Flags().DurationVar(&f.every, "every", time.Minute, "time from the start of one round to the next, at least 10s")
	return c
}

func runWatch(ctx context.Context, s streams, f *watchFlags) error {
	if f.every < leastEvery {
		return usagef("--every %s: expected a duration of at least %s, such as 1m", f.every, leastEvery)
	}
	n, err := s.prepare(ctx, &f.probeFlags)
	if err != nil {
		return err
	}
	w := &watcher{total: n.total, every: f.every, round: n.round}
	if screen := s.screenOf(s.out); screen.terminal && s.screenOf(s.in).terminal && !s.dumb() {
		return watchScreen(ctx, s, w, screen)
	}
	return watchLines(ctx, s.out, w)
}

// watcher makes the rounds of both forms of watching. Its pipeline lives as
// long as the watch: it keeps certificate pools and access tokens from one
// round to the next.
type watcher struct {
	total int
	every time.Duration
	// round probes everything once; progress may be nil. An error says that
	// what was found could not be kept.
	round func(ctx context.Context, progress func(done, total int)) (report.Run, error)
}

// next is when the round after one that started at a time is due.
func (w *watcher) next(started, now time.Time) time.Time {
	if due := started.Add(w.every); due.After(now) {
		return due
	}
	return now
}
