package report

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// verdicts mark the hops of a way. A mark never stands without its word.
var verdicts = map[diagnose.Verdict]string{
	diagnose.OK: "✅", diagnose.Broken: "❌", diagnose.Degraded: "⚠️", diagnose.Unclear: "❔",
}

// cause is the section of one root cause.
func (d *Diagnosis) cause(p *page, number int, f *diagnose.Finding) {
	p.heading(2, fmt.Sprintf("Root cause %d: %s", number, orCode(f.Title(), f.Code)))
	p.say(f.Sentence + citation(f))
	if len(f.Explains) > 0 {
		p.say(d.walked(f.Explains[0]))
	}
	d.evidence(p, f)
	if len(f.RuledOut) > 0 {
		var items []cell
		for _, r := range f.RuledOut {
			items = append(items, cell{text: r.Statement + cite(r.Evidence)})
		}
		p.say("Ruled out:")
		p.list(items...)
	}
	for _, line := range disagreements(f.Contradictions) {
		p.say(line)
	}
	for _, e := range f.Effects {
		p.say("Its consequence: " + e.Sentence)
	}
	for _, line := range d.levelLines(f) {
		p.say(line)
	}
}

func orCode(title string, code diagnose.Code) string {
	if title == "" {
		return strings.ToLower(strings.ReplaceAll(string(code), "_", " "))
	}
	return title
}

// citation names the evidence that a sentence rests on.
func citation(f *diagnose.Finding) string {
	var ids []string
	for _, e := range f.Evidence {
		ruled := slices.ContainsFunc(f.RuledOut, func(r diagnose.RuledOut) bool { return r.Evidence == e.ID })
		if e.ID != "" && !ruled {
			ids = append(ids, e.ID)
		}
	}
	return cite(strings.Join(ids, ", "))
}

func cite(ids string) string {
	if ids == "" {
		return ""
	}
	return " [" + ids + "]"
}

// walked is the way of a request, hop by hop.
func (d *Diagnosis) walked(endpoint string) string {
	var hops []string
	for _, s := range d.stations(endpoint) {
		hop := s.Hop.String() + " " + verdicts[s.Verdict]
		if s.Text != "" {
			hop += " " + s.Text
		}
		hops = append(hops, hop)
	}
	if len(hops) == 0 {
		return ""
	}
	return "Path walked for " + endpoint + ": " + strings.Join(hops, " → ")
}

func (d *Diagnosis) evidence(p *page, f *diagnose.Finding) { evidenceTable(p, f.Evidence) }

func evidenceTable(p *page, all []diagnose.Evidence) {
	var rows [][]cell
	for _, e := range all {
		rows = append(rows, cells(e.ID+" "+e.Statement, e.Source, datedOr(e.At, "")))
	}
	if len(rows) > 0 {
		p.table([]string{"Evidence", "Source", "At"}, rows)
	}
}

// levelLines say how sure a finding is, why not more, and what would decide.
func (d *Diagnosis) levelLines(f *diagnose.Finding) []string {
	switch f.Level {
	case diagnose.Proven:
		return []string{"Level proven: what was read makes what was seen inevitable, and nothing speaks against it."}
	case diagnose.Possible:
		lines := []string{"Level possible: something else fits as well."}
		for _, r := range f.Rivals {
			lines = append(lines, "It could also be: "+strings.TrimSuffix(r.What, ".")+". What decides: "+strings.TrimSuffix(r.Decides, ".")+".")
		}
		return append(lines, reasons(f)...)
	}
	lines := append([]string{"Level likely, not proven."}, reasons(f)...)
	if len(lines) == 1 && len(f.Contradictions) == 0 {
		lines = append(lines, "The limit of the probe hid what would have decided; a slower probe does.")
	}
	if repairs := urgent(f); len(f.Inferred) > 0 && len(repairs) > 0 {
		lines = append(lines, "What decides: whether the checks recover once "+strings.Join(repairs, ", ")+" is done.")
	}
	return lines
}

// urgent are the actions that end an outage.
func urgent(f *diagnose.Finding) []string {
	var names []string
	for _, a := range f.Actions {
		if strings.HasPrefix(a.Priority, "P0.") && !a.Stopgap {
			names = append(names, a.Priority)
		}
	}
	return names
}

// reasons are why a finding is not proven.
func reasons(f *diagnose.Finding) []string {
	var lines []string
	for _, link := range f.Inferred {
		lines = append(lines, "Inferred, not seen: "+link)
	}
	if n := len(f.Contradictions); n > 0 {
		lines = append(lines, "Facts disagree, so it rests on a picture that is not whole: see "+counted(n, "contradiction")+" above.")
	}
	for _, g := range f.Gaps {
		lines = append(lines, "Could not be read: "+incident.GapSentence(g)+".")
	}
	return lines
}

// disagreements say what was seen and read that cannot both be so, with the
// evidence of both sides.
func disagreements(all []diagnose.Contradiction) []string {
	var lines []string
	for _, c := range all {
		var ids []string
		for _, e := range c.Evidence {
			ids = append(ids, e.ID)
		}
		lines = append(lines, "Facts disagree: "+c.Statement+cite(strings.Join(ids, ", ")))
	}
	return lines
}

// unexplained are checks that fail for no reason that was found.
func (d *Diagnosis) unexplained(p *page) {
	if len(d.Unexplained) == 0 {
		return
	}
	p.heading(2, "Unexplained")
	p.say("These fail, and no cause was found that would look like this.")
	var rows [][]cell
	for _, u := range d.Unexplained {
		var ruled []string
		for _, r := range u.RuledOut {
			ruled = append(ruled, r.Statement)
		}
		rows = append(rows, cells(u.Endpoint, u.Saw, strings.Join(ruled, "; ")))
	}
	p.table([]string{"Check", "What was seen", "Ruled out"}, rows)
	for _, u := range d.Unexplained {
		p.say(d.walked(u.Endpoint))
		p.code(u.Look)
		for _, line := range disagreements(u.Contradictions) {
			p.say(line)
		}
		var both []diagnose.Evidence
		for _, c := range u.Contradictions {
			both = append(both, c.Evidence...)
		}
		evidenceTable(p, both)
	}
}
