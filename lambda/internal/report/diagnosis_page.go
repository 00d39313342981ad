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

// page is the whole report. Every sentence in it comes from a finding, a fact
// or a check; nothing is said beside them.
func (d *Diagnosis) page() *page {
	p := &page{}
	d.head(p)
	d.summary(p)
	d.impact(p)
	for i, f := range d.Causes() {
		d.cause(p, i+1, &f)
	}
	d.unexplained(p)
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

func (d *Diagnosis) summary(p *page) {
	causes, failing, unknown := d.Causes(), d.failing(), 0
	explained := 0
	for _, c := range d.Checks {
		if c.Unknown {
			unknown++
		}
		if slices.ContainsFunc(causes, func(f diagnose.Finding) bool { return slices.Contains(f.Explains, c.Key) }) {
			explained++
		}
	}
	p.heading(2, "Summary")
	text := fmt.Sprintf("%s %s of %s.", counted(len(causes), "root cause"), agree(len(causes), "explains", "explain")+fmt.Sprintf(" %d", explained), counted(failing, "failing check"))
	switch f := d.blindness(); {
	case f != nil:
		p.say(noStatement(f) + ". " + f.Sentence + citation(f))
	case failing == 0:
		text = "No check fails."
	}
	text += fmt.Sprintf(" %s fixed.", counted(len(d.Fixed), "earlier problem")+" "+agree(len(d.Fixed), "is", "are"))
	text += fmt.Sprintf(" %s could not be made, %s could not be read.", counted(unknown, "check"), counted(len(d.Gaps), "fact"))
	p.say(text)
	var rows [][]cell
	for i, f := range causes {
		rows = append(rows, cells(fmt.Sprint(i+1), f.Sentence, string(f.Level), sev(f.Severity), places(f.Explains), firstPriority(f)))
	}
	if len(rows) > 0 {
		p.table([]string{"#", "Root cause", "Level", "Severity", "Explains", "First action"}, rows)
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

func firstPriority(f diagnose.Finding) string {
	if len(f.Actions) == 0 {
		return ""
	}
	return f.Actions[0].Priority
}

// impact has a row for each host on which something fails.
func (d *Diagnosis) impact(p *page) {
	if d.failing() == 0 {
		return
	}
	var order []string
	byHost := map[string][]Checked{}
	for _, c := range d.Checks {
		host := cmp.Or(c.Host, c.Key)
		if byHost[host] == nil {
			order = append(order, host)
		}
		byHost[host] = append(byHost[host], c)
	}
	var rows [][]cell
	for _, host := range order {
		if row, hurt := d.hostRow(host, byHost[host]); hurt {
			rows = append(rows, row)
		}
	}
	p.heading(2, "Impact")
	p.table([]string{"Host", "Checks failing", "What works", "Since", "Users lose"}, rows)
}

func (d *Diagnosis) hostRow(host string, checks []Checked) ([]cell, bool) {
	failing := 0
	var since time.Time
	var works, loses []string
	for _, c := range checks {
		switch {
		case c.Healthy:
			works = append(works, cmp.Or(c.Path, c.Key))
		case !c.Unknown:
			failing++
			if since.IsZero() || !c.Since.IsZero() && c.Since.Before(since) {
				since = c.Since
			}
			if c.Loses != "" && !slices.Contains(loses, c.Loses) {
				loses = append(loses, c.Loses)
			}
			for _, hop := range d.good(c.Key) {
				if !slices.Contains(works, hop) {
					works = append(works, hop)
				}
			}
		}
	}
	if len(works) > mostNamed {
		works = append(works[:mostNamed:mostNamed], andMore(len(works)-mostNamed))
	}
	return cells(host, fmt.Sprintf("%d/%d", failing, len(checks)), cmp.Or(strings.Join(works, ", "), "nothing"), datedOr(since, "not known"), strings.Join(loses, "; ")), failing > 0
}

// good are the hops of an endpoint's way that are fine.
func (d *Diagnosis) good(endpoint string) []string {
	var hops []string
	for _, s := range d.stations(endpoint) {
		if s.Verdict == diagnose.OK {
			hops = append(hops, s.Hop.String())
		}
	}
	return hops
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
