package incident

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// mostWaiting is how many messages may wait, while none can be sent. Beyond it
// all that wait about incidents become three: what began and is open, what is
// open and was told before, and what is over. No beginning and no end is lost by
// that; what happened between them is.
const mostWaiting = 50

// shortHistory bounds what is remembered of each incident when a state has no
// more room.
const shortHistory = 10

// condense keeps the state small enough to be stored, however long nothing can
// be sent and whatever happens meanwhile.
func (t *step) condense() {
	if t.in.Full {
		t.shorten()
	}
	if len(t.state.Outbox) <= mostWaiting && !t.in.Full {
		return
	}
	t.keepNewest()
	isFolded := t.foldable()
	w := backlog{ids: map[string]*awaited{}}
	folded := 0
	for _, n := range t.state.Outbox {
		if isFolded(n) {
			w.add(n)
			folded++
		}
	}
	if folded <= 3 {
		return
	}
	t.state.Outbox = slices.DeleteFunc(t.state.Outbox, isFolded)
	t.tellGathered(&w)
}

// foldable returns which messages others may be told instead of: not what may
// be out, which would come again as something else. Of that so much waits only
// if run after run has died, and then it is better told twice than kept.
func (t *step) foldable() func(*Notice) bool {
	tried := 0
	for _, n := range t.state.Outbox {
		if n.Tried {
			tried++
		}
	}
	return func(n *Notice) bool {
		return n.Incident != nil && n.ClaimedBy == "" && (!n.Tried || tried > mostWaiting)
	}
}

// shorten forgets the middle of what happened to incidents.
func (t *step) shorten() {
	for _, i := range t.state.Incidents {
		if more := len(i.History) - shortHistory; more > 0 {
			i.History = slices.Delete(i.History, shortHistory/2, shortHistory/2+more)
		}
	}
}

// keepNewest drops summaries and results of deployments that wait where a newer
// one does.
func (t *step) keepNewest() {
	newer := map[string]bool{}
	for k, n := range slices.Backward(t.state.Outbox) {
		about := string(n.Kind)
		if n.Deployment != nil {
			about += n.Deployment.Service
		}
		if n.Incident == nil && n.ClaimedBy == "" && newer[about] {
			t.state.Outbox = slices.Delete(t.state.Outbox, k, k+1)
		}
		newer[about] = newer[about] || n.Incident == nil
	}
}

// backlog is what is told in messages that wait, by incident.
type backlog struct {
	ids   map[string]*awaited
	order []string
	since time.Time // of the oldest message
}

// awaited is what somebody waits to be told of one incident.
type awaited struct {
	begins  Kind      // how it began, or came back; "" if that was told before
	counted bool      // and the message that says so only counts it: its kind is that of another
	over    bool      // the last that waits is its end
	facts   *Facts    // of the newest message that names it; nil: none does
	since   time.Time // of the oldest message about it
}

// add takes in a message. Whatever comes later says how an incident stands.
func (w *backlog) add(n *Notice) {
	if at := n.since(); w.since.IsZero() || at.Before(w.since) {
		w.since = at
	}
	f := n.Incident
	w.note(n, f.ID, n.Kind, f)
	for k := range f.With {
		w.note(n, f.With[k].ID, f.With[k].Kind, f.With[k].facts(n))
	}
	for _, id := range f.Rest {
		w.note(n, id, n.Kind, nil)
	}
}

func (w *backlog) note(n *Notice, id string, kind Kind, f *Facts) {
	a := w.ids[id]
	if a == nil {
		a = &awaited{since: n.since()}
		w.ids[id], w.order = a, append(w.order, id)
	}
	switch {
	case n.Kind == KindResolved:
		a.over, a.begins = true, ""
	case n.begins():
		a.over, a.begins, a.counted = false, kind, f == nil
	}
	if f != nil {
		a.facts = f
	}
}

// facts are those of another incident of a message as if it were its first.
func (w *WithFact) facts(n *Notice) *Facts {
	f := &Facts{
		ID: w.ID, Key: w.Title, Thread: n.Incident.Thread, Title: w.Title, State: n.Incident.State, Severity: w.Severity,
		FirstFailure: w.FirstFailure, Opened: w.FirstFailure, Recovered: w.Recovered, Class: w.Class,
		Endpoints: w.Endpoints, More: w.More, UsersLose: w.UsersLose, Owners: w.Owners, Runbooks: w.Runbooks, FirstAction: w.FirstAction, Deployed: w.Deployed,
	}
	if n.Kind == KindResolved {
		f.Resolved = n.At
	}
	return f
}

// gathering is one incident of a message that tells of many.
type gathering struct {
	kind     Kind
	incident *Incident // nil: it is over, and facts say what it was
	facts    *Facts
	id       string
	severity Severity
}

// tellGathered puts what waits into the outbox again, in as few messages as it
// takes. What is open is told as it is now.
func (t *step) tellGathered(w *backlog) {
	var began, open, over []gathering
	whole := map[string]bool{} // incidents that others have become part of, and that are told for them
	for _, id := range w.order {
		a, begins := w.ids[id], w.ids[id].begins
		i, _ := t.state.current(id)
		isOpen := i != nil && i.State != Resolved
		if isOpen && i.ID != id {
			if w.ids[i.ID] != nil || whole[i.ID] {
				continue
			}
			whole[i.ID] = true
			if !i.Told.IsZero() { // nothing that waits is about it, so people know it
				begins = ""
			}
		}
		if isOpen && begins != "" && a.counted {
			begins = i.beginning()
		}
		switch {
		case isOpen && begins != "":
			began = append(began, gathering{kind: begins, incident: i, id: i.ID, severity: i.Severity})
		case isOpen && !a.over:
			open = append(open, gathering{kind: KindReminder, incident: i, id: i.ID, severity: i.Severity})
		case isOpen:
		case a.over || begins != "":
			f := t.ended(id, i, a)
			over = append(over, gathering{kind: KindResolved, facts: f, id: id, severity: f.Severity})
		}
	}
	for _, list := range [][]gathering{began, open, over} {
		t.tellOf(list, w.since)
	}
}

// beginning is what the first message about an open incident is, or about its
// coming back.
func (i *Incident) beginning() Kind {
	switch {
	case i.Reopenings > 0:
		return KindReopened
	case i.CheckerOf != "" || i.Unjudged:
		return KindChecker
	}
	return KindOpened
}

// ended is what is said of an incident that is over, from what was to be told of
// it. That it ended need not have been to be told, as where nobody wants that.
func (t *step) ended(id string, i *Incident, a *awaited) *Facts {
	f := &Facts{ID: id, Title: id, Severity: SEV4, FirstFailure: a.since, Opened: a.since}
	switch {
	case a.facts != nil:
		copied := *a.facts
		f = &copied
	case i != nil && i.ID == id:
		f.Key, f.Title, f.Severity, f.Class = i.Key, i.Title, i.Severity, i.Class
		f.FirstFailure, f.Opened, f.Recovered = i.FirstFailure, i.Opened, i.Recovered
	}
	if f.State != Resolved || f.Resolved.IsZero() {
		f.Resolved = t.in.Now
		if i == nil {
			i = t.state.remembered(id)
		}
		if !i.Resolved.IsZero() {
			f.Recovered, f.Resolved = cmp.Or(i.Recovered, f.Recovered), i.Resolved
		}
	}
	f.State, f.With, f.WithMore, f.Rest, f.Before, f.ClassBefore = Resolved, nil, 0, nil, 0, ""
	return f
}

// tellOf puts one message about incidents into the outbox: the worst with its
// facts, a few more in short, of the rest which they are.
func (t *step) tellOf(list []gathering, since time.Time) {
	if len(list) == 0 {
		return
	}
	slices.SortStableFunc(list, func(a, b gathering) int { return int(a.severity - b.severity) })
	var f *Facts
	var all []*Incident
	for k, g := range list {
		if g.incident != nil {
			all = append(all, g.incident)
		}
		if k > MaxFacts {
			f.leaveOut(g.id)
			continue
		}
		facts := g.facts
		if g.incident != nil {
			facts = t.facts(g.incident)
		}
		if k == 0 {
			f = facts
			continue
		}
		f.bring(g.kind, facts)
	}
	f.Gathered = true
	f.AlsoOpen, f.AlsoMore = t.alsoOpen(all...)
	kind := list[0].kind
	if kind == KindFlapping {
		kind = KindOpened
	}
	n := t.notice(kind, ReasonGathered, t.gatheredID(kind))
	n.Incident, n.Waits = f, since
	t.state.Outbox = append(t.state.Outbox, n)
}

// gatheredID is that of a message that stands for others. What another run may
// be sending was gathered in the same second, or by a clock that was ahead.
func (t *step) gatheredID(kind Kind) string {
	id := fmt.Sprintf("gathered-%d-%s", t.in.Now.UnixMicro(), kind)
	for k := 2; t.state.Pending(id) != nil; k++ {
		id = fmt.Sprintf("gathered-%d-%d-%s", t.in.Now.UnixMicro(), k, kind)
	}
	return id
}
