package report

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// ByUrgency returns incidents with the worst first and those that are over
// last; of equals the newest first.
func ByUrgency(incidents []*incident.Incident) []*incident.Incident {
	over := func(i *incident.Incident) int {
		if i.State == incident.Resolved {
			return 1
		}
		return 0
	}
	sorted := slices.Clone(incidents)
	slices.SortStableFunc(sorted, func(a, b *incident.Incident) int {
		return cmp.Or(
			cmp.Compare(over(a), over(b)),
			cmp.Compare(a.Severity, b.Severity),
			b.Opened.Compare(a.Opened),
		)
	})
	return sorted
}

// phaseOf says in which part of its life an incident is, and since when.
func phaseOf(i *incident.Incident, now time.Time) string {
	since := func(word string, at time.Time) string {
		if lasted := now.Sub(at); lasted >= time.Minute {
			return fmt.Sprintf("%s since %s, %s", word, clock(at, now), whole(elapsed(lasted)))
		}
		return fmt.Sprintf("%s since %s", word, clock(at, now))
	}
	switch i.State {
	case incident.Resolved:
		return fmt.Sprintf("resolved %s, after %s", clock(i.Resolved, now), whole(elapsed(i.Resolved.Sub(i.Opened))))
	case incident.Monitoring:
		return since("good again", i.Recovered) + " · " + since("open", i.Opened)
	}
	return since("open", i.Opened)
}

// course says since when an incident is how it is, and how it behaved.
func course(i *incident.Incident, now time.Time) string {
	said := phaseOf(i, now)
	if i.Reopenings > 0 {
		said += " · reopened " + times(i.Reopenings)
	}
	if i.Flapping && i.State != incident.Resolved {
		said += " · flapping"
	}
	return said
}

// about is what stands below the title of an incident: its course, and what
// people have done about it.
func about(i *incident.Incident, now time.Time) string {
	said := []string{course(i, now)}
	if i.State == incident.Resolved {
		return said[0]
	}
	if !i.Acked.IsZero() {
		by := ""
		if i.AckedBy != "" {
			by = " by " + redact.Visible(i.AckedBy)
		}
		said = append(said, "acknowledged"+by)
	}
	if now.Before(i.Snoozed) {
		said = append(said, "snoozed until "+clock(i.Snoozed, now))
	}
	return strings.Join(said, " · ")
}

// whole keeps a duration on one line.
func whole(text string) string { return strings.ReplaceAll(text, " ", nbsp) }

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// shownIncidents is how many incidents a report shows on a terminal.
const shownIncidents = 12

const sevCols = len("SEV1")

// ended is when a run had found what it found.
func (r *Run) ended() time.Time { return r.Started.Add(r.Duration) }

// incidents lists what is open.
func (t *table) incidents(b *bufio.Writer) {
	if len(t.run.Incidents) == 0 {
		return
	}
	b.WriteString(t.palette.Strong("incidents") + "\n")
	shown := ByUrgency(t.run.Incidents)
	if t.width > 0 && len(shown) > shownIncidents {
		shown = shown[:shownIncidents]
	}
	t.entries(b, shown, t.run.ended())
	if more := len(t.run.Incidents) - len(shown); more > 0 {
		t.pair(b, painted{fmt.Sprintf("and %d more:", more), t.palette.Quiet}, painted{" see `tidewatch incidents`", t.palette.Quiet}, indent)
	}
	b.WriteByte('\n')
}

// entries writes incidents one below the other: severity and id as columns,
// beside them the title, and below it the rest.
func (t *table) entries(b *bufio.Writer, incidents []*incident.Incident, now time.Time) {
	column := t.incidentColumn(incidents)
	ids := column - gap - gap - sevCols - indent
	for _, i := range incidents {
		head := strings.Repeat(" ", indent) + t.palette.urgency(i, fit(severity(i.Severity), sevCols)) +
			strings.Repeat(" ", gap) + fit(redact.Visible(i.ID), ids) + strings.Repeat(" ", gap)
		lines := t.wrap(redact.Visible(i.Title), column)
		for _, line := range t.wrap(about(i, now), column) {
			lines = append(lines, t.palette.Quiet(line))
		}
		for _, line := range lines {
			b.WriteString(head + line + "\n")
			head = strings.Repeat(" ", column)
		}
	}
}

// incidentColumn is where the titles of incidents begin.
func (t *table) incidentColumn(incidents []*incident.Incident) int {
	ids := 0
	for _, i := range incidents {
		ids = max(ids, terminal.String(redact.Visible(i.ID)))
	}
	return indent + sevCols + gap + min(ids, longestName) + gap
}

// urgency colours text by what an incident asks of its reader.
func (p Palette) urgency(i *incident.Incident, text string) string {
	switch {
	case i.State == incident.Resolved, i.State == incident.Monitoring:
		return p.Good(text)
	case i.Severity <= incident.SEV2:
		return p.Bad(text)
	}
	return p.Uneasy(text)
}

// mdIncidents lists what is open.
func mdIncidents(b *bufio.Writer, run *Run) {
	if len(run.Incidents) == 0 {
		return
	}
	b.WriteString("### Incidents\n\n| | Incident | What | State |\n|---|---|---|---|\n")
	for _, i := range ByUrgency(run.Incidents) {
		mdRow(b, mark(i.Severity)+" "+severity(i.Severity), mdText(i.ID), mdText(i.Title), mdText(strings.ReplaceAll(about(i, run.ended()), nbsp, " ")))
	}
	b.WriteByte('\n')
}
