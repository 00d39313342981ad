package trigger

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/check"
)

// Due returns the checks that an event asks for, in their order.
//
// A tick asks for those whose turn it is, see below. An event of ECS asks for
// those that run on its service; a check that names no cluster may be in any
// of the clusters given, or in any at all if none is given. A manual event asks
// for those that one of its globs means, or for all; no check may be meant.
//
// Intervals are counted in whole minutes, rounded up: 90s is every second
// minute. A check has one minute of its interval, by a hash of its key, so that
// checks are spread and no state is needed; it is due in that minute of the
// tick's time. Repeating a tick asks for the same checks, whenever it arrives.
func Due(e Event, checks []check.Check, now time.Time, clusters ...string) []check.Check {
	switch e.Kind {
	case Tick:
		minute := minuteOf(e.Time, now)
		return only(checks, func(c *check.Check) bool { return hasTurn(c, minute) })
	case Deployment, ServiceAction, TaskStopped:
		return only(checks, func(c *check.Check) bool { return runsOn(c, e.Service, clusters) })
	case Manual:
		if len(e.Only) == 0 {
			return checks
		}
		var globs []func(*check.Check) bool
		for _, glob := range e.Only {
			globs = append(globs, check.Match(glob))
		}
		return only(checks, func(c *check.Check) bool {
			return slices.ContainsFunc(globs, func(matches func(*check.Check) bool) bool { return matches(c) })
		})
	case Ignored:
	}
	return nil
}

// only copies the checks that are wanted, unless all are.
func only(checks []check.Check, wanted func(*check.Check) bool) []check.Check {
	var chosen []int
	for i := range checks {
		if wanted(&checks[i]) {
			chosen = append(chosen, i)
		}
	}
	if len(chosen) == len(checks) {
		return checks
	}
	due := make([]check.Check, len(chosen))
	for i, at := range chosen {
		due[i] = checks[at]
	}
	return due
}

// farOff is how far a tick's time may be from the clock. One that is farther
// away, because it was held up or because somebody wrote a fixed time into the
// schedule, would ask for the wrong checks, or for the same ones forever.
const farOff = 10 * time.Minute

// minuteOf is the minute that a tick stands for, counted from 1970.
func minuteOf(tick, now time.Time) int64 {
	if tick.IsZero() || tick.Sub(now).Abs() > farOff {
		tick = now
	}
	return tick.Unix() / 60
}

// hasTurn reports whether a check is due in a minute.
func hasTurn(c *check.Check, minute int64) bool {
	every := int64(c.Interval / time.Minute)
	if c.Interval%time.Minute > 0 {
		every++
	}
	if every <= 1 {
		return true
	}
	h := fnv.New64a()
	h.Write([]byte(strings.ToLower(c.Key)))
	turn := int64(h.Sum64()>>1) % every
	return (minute-turn)%every == 0
}

// runsOn reports whether a check says that its endpoint runs on a service. An
// event that does not tell its cluster means any.
func runsOn(c *check.Check, s Service, clusters []string) bool {
	switch {
	case c.RunsOn.Service == "" || c.RunsOn.Service != s.Name:
		return false
	case s.Cluster == "" || c.RunsOn.Cluster == s.Cluster:
		return true
	}
	return c.RunsOn.Cluster == "" && (len(clusters) == 0 || slices.Contains(clusters, s.Cluster))
}

// Foreign reports whether an event of ECS is about a cluster that is not among
// those that are watched, and about a service on which no check says that its
// endpoint runs. Without clusters all are watched.
func Foreign(e Event, checks []check.Check, clusters []string) bool {
	if e.Service.Cluster == "" || len(clusters) == 0 {
		return false
	}
	watched := slices.ContainsFunc(clusters, func(c string) bool {
		return c == e.Service.Cluster || strings.HasSuffix(c, "/"+e.Service.Cluster) // as an ARN ends
	})
	return !watched && !slices.ContainsFunc(checks, func(c check.Check) bool { return runsOn(&c, e.Service, clusters) })
}

// pause is how long the ends of a service's tasks count as one.
const pause = time.Minute

// Coalesce reports whether an event belongs to a stream that was handled a
// moment ago, and is only to be counted: a crash loop ends a task every few
// seconds, and one round of probes a minute is enough. LastHandled is when a
// task's end last made us probe the endpoints of the same service, the zero
// time for never. Other events are never coalesced.
func Coalesce(e Event, lastHandled, now time.Time) bool {
	// The clocks of two runs may differ, so lastHandled can be ahead.
	return e.Kind == TaskStopped && !lastHandled.IsZero() && now.Sub(lastHandled).Abs() < pause
}
