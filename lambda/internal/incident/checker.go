package incident

import (
	"slices"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// When the checker suspects itself: that many of the endpoints that were
// judged, on unrelated hosts, fail in one phase.
const (
	suspiciousPercent = 80
	suspiciousFewest  = 3
	suspiciousHosts   = 2
)

// Suspicion returns the phase in which nearly everything failed at once, which
// may be the checker's own fault; "" if there is none.
func (p *Policy) Suspicion(results []result.Result) result.Phase {
	judged := 0
	failed := map[result.Phase]int{}
	hosts := map[result.Phase]map[string]bool{}
	for i := range results {
		r := &results[i]
		rule := p.rule(r.Key)
		if rule == nil || !r.Class.Judged() {
			continue
		}
		judged++
		if answered(r) {
			continue
		}
		failed[r.Phase]++
		if hosts[r.Phase] == nil {
			hosts[r.Phase] = map[string]bool{}
		}
		hosts[r.Phase][rule.Host] = true
	}
	for _, phase := range result.MeasuredPhases {
		n := failed[phase]
		if n >= suspiciousFewest && n*100 >= judged*suspiciousPercent && len(hosts[phase]) >= suspiciousHosts {
			return phase
		}
	}
	return ""
}

// CheckerKey is the key of the one incident about the checker.
const CheckerKey = "checker"

// checker opens and ends the incident about the checker itself. It returns
// false if the round says nothing about the endpoints.
func (t *step) checker() bool {
	i := t.checkerIncident()
	phase := t.Suspicion(t.in.Results)
	if phase != "" && t.in.Controls == Silent {
		t.blind(i, blindness{phase, ReasonControlsSilent, nil})
		return false
	}
	if phase != "" && t.in.Controls == Answered {
		t.add(KindSuppressed, ReasonControlsAnswer, nil, "")
	}
	if i == nil {
		return true
	}
	sees := t.in.Controls == Answered || t.gotAnswer()
	switch {
	case i.State != Monitoring && !sees:
		return false // a part of the endpoints, say, too few to suspect anything
	case i.State != Monitoring:
		i.State, i.Recovered, i.Good = Monitoring, t.in.Now, 1
		t.add(KindMonitoring, ReasonAllGood, i, "")
	case sees:
		if i.Good = min(i.Good+1, cleanRounds); i.Good == cleanRounds && t.in.Now.Sub(i.Recovered) >= watchFor {
			t.resolve(i, ReasonStayedGood)
		}
	}
	return true
}

// gotAnswer reports whether any endpoint answered, in whatever way.
func (t *step) gotAnswer() bool {
	for k := range t.in.Results {
		r := &t.in.Results[k]
		if t.rule(r.Key) != nil && r.Class.Judged() && answered(r) {
			return true
		}
	}
	return false
}

// answered reports whether an answer came from any address, good or not.
func answered(r *result.Result) bool {
	good := func(a result.Address) bool { return a.Healthy }
	return r.Healthy || r.Phase == result.PhaseAssert || slices.ContainsFunc(r.Addresses, good)
}

func (t *step) checkerIncident() *Incident {
	for _, i := range t.active() {
		if i.CheckerOf != "" {
			return i
		}
	}
	return nil
}

// blindness is how the checker came to know that it has lost its network.
type blindness struct {
	phase  result.Phase
	reason Reason
	root   *Root // that a diagnosis found; nil: none yet
}

// blind notes that the checker has lost its network: nothing is known of any
// endpoint, and people are told that once.
func (t *step) blind(i *Incident, b blindness) {
	for k := range t.Rules {
		t.endpoint(t.Rules[k].Key).lose(t.in.Now, "the checker had no network")
	}
	switch {
	case i != nil && i.State == Monitoring:
		t.relapse(i)
	case i != nil:
	case t.reopenable(CheckerKey, "") != nil:
		i = t.reopenable(CheckerKey, "")
		resolved := i.Resolved
		t.reopen(i)
		i.giveOwn(b.root)
		t.tellWith(KindReopened, ReasonCameBack, i, true, func(n *Notice) { n.Incident.Resolved = resolved })
	default:
		i = t.numbered(CheckerKey)
		i.CheckerOf, i.Severity = string(b.phase), SEV2
		i.Title = "the checker has lost its network: no statement about any endpoint"
		i.giveOwn(b.root)
		t.tell(KindChecker, b.reason, i, true)
	}
}

// giveOwn gives the incident about the checker the cause that led to it.
func (i *Incident) giveOwn(root *Root) {
	if root != nil {
		i.Root = root
	}
}

// cutOff reports whether a cause that is about the checker leaves nothing to be
// known: something has failed for it often enough, or is proven to, nothing is
// known to be good, nothing fails that the cause does not explain, and no
// control answers.
func (t *step) cutOff(c *Cause) bool {
	seen := func(r Rule) bool {
		e := t.state.Endpoints[r.Key]
		if e == nil || e.Last.IsZero() || e.Unknown {
			return false
		}
		return e.Failing == 0 || !slices.Contains(c.Explains, r.Key) && !t.maintenance(&r, t.in.Now)
	}
	due := func(r *Rule) bool {
		return t.endpoint(r.Key).Failing >= r.FailureThreshold || c.Level == proven && t.in.Diagnosis.Confirmed
	}
	return t.in.Diagnosis.Controls != Answered && slices.ContainsFunc(t.failingOf(c), due) && !slices.ContainsFunc(t.Rules, seen)
}
