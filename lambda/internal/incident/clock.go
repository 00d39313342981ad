package incident

import (
	"reflect"
	"slices"
	"time"
)

// How far a state may lie in the future before that is taken for a clock that
// was wrong, and for how long a run may keep others from a diagnosis.
const (
	clockSlack   = 3 * time.Minute // clocks differ a little, and are set back a little
	longestLease = 5 * time.Minute // more than twice as long as a run lives
)

// Ahead is by how much a state was decided later than now; 0 if that is no more
// than clocks may differ. Step takes what is ahead for the error of a clock and
// goes on from now: whoever calls it should say so in the log.
func (s State) Ahead(now time.Time) time.Duration {
	if ahead := s.Updated.Sub(now); ahead > clockSlack {
		return ahead
	}
	return 0
}

// rewind moves whatever a state says of the time after a moment to that moment.
// To wait until the clock has caught up would be silence. What a wrong clock
// made forget, such as an uptime of long ago, does not come back.
func (s *State) rewind(to time.Time) {
	snoozed := map[*Incident]time.Time{}
	for _, i := range s.Incidents {
		snoozed[i] = i.Snoozed
	}
	rewindTimes(reflect.ValueOf(s).Elem(), to)
	for i, until := range snoozed { // the one time that may well be days ahead
		if latest := to.Add(maxSnooze); until.After(latest) {
			until = latest
		}
		i.Snoozed = until
	}
	for _, e := range s.Endpoints {
		hour, day := to.UTC().Format(hourFormat), to.UTC().Format(dayFormat)
		e.Down = slices.DeleteFunc(e.Down, func(d Downtime) bool {
			return d.Day > day && (len(d.Day) == len(dayFormat) || d.Day > hour)
		})
	}
	if latest := to.UTC().Add(14 * time.Hour).Format(dayFormat); s.Summary > latest { // the day is nowhere further than there
		s.Summary = ""
	}
}

// rewindTimes moves every later time in a value that can be set. The facts of
// notices stay: they are shared, and say what was known when they were made.
func rewindTimes(v reflect.Value, to time.Time) {
	switch v.Kind() {
	case reflect.Pointer:
		switch v.Interface().(type) {
		case *Facts, *DeployFacts, *SummaryFacts:
			return
		}
		if !v.IsNil() {
			rewindTimes(v.Elem(), to)
		}
	case reflect.Slice:
		for i := range v.Len() {
			rewindTimes(v.Index(i), to)
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			moved := reflect.New(value.Type()).Elem()
			moved.Set(value)
			rewindTimes(moved, to)
			v.SetMapIndex(key, moved)
		}
	case reflect.Struct:
		if at, ok := v.Addr().Interface().(*time.Time); ok {
			if at.After(to) {
				*at = to
			}
			return
		}
		for i := range v.NumField() {
			rewindTimes(v.Field(i), to)
		}
	}
}

// moment is a time before the round, so that its results are news to whatever
// was moved there.
func (in Input) moment() time.Time {
	if !in.Started.IsZero() && in.Started.Before(in.Now) {
		return in.Started.Add(-time.Second)
	}
	return in.Now.Add(-time.Second)
}
