package incident

import (
	"math/bits"
	"slices"
	"time"
)

// flap keeps the flapping of an incident's endpoints up to date. It is told
// once; then the incident is neither resolved nor opened with every change,
// until it has not changed for long enough.
func (t *step) flap(i *Incident) {
	flapping, expected := false, true
	for _, key := range i.Endpoints {
		if !t.endpoint(key).Flapping.IsZero() {
			flapping, expected = true, expected && t.maintenance(t.rule(key), t.in.Now)
		}
	}
	switch {
	case flapping && !i.Flapping && expected:
		// told when the maintenance is over, if it still does
	case flapping && !i.Flapping:
		i.Flapping, i.Changed = true, t.in.Now
		t.tell(KindFlapping, ReasonFlaps, i, true)
	case !flapping && i.Flapping:
		i.Flapping = false
		t.add(KindSteady, ReasonSteady, i, "")
	}
}

// judgeFlapping decides whether an endpoint changes too often.
func (e *Endpoint) judgeFlapping(now time.Time) {
	e.Flips = slices.DeleteFunc(e.Flips, func(at time.Time) bool { return now.Sub(at) > flapHour })
	last := e.Since
	if n := len(e.Flips); n > 0 {
		last = e.Flips[n-1]
	}
	if e.Known.After(last) {
		last = e.Known // what was not seen was not steady
	}
	switch {
	case e.Unknown:
	case e.Flapping.IsZero() && (len(e.Flips) >= flapFlips || e.restless()):
		e.Flapping = now
	case !e.Flapping.IsZero() && now.Sub(last) >= steadyAfter:
		e.Flapping, e.Flips = time.Time{}, nil
	}
}

// restless reports whether a good part of the last probes failed and a good
// part did not, in turns: one long outage among them is not flapping.
func (e *Endpoint) restless() bool {
	if e.Seen < recentSize || len(e.Flips) == 0 {
		return false
	}
	failed := bits.OnesCount32(e.Recent)
	changes := bits.OnesCount32((e.Recent ^ (e.Recent >> 1)) & (1<<(recentSize-1) - 1))
	return failed*5 >= recentSize && failed*5 <= 4*recentSize && changes >= flapFlips
}
