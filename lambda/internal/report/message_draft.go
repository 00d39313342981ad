package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// draft is what a message says, made once for mail and chat. Its texts are
// clean, but not yet escaped for any markup.
type draft struct {
	mark, head, title string

	lead     string    // what the transition means, where the head does not say it
	impact   []row     // who is hurt, since when
	steps    []row     // what to do
	sections []section // endpoints and other lists
	about    []row     // what else is known
	footer   []row     // what comes next; label is unused

	id, environment, asOf string
	source                *incident.Notice
	now                   time.Time // when it is told
}

// row is one labelled line. Code is shown so that it can be copied, a link so
// that it can be followed.
type row struct{ label, text, code, link string }

// section is a list under a heading.
type section struct {
	heading string
	items   []item
	more    int      // how many are left out
	rest    string   // a command that lists those too; "" where there is none
	ids     []string // of those, as far as mail has room for them
	what    string   // has become of those, if they have ids
	inline  bool     // only names, on as few lines as possible
}

// item is one entry of a list.
type item struct {
	mark    string // "" without
	name    string
	address string // what was asked
	note    string // class, times: short
	text    string // a sentence
	rows    []row  // of what needs more than a sentence
}

func draftOf(n *incident.Notice, l limits) *draft {
	d := &draft{source: n, environment: clean(n.Environment, 60), asOf: n.At.UTC().Format("2 Jan 2006 15:04 UTC"), now: tellTime(n)}
	d.headline(n)
	if f := n.Incident; f != nil {
		d.id = clean(f.ID, 60)
		d.ofIncident(f, l)
	}
	if f := n.Deployment; f != nil {
		d.ofDeployment(f, l)
	}
	if f := n.Summary; f != nil {
		d.ofSummary(f, l)
	}
	if f := n.Incident; f != nil {
		d.together(f, l)
		d.others("Also open"+d.then(), f.AlsoOpen, f.AlsoMore, l)
		d.next(f)
	}
	d.late()
	return d
}

// tell adds a row, if there is anything to say.
func (d *draft) tell(to *[]row, label, text string) {
	if text != "" {
		*to = append(*to, row{label: label, text: text})
	}
}

func (d *draft) ofIncident(f *incident.Facts, l limits) {
	b := byNow(d.source, f.ID)
	over := d.source.Kind == incident.KindResolved || isPast(d.source, b)
	d.means(f, b)
	lose := "Users lose"
	switch {
	case ofKnowledge(f):
		lose = "At stake"
	case over:
		lose = "Users lost"
	}
	d.tell(&d.impact, lose, list(f.UsersLose, "; ", l))
	if d.source.Deployment == nil { // which says when it began itself
		d.since(f)
	}
	d.changed(f, l)
	d.cause(f, over, l)
	d.tell(&d.impact, "Deployment", clean(f.Deployed, l.text))
	if !over {
		if f.Cause != nil && len(f.Cause.Actions) > 0 {
			d.causeSteps(f.Cause, l)
		} else {
			d.tell(&d.steps, "Do first", FirstAction(f))
		}
		d.steps = append(d.steps, runbooks(f.Runbooks, l)...)
	}
	d.endpoints(f, over, l)
	d.names("Failing too"+d.then()+", because they depend on these", f.Dependents, f.DependentsMore, l)
	d.news(f.News, l)
	if !over {
		d.tell(&d.about, "Owner", list(f.Owners, ", ", l))
		d.tell(&d.about, "Note", list(f.Description, " ", l))
	}
	if id := clean(f.Previous.ID, 60); id != "" {
		d.tell(&d.about, "Before", "the same happened in "+id+", resolved "+clock(f.Previous.Resolved, d.now))
	}
	if f.Cause != nil {
		d.whole(f.Cause)
	}
	if f.Thread != f.ID {
		d.tell(&d.about, "Opened with", clean(f.Thread, 60))
	}
}

// means says what the transition means, as long as it is so.
func (d *draft) means(f *incident.Facts, b incident.ByNow) {
	if isPast(d.source, b) || isBack(d.source, b) {
		return
	}
	d.lead = wordingOf(d.source).lead
	if d.source.Kind == incident.KindReminder && !f.Acked && d.source.Late == nil {
		d.lead = "Nobody has acknowledged it."
	}
	switch resolved := d.source.Kind == incident.KindResolved; {
	case ofKnowledge(f):
		d.leadOfKnowledge(resolved)
	case f.Key == incident.CheckerKey && !resolved && d.source.Kind != incident.KindChecker:
		d.lead = strings.TrimSpace(d.lead + " " + wordings[incident.KindChecker].lead)
	}
}

// since says from when, or from when to when, something was broken.
func (d *draft) since(f *incident.Facts) {
	now := d.now
	if f.FirstFailure.IsZero() {
		return
	}
	took, end := lasted(f, now)
	from := clock(f.FirstFailure, now)
	was := "Failed"
	if ofKnowledge(f) {
		was = "Not known"
	}
	switch {
	case d.source.Late != nil && d.source.Kind != incident.KindResolved:
		label, text := d.failed(f.FirstFailure, d.source.Late.Of(f.ID))
		if label == "Failed" {
			label = was
		}
		d.tell(&d.impact, label, text)
	case d.source.Kind == incident.KindResolved:
		d.tell(&d.impact, was, fmt.Sprintf("%s, from %s to %s", elapsed(took), from, clock(end, now)))
	case took < time.Minute:
		d.tell(&d.impact, "Since", from+", just now")
	default:
		d.tell(&d.impact, "Since", from+", for "+elapsed(took))
	}
}

// changed says what is different from the message before.
func (d *draft) changed(f *incident.Facts, l limits) {
	switch d.source.Kind {
	case incident.KindCause:
		if d.source.Reason == incident.ReasonCauseFound || d.source.Reason == incident.ReasonCauseChanged {
			d.tell(&d.impact, "Taken for", foreign(f.CauseBefore, l.text))
			return
		}
		d.tell(&d.impact, "Was", meaning(f.ClassBefore))
		now := meaning(cmp.Or(f.Class, mainClass(f.Endpoints)))
		if !f.ClassSince.IsZero() {
			now += ", since " + clock(f.ClassSince, d.now)
		}
		d.tell(&d.impact, "Is now", now)
	case incident.KindSeverityUp:
		d.tell(&d.impact, "Why", clean(string(d.source.Reason), l.text))
	case incident.KindReopened:
		if !f.Resolved.IsZero() {
			d.tell(&d.impact, "Was good", "from "+clock(f.Resolved, d.now))
		}
		if f.Reopenings > 1 {
			d.tell(&d.impact, "Reopened", fmt.Sprintf("%d times by now", f.Reopenings))
		}
	case incident.KindResolved:
		if len(f.Endpoints) == 0 {
			if !isBack(d.source, byNow(d.source, f.ID)) {
				d.lead = "It is over."
			}
			d.tell(&d.impact, "Why", clean(string(d.source.Reason), l.text))
		}
	case incident.KindFlapping:
		if f.Flips > 0 {
			d.tell(&d.impact, "Pattern", counted(f.Flips, "change")+" in the last hour")
		}
	}
}

// runbooks are rows with links where they are addresses.
func runbooks(all []string, l limits) (rows []row) {
	books, more := few(all, l)
	for _, book := range books {
		if isLink(book) {
			rows = append(rows, row{label: "Runbook", link: book})
			continue
		}
		rows = append(rows, row{label: "Runbook", text: book})
	}
	if more > 0 {
		rows = append(rows, row{label: "Runbook", text: andMore(more)})
	}
	return rows
}

// next says when the next message comes, and how to have none.
func (d *draft) next(f *incident.Facts) {
	switch {
	case isOver(d.source) || isPast(d.source, byNow(d.source, f.ID)):
	case f.Acked:
		by := ""
		if f.AckedBy != "" {
			by = " by " + clean(f.AckedBy, 60)
		}
		d.footer = append(d.footer, row{text: "Acknowledged" + by + ": no reminders."})
	case f.NextReminder > 0:
		text := "Next reminder in " + elapsed(f.NextReminder) + ", unless acknowledged:"
		switch {
		case d.source.Late != nil:
			text = "It is reminded of until it is acknowledged:"
		case d.isShared():
			text = "Next reminder of the first in " + elapsed(f.NextReminder) + ", unless acknowledged, each by its own id:"
		}
		d.footer = append(d.footer, row{text: text, code: ackCommand(d.id)})
	}
}

func ackCommand(id string) string {
	if !isWord(id) {
		return "tidewatch incidents list"
	}
	return "tidewatch incidents ack " + id
}

// list joins the first texts of a list and says how many are left out.
func list(texts []string, separator string, l limits) string {
	shown, more := few(texts, l)
	text := strings.Join(shown, separator)
	if more > 0 {
		text += separator + andMore(more)
	}
	return text
}

// left says how many entries a section lacks, and how to see them; "" if none.
func (s *section) left(n int) string {
	switch {
	case n <= 0:
		return ""
	case s.rest == "":
		return andMore(n)
	}
	return andMore(n) + ": " + s.rest
}

func andMore(n int) string { return fmt.Sprintf("and %d more", n) }

// signature says where the message is from and how old it is.
func (d *draft) signature() []string {
	var parts []string
	for _, part := range []string{d.environment, d.id} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if d.id != "" && d.source.Sequence > 0 {
		parts = append(parts, fmt.Sprintf("message %d", d.source.Sequence))
	}
	asOf := "as of " + d.asOf
	if d.source.Late != nil {
		asOf += ", told " + clock(d.now, d.source.At)
	}
	return append(parts, asOf)
}
