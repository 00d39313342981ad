package report

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// opens is how many incidents a message announces.
func opens(f *incident.Facts) int { return 1 + len(f.With) + max(f.WithMore, 0) }

// isShared reports whether a message announces more than one incident.
func (d *draft) isShared() bool { return d.source.Incident != nil && opens(d.source.Incident) > 1 }

// together adds the other incidents that a message announces, each with what
// it takes to act. What is said of the first stands before them, all of it.
func (d *draft) together(f *incident.Facts, l limits) {
	if !d.isShared() {
		return
	}
	d.lead = strings.TrimSpace(fmt.Sprintf("%d incidents began in the same run. The worst one, %s, comes first. %s", opens(f), d.id, d.lead))
	d.steps, d.about = append(d.steps, d.about...), nil
	s := section{heading: "Opened with it: " + counted(opens(f)-1, "incident"), more: max(f.WithMore, 0), rest: "tidewatch incidents list"}
	for i := range f.With {
		if i == l.items {
			s.more += len(f.With) - i
			break
		}
		s.items = append(s.items, d.companion(&f.With[i], l))
	}
	d.sections = append(d.sections, s)
}

// companion is one of the other incidents.
func (d *draft) companion(w *incident.WithFact, l limits) item {
	it := item{
		mark: mark(w.Severity), name: strings.TrimSpace(severity(w.Severity) + " " + clean(w.ID, 60)),
		note: foreign(w.Title, l.text),
	}
	if w.Kind == incident.KindAfterQuiet {
		it.note += " (failing after maintenance)"
	}
	some := limits{items: min(3, l.items), text: l.text}
	d.tell(&it.rows, "Users lose", list(w.UsersLose, "; ", some))
	if !w.FirstFailure.IsZero() {
		d.tell(&it.rows, "Since", clock(w.FirstFailure, d.source.At))
	}
	d.tell(&it.rows, "Deployment", clean(w.Deployed, l.text))
	d.tell(&it.rows, "Cause", levelled(w.Level, foreign(w.Cause, l.text)))
	it.rows = append(it.rows, row{label: "Do first", text: companionAction(w), code: command(w.Command)})
	it.rows = append(it.rows, runbooks(w.Runbooks, some)...)
	var names []string
	for _, e := range w.Endpoints {
		names = append(names, clean(e.Key, l.text/2))
	}
	if more := len(names) - some.items + max(w.More, 0); more > 0 {
		names = append(names[:min(len(names), some.items)], andMore(more))
	}
	d.tell(&it.rows, "Failing", strings.Join(names, ", "))
	if len(w.Endpoints) > 0 {
		d.tell(&it.rows, "Error", foreign(w.Endpoints[0].Error, l.text))
	}
	d.tell(&it.rows, "Owner", list(w.Owners, ", ", some))
	return it
}

func companionAction(w *incident.WithFact) string {
	return FirstAction(&incident.Facts{FirstAction: w.FirstAction, Endpoints: w.Endpoints, Runbooks: w.Runbooks})
}
