package incident

import "time"

// remind recalls incidents that nobody has acknowledged.
func (t *step) remind() {
	for _, i := range t.active() {
		every := t.reminder(i)
		due := every > 0 && i.State != Monitoring && (!i.Told.IsZero() || i.isProbed()) && t.in.Now.Sub(i.Told) >= every
		if !due || i.Silent || !i.Acked.IsZero() || t.in.Now.Sub(i.Changed) >= quietAfter || t.expected(i) || t.in.Now.Before(i.Snoozed) {
			continue
		}
		i.Reminded = t.in.Now
		t.tell(KindReminder, ReasonReminder, i, true)
	}
}

// reminder is how often an incident is recalled; 0: never. What is written at an
// endpoint holds for it, and the one that wants it most often decides.
func (t *step) reminder(i *Incident) time.Duration {
	byDefault, written := reminderAfter[i.Severity], time.Duration(0)
	unwritten := len(i.Endpoints) == 0
	for _, key := range i.Endpoints {
		own := t.rule(key).Reminder
		unwritten = unwritten || own == 0
		if own > 0 && (written == 0 || own < written) {
			written = own
		}
	}
	if i.Flapping && byDefault > 0 {
		byDefault = flapDigest // not a running commentary
	}
	if i.Flapping && written > 0 {
		written = max(written, flapDigest)
	}
	switch {
	case !unwritten || byDefault == 0:
		return written
	case written == 0:
		return byDefault
	}
	return min(byDefault, written)
}

// expected reports whether all that still fails of an incident is under
// maintenance now.
func (t *step) expected(i *Incident) bool {
	failing := false
	for _, key := range i.Endpoints {
		if t.endpoint(key).Failing == 0 {
			continue
		}
		if !t.maintenance(t.rule(key), t.in.Now) {
			return false
		}
		failing = true
	}
	return failing
}
