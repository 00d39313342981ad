package report

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// joint is what is said of several incidents in one message.
type joint struct {
	all     string // with how many, and which one comes first
	heading string // of the others
	whole   bool   // all says what is said of one incident besides
}

// joints has each kind that incidents which began together may share.
var joints = map[incident.Kind]joint{
	incident.KindOpened:     {"%d incidents began in the same run. The worst one, %s, comes first.", "Opened with it", false},
	incident.KindAfterQuiet: {"%d incidents began in the same run. The worst one, %s, comes first.", "Opened with it", false},
	incident.KindCause:      {"%d incidents that began together now fail in other ways than before, so look in other places. The worst one, %s, comes first.", "Changed with it", true},
	incident.KindSeverityUp: {"%d incidents that began together are worse than was known. The worst one, %s, comes first.", "Raised with it", false},
	incident.KindReminder:   {"%d incidents that began together are still open, and nobody has acknowledged them. The worst one, %s, comes first.", "Still open with it", true},
	incident.KindReopened:   {"%d incidents were resolved, and fail again. The worst one, %s, comes first.", "Reopened with it", true},
	incident.KindFlapping:   {"%d incidents that began together fail and recover again and again. Single changes are not told until they are steady. The worst one, %s, comes first.", "Flapping with it", true},
	incident.KindResolved:   {"%d incidents that began together are over. The worst one, %s, comes first.", "Resolved with it", false},
}

// incidents is how many incidents a message is about.
func incidents(f *incident.Facts) int { return 1 + len(f.With) + max(f.WithMore, 0) }

// isShared reports whether a message is about more than one incident.
func (d *draft) isShared() bool { return d.source.Incident != nil && incidents(d.source.Incident) > 1 }

// together adds the other incidents of a message, each with what it takes to
// act. What is said of the first stands before them, all of it.
func (d *draft) together(f *incident.Facts, l limits) {
	if !d.isShared() {
		return
	}
	words, ok := joints[d.source.Kind]
	switch {
	case f.Gathered:
		words = joint{"%d incidents are told in one message, because too many waited to be sent. The worst one, %s, comes first.", "With it", true}
	case outdated(d.source) > 0:
		words = joint{"The worst of %d incidents, %s, comes first.", "With it", true}
	case d.source.Reason == incident.ReasonCauseFound:
		words = joint{"Why %d incidents fail that began together is known now. The worst one, %s, comes first.", "Found with it", true}
	case d.source.Reason == incident.ReasonCauseChanged:
		words = joint{"%d incidents that began together fail for other reasons than were told before. The worst one, %s, comes first.", "Changed with it", true}
	case !ok:
		words = joint{"%d incidents are in this message. The worst one, %s, comes first.", "With it", false}
	}
	if words.whole {
		d.lead = ""
	}
	d.lead = strings.TrimSpace(fmt.Sprintf(words.all, incidents(f), d.id) + " " + d.lead)
	d.steps, d.about = append(d.steps, d.about...), nil
	s := section{heading: words.heading + ": " + counted(incidents(f)-1, "incident"), more: max(f.WithMore, 0)}
	if !isOver(d.source) { // what is over is in no list of what is open
		s.rest = "tidewatch incidents list"
	}
	for i := range f.With {
		if i == l.items {
			s.more += len(f.With) - i
			break
		}
		s.items = append(s.items, d.companion(&f.With[i], l))
	}
	s.ids, s.what = idsOf(f, l), d.became(f)
	d.sections = append(d.sections, s)
}

// companion is one of the other incidents.
func (d *draft) companion(w *incident.WithFact, l limits) item {
	it := item{
		mark: mark(w.Severity), name: strings.TrimSpace(severity(w.Severity) + " " + clean(w.ID, 60)),
		note: foreign(w.Title, l.text),
	}
	some := limits{items: min(3, l.items), text: l.text}
	b := byNow(d.source, w.ID)
	if isPast(d.source, b) || isBack(d.source, b) {
		d.tell(&it.rows, "By now", d.standingOf(b))
	}
	switch {
	case isPast(d.source, b):
		if b.State == incident.Resolved {
			it.mark = "🟢"
		}
		d.wasHurt(&it, w, some)
		return it
	case w.Kind == incident.KindResolved:
		if !isBack(d.source, b) {
			it.mark = "🟢"
		}
		d.wasHurt(&it, w, some)
		return it
	case w.Kind == incident.KindAfterQuiet:
		it.note += " (failing after maintenance)"
	}
	d.tell(&it.rows, "Users lose", list(w.UsersLose, "; ", some))
	if !w.FirstFailure.IsZero() {
		d.tell(&it.rows, "Since", clock(w.FirstFailure, d.now))
	}
	if w.Kind == incident.KindCause && w.ClassBefore != "" {
		d.tell(&it.rows, "Was", meaning(w.ClassBefore))
		d.tell(&it.rows, "Is now", meaning(w.Class))
	}
	if w.Kind == incident.KindSeverityUp {
		d.tell(&it.rows, "Was", severity(w.Before))
	}
	d.tell(&it.rows, "Deployment", clean(w.Deployed, l.text))
	d.tell(&it.rows, "Cause", levelled(w.Level, foreign(w.Cause, l.text)))
	it.rows = append(it.rows, row{label: "Do first", text: companionAction(w), code: command(w.Command)})
	it.rows = append(it.rows, runbooks(w.Runbooks, some)...)
	d.tell(&it.rows, "Failing", companionNames(w, some))
	if len(w.Endpoints) > 0 {
		d.tell(&it.rows, "Error", foreign(w.Endpoints[0].Error, l.text))
	}
	d.tell(&it.rows, "Owner", list(w.Owners, ", ", some))
	return it
}

// wasHurt says of an incident that is over what it was.
func (d *draft) wasHurt(it *item, w *incident.WithFact, l limits) {
	d.tell(&it.rows, "Users lost", list(w.UsersLose, "; ", l))
	label, b := "Good again", byNow(d.source, w.ID)
	switch past := isPast(d.source, b); {
	case past && !w.FirstFailure.IsZero():
		failed, text := d.failed(w.FirstFailure, b)
		d.tell(&it.rows, failed, text)
		fallthrough
	case past:
		label = "Endpoints"
	case !w.FirstFailure.IsZero() && w.Recovered.After(w.FirstFailure):
		d.tell(&it.rows, "Failed", fmt.Sprintf("%s, from %s to %s", elapsed(w.Recovered.Sub(w.FirstFailure)), clock(w.FirstFailure, d.now), clock(w.Recovered, d.now)))
	}
	d.tell(&it.rows, label, companionNames(w, l))
}

// companionNames are some of its endpoints.
func companionNames(w *incident.WithFact, l limits) string {
	var names []string
	for _, e := range w.Endpoints {
		names = append(names, clean(e.Key, l.text/2))
	}
	if more := len(names) - l.items + max(w.More, 0); more > 0 && len(names) >= l.items {
		names = append(names[:l.items], andMore(more))
	} else if w.More > 0 {
		names = append(names, andMore(w.More))
	}
	return strings.Join(names, ", ")
}

func companionAction(w *incident.WithFact) string {
	return FirstAction(&incident.Facts{FirstAction: w.FirstAction, Endpoints: w.Endpoints, Runbooks: w.Runbooks})
}
