package incident

import (
	"fmt"
	"strings"
	"time"
)

// find returns an incident by its id, without regard to case.
func (s *State) find(id string) (*Incident, error) {
	var known []string
	for _, i := range s.Incidents {
		if strings.EqualFold(i.ID, id) {
			return i, nil
		}
		if i.State != Resolved {
			known = append(known, i.ID)
		}
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("there is no incident %q; none is open", id)
	}
	return nil, fmt.Errorf("there is no incident %q; open are %s", id, strings.Join(known, ", "))
}

// Acknowledge notes that somebody takes care of an incident: no reminders are
// sent any more, updates are.
func (s State) Acknowledge(id, by string, now time.Time) (State, error) {
	s = s.clone()
	i, err := s.find(id)
	if err != nil {
		return State{}, err
	}
	if i.State == Resolved {
		return State{}, fmt.Errorf("incident %s is resolved; there is nothing to acknowledge", i.ID)
	}
	i.Acked, i.AckedBy, i.Joined = now, by, 0
	s.unrecord(i.ID)
	return s, nil
}

// maxSnooze bounds for how long an incident can be silenced.
const maxSnooze = 7 * 24 * time.Hour

// Snooze silences an incident until then, but for its end and its getting
// worse.
func (s State) Snooze(id string, duration time.Duration, now time.Time) (State, error) {
	if duration <= 0 || duration > maxSnooze {
		return State{}, fmt.Errorf("an incident can not be snoozed for %s; expected more than 0 and at most %s", duration, maxSnooze)
	}
	s = s.clone()
	i, err := s.find(id)
	if err != nil {
		return State{}, err
	}
	if i.State == Resolved {
		return State{}, fmt.Errorf("incident %s is resolved; there is nothing to snooze", i.ID)
	}
	i.Snoozed = now.Add(duration)
	s.unrecord(i.ID)
	return s, nil
}
