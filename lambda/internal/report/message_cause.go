package report

import (
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// What a message takes of a cause; its report has the rest.
const (
	shownProofs  = 2
	shownActions = 3
	shownCommand = 700
	shownFact    = 120 // characters of a fact beside the sentence
)

// cause says why, as far as that is known: how sure it is, what shows it, what
// was ruled out and what could not be read.
func (d *draft) cause(f *incident.Facts, over bool, l limits) {
	c := f.Cause
	if c == nil {
		return
	}
	label := "Cause"
	if over {
		label = "Cause was"
	}
	d.tell(&d.impact, label, levelled(c.Level, foreign(c.Sentence, l.text)))
	if over {
		d.ticked(c, l)
		return
	}
	to := &d.impact
	if d.isShared() {
		to = &d.about // behind what is to be done: others need room too
	}
	short := min(l.text, shownFact)
	for _, p := range c.Proof[:min(len(c.Proof), shownProofs)] {
		d.tell(to, "Evidence", strings.TrimSpace(clean(p.ID, 10)+" "+foreign(p.Statement, short)))
	}
	if len(c.Inferred) > 0 {
		d.tell(to, "Inferred", foreign(c.Inferred[0], short))
	}
	if c.Rival != "" {
		d.tell(to, "Or else", foreign(c.Rival, short))
		d.tell(to, "Decides", foreign(c.Decides, short))
	}
	d.tell(&d.about, "Ruled out", strings.Join(someForeign(c.RuledOut, l), " · "))
	d.tell(&d.about, "Comes next", strings.Join(someForeign(c.Next, l), " · "))
	d.tell(&d.about, "Not read", strings.Join(someForeign(c.Gaps, l), " · "))
	d.ticked(c, l)
}

// levelled puts how sure a sentence is before it.
func levelled(level, sentence string) string {
	if level == "" {
		return sentence
	}
	return "(" + clean(level, 20) + ") " + sentence
}

func someForeign(texts []string, l limits) []string {
	var shown []string
	for _, text := range texts[:min(len(texts), l.items)] {
		if text = foreign(text, l.text); text != "" {
			shown = append(shown, text)
		}
	}
	return shown
}

// causeSteps are the actions of a cause, a command to verify it, and where the
// whole report is.
func (d *draft) causeSteps(c *incident.Root, l limits) {
	label, most := "Do first", shownActions
	if d.isShared() {
		most = 1
	}
	for _, a := range c.Actions[:min(len(c.Actions), most)] {
		if !a.Done.IsZero() {
			continue
		}
		text := clean(a.Do, l.text) // ours, with names to be copied
		if a.Mutates {
			text += " (changes state)"
		}
		d.steps = append(d.steps, row{label: label, text: text, code: command(a.Command)})
		label = "Then"
	}
	if len(c.Verify) > 0 && !d.isShared() {
		if code := command(c.Verify[0]); code != "" {
			d.steps = append(d.steps, row{label: "Check", code: code})
		}
	}
}

// whole says where the full report is.
func (d *draft) whole(c *incident.Root) {
	if isWord(c.Report) {
		d.about = append(d.about, row{label: "Report", code: "tidewatch report " + c.Report})
	}
	if isLink(c.Link) {
		d.about = append(d.about, row{label: "Console", link: c.Link})
	}
}

// ticked are the actions that were seen done.
func (d *draft) ticked(c *incident.Root, l limits) {
	for _, a := range c.Actions {
		if !a.Done.IsZero() {
			d.tell(&d.about, "Done", foreign(a.Do, l.text)+", seen "+clock(a.Done, d.now))
		}
	}
}

// command is one that can be copied as it is: whole, on one line and without
// anything that is masked; "" if it is not.
func command(text string) string {
	if text == "" || len(text) > shownCommand || clean(text, shownCommand) != text {
		return ""
	}
	return text
}
