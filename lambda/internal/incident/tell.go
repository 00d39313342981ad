package incident

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

var zero time.Time

// tell records a transition and puts its message into the outbox, if there is
// one: nobody is told about a silent incident, and of a snoozed one only what
// changes the matter.
func (t *step) tell(kind Kind, reason Reason, i *Incident, wanted bool) {
	t.tellWith(kind, reason, i, wanted, func(*Notice) {})
}

// tellChange is tell with the severity before.
func (t *step) tellChange(kind Kind, reason Reason, i *Incident, before Severity) {
	t.tellWith(kind, reason, i, true, func(n *Notice) { n.Incident.Before = before })
}

func (t *step) tellWith(kind Kind, reason Reason, i *Incident, wanted bool, change func(*Notice)) {
	transition := Transition{Kind: kind, Reason: reason, Incident: i.ID}
	snoozed := t.in.Now.Before(i.Snoozed) && kind != KindResolved && kind != KindSeverityUp
	if wanted && !i.Silent && !snoozed {
		i.Notices++
		i.Told = t.in.Now
		if i.Thread == "" {
			i.Thread = i.ID
		}
		n := t.notice(kind, reason, fmt.Sprintf("%s-%d-%s", i.ID, i.Notices, kind))
		n.Sequence = i.Notices
		n.Incident = t.facts(i)
		change(n)
		transition.Notice = n
		t.state.Outbox = append(t.state.Outbox, n)
	}
	t.note(i, transition)
}

// note records what happened to an incident.
func (t *step) note(i *Incident, transition Transition) {
	i.remember(t.in.Now, transition)
	t.transitions = append(t.transitions, transition)
}

// maxHistory bounds what is kept of an incident's life: its first half and its
// newest one.
const maxHistory = 50

// remember adds a line to an incident's history. That it is still held back, or
// still pending, is not news.
func (i *Incident) remember(now time.Time, t Transition) {
	if t.Kind == KindSuppressed {
		return
	}
	i.History = append(i.History, Moment{now, t.Kind, t.Reason, t.Told()})
	if len(i.History) > maxHistory {
		i.History = slices.Delete(i.History, maxHistory/2, maxHistory/2+1)
	}
}

func (t *step) notice(kind Kind, reason Reason, id string) *Notice {
	return &Notice{ID: id, Kind: kind, Reason: reason, At: t.in.Now, Environment: t.Environment}
}

// facts are what a message says of an incident at this moment.
func (t *step) facts(i *Incident) *Facts {
	f := &Facts{
		ID: i.ID, Key: i.Key, Thread: i.Thread, Title: i.Title, State: i.State, Severity: i.Severity, Class: cmp.Or(i.Cause, i.Class),
		FirstFailure: i.FirstFailure, Opened: i.Opened, Recovered: i.Recovered, Resolved: i.Resolved,
		Reopenings: i.Reopenings, Previous: i.Previous, Acked: !i.Acked.IsZero(),
		AckedBy: i.AckedBy, Deployed: i.deployedSentence(), FirstAction: t.firstAction(i),
		Cause: i.Root.clone(),
	}
	f.Dependents, f.DependentsMore = firstFew(slices.Clone(i.Dependents))
	f.AlsoOpen, f.AlsoMore = t.alsoOpen(i)
	if i.State != Resolved && i.Acked.IsZero() {
		f.NextReminder = t.reminder(i)
	}
	for _, key := range t.worstFirst(i) {
		rule := t.rule(key)
		if len(f.Endpoints) < MaxFacts {
			f.Endpoints = append(f.Endpoints, t.factOf(i, rule))
		} else {
			f.More++
		}
		if e := t.endpoint(key); !e.Flapping.IsZero() {
			f.Flips = max(f.Flips, len(e.Flips))
		}
		f.UsersLose = addOnce(f.UsersLose, rule.UsersLose)
		f.Owners = addOnce(f.Owners, rule.Owner)
		f.Runbooks = addOnce(f.Runbooks, rule.Runbook)
		for _, description := range rule.Descriptions {
			f.Description = addOnce(f.Description, description)
		}
		if _, service := t.serviceOf(rule); service != nil && len(f.News) == 0 {
			f.News = slices.Clone(service.News)
		}
	}
	return f
}

// worstFirst orders the endpoints of an incident: failing before good, then by
// severity, then as they came.
func (t *step) worstFirst(i *Incident) []string {
	keys := slices.Clone(i.Endpoints)
	rank := func(key string) int {
		r := int(t.rule(key).Severity)
		if t.endpoint(key).Failing == 0 {
			r += int(SEV4)
		}
		return r
	}
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	return keys
}

// factOf is what a message about an incident says of one of its endpoints.
func (t *step) factOf(i *Incident, rule *Rule) EndpointFact {
	if i.Unjudged {
		return t.unjudgedFact(rule)
	}
	return t.endpointFact(rule)
}

func (t *step) endpointFact(rule *Rule) EndpointFact {
	e := t.endpoint(rule.Key)
	return EndpointFact{Key: rule.Key, URL: rule.URL, Failing: e.Failing > 0, Unknown: e.Unknown, Class: e.Class, Phase: e.Phase, Error: e.Error, Since: e.Since}
}

// addOnce appends a text unless it is empty, there already, or one too many.
func addOnce(texts []string, text string) []string {
	if text == "" || slices.Contains(texts, text) || len(texts) == MaxFacts {
		return texts
	}
	return append(texts, text)
}

// alsoOpen names the other incidents, the worst first, and counts those that
// it leaves out.
func (t *step) alsoOpen(except ...*Incident) ([]OtherFact, int) {
	var others []OtherFact
	more, active := 0, t.active()
	for severity := SEV1; severity <= SEV4; severity++ { // not sorted: this is done for every message
		for _, i := range active {
			switch {
			case i.Severity != severity || i.Silent || slices.Contains(except, i):
			case len(others) < MaxFacts:
				others = append(others, OtherFact{i.ID, i.Title, i.Severity})
			default:
				more++
			}
		}
	}
	return others, more
}

// firstFew bounds a list of facts, and counts what it leaves out.
func firstFew[F any](facts []F) ([]F, int) {
	shown := min(len(facts), MaxFacts)
	return facts[:shown:shown], len(facts) - shown
}

// title says in a line what is broken. It is kept for the incident's life, so
// that every message about it is recognised.
func (t *step) title(i *Incident) string {
	if i.Root != nil {
		return t.causeTitle(i)
	}
	keys := t.worstFirst(i)
	what := result.Describe(i.Class)
	if len(keys) == 1 {
		return fmt.Sprintf("%s: %s", keys[0], what)
	}
	return fmt.Sprintf("%s: %d endpoints, %s", i.Group, len(keys), what)
}

// firstAction is where to look first, as the class says; the cause will say
// better once it is known.
func (t *step) firstAction(i *Incident) string {
	switch {
	case i.Root != nil && len(i.Root.Actions) > 0:
		return i.Root.Actions[0].Do
	case i.CheckerOf != "":
		return "check the checker's own way out: the routes of its subnets, its security group, NAT or endpoints"
	case i.Unjudged:
		return "remove what keeps the checker from judging them, as each one says, and look at them yourself meanwhile"
	case i.Service != "":
		return "look at the events and stopped tasks of the ECS service " + i.Service
	}
	look := result.Look(cmp.Or(i.Cause, i.Class))
	if look == "" {
		return ""
	}
	return "look at " + look
}
