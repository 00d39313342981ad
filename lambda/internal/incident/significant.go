package incident

import (
	"reflect"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// saveEvery is how old a state may get in which nothing has changed but times.
const saveEvery = 5 * time.Minute

// WorthSaving reports whether a new state must be written: something other
// than a timestamp has changed, or the old one is too old to tell a pause from
// a gap.
//
// When an endpoint was judged last is a timestamp too. So a round that is decided
// after one that began later is dropped only if the later one was saved. If that
// was not, because it changed nothing, the older one counts as if the later one
// had not been made: a real failure may be told although it was over by then, if
// as many rounds as the threshold wants failed and were overtaken, and is
// resolved like any other. Nothing is resolved too early, since that takes
// minutes without a failure. To rule it out would take a write in every round.
func WorthSaving(before, after State) bool {
	passed := after.Updated.Sub(before.Updated) // less than nothing if the clock was wrong
	if passed >= saveEvery || passed < 0 || before.Version != after.Version {
		return true
	}
	return !reflect.DeepEqual(timeless(before), timeless(after))
}

// timeless is a state without what every good round changes. How often in a row
// an endpoint was good decides only when an incident that it is in is over.
func timeless(s State) State {
	s = s.clone()
	s.Updated = time.Time{}
	counts := map[string]bool{}
	for _, i := range s.Active() {
		for _, key := range i.Endpoints {
			counts[key] = true
		}
	}
	for key, e := range s.Endpoints {
		e.Last = time.Time{}
		if !counts[key] {
			e.Passing = 0
		}
		if len(e.Flips) == 0 {
			e.Flips = nil
		}
		e.Down = nil // follows from how it was and how long
	}
	return s
}

// Confirm returns the keys of endpoints that fail for the first time: they are
// probed again in the same round, so that a blip of seconds is none.
func (s State) Confirm(results []result.Result) []string {
	var keys []string
	for i := range results {
		r := &results[i]
		if e := s.Endpoints[r.Key]; !r.Healthy && r.Class.Judged() && (e == nil || e.Failing == 0) {
			keys = append(keys, r.Key)
		}
	}
	return keys
}
