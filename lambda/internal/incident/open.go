package incident

import (
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// openIncidents opens incidents for endpoints that have failed often enough and
// are in none. Only what this round saw counts: what an endpoint was before a
// window, a deployment or a pause ended says nothing about now.
func (t *step) openIncidents() {
	for k := range t.Rules {
		rule := &t.Rules[k]
		e := t.state.Endpoints[rule.Key]
		if e == nil || e.Failing == 0 || !t.judged[rule.Key] || t.holding(rule.Key) != nil {
			continue
		}
		why := t.held(rule, e)
		if i := t.joinable(rule, e); i != nil && why == "" {
			t.join(i, rule)
			continue
		}
		due := e.Failing >= rule.FailureThreshold || e.Quiet || !e.Flapping.IsZero()
		switch {
		case !due:
			t.add(KindPending, ReasonBelowThreshold, nil, rule.Key)
		case why != "":
			t.add(KindSuppressed, why, nil, rule.Key)
		default:
			t.open(rule, e)
		}
	}
}

// held says why an endpoint that fails opens no incident now; "" if it may.
func (t *step) held(rule *Rule, e *Endpoint) Reason {
	switch {
	case t.maintenance(rule, t.in.Now):
		return ReasonMaintenance
	case t.needsFailing(rule):
		return ReasonDependency
	case t.deploying(rule, e):
		return ReasonDeploying
	}
	return ""
}

// joinable is the active incident of the endpoint's group and class.
func (t *step) joinable(rule *Rule, e *Endpoint) *Incident {
	key := incidentKey(rule, e.Class)
	for _, i := range t.state.Incidents {
		if i.State != Resolved && i.isProbed() && i.symptom() == key {
			return i
		}
	}
	return nil
}

// symptom is the key by what fails and how, whether a cause is known or not.
func (i *Incident) symptom() string {
	if i.Symptom != "" {
		return i.Symptom
	}
	return i.Key
}

// join adds an endpoint to an incident that explains it, silently. That many have
// come is told of one that was acknowledged, see spread.
func (t *step) join(i *Incident, rule *Rule) {
	if i.State == Monitoring {
		t.relapse(i)
	}
	t.enter(i, rule)
	i.Changed = t.in.Now
	if !i.Acked.IsZero() && !rule.Muted {
		i.Joined++
	}
	t.add(KindAffected, ReasonJoined, i, rule.Key)
}

func (t *step) enter(i *Incident, rule *Rule) {
	i.Endpoints = append(i.Endpoints, rule.Key)
	t.members[rule.Key] = i
}

func incidentKey(rule *Rule, class result.Class) string { return rule.group() + "|" + string(class) }

// open begins an incident with an endpoint, and with all others of its group
// that fail in the same way: the strictest one decides when.
func (t *step) open(rule *Rule, e *Endpoint) {
	said := announcement{kind: KindOpened, reason: ReasonThreshold}
	switch {
	case e.Quiet:
		said.kind, said.reason = KindAfterQuiet, ReasonAfterQuiet
	case !e.Flapping.IsZero():
		said.kind, said.reason = KindFlapping, ReasonFlaps
	}
	key := incidentKey(rule, e.Class)
	i := t.reopenable(key, rule.Key)
	if i == nil {
		i = t.newIncident(key, rule, e)
	} else {
		said.kind, said.reason, said.resolved = KindReopened, ReasonCameBack, i.Resolved
		t.reopen(i)
		i.Key, i.Root = key, nil // whether it is that again is not known yet
	}
	i.Flapping = !e.Flapping.IsZero()
	for k := range t.Rules {
		other := &t.Rules[k]
		o := t.state.Endpoints[other.Key]
		if o == nil || o.Failing == 0 || o.Class != e.Class || other.group() != rule.group() || t.holding(other.Key) != nil {
			continue
		}
		if other.Key == rule.Key || t.held(other, o) == "" {
			t.enter(i, other)
		}
	}
	said.incident = i
	t.announcements = append(t.announcements, said)
}

// reopen brings an incident back that was resolved.
func (t *step) reopen(i *Incident) {
	i.State, i.Reopenings, i.Resolved, i.Recovered, i.Unseen = Reopened, i.Reopenings+1, zero, zero, 0
	i.Endpoints, i.Acked, i.AckedBy, i.Told = nil, zero, "", zero
	i.Snoozed = zero // people were told that it is over: that it is not must be heard
	i.Changed, i.Lower, i.FirstFailure = t.in.Now, zero, t.in.Now
	i.Cause, i.Shift = "", Shift{} // it fails as it did at opening, or it would be another one
	t.opened[i.ID] = true
}

// reopenable is the incident of that key that was resolved a short time ago,
// and not because it was removed. Of several that had different causes it is
// the one that the endpoint was in.
func (t *step) reopenable(key, endpoint string) *Incident {
	var found *Incident
	for _, i := range t.state.Incidents {
		if i.State != Resolved || i.symptom() != key || i.Merged != "" || t.in.Now.Sub(i.Resolved) > reopenWithin || len(i.Endpoints) == 0 && i.isProbed() {
			continue
		}
		if slices.Contains(i.Endpoints, endpoint) {
			return i
		}
		if found == nil {
			found = i
		}
	}
	return found
}

// newIncident makes an incident without endpoints.
func (t *step) newIncident(key string, rule *Rule, e *Endpoint) *Incident {
	i := t.numbered(key)
	i.Group, i.Class = rule.Group, e.Class
	return i
}

// numbered makes an incident with the next number.
func (t *step) numbered(key string) *Incident {
	t.state.Counter++
	i := &Incident{
		ID:  fmt.Sprintf("INC-%s-%d", t.in.Now.UTC().Format("0102"), t.state.Counter),
		Key: key, State: Open, Opened: t.in.Now, Changed: t.in.Now, FirstFailure: t.in.Now,
	}
	i.Previous = t.state.Last[key]
	t.state.Incidents = append(t.state.Incidents, i)
	t.opened[i.ID] = true
	return i
}
