package incident

import (
	"slices"
	"time"
)

// active are the incidents that are not resolved.
func (t *step) active() []*Incident { return t.state.Active() }

// holding returns the active incident that an endpoint is in; nil: none. It is
// known from continueIncidents on.
func (t *step) holding(key string) *Incident { return t.members[key] }

// isProbed reports whether an incident is about endpoints, and not about the
// checker, what it knows, or a deployment.
func (i *Incident) isProbed() bool { return i.CheckerOf == "" && i.Service == "" && !i.Unjudged }

// gather finds out which incident each endpoint is in, and ends those of which
// nothing is left in the configuration.
func (t *step) gather() {
	t.members = map[string]*Incident{}
	for _, i := range t.active() {
		if !i.isProbed() && !i.Unjudged {
			continue
		}
		i.Endpoints = slices.DeleteFunc(i.Endpoints, func(key string) bool { return t.rule(key) == nil })
		if len(i.Endpoints) == 0 {
			i.State, i.Resolved = Resolved, t.in.Now
			t.add(KindClosed, ReasonRemoved, i, "")
		}
		if i.Unjudged {
			continue
		}
		for _, key := range i.Endpoints {
			t.members[key] = i
		}
	}
}

// continueIncidents carries on what was open before this round.
func (t *step) continueIncidents() {
	t.gather()
	for _, i := range t.active() {
		if i.isProbed() {
			t.flap(i)
			t.carryOn(i)
		}
	}
}

// standing says how the endpoints of an incident are.
type standing struct{ failing, unknown, short int }

func (t *step) standing(i *Incident) standing {
	var s standing
	for _, key := range i.Endpoints {
		e := t.endpoint(key)
		switch {
		case e.Failing > 0:
			s.failing++
		case e.Unknown:
			s.unknown++
		case e.Passing < t.rule(key).SuccessThreshold:
			s.short++
		}
	}
	return s
}

// carryOn moves an incident between open, monitoring and resolved.
func (t *step) carryOn(i *Incident) {
	s := t.standing(i)
	watched := i.State == Monitoring
	i.pause(watched && s.unknown > 0, t.in.Now)
	switch {
	case s.failing > 0 && watched:
		t.relapse(i)
	case s.failing > 0:
	case s.unknown > 0:
		t.add(KindSuppressed, ReasonUnknown, i, "")
	case !watched:
		i.State, i.Recovered = Monitoring, t.in.Now
		t.add(KindMonitoring, ReasonAllGood, i, "")
	case s.short > 0 || t.in.Now.Sub(i.Recovered)-i.Unseen < watchFor:
	case i.Flapping:
		t.add(KindSuppressed, ReasonStillFlaps, i, "")
	case t.hasSuccessor(i):
		// It goes on in this very round.
	default:
		t.resolve(i, ReasonStayedGood)
	}
}

// pause stops the clock of the watch over an incident while nobody knows.
func (i *Incident) pause(unknown bool, now time.Time) {
	switch {
	case unknown && i.Paused.IsZero():
		i.Paused = now
	case !unknown && !i.Paused.IsZero():
		i.Unseen += now.Sub(i.Paused)
		i.Paused = zero
	}
}

// relapse ends the watch over an incident: it goes on.
func (t *step) relapse(i *Incident) {
	i.State, i.Recovered, i.Unseen, i.Paused = Open, zero, 0, zero
	t.add(KindRelapsed, ReasonFailingAgain, i, "")
}

// hasSuccessor reports whether another endpoint begins to fail in the way of an
// incident that is about to be resolved.
func (t *step) hasSuccessor(i *Incident) bool {
	for k := range t.Rules {
		rule := &t.Rules[k]
		e := t.state.Endpoints[rule.Key]
		if e != nil && e.Failing > 0 && t.judged[rule.Key] && incidentKey(rule, e.Class) == i.symptom() && t.holding(rule.Key) == nil && t.held(rule, e) == "" {
			return true
		}
	}
	return false
}

// resolve ends an incident. Whoever was told that it opened is told, unless
// none of its endpoints wants that.
func (t *step) resolve(i *Incident, reason Reason) {
	i.State, i.Resolved, i.Changed = Resolved, t.in.Now, t.in.Now
	t.state.Last[i.Key] = Past{i.ID, i.Resolved}
	t.state.Last[i.symptom()] = Past{i.ID, i.Resolved}
	wanted := !i.isProbed()
	for _, key := range i.Endpoints {
		wanted = wanted || t.rule(key).SendOnResolved
	}
	t.tell(KindResolved, reason, i, wanted && !i.Told.IsZero())
	for _, key := range i.Endpoints {
		if t.members[key] == i {
			delete(t.members, key)
		}
	}
}
