package incident

import (
	"cmp"
	"slices"
	"time"
)

// lateAfter is from when on a message says that it is late. What is sent again
// because a run died while it was sending comes sooner, and so reads the same.
const lateAfter = 3 * time.Minute

// Late is what has changed about a notice between when it was made and when it
// could be sent. It is noted with the claim to send it.
type Late struct {
	Told     time.Time `json:"told"`                // when it is sent
	Now      []ByNow   `json:"now,omitempty"`       // each incident that it names facts of, its own first
	MoreOver int       `json:"more_over,omitempty"` // of those that it only counts, how many are over
}

// ByNow is how an incident is when a late message about it is sent.
type ByNow struct {
	Incident string    `json:"incident"`
	State    Phase     `json:"state"`
	Good     time.Time `json:"good,omitzero"`     // since when all of it is good; zero: it is not, or that is not known any more
	Resolved time.Time `json:"resolved,omitzero"` // when that was sure
	Again    time.Time `json:"again,omitzero"`    // it was over since the notice, and came back then
	Into     string    `json:"into,omitempty"`    // id of the incident that it is part of, whose state this is
}

// IsGood reports whether nothing of it fails.
func (b ByNow) IsGood() bool { return b.State == Resolved || b.State == Monitoring }

func (b ByNow) equal(o ByNow) bool {
	return b.Incident == o.Incident && b.State == o.State && b.Into == o.Into &&
		b.Good.Equal(o.Good) && b.Resolved.Equal(o.Resolved) && b.Again.Equal(o.Again)
}

// Of is how an incident of the message is by now; nothing is said of one that
// it does not name.
func (l *Late) Of(id string) ByNow {
	if n := slices.IndexFunc(l.Now, func(b ByNow) bool { return b.Incident == id }); n >= 0 {
		return l.Now[n]
	}
	return ByNow{}
}

// Over is how many incidents of the message are over.
func (l *Late) Over() int {
	over := l.MoreOver
	for _, b := range l.Now {
		if b.State == Resolved {
			over++
		}
	}
	return over
}

// MarkLate notes on notices that are about to be sent what has become of their
// incidents, if they are late, or say the opposite of what is so by now.
func (s *State) MarkLate(ids []string, now time.Time) {
	for _, n := range s.Outbox {
		if slices.Contains(ids, n.ID) {
			n.Late = s.late(n, now)
		}
	}
}

// late is nil for what is in time. What was noted a short time ago is kept
// while it is true: whoever may have been told so then is told the same again.
func (s *State) late(n *Notice, now time.Time) *Late {
	l := &Late{Told: now}
	if f := n.Incident; f != nil {
		l.Now = append(l.Now, s.byNow(f.ID, n.At))
		for _, w := range f.With {
			l.Now = append(l.Now, s.byNow(w.ID, n.At))
		}
		l.MoreOver = max(f.WithMore, 0)
		if len(f.Rest) > 0 {
			l.MoreOver = s.over(f.Rest, n.At)
		} else if n.Kind != KindResolved { // which is told of what is over only, not of all that began together
			l.MoreOver = max(f.WithMore-s.unnamed(f), 0)
		}
	}
	if now.Sub(n.At) < lateAfter && !l.contradicts(n.Kind) {
		return nil
	}
	if o := n.Late; o != nil && now.Sub(o.Told).Abs() < lateAfter && o.MoreOver == l.MoreOver && slices.EqualFunc(o.Now, l.Now, ByNow.equal) {
		return o
	}
	return l
}

// over counts the incidents of a list that are over by now.
func (s *State) over(ids []string, since time.Time) int {
	over := 0
	for _, id := range ids {
		if s.byNow(id, since).State == Resolved {
			over++
		}
	}
	return over
}

// contradicts reports whether a notice of a kind says the opposite.
func (l *Late) contradicts(kind Kind) bool {
	return slices.ContainsFunc(l.Now, func(b ByNow) bool { return (b.State == Resolved) != (kind == KindResolved) })
}

// byNow finds out how an incident is, since a notice about it was made.
func (s *State) byNow(id string, since time.Time) ByNow {
	b := ByNow{Incident: id}
	i, into := s.current(id)
	if b.Into = into; i == nil { // only what is over leaves the state
		i = s.remembered(cmp.Or(b.Into, id))
	}
	b.State = i.State
	if b.IsGood() {
		b.Good, b.Resolved = i.Recovered, i.Resolved
		if b.Good.IsZero() {
			b.Good = i.Resolved
		}
	}
	if i.FirstFailure.After(since) { // which a reopened incident has anew
		b.Again = i.FirstFailure
	}
	return b
}

// current is an incident, or the one that it is part of by now, and the id of
// that one. Nil: it has left the state.
func (s *State) current(id string) (i *Incident, into string) {
	i = s.Incident(id)
	for range len(s.Incidents) { // one may have become part of another more than once
		if i == nil || i.Merged == "" {
			break
		}
		into = i.Merged
		i = s.Incident(into)
	}
	return i, into
}

// mergedAndNamed are the incidents that became part of others, while a message
// about them waits: without them it would be told that they are over.
func (s *State) mergedAndNamed() map[string]bool {
	named := map[string]bool{}
	for _, n := range s.Outbox {
		if n.Incident == nil {
			continue
		}
		for _, id := range n.Incident.about() {
			for i := s.Incident(id); i != nil && i.Merged != "" && !named[i.ID]; i = s.Incident(i.Merged) {
				named[i.ID] = true
			}
		}
	}
	return named
}

// remembered is what is known of an incident that has left the state: from the
// message about its end, while that waits too, or else when it was resolved.
func (s *State) remembered(id string) *Incident {
	i := &Incident{ID: id, State: Resolved}
	for _, past := range s.Last {
		if past.ID == id {
			i.Resolved = past.Resolved
		}
	}
	for _, n := range s.Outbox {
		f := n.Incident
		if f == nil || n.Kind != KindResolved {
			continue
		}
		if f.ID == id {
			i.FirstFailure, i.Recovered, i.Resolved = f.FirstFailure, f.Recovered, f.Resolved
		}
		for _, w := range f.With {
			if w.ID == id {
				i.FirstFailure, i.Recovered, i.Resolved = w.FirstFailure, w.Recovered, n.At
			}
		}
	}
	return i
}

// unnamed counts the incidents that are open of those that were told in the
// same message without being named in it.
func (s *State) unnamed(f *Facts) int {
	open := 0
	for _, i := range s.Active() {
		named := i.ID == f.ID || slices.ContainsFunc(f.With, func(w WithFact) bool { return w.ID == i.ID })
		if i.Thread == f.Thread && !named {
			open++
		}
	}
	return open
}
