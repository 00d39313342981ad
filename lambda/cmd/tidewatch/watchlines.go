package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// watchLines watches without a terminal: a line per change, then one per
// round, until ctx is done.
func watchLines(ctx context.Context, out io.Writer, w *watcher) error {
	h := newHistory()
	for {
		run, unkept := w.round(ctx, nil)
		if ctx.Err() != nil {
			return nil
		}
		text := roundLines(run, h.observe(run))
		if unkept != nil {
			text += fmt.Sprintf("%s  %s\n", run.Started.UTC().Format(time.RFC3339), redact.Visible(unkept.Error()))
		}
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(w.next(run.Started, time.Now()))):
		}
	}
}

// roundLines is what one round adds to the log.
func roundLines(run report.Run, changes []change) string {
	var b strings.Builder
	at := run.Started.UTC().Format(time.RFC3339)
	for _, c := range changes {
		b.WriteString(at + "  " + changeLine(run, c) + "\n")
	}
	fmt.Fprintf(&b, "%s  %s · %s", at, report.Count(run.Results), report.Duration(run.Duration))
	if !run.TimingsTrusted {
		b.WriteString(" · timings are not trusted, this machine was too busy")
	}
	return b.String() + "\n"
}

// changeLine says what became of an endpoint, and what it was before.
func changeLine(run report.Run, c change) string {
	line := fmt.Sprintf("%s: %s", redact.Visible(c.result.Key), report.State(c.result))
	if c.was.state != "" {
		line += fmt.Sprintf(", was %s for %s", c.was.state, report.Lasted(run.Started.Sub(c.was.at)))
		if c.was.first {
			line += " or longer"
		}
	}
	if c.result.Error != "" {
		line += ": " + redact.Visible(c.result.Error)
	}
	return line
}
