package incident

import (
	"cmp"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// followCauses tells when all that fails of an incident has failed in another
// way for a while: what was a timeout answers 503 now, so somebody should look
// elsewhere. The incident stays the same one.
func (t *step) followCauses() {
	for _, i := range t.active() {
		if !i.isProbed() || i.State == Monitoring || i.Flapping {
			i.Shift = Shift{}
			continue
		}
		before := cmp.Or(i.Cause, i.Class)
		switch now, seen := t.commonClass(i); {
		case now == "" || now == before:
			i.Shift = Shift{}
		case now != i.Shift.To || seen.Before(i.Shift.Since):
			i.Shift = Shift{To: now, Since: seen}
		case seen.Sub(i.Shift.Since) < causeAfter:
		case i.Root != nil && !i.Root.Seen.Before(i.Shift.Since):
			i.Cause, i.Shift = now, Shift{} // its cause is known, and explains this too
		default:
			since := i.Shift.Since
			i.Cause, i.Shift, i.Changed = now, Shift{}, t.in.Now
			t.tellWith(KindCause, ReasonOtherClass, i, true, func(n *Notice) {
				n.Incident.ClassBefore, n.Incident.ClassSince = before, since
			})
		}
	}
}

// commonClass is the class in which everything of an incident fails that does,
// and when that was last seen of all of it: an endpoint that is probed every ten
// minutes has not failed in a way for longer than it was seen to. It is "" if
// nothing fails, or not everything in one way. What is under maintenance, or not
// known, says nothing.
func (t *step) commonClass(i *Incident) (common result.Class, seen time.Time) {
	for _, key := range i.Endpoints {
		e := t.endpoint(key)
		switch {
		case e.Failing == 0 || e.Unknown || t.maintenance(t.rule(key), t.in.Now):
			continue
		case common != "" && e.Class != common:
			return "", zero
		}
		if common == "" || e.Last.Before(seen) {
			seen = e.Last
		}
		common = e.Class
	}
	return common, seen
}
