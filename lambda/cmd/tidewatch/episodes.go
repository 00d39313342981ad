package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// episodes remembers the incidents of the round before, to tell what has
// happened to them since.
type episodes struct {
	known map[string]incident.Incident // those that were open, by id; nil before the first round
}

// observe takes in what is open after a round, and returns a sentence for each
// thing that has happened since the one before; in the first round, for each
// incident that it found open.
func (e *episodes) observe(run report.Run) []string {
	var said []string
	first, now := e.known == nil, run.Started.Add(run.Duration)
	open := make(map[string]incident.Incident, len(run.Incidents))
	for _, i := range report.ByUrgency(run.Incidents) {
		open[i.ID] = *i
		if was, known := e.known[i.ID]; first && i.Opened.Before(run.Started) {
			said = append(said, named(i, fmt.Sprintf("is %s for %s", i.State, report.Lasted(now.Sub(i.Opened)))))
		} else {
			said = append(said, episode(was, i, known, now)...)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.known)) {
		if _, still := open[id]; !still {
			was := e.known[id]
			said = append(said, named(&was, "is over after "+report.Lasted(now.Sub(was.Opened))))
		}
	}
	e.known = open
	return said
}

// episode says what has happened to an incident since it was as it was.
func episode(was incident.Incident, i *incident.Incident, known bool, now time.Time) []string {
	var last time.Time
	if n := len(was.History); n > 0 {
		last = was.History[n-1].At
	}
	var said []string
	for _, m := range i.History {
		if m.At.After(last) && m.Kind != incident.KindReminder {
			said = append(said, named(i, fmt.Sprintf("%s, %s", m.Kind, m.Reason)))
		}
	}
	if i.Acked.After(was.Acked) {
		said = append(said, named(i, "is acknowledged by "+cmp.Or(redact.Visible(i.AckedBy), "somebody")))
	}
	if i.Snoozed != was.Snoozed && i.Snoozed.After(now) {
		said = append(said, named(i, "is snoozed until "+i.Snoozed.UTC().Format(time.RFC3339)))
	}
	if !known && len(said) == 0 {
		said = append(said, named(i, "is "+string(i.State)))
	}
	return said
}

// named is a sentence about an incident, with what it is about.
func named(i *incident.Incident, what string) string {
	return fmt.Sprintf("%s SEV%d %s: %s", redact.Visible(i.ID), i.Severity, what, redact.Visible(i.Title))
}
