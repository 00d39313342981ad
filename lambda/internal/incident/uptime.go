package incident

import (
	"maps"
	"slices"
	"time"
)

// Downtime is kept by the hour for a day and a little, and by the day for a
// month; in whole seconds, since a state of many endpoints must stay small.
const (
	hourFormat = "2006-01-02T15"
	dayFormat  = "2006-01-02"
	keepHours  = 26 * time.Hour
	keepDays   = 31 * 24 * time.Hour
)

// elapse adds the time since the last decision to what every endpoint was in
// it. Of a long gap between two rounds nobody knows anything.
func (t *step) elapse() {
	if t.before.IsZero() {
		return
	}
	gap := t.in.Now.Sub(t.before)
	for _, e := range t.state.Endpoints {
		from, to := t.before.Truncate(time.Second), t.in.Now.Truncate(time.Second)
		switch {
		case gap > longestGap || e.Unknown:
			e.spend(from, to, func(d *Downtime, took time.Duration) { d.Unknown += took })
		case e.Failing > 0:
			e.spend(from, to, func(d *Downtime, took time.Duration) { d.Down += took })
		}
		e.compact(t.in.Now)
	}
}

// spend divides a stretch of time into hours.
func (e *Endpoint) spend(from, to time.Time, add func(*Downtime, time.Duration)) {
	if earliest := to.Add(-keepDays); from.Before(earliest) {
		from = earliest
	}
	for from.Before(to) {
		end := from.UTC().Truncate(time.Hour).Add(time.Hour)
		if end.After(to) {
			end = to
		}
		add(e.bucket(from.UTC().Format(hourFormat)), end.Sub(from))
		from = end
	}
}

// bucket returns the entry of an hour or a day, made if need be; entries stay in
// the order of time.
func (e *Endpoint) bucket(name string) *Downtime {
	i, found := slices.BinarySearchFunc(e.Down, name, func(d Downtime, name string) int {
		switch {
		case d.Day < name:
			return -1
		case d.Day > name:
			return 1
		}
		return 0
	})
	if !found {
		e.Down = slices.Insert(e.Down, i, Downtime{Day: name})
	}
	return &e.Down[i]
}

// compact turns old hours into days, and drops old days.
func (e *Endpoint) compact(now time.Time) {
	hours, days := now.UTC().Add(-keepHours).Format(hourFormat), now.UTC().Add(-keepDays).Format(dayFormat)
	stale := func(d Downtime) bool { return d.Day < days || len(d.Day) == len(hourFormat) && d.Day < hours }
	if !slices.ContainsFunc(e.Down, stale) {
		return
	}
	old := e.Down
	e.Down = nil
	for _, d := range old {
		name := d.Day
		if len(name) == len(hourFormat) && name < hours {
			name = name[:len(dayFormat)]
		}
		if name < days {
			continue
		}
		kept := e.bucket(name)
		kept.Down += d.Down
		kept.Unknown += d.Unknown
	}
}

// uptime is the share of the known time within a window in which the endpoint
// was up, in percent; false if nothing is known of it. Of the hour or day in
// which the window begins, the part that is in it counts.
func (e *Endpoint) uptime(now time.Time, window time.Duration) (float64, bool) {
	from, known := now.Add(-window), window
	if e.First.After(from) {
		from, known = e.First, now.Sub(e.First)
	}
	var down time.Duration
	for _, d := range e.Down {
		share := d.within(from, now)
		if from.Equal(e.First) {
			share = 1 // nothing was noted before
		}
		down += time.Duration(share * float64(d.Down))
		known -= time.Duration(share * float64(d.Unknown))
	}
	if known <= 0 {
		return 0, false
	}
	return 100 * max(0, 1-float64(down)/float64(known)), true
}

// within is the part of an hour or a day that is after from. A day of which
// hours are kept ends where they begin.
func (d Downtime) within(from, now time.Time) float64 {
	format, length := dayFormat, 24*time.Hour
	if len(d.Day) == len(hourFormat) {
		format, length = hourFormat, time.Hour
	}
	begins, err := time.Parse(format, d.Day)
	if err != nil {
		return 0
	}
	if hours := now.UTC().Add(-keepHours).Truncate(time.Hour); format == dayFormat && hours.Sub(begins) < length {
		length = max(hours.Sub(begins), time.Hour)
	}
	return min(1, max(0, float64(begins.Add(length).Sub(from))/float64(length)))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
