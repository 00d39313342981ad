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

// watchLines watches without a terminal: a line per change of an endpoint or of
// an incident, then one per round, until ctx is done.
func watchLines(ctx context.Context, out io.Writer, w *watcher) error {
	l := lines{history: newHistory()}
	for {
		run, unkept := w.round(ctx, nil)
		if ctx.Err() != nil {
			return nil
		}
		if _, err := io.WriteString(out, l.round(run, unkept)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(w.next(run.Started, time.Now()))):
		}
	}
}

// lines is the log of a watch.
type lines struct {
	history  *history
	episodes episodes
	unkept   string // what was last said of a state that cannot be kept
}

// round is what one round adds to the log.
func (l *lines) round(run report.Run, unkept error) string {
	var b strings.Builder
	at := run.Started.UTC().Format(time.RFC3339)
	for _, c := range l.history.observe(run) {
		b.WriteString(at + "  " + changeLine(run, c) + "\n")
	}
	for _, said := range l.incidents(run, unkept) {
		b.WriteString(at + "  " + said + "\n")
	}
	fmt.Fprintf(&b, "%s  %s · %s", at, report.Count(run.Results), report.Duration(run.Duration))
	if n := len(run.Incidents); n > 0 {
		b.WriteString(" · " + counted(n, "incident"))
	}
	if !run.TimingsTrusted {
		b.WriteString(" · timings are not trusted, this machine was too busy")
	}
	return b.String() + "\n"
}

// incidents says what has happened to incidents. Of a state that could not be
// kept nothing is known, which is said once.
func (l *lines) incidents(run report.Run, unkept error) []string {
	if unkept == nil {
		l.unkept = ""
		return l.episodes.observe(run)
	}
	if why := redact.Visible(unkept.Error()); why != l.unkept {
		l.unkept = why
		return []string{"incidents could not be kept: " + why}
	}
	return nil
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
