package incident

import (
	"slices"
	"time"
)

// Claim takes the notices that nobody is sending for a run, until then, and
// returns their ids in the order in which they must be sent. A claim that has
// expired is that of a run that died, and one that ends later than any run claims
// for is that of a run whose clock was wrong.
func (s *State) Claim(run string, now, until time.Time) []string {
	var claimed []string
	for _, n := range s.Outbox {
		left := n.ClaimedUntil.Sub(now)
		if n.ClaimedBy != "" && n.ClaimedBy != run && left > 0 && left <= 2*until.Sub(now) {
			// Later ones wait too: messages of one incident told out of
			// order say something else.
			break
		}
		n.Tried = n.Tried || n.ClaimedBy != "" && n.ClaimedBy != run
		n.ClaimedBy, n.ClaimedUntil = run, until
		claimed = append(claimed, n.ID)
	}
	return claimed
}

// Pending returns a notice of the outbox; nil: it is not there (any more).
func (s *State) Pending(id string) *Notice {
	for _, n := range s.Outbox {
		if n.ID == id {
			return n
		}
	}
	return nil
}

// Sent removes what has been published, and Release what could not be, so that
// the next run tries again at once. A copy of the state keeps its outbox.
func (s *State) Sent(ids []string) {
	s.Outbox = slices.DeleteFunc(slices.Clone(s.Outbox), func(n *Notice) bool { return slices.Contains(ids, n.ID) })
}

// Try notes that a notice was given to the topic, and that the answer does not
// say that it is not out. It must not come again under another id, so nothing
// takes its place any more.
func (s *State) Try(id string) {
	if n := s.Pending(id); n != nil {
		n.Tried = true
	}
}

// Release gives up the claims of a run.
func (s *State) Release(run string) {
	for _, n := range s.Outbox {
		if n.ClaimedBy == run {
			n.ClaimedBy, n.ClaimedUntil = "", time.Time{}
		}
	}
}

// Undelivered is the age of the oldest notice that has not been sent, or was
// set aside lately; 0 if all have been.
func (s State) Undelivered(now time.Time) time.Duration {
	var oldest time.Duration
	for _, a := range s.AsideLately(now) {
		oldest = max(oldest, now.Sub(a.Made))
	}
	for _, n := range s.Outbox {
		oldest = max(oldest, now.Sub(n.since()))
	}
	return oldest
}

// Active are the incidents that are not resolved, in the order in which they
// opened.
func (s State) Active() []*Incident {
	var active []*Incident
	for _, i := range s.Incidents {
		if i.State != Resolved {
			active = append(active, i)
		}
	}
	return active
}

// Incident returns an incident by its id; nil: the state has it no more.
func (s State) Incident(id string) *Incident {
	for _, i := range s.Incidents {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// unrecord notes that the record of an incident is behind.
func (s *State) unrecord(id string) {
	if !slices.Contains(s.Unrecorded, id) {
		s.Unrecorded = append(s.Unrecorded, id)
	}
}

// Recorded removes from the list of unrecorded incidents those that have been
// written.
func (s *State) Recorded(ids []string) {
	s.Unrecorded = slices.DeleteFunc(slices.Clone(s.Unrecorded), func(id string) bool { return slices.Contains(ids, id) })
}

// Blind reports whether the checker has lost its network.
func (s State) Blind() bool {
	return slices.ContainsFunc(s.Active(), func(i *Incident) bool { return i.CheckerOf != "" && i.State != Monitoring })
}
