package incident

import "slices"

// Shared are the kinds that one message can tell of several incidents: of all
// that begin in one step, and of those that began together whatever happens to
// them together. Who was told once that all of it began is told once that it is
// over.
var Shared = []Kind{KindOpened, KindAfterQuiet, KindCause, KindSeverityUp, KindReminder, KindResolved, KindReopened, KindFlapping}

// share makes one message of those that say the same about incidents that were
// told together, and then says in it what is open besides.
func (t *step) share() {
	type post struct {
		thread string
		kind   Kind
		reason Reason // of a cause: that it is known and that it is another one are not the same
	}
	var order []post
	groups := map[post][]int{}
	for n := range t.transitions {
		tr := &t.transitions[n]
		if tr.Notice == nil || tr.Notice.Incident == nil || isNew(tr.Kind) || !slices.Contains(Shared, tr.Kind) {
			continue // what is new is told together by now
		}
		p := post{tr.Notice.Incident.Thread, tr.Kind, ""}
		if tr.Kind == KindCause {
			p.reason = tr.Reason
		}
		if groups[p] == nil {
			order = append(order, p)
		}
		groups[p] = append(groups[p], n)
	}
	gone := map[*Notice]bool{}
	for _, p := range order {
		t.merge(groups[p], gone)
	}
	t.state.Outbox = slices.DeleteFunc(t.state.Outbox, func(n *Notice) bool { return gone[n] })
}

// merge puts what the messages of some transitions say into that of the worst
// incident. The others are gone then.
func (t *step) merge(group []int, gone map[*Notice]bool) {
	severity := func(n int) Severity { return t.transitions[n].Notice.Incident.Severity }
	slices.SortStableFunc(group, func(a, b int) int { return int(severity(a) - severity(b)) })
	lead := t.transitions[group[0]].Notice
	var all []*Incident
	for k, n := range group {
		tr := &t.transitions[n]
		all = append(all, t.state.Incident(tr.Incident))
		if k == 0 {
			continue
		}
		lead.Incident.bring(tr.Kind, tr.Notice.Incident)
		gone[tr.Notice] = true
		tr.Notice, tr.Shared = nil, lead.ID
	}
	lead.Incident.AlsoOpen, lead.Incident.AlsoMore = t.alsoOpen(all...)
}

// bring adds another incident to the facts of a message, if it has room for it.
func (f *Facts) bring(kind Kind, other *Facts) {
	if len(f.With) == MaxFacts {
		f.WithMore++
		return
	}
	shown := min(len(other.Endpoints), withEndpoints)
	with := WithFact{
		ID: other.ID, Kind: kind, Title: other.Title, Severity: other.Severity, FirstFailure: other.FirstFailure, Recovered: other.Recovered,
		Before: other.Before, Class: other.Class, ClassBefore: other.ClassBefore,
		Endpoints: other.Endpoints[:shown:shown], More: other.More + len(other.Endpoints) - shown,
		UsersLose: other.UsersLose, Owners: other.Owners, Runbooks: other.Runbooks, FirstAction: other.FirstAction, Deployed: other.Deployed,
	}
	if c := other.Cause; c != nil {
		with.Level, with.Cause = c.Level, c.Sentence
		if len(c.Actions) > 0 {
			with.Command = c.Actions[0].Command
		}
	}
	f.With = append(f.With, with)
}
