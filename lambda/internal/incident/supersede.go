package incident

import (
	"cmp"
	"slices"
	"time"
)

// supersede drops messages that still wait where one of this step says the same
// or more: while the topic takes nothing, each incident keeps one message of
// what is only of interest as it is now. How it began and that it is over is
// never dropped here, and what another run may be sending, or has sent, stays.
func (t *step) supersede() {
	for k := range t.transitions {
		by := t.transitions[k].Notice
		if by == nil || by.Incident == nil {
			continue
		}
		newest, gone := slices.Index(t.state.Outbox, by), map[*Notice]bool{}
		for _, old := range slices.Backward(t.state.Outbox[:max(newest, 0)]) { // what was so before the oldest counts
			if old.ClaimedBy == "" && !old.Tried && by.replaces(old) {
				by.inherit(old)
				gone[old] = true
			}
		}
		if len(gone) > 0 {
			t.state.Outbox = slices.DeleteFunc(t.state.Outbox, func(n *Notice) bool { return gone[n] })
		}
	}
}

// replaces reports whether nobody misses an older message once this one is told.
func (n *Notice) replaces(old *Notice) bool {
	f := old.Incident
	if f == nil || f.Gathered || old.begins() {
		return false
	}
	switch old.Kind {
	case KindReminder: // whatever comes after it says how it stands
		return n.Incident.covers(f)
	case KindFlapping, KindSeverityUp:
		return n.Kind == old.Kind && n.Incident.covers(f)
	case KindCause: // of several, what was told before is not kept
		alone := n.Incident.ID == f.ID && n.Incident.count() == 1 && f.count() == 1
		return n.Kind == old.Kind && alone && (n.Reason == ReasonOtherClass) == (old.Reason == ReasonOtherClass)
	}
	return false
}

// inherit takes over from an older message since when somebody waits to be told,
// and of a change what was so before both.
func (n *Notice) inherit(old *Notice) {
	if at := old.since(); at.Before(n.since()) {
		n.Waits = at
	}
	f, was := n.Incident, old.Incident
	if n.Kind != old.Kind {
		return
	}
	f.Before, f.ClassBefore = was.raisedTo(f.ID, f.Severity, f.Before), cmp.Or(was.ClassBefore, f.ClassBefore)
	for k := range f.With {
		w := &f.With[k]
		w.Before = was.raisedTo(w.ID, w.Severity, w.Before)
	}
	if n.Kind == KindSeverityUp && f.Before != 0 {
		n.Reason = ReasonWorse
	}
	if n.Kind == KindCause && n.Reason != ReasonOtherClass {
		n.Reason, f.CauseBefore = old.Reason, was.CauseBefore
	}
}

// begins reports whether a message is the first of an incident, or of its coming
// back.
func (n *Notice) begins() bool {
	return isNew(n.Kind) || n.Kind == KindReopened || n.Kind == KindChecker || n.Kind == KindFlapping && n.Sequence == 1
}

// since is how long somebody waits for what a message tells: since it was made,
// or since one was that it stands for.
func (n *Notice) since() time.Time {
	if !n.Waits.IsZero() && n.Waits.Before(n.At) {
		return n.Waits
	}
	return n.At
}

// count is how many incidents a message is about.
func (f *Facts) count() int { return 1 + len(f.With) + max(f.WithMore, 0) }

// about are the ids of the incidents that a message is about, as far as they are
// known.
func (f *Facts) about() []string {
	ids := append([]string{f.ID}, f.Rest...)
	for _, w := range f.With {
		ids = append(ids, w.ID)
	}
	return ids
}

// covers reports whether a message is about every incident that another is.
func (f *Facts) covers(other *Facts) bool {
	ids := other.about()
	if len(ids) < other.count() || f.count() < len(ids) {
		return false
	}
	known := map[string]bool{}
	for _, id := range f.about() {
		known[id] = true
	}
	return !slices.ContainsFunc(ids, func(id string) bool { return !known[id] })
}

// raisedTo is the severity that an incident had before it was raised twice: what
// was so before the first time, unless that was no lower than it is by now.
func (f *Facts) raisedTo(id string, now, before Severity) Severity {
	if first := f.before(id); first > now {
		return first
	}
	return before
}

// before is the severity that an incident of a message had before it changed; 0
// where nothing is said of that.
func (f *Facts) before(id string) Severity {
	for _, w := range f.With {
		if w.ID == id {
			return w.Before
		}
	}
	if f.ID == id {
		return f.Before
	}
	return 0
}
