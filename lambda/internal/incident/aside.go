package incident

import (
	"slices"
	"time"
)

// Aside is a message that was given up, because the topic takes others but
// never this one, in no form.
type Aside struct {
	ID       string    `json:"id"` // of the notice
	Kind     Kind      `json:"kind"`
	Incident string    `json:"incident,omitempty"`
	Reason   string    `json:"reason"` // why it was refused
	Made     time.Time `json:"made"`
	At       time.Time `json:"at"` // when it was set aside
}

// NewAside sets a notice aside.
func NewAside(n *Notice, reason error, now time.Time) Aside {
	a := Aside{ID: n.ID, Kind: n.Kind, Reason: bounded(reason.Error()), Made: n.At, At: now}
	if n.Incident != nil {
		a.Incident = n.Incident.ID
	}
	return a
}

// What is remembered of messages that were set aside: for as long they count
// as undelivered, so that an alarm on that is heard and then ends by itself.
const (
	asideFor = time.Hour
	maxAside = 20
)

// SetAside takes messages out of the outbox that can not be sent, so that those
// behind them can. Their incidents say from then on that nobody was told.
func (s *State) SetAside(given []Aside) {
	for _, a := range given {
		n := s.Pending(a.ID)
		if n == nil { // another run has settled it
			continue
		}
		s.Sent([]string{a.ID})
		s.untell(n)
		s.Aside = append(slices.Clone(s.Aside), a)
		if more := len(s.Aside) - maxAside; more > 0 {
			s.Aside = s.Aside[more:]
		}
	}
}

// untell notes in the history of the incidents of a notice that it was not told.
func (s *State) untell(n *Notice) {
	if n.Incident == nil {
		return
	}
	for _, id := range n.Incident.about() {
		i := s.Incident(id)
		if i == nil {
			continue
		}
		for k := range i.History {
			if m := &i.History[k]; n.tells(m) {
				m.Told = false
				s.unrecord(id)
			}
		}
	}
}

// tells reports whether a notice is what would have told of a moment: of its
// own, or of one whose message it replaced.
func (n *Notice) tells(m *Moment) bool {
	switch {
	case m.At.Before(n.since()) || m.At.After(n.At):
		return false
	case n.Incident.Gathered:
		return true
	case m.At.Equal(n.At):
		return m.Kind == n.Kind
	}
	return m.Kind == n.Kind && !n.begins() || m.Kind == KindReminder
}

// AsideLately are the messages that count as undelivered, although nobody tries
// to send them any more.
func (s State) AsideLately(now time.Time) []Aside {
	var lately []Aside
	for _, a := range s.Aside {
		if now.Sub(a.At) < asideFor {
			lately = append(lately, a)
		}
	}
	return lately
}
