package incident

import (
	"maps"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// levels orders how sure a cause is.
var levels = map[string]int{"possible": 1, "likely": 2, "proven": 3}

const proven = "proven"

// explain gives the causes of a diagnosis to incidents, one each: what one
// cause explains becomes one incident, and what another one explains leaves it.
func (t *step) explain() {
	d := t.in.Diagnosis
	taken := map[string]bool{}
	for k := range d.Causes {
		c := &d.Causes[k]
		if c.Self && t.explainChecker(c) {
			continue
		}
		members := t.failingOf(c)
		if len(members) == 0 {
			continue
		}
		if i := t.knownAs(c, members); i != nil {
			t.fold(i, members)
			i.Root.Seen = d.At
			continue
		}
		home, doubted := t.home(c, members, taken)
		if home == nil && !doubted {
			home = t.openFor(c, members)
		}
		if home == nil {
			continue
		}
		taken[home.ID] = true
		t.fold(home, members)
		t.absorb(home, c)
		t.giveRoot(home, c)
	}
	t.nameCauses()
	t.tick()
	t.state.Diagnosed = t.diagnosed()
}

// diagnosed notes that a diagnosis was made. One whose last answers are still
// awaited keeps its lease.
func (t *step) diagnosed() Diagnosed {
	d, last := t.in.Diagnosis, t.state.Diagnosed
	now := Diagnosed{At: d.At, Report: d.Report, Stocked: last.Stocked}
	if len(d.Failing) > 0 {
		now.Failing = maps.Clone(d.Failing)
	}
	if d.Report == "" {
		now.Report = last.Report
	}
	for _, at := range last.Recent {
		if t.in.Now.Sub(at) < diagnoseEvery {
			now.Recent = append(now.Recent, at)
		}
	}
	if d.Partial {
		now.By, now.Until = last.By, last.Until
		return now
	}
	now.Recent = append(now.Recent, t.in.Now)
	return now
}

// explainChecker gives the incident about the checker its cause. Its key and
// its title stay: it is one incident, whatever has become of the network. Where
// there is none, and nothing is known to be good, it opens. It returns false if
// the checker sees something all the same: then those that it does not reach
// have their own incidents, with this cause. What the checker may not read, or
// had no time for, is no incident.
func (t *step) explainChecker(c *Cause) bool {
	if c.Code != string(diagnose.SelfNoEgress) {
		return true
	}
	i := t.checkerIncident()
	root := c.Root.clone()
	root.Found, root.Seen, root.Report, root.Link = t.in.Diagnosis.At, t.in.Diagnosis.At, t.in.Diagnosis.Report, t.in.Diagnosis.Link
	switch {
	case i == nil && t.cutOff(c):
		t.blind(nil, blindness{result.PhaseTCP, ReasonNoWayOut, root})
		return true
	case i == nil:
		return false
	case i.State == Monitoring:
		return true
	}
	before := i.Root
	i.Root = root
	if before != nil && before.Key == c.Key {
		i.Root.Found = before.Found
		i.Root.keepDone(before)
		return true
	}
	i.Changed = t.in.Now
	t.found = append(t.found, foundCause{i, before, i.Severity})
	return true
}

// failingOf are the endpoints of a cause that fail as far as the state knows,
// but for those under maintenance.
func (t *step) failingOf(c *Cause) []*Rule {
	var members []*Rule
	for _, key := range c.Explains {
		e, rule := t.state.Endpoints[key], t.rule(key)
		if rule != nil && e != nil && e.Failing > 0 && !e.Unknown && !t.maintenance(rule, t.in.Now) {
			members = append(members, rule)
		}
	}
	return members
}

// home is the incident that a cause belongs to: the oldest of those that have
// it already, and of those with one of its endpoints that have no cause which
// this diagnosis names too. nil: there is none, or those that there are doubt
// the cause.
func (t *step) home(c *Cause, members []*Rule, taken map[string]bool) (home *Incident, doubted bool) {
	for _, i := range t.active() {
		if !i.isProbed() || taken[i.ID] {
			continue
		}
		has := i.Root != nil && i.Root.Key == c.Key
		holds := slices.ContainsFunc(members, func(r *Rule) bool { return t.holding(r.Key) == i })
		switch {
		case !has && (!holds || t.hasOwnCause(i)):
		case i.accepts(c):
			return i, false
		default:
			i.Doubt, doubted = c.Key, true
		}
	}
	return nil, doubted
}

// absorb takes in what else was in another incident of the same cause.
func (t *step) absorb(home *Incident, c *Cause) {
	for _, i := range t.active() {
		if i == home || i.Root == nil || i.Root.Key != c.Key {
			continue
		}
		for _, key := range i.Endpoints {
			t.enter(home, t.rule(key))
		}
		i.Endpoints = nil
		t.end(i, home)
	}
}

// hasOwnCause reports whether this diagnosis names the cause that an incident
// has already.
func (t *step) hasOwnCause(i *Incident) bool {
	return i.Root != nil && slices.ContainsFunc(t.in.Diagnosis.Causes, func(c Cause) bool { return c.Key == i.Root.Key })
}

// accepts reports whether an incident takes a cause. One that is as sure as
// the cause that it has must be found twice before it takes its place, unless
// it is the same one seen better.
func (i *Incident) accepts(c *Cause) bool {
	return i.Root == nil || i.Root.Key == c.Key || c.Level == proven ||
		levels[c.Level] > levels[i.Root.Level] || i.Doubt == c.Key || c.sharpens(i.Root)
}

// openFor opens an incident for a cause, if one of its endpoints is in an
// incident of another cause, or has failed often enough; or at once if the
// cause is proven and the failure was confirmed. nil: it is not time yet.
func (t *step) openFor(c *Cause, members []*Rule) *Incident {
	at := slices.IndexFunc(members, func(r *Rule) bool {
		e := t.endpoint(r.Key)
		due := t.holding(r.Key) != nil || e.Failing >= r.FailureThreshold || c.Level == proven && t.in.Diagnosis.Confirmed
		return due && t.held(r, e) == ""
	})
	if at < 0 {
		return nil
	}
	said := announcement{kind: KindOpened, reason: ReasonProven}
	if c.Level != proven || t.holding(members[at].Key) != nil {
		said.reason = ReasonOwnCause
	}
	i := t.reopenableCause(c.Key)
	if i == nil {
		first := members[at]
		i = t.newIncident(incidentKey(first, t.endpoint(first.Key).Class), first, t.endpoint(first.Key))
	} else {
		said.kind, said.reason, said.resolved = KindReopened, ReasonCameBack, i.Resolved
		t.reopen(i)
	}
	said.incident = i
	t.announcements = append(t.announcements, said)
	return i
}

// reopenableCause is the incident of a cause that was resolved lately.
func (t *step) reopenableCause(key string) *Incident {
	for _, i := range t.state.Incidents {
		if i.State == Resolved && i.Merged == "" && i.Root != nil && i.Root.Key == key && t.in.Now.Sub(i.Resolved) <= reopenWithin && len(i.Endpoints) > 0 {
			return i
		}
	}
	return nil
}

// fold brings the endpoints of a cause into its incident.
func (t *step) fold(home *Incident, members []*Rule) {
	for _, rule := range members {
		from := t.holding(rule.Key)
		switch {
		case from == home:
			continue
		case from == nil && t.held(rule, t.endpoint(rule.Key)) != "":
			continue
		case from != nil:
			from.Endpoints = slices.DeleteFunc(from.Endpoints, func(key string) bool { return key == rule.Key })
		}
		if home.State == Monitoring {
			t.relapse(home)
		}
		t.enter(home, rule)
		if !t.opened[home.ID] {
			home.Changed = t.in.Now
			t.add(KindAffected, ReasonSameCause, home, rule.Key)
		}
		if from != nil && len(from.Endpoints) == 0 {
			t.end(from, home)
		}
	}
}

// end ends an incident silently: all of it belongs to another one.
func (t *step) end(from, home *Incident) {
	from.State, from.Resolved, from.Merged = Resolved, t.in.Now, home.ID
	if home.Acked.IsZero() { // somebody may be at it
		home.Acked, home.AckedBy = from.Acked, from.AckedBy
	}
	t.add(KindClosed, ReasonMerged, from, "")
}
