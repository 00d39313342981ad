package incident

import (
	"cmp"

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
		switch now := t.commonClass(i); {
		case now == "" || now == before:
			i.Shift = Shift{}
		case now != i.Shift.To:
			i.Shift = Shift{To: now, Since: t.in.Now}
		case t.in.Now.Sub(i.Shift.Since) >= causeAfter:
			i.Cause, i.Shift, i.Changed = now, Shift{}, t.in.Now
			t.tellWith(KindCause, ReasonOtherClass, i, true, func(n *Notice) { n.Incident.ClassBefore = before })
		}
	}
}

// commonClass is the class in which everything of an incident fails that does;
// "" if nothing fails, or not everything in one way.
func (t *step) commonClass(i *Incident) result.Class {
	var common result.Class
	for _, key := range i.Endpoints {
		e := t.endpoint(key)
		switch {
		case e.Failing == 0 || e.Class == common:
		case common != "":
			return ""
		default:
			common = e.Class
		}
	}
	return common
}
