package incident

import (
	"cmp"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Input is what a round found, and what else happened.
type Input struct {
	Now            time.Time
	Run            string    // id of the run
	Started        time.Time // of the round
	Results        []result.Result
	TimingsTrusted bool
	Scheduled      bool // the run was caused by a tick, and not by an event or by hand
	Controls       Controls
	News           *News             // of the ECS event that caused the run; nil: none
	Rollouts       map[string]string // what DescribeServices said of overdue deployments, by service
	Latents        *Latents          // of a step after a round: what an inventory found; nil: none was taken
	Full           bool              // the store took no more: what waits, and what is remembered, is condensed
	Diagnosis      *Diagnosis        // of a step after a round: what was found about what it saw; nil: this is a round
}

// Controls is what the control probes said when the checker suspected itself.
type Controls int

// What control probes can say.
const (
	NotAsked Controls = iota
	Answered          // the outage is real
	Silent            // the checker itself has lost its network
)

// step is one call of Step under way.
type step struct {
	*Policy
	in          Input
	state       State
	before      time.Time // when the state was last decided
	transitions []Transition

	members       map[string]*Incident // the active incident that each endpoint is in
	judged        map[string]bool      // endpoints of which this round said something
	unclear       map[string]bool      // endpoints of which it could say nothing, although they were to be probed
	opened        map[string]bool      // incidents opened or reopened in this step
	announcements []announcement
	found         []foundCause
}

// Step decides what a round means. The state passed in is not changed.
func (p *Policy) Step(s State, in Input) (State, []Transition) {
	s, ahead := s.clone(), s.Ahead(in.Now)
	if ahead > 0 {
		s.rewind(in.moment())
	}
	t := &step{Policy: p, in: in, state: s, before: s.Updated, judged: map[string]bool{}, unclear: map[string]bool{}, opened: map[string]bool{}}
	if in.Now.Before(s.Updated) {
		// A clock that went back a little must not undo or shorten anything.
		t.in.Now = s.Updated
	}
	t.forget()
	t.elapse()
	switch {
	case in.Diagnosis != nil:
		t.learn()
	case in.Latents != nil:
		t.state.Latents = in.Latents.after(t.state.Latents)
	default:
		t.takeRound()
	}
	t.noteUnrecorded()
	t.state.Version = Version
	t.state.Updated = t.in.Now
	return t.state, t.transitions
}

// learn takes in a diagnosis.
func (t *step) learn() {
	t.gather()
	t.explain()
	t.attachDependents()
	t.announce()
	t.tellCauses()
	t.rateIncidents()
	t.share()
	t.supersede()
	t.condense()
}

// takeRound takes in what a round found.
func (t *step) takeRound() {
	t.takeNews()
	sees := t.checker()
	if sees {
		t.observe()
	}
	for _, e := range t.state.Endpoints {
		e.judgeFlapping(t.in.Now)
	}
	t.continueIncidents()
	t.openIncidents()
	t.attachDependents()
	t.announce()
	t.rateIncidents()
	t.followCauses()
	t.followDeployments()
	if sees {
		t.followUnjudged()
	}
	t.remind()
	t.share()
	t.summarize()
	t.supersede()
	t.condense()
}

// forget drops what is no longer in the configuration, and what is too old to
// decide anything.
func (t *step) forget() {
	for key := range t.state.Endpoints {
		if t.rule(key) == nil {
			delete(t.state.Endpoints, key)
		}
	}
	named := t.state.mergedAndNamed()
	t.state.Incidents = slices.DeleteFunc(t.state.Incidents, func(i *Incident) bool {
		over := t.in.Now.Sub(i.Resolved)
		waits := named[i.ID] || !t.in.Full && over <= keepUnrecorded && slices.Contains(t.state.Unrecorded, i.ID)
		return i.State == Resolved && over > reopenWithin && !waits
	})
	t.state.Unrecorded = slices.DeleteFunc(t.state.Unrecorded, func(id string) bool { return t.state.Incident(id) == nil })
	for key, past := range t.state.Last {
		if t.in.Now.Sub(past.Resolved) > keepPast {
			delete(t.state.Last, key)
		}
	}
	t.forgetServices()
	t.state.Events = slices.DeleteFunc(t.state.Events, func(e SeenEvent) bool { return t.in.Now.Sub(e.At) > keepEvents })
	if extra := len(t.state.Events) - maxEvents; extra > 0 {
		t.state.Events = slices.Delete(t.state.Events, 0, extra)
	}
}

// noteUnrecorded lists the incidents to which something has happened.
func (t *step) noteUnrecorded() {
	for _, transition := range t.transitions {
		if transition.Incident != "" && transition.Kind != KindSuppressed {
			t.state.unrecord(transition.Incident)
		}
	}
}

// add records a transition that nobody is told.
func (t *step) add(kind Kind, reason Reason, i *Incident, endpoint string) {
	transition := Transition{Kind: kind, Reason: reason, Endpoint: endpoint}
	if i != nil {
		transition.Incident = i.ID
		i.remember(t.in.Now, transition)
	}
	t.transitions = append(t.transitions, transition)
}

// endpoint returns the state of an endpoint, made if need be.
func (t *step) endpoint(key string) *Endpoint {
	e := t.state.Endpoints[key]
	if e == nil {
		e = &Endpoint{First: t.in.Now, Since: t.in.Now}
		t.state.Endpoints[key] = e
	}
	return e
}

// observe takes in the results of the round.
func (t *step) observe() {
	for i := range t.in.Results {
		r := &t.in.Results[i]
		if rule := t.rule(r.Key); rule != nil {
			t.observeOne(rule, r)
		}
	}
}

// observeOne takes in one result, unless it is older than what is known, or
// says nothing. What is known is nowhere later than now by more than clocks
// differ, see rewind: so what is older was overtaken, however old it is.
func (t *step) observeOne(rule *Rule, r *result.Result) {
	e := t.endpoint(rule.Key)
	switch {
	case !t.in.Started.After(e.Last):
		return
	case !r.Class.Judged():
		e.lose(t.in.Started, cmp.Or(r.Error, result.Describe(r.Class)))
		t.unclear[rule.Key] = true
		return
	case !t.in.TimingsTrusted && r.Class == result.AssertLatency:
		return // a starved checker measures itself
	}
	failed, wasFailing, first := !r.Healthy, e.Failing > 0, e.Last.IsZero()
	t.judged[rule.Key] = true
	if e.Unknown {
		e.Known = t.in.Started
	}
	e.Last, e.Unknown, e.Lost, e.Why = t.in.Started, false, zero, ""
	e.Class, e.Phase, e.Error, e.Status = r.Class, r.Phase, bounded(r.Error), r.Status
	e.degrade(r, t.in.Started)
	e.Partial = failed && slices.ContainsFunc(r.Addresses, func(a result.Address) bool { return a.Healthy })
	if failed {
		e.Failing, e.Passing = min(e.Failing+1, max(rule.FailureThreshold, 1)), 0
	} else {
		e.Failing, e.Passing, e.Quiet = 0, min(e.Passing+1, max(rule.SuccessThreshold, 1)), false
	}
	if failed != wasFailing {
		e.Since = t.in.Started
		e.Quiet = failed && t.maintenance(rule, t.in.Now)
		if !first {
			e.Flips = append(e.Flips, t.in.Now)
		}
	}
	e.Recent = (e.Recent << 1) & (1<<recentSize - 1)
	if failed {
		e.Recent |= 1
	}
	if e.Seen = min(e.Seen+1, recentSize); e.Recent == 0 {
		e.Seen = recentSize // good so far is taken for good before, so that good rounds change nothing
	}
}

// sentenceLimit bounds the sentence that is kept of a failure.
const sentenceLimit = 300

// bounded cuts a sentence at a rune.
func bounded(s string) string {
	if len(s) <= sentenceLimit {
		return s
	}
	cut := sentenceLimit
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
