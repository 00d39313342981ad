package incident

import (
	"fmt"
	"time"

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
		if i.State != Resolved && i.isProbed() && i.Key == key {
			return i
		}
	}
	return nil
}

// join adds an endpoint to an incident that explains it, silently.
func (t *step) join(i *Incident, rule *Rule) {
	if i.State == Monitoring {
		t.relapse(i)
	}
	t.enter(i, rule)
	i.Changed = t.in.Now
	t.add(KindAffected, ReasonJoined, i, rule.Key)
}

func (t *step) enter(i *Incident, rule *Rule) {
	i.Endpoints = append(i.Endpoints, rule.Key)
	t.members[rule.Key] = i
}

func incidentKey(rule *Rule, class result.Class) string { return rule.group() + "|" + string(class) }

// announcement is an incident that was opened and is to be told of, once it is
// known what else happened in the round.
type announcement struct {
	incident *Incident
	kind     Kind
	reason   Reason
	resolved time.Time // before it was reopened
}

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
	i := t.reopenable(key)
	if i == nil {
		i = t.newIncident(key, rule, e)
	} else {
		said.kind, said.reason, said.resolved = KindReopened, ReasonCameBack, i.Resolved
		t.reopen(i)
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
	i.Changed, i.Lower = t.in.Now, zero
	t.opened[i.ID] = true
}

// announce fills in what depends on all endpoints of new incidents, and then
// tells of them: each message names the others.
func (t *step) announce() {
	for _, said := range t.announcements {
		t.complete(said.incident)
	}
	for _, said := range t.announcements {
		i, reason := said.incident, said.reason
		if i.Silent {
			reason = ReasonMuted
		}
		t.tellWith(said.kind, reason, i, true, func(n *Notice) { n.Incident.Resolved = said.resolved })
	}
}

func (t *step) complete(i *Incident) {
	i.FirstFailure = t.in.Now
	for _, key := range i.Endpoints {
		if e := t.endpoint(key); e.Failing > 0 && e.Since.Before(i.FirstFailure) {
			i.FirstFailure = e.Since
		}
	}
	i.Silent = t.muted(i)
	i.Title = t.title(i)
	i.Severity = t.severity(i)
	t.correlateDeployment(i)
}

// muted reports whether every alert of an incident's endpoints is disabled.
func (t *step) muted(i *Incident) bool {
	for _, key := range i.Endpoints {
		if !t.rule(key).Muted {
			return false
		}
	}
	return true
}

// giveVoice silences incidents of which every alert is disabled by now, and
// tells of a silent one as soon as it is that of an endpoint with alerts too.
func (t *step) giveVoice() {
	for _, i := range t.active() {
		if !i.isProbed() || t.opened[i.ID] {
			continue
		}
		if t.muted(i) {
			i.Silent = true
		} else if i.Silent && t.audible(i) {
			i.Silent = false
			t.tellAtLast(i)
		}
	}
}

// tellAtLast tells of an incident that was silent so far, unless that it is open
// was told before.
func (t *step) tellAtLast(i *Incident) {
	if !i.Told.IsZero() {
		return
	}
	i.Severity = t.severity(i)
	if i.Notices == 0 {
		t.tell(KindOpened, ReasonThreshold, i, true)
	} else {
		t.tell(KindReopened, ReasonCameBack, i, true)
	}
}

// audible reports whether an endpoint with alerts has failed often enough.
func (t *step) audible(i *Incident) bool {
	for _, key := range i.Endpoints {
		e, rule := t.endpoint(key), t.rule(key)
		if !rule.Muted && e.Failing >= rule.FailureThreshold && !t.maintenance(rule, t.in.Now) {
			return true
		}
	}
	return false
}

// reopenable is the incident of that key that was resolved a short time ago,
// and not because it was removed.
func (t *step) reopenable(key string) *Incident {
	for _, i := range t.state.Incidents {
		if i.State == Resolved && i.Key == key && t.in.Now.Sub(i.Resolved) <= reopenWithin && (len(i.Endpoints) > 0 || !i.isProbed()) {
			return i
		}
	}
	return nil
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
