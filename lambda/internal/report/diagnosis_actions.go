package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// ranked are all actions by priority, a stopgap behind what lasts.
func (d *Diagnosis) ranked() []diagnose.Action {
	var all []diagnose.Action
	for _, f := range d.Findings {
		all = append(all, f.Actions...)
	}
	slices.SortStableFunc(all, func(a, b diagnose.Action) int {
		ap, an := priority(a)
		bp, bn := priority(b)
		return cmp.Or(cmp.Compare(ap, bp), cmp.Compare(an, bn))
	})
	return all
}

// priority takes P0.12 apart, so that it comes after P0.2.
func priority(a diagnose.Action) (level string, number int) {
	level, digits, _ := strings.Cut(a.Priority, ".")
	_, _ = fmt.Sscan(digits, &number) // one without a number comes first
	return level, number
}

func (d *Diagnosis) actions(p *page) {
	var rows [][]cell
	for _, a := range d.ranked() {
		name := a.Priority
		if a.Stopgap {
			name += " (stopgap)"
		}
		do := a.Do
		if a.Owner != "" {
			do += " (" + a.Owner + ")"
		}
		rows = append(rows, []cell{{text: name}, {text: do}, {code: a.Command}, {text: riskOf(a)}, {text: a.DoneWhen}})
	}
	if len(rows) == 0 {
		return
	}
	p.heading(2, "Actions")
	p.tableOf(2, []string{"Priority", "Do", "Command", "Risk", "Done when"}, rows)
}

func riskOf(a diagnose.Action) string {
	switch {
	case a.Mutates && a.Risk != "":
		return "⚠️ changes state: " + a.Risk
	case a.Mutates:
		return "⚠️ changes state"
	}
	return cmp.Or(a.Risk, "none")
}

func (d *Diagnosis) advice(p *page) {
	var said []diagnose.NotAdvice // of several findings once, with what shows it in each
	for _, f := range d.Findings {
		for _, a := range f.Advice {
			at := slices.IndexFunc(said, func(b diagnose.NotAdvice) bool { return a.What == b.What && a.Why == b.Why })
			switch {
			case at < 0:
				said = append(said, a)
			case !slices.Contains(strings.Split(said[at].Evidence, ", "), a.Evidence):
				said[at].Evidence += ", " + a.Evidence
			}
		}
	}
	var items []cell
	for _, a := range said {
		items = append(items, cell{text: a.What + ": " + a.Why + cite(a.Evidence)})
	}
	if len(items) > 0 {
		p.heading(2, "Not recommended")
		p.list(items...)
	}
}

// fixed says what is over since the report before, and what looks different.
func (d *Diagnosis) fixed(p *page) {
	var items []cell
	for _, f := range d.Fixed {
		items = append(items, cell{text: "Fixed: " + f.Sentence})
	}
	for _, c := range d.Checks {
		switch {
		case c.Before != "" && c.Healthy:
			items = append(items, cell{text: fmt.Sprintf("%s: good again, was %s", c.Key, c.Before)})
		case c.Before != "" && c.Class != "":
			items = append(items, cell{text: fmt.Sprintf("%s: was %s, is now %s", c.Key, c.Before, c.Class)})
		}
	}
	if len(items) > 0 {
		p.heading(2, "Fixed or different since the last report")
		p.list(items...)
	}
}

func (d *Diagnosis) changes(p *page) {
	if d.failing() == 0 {
		return
	}
	p.heading(2, "What changed before it began")
	var items []cell
	for _, c := range d.Changes {
		items = append(items, cell{text: fmt.Sprintf("%s %s (%s)", dated(c.At), c.What, c.Source)})
	}
	if len(items) == 0 {
		p.say("No change was seen in the half hour before.")
	}
	p.list(items...)
}

// others are findings that are no cause.
func (d *Diagnosis) others(p *page, role diagnose.Role, heading, lead string) {
	found := d.of(role)
	if len(found) == 0 {
		return
	}
	p.heading(2, heading)
	p.say(lead)
	var items []cell
	for _, f := range found {
		items = append(items, cell{text: fmt.Sprintf("%s (%s): %s%s", orCode(f.Title(), f.Code), f.Level, f.Sentence, citation(&f))})
	}
	p.list(items...)
	var proof []diagnose.Evidence // that no section before has shown
	for _, f := range found {
		for _, e := range supporting(&f) {
			if !d.isShown(e.ID) && !slices.Contains(proof, e) {
				proof = append(proof, e)
			}
		}
	}
	evidenceTable(p, proof)
}

// isShown reports whether the section of a root cause has that evidence.
func (d *Diagnosis) isShown(id string) bool {
	causes := d.Causes()
	return id != "" && slices.ContainsFunc(causes[:min(len(causes), mostCauses)], func(f diagnose.Finding) bool {
		return slices.ContainsFunc(f.Evidence, func(e diagnose.Evidence) bool { return e.ID == id })
	})
}

func (d *Diagnosis) notChecked(p *page) {
	p.heading(2, "Not checked")
	var items []cell
	for _, g := range d.Gaps {
		text := incident.GapSentence(g)
		if g.Detail != "" {
			text += " (" + g.Detail + ")"
		}
		items = append(items, cell{text: text})
	}
	items = append(items, d.unjudged()...)
	if len(items) == 0 {
		p.say("Nothing.")
	}
	p.list(items...)
}

// unjudged are the checks that were not judged, those of one reason together.
func (d *Diagnosis) unjudged() []cell {
	var reasons []string
	keys := map[string][]string{}
	for _, c := range d.Checks {
		if !c.Unknown {
			continue
		}
		if keys[c.Saw] == nil {
			reasons = append(reasons, c.Saw)
		}
		keys[c.Saw] = append(keys[c.Saw], c.Key)
	}
	var items []cell
	for _, reason := range reasons {
		of := keys[reason]
		items = append(items, cell{text: agree(len(of), "check ", "checks ") + places(of) + agree(len(of), " was", " were") + " not judged" + because(reason)})
	}
	return items
}

func because(text string) string {
	if text == "" {
		return ""
	}
	return " (" + strings.TrimSuffix(text, ".") + ")"
}

// verify has commands that only read, each once.
func (d *Diagnosis) verify(p *page) {
	var commands []string
	for _, f := range d.Findings {
		for _, c := range f.Verify {
			if !slices.Contains(commands, c) {
				commands = append(commands, c)
			}
		}
	}
	if len(commands) > 0 {
		p.heading(2, "Verify yourself (read-only)")
		p.code(commands)
	}
}

// timeline has everything with a time: changes, first failures, and what
// happened to the incidents.
func (d *Diagnosis) timeline(p *page) {
	type entry struct {
		at   time.Time
		text string
	}
	var all []entry
	for _, c := range d.Changes {
		all = append(all, entry{c.At, c.What})
	}
	for _, i := range d.Incidents {
		all = append(all, entry{i.Since, i.ID + " first failure"})
		for _, h := range i.History {
			told := ""
			if h.Told {
				told = ", people were told"
			}
			all = append(all, entry{h.At, i.ID + " " + h.What + told})
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b entry) int { return a.at.Compare(b.at) })
	var items []cell
	for _, e := range all {
		items = append(items, cell{text: dated(e.at) + " " + e.text})
	}
	p.heading(2, "Timeline")
	p.list(items...)
}
