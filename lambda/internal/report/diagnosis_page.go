package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// DiagnosisMarkdown writes a report as GitHub-flavoured Markdown.
func DiagnosisMarkdown(d Diagnosis) string { return d.page().markdown() }

// DiagnosisText writes a report as plain text.
func DiagnosisText(d Diagnosis) string { return d.page().plain(100) }

// mostCauses bounds how many root causes have a section of their own.
const mostCauses = 20

// page is the whole report. Every sentence in it comes from a finding, a fact
// or a check; nothing is said beside them.
func (d *Diagnosis) page() *page {
	p := &page{}
	d.head(p)
	d.summary(p)
	causes := d.Causes()
	if len(causes) == 0 {
		d.unexplained(p) // what was seen is all that there is to say
	}
	d.impact(p)
	for i := range causes[:min(len(causes), mostCauses)] {
		d.cause(p, i+1, &causes[i])
	}
	if more := len(causes) - mostCauses; more > 0 {
		p.say(fmt.Sprintf("… %s: the JSON form has all %d.", counted(more, "more root cause"), len(causes)))
	}
	if len(causes) > 0 {
		d.unexplained(p)
	}
	d.rules(p)
	d.names(p)
	d.actions(p)
	d.advice(p)
	d.fixed(p)
	d.changes(p)
	d.others(p, diagnose.Next, "Will appear next", "Broken too, but hidden behind a root cause: once that is repaired, these come.")
	d.others(p, diagnose.Self, "About the checker", "")
	d.others(p, diagnose.Latent, "Not noticed yet", "No endpoint suffers from these today.")
	d.notChecked(p)
	d.verify(p)
	d.timeline(p)
	return p
}

func (d *Diagnosis) head(p *page) {
	title := "Diagnosis"
	if len(d.Incidents) > 0 {
		i := slices.MinFunc(d.Incidents, func(a, b Affair) int { return cmp.Compare(a.Severity, b.Severity) })
		title = fmt.Sprintf("Incident %s · %s · %s", i.ID, i.Severity, d.standing())
		if len(d.Incidents) > 1 {
			title += fmt.Sprintf(" · and %d more open", len(d.Incidents)-1)
		}
		p.heading(1, title)
		p.say(i.Title)
	} else {
		if causes := d.Causes(); len(causes) > 0 {
			title += " · " + sev(causes[0].Severity) // the worst comes first
		}
		p.heading(1, title+" · "+d.standing())
	}
	var parts []string
	for _, part := range [][2]string{{"environment ", d.Environment}, {"", d.Region}, {"account ", d.Account}} {
		if part[1] != "" {
			parts = append(parts, part[0]+part[1])
		}
	}
	about := []string{strings.Join(parts, ", "), "facts as of " + dated(d.At)}
	if d.ID != "" {
		about = append(about, "report "+d.ID)
	}
	p.say(strings.TrimPrefix(strings.Join(about, " · "), " · "))
	if d.Tracker != "" {
		p.link("Tracker:", d.Tracker)
	}
	if d.Partial {
		p.say("A slow answer is still awaited. What it decides is told in the next report.")
	}
}

// standing is the word that outside readers know.
func (d *Diagnosis) standing() string {
	switch {
	case d.failing() == 0 && d.blindness() != nil:
		return "nothing is known of endpoints"
	case d.failing() == 0 && len(d.Causes()) > 0:
		return "degraded"
	case d.failing() == 0:
		return "nothing fails"
	case len(d.Causes()) > 0:
		return "identified"
	}
	return "investigating"
}

func (d *Diagnosis) failing() int {
	n := 0
	for _, c := range d.Checks {
		if !c.Healthy && !c.Unknown {
			n++
		}
	}
	return n
}

// summary says what is broken, why, how sure that is, and what to do first: who
// reads no further knows enough to begin.
func (d *Diagnosis) summary(p *page) {
	causes := d.Causes()
	p.heading(2, "Summary")
	if f := d.blindness(); f != nil {
		p.say(noStatement(f) + ". " + f.Sentence + citation(f))
	}
	p.say(d.tally(causes))
	var rows [][]cell
	for i, f := range causes {
		rows = append(rows, cells(fmt.Sprint(i+1), f.Sentence, string(f.Level), sev(f.Severity), places(f.Explains), firstAction(&f)))
	}
	p.tableOf(2, []string{"#", "Root cause", "Level", "Severity", "Explains", "First action"}, rows)
	d.first(p)
}

// tally counts what was found, and what could not be.
func (d *Diagnosis) tally(causes []diagnose.Finding) string {
	explained, unknown, failing := 0, 0, d.failing()
	for _, c := range d.Checks {
		if c.Unknown {
			unknown++
		}
		if slices.ContainsFunc(causes, func(f diagnose.Finding) bool { return slices.Contains(f.Explains, c.Key) }) {
			explained++
		}
	}
	var parts []string
	switch {
	case failing == 0 && d.blindness() == nil && len(causes) > 0:
		parts = append(parts, fmt.Sprintf("No check fails, but %s %s found.", counted(len(causes), "root cause"), agree(len(causes), "was", "were")))
	case failing == 0 && d.blindness() == nil:
		parts = append(parts, "No check fails.")
	case len(causes) == 0 && failing > 0:
		parts = append(parts, fmt.Sprintf("No root cause was found for %s.", counted(failing, "failing check")))
	case failing > 0:
		parts = append(parts, fmt.Sprintf("%s %s %d of %s.", counted(len(causes), "root cause"), agree(len(causes), "explains", "explain"), explained, counted(failing, "failing check")))
	}
	if n := len(d.Fixed); n > 0 {
		parts = append(parts, counted(n, "earlier problem")+" "+agree(n, "is", "are")+" fixed.")
	}
	if unknown > 0 {
		parts = append(parts, counted(unknown, "check")+" could not be made.")
	}
	if gaps := len(d.Gaps); gaps > 0 {
		parts = append(parts, counted(gaps, "fact")+" could not be read.")
	} else if unknown == 0 {
		parts = append(parts, "Every check was made, and every fact read.")
	}
	return strings.Join(parts, " ")
}

// first is the action to begin with, with its command ready to be copied.
func (d *Diagnosis) first(p *page) {
	all := d.ranked()
	if len(all) == 0 || strings.HasPrefix(all[0].Priority, "P2.") {
		return // nothing is urgent
	}
	a := all[0]
	text := "Do first: " + a.Priority + " " + a.Do
	if a.Mutates {
		text += " (" + riskOf(a) + ")"
	}
	p.say(text)
	if a.Command != "" {
		p.code([]string{a.Command})
	}
}

// noStatement says of how many checks nothing is known, and why.
func noStatement(f *diagnose.Finding) string {
	return "No statement about " + counted(len(f.Explains), "check") + ": the checker itself is the cause"
}

func agree(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func sev(s diagnose.Severity) string { return fmt.Sprintf("SEV%d", int(s)) }

// mostNamed bounds how many endpoints a cell names.
const mostNamed = 8

func places(keys []string) string {
	if len(keys) > mostNamed {
		return strings.Join(keys[:mostNamed], ", ") + ", " + andMore(len(keys)-mostNamed)
	}
	return strings.Join(keys, ", ")
}

// firstAction is what to do about a cause, in words.
func firstAction(f *diagnose.Finding) string {
	if len(f.Actions) == 0 {
		return ""
	}
	return f.Actions[0].Priority + " " + f.Actions[0].Do
}

func (d *Diagnosis) stations(endpoint string) []diagnose.Station {
	for _, t := range d.Traces {
		if t.Endpoint == endpoint {
			return t.Stations
		}
	}
	return nil
}

// stamp is a time as reports write it.
func dated(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func datedOr(t time.Time, other string) string {
	if t.IsZero() {
		return other
	}
	return dated(t)
}
