package incident

import (
	"slices"
	"time"
)

// announcement is an incident that is to be told of, once it is known what else
// happened in the round.
type announcement struct {
	incident *Incident
	kind     Kind
	reason   Reason
	resolved time.Time // before it was reopened
}

// announce fills in what depends on all endpoints of new incidents, and then
// tells of them: of all that is new in one message, of all that came back in
// another, whether they began together or not, and of the rest in one each.
func (t *step) announce() {
	for _, said := range t.announcements {
		t.complete(said.incident)
	}
	t.giveVoice()
	var together, back, alone []announcement
	for _, said := range t.announcements {
		switch {
		case said.incident.Silent:
			alone = append(alone, said)
		case isNew(said.kind):
			together = append(together, said)
		case said.kind == KindReopened:
			back = append(back, said)
		default:
			alone = append(alone, said)
		}
	}
	t.tellTogether(together)
	t.tellTogether(back)
	for _, said := range alone {
		i, reason := said.incident, said.reason
		if i.Silent {
			reason = ReasonMuted
		}
		t.tellWith(said.kind, reason, i, true, func(*Notice) {})
	}
}

// isNew reports whether a kind is the beginning of an incident with nothing
// special about it.
func isNew(kind Kind) bool { return kind == KindOpened || kind == KindAfterQuiet }

// tellTogether tells of new incidents in one message, or of those that came
// back, which is about the worst of them and names the others. They share its
// thread from then on.
func (t *step) tellTogether(post []announcement) {
	if len(post) == 0 {
		return
	}
	slices.SortStableFunc(post, func(a, b announcement) int { return int(a.incident.Severity - b.incident.Severity) })
	lead, others := post[0], post[1:]
	t.tellWith(lead.kind, lead.reason, lead.incident, true, func(n *Notice) {
		n.Incident.Resolved = lead.resolved
		t.accompany(n.Incident, post)
	})
	shared := t.transitions[len(t.transitions)-1].Notice
	for _, said := range others {
		i := said.incident
		i.Thread, i.Told = lead.incident.Thread, t.in.Now
		i.Notices++ // the message is the first of each
		t.note(i, Transition{Kind: said.kind, Reason: said.reason, Incident: i.ID, Shared: shared.ID})
	}
}

// accompany adds the other incidents of a shared message to the facts of the
// first, and takes them off what is open besides.
func (t *step) accompany(f *Facts, post []announcement) {
	var all []*Incident
	for n, said := range post {
		all = append(all, said.incident)
		switch {
		case n == 0:
		case n <= MaxFacts:
			f.bring(said.kind, t.facts(said.incident))
		default:
			f.leaveOut(said.incident.ID)
		}
	}
	f.AlsoOpen, f.AlsoMore = t.alsoOpen(all...)
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
// announces a silent one as soon as it is that of an endpoint with alerts too.
func (t *step) giveVoice() {
	for _, i := range t.active() {
		if !i.isProbed() || t.opened[i.ID] {
			continue
		}
		if t.muted(i) {
			i.Silent = true
		} else if i.Silent && t.audible(i) && !t.in.Now.Before(i.Snoozed) {
			i.Silent = false
			t.announceAtLast(i)
		}
	}
}

// announceAtLast announces an incident that was silent so far, unless that it
// is open was told before.
func (t *step) announceAtLast(i *Incident) {
	if !i.Told.IsZero() {
		return
	}
	i.Severity = t.severity(i)
	said := announcement{incident: i, kind: KindReopened, reason: ReasonCameBack}
	if i.Notices == 0 {
		said.kind, said.reason = KindOpened, ReasonThreshold
	}
	t.announcements = append(t.announcements, said)
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
