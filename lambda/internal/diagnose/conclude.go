package diagnose

import (
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// conclude makes findings of causes, and of what is broken behind them.
func conclude(in Input, causes []*cause, walks []*walk) []Finding {
	findings := []Finding{}
	for _, c := range causes {
		findings = append(findings, c.finding(in))
	}
	return append(findings, nextOnes(in, causes, walks)...)
}

var rank = map[Role]int{Self: 0, Cause: 1, Next: 2, Latent: 3}

func (c *cause) finding(in Input) Finding {
	first := c.fits[0]
	f := Finding{Code: first.code, Key: c.key, Role: Cause, RuledOut: []RuledOut{}, Gaps: []Gap{}, Actions: first.actions, Advice: first.advice, Verify: c.verify(), Inferred: first.inferred, Rivals: first.rivals}
	var places []string
	for _, one := range c.fits {
		f.Explains = append(f.Explains, one.walk.symptom.Endpoint.Key)
		places = append(places, one.walk.symptom.Endpoint.Place())
		f.Evidence = addEvidence(f.Evidence, one.evidence...)
		f.Gaps = addGaps(addGaps(f.Gaps, one.walk.gapsUpTo(one.hop())...), one.gaps...)
		f.ruleOut(one.walk.cleared)
		f.contradict(one.walk.disagrees)
	}
	f.Sentence = first.say(places)
	if first.together != nil {
		f.Actions = first.together(c.walks())
	}
	f.Behind, f.Short = first.behind, slices.ContainsFunc(c.fits, fit.short)
	for _, e := range c.effects {
		f.effect(e)
	}
	for _, r := range c.rivals {
		f.rival(r)
	}
	f.Level = c.level(f)
	if f.Level == Proven {
		f.doubtAge(c.old())
	}
	f.Severity = severity(c.graded(), c.fits, in)
	return f
}

func (c *cause) walks() []*walk {
	var all []*walk
	for _, f := range c.fits {
		all = append(all, f.walk)
	}
	return all
}

// graded is the mode with the worst severity that it has for an endpoint.
func (c *cause) graded() Mode {
	worst := c.fits[0].graded()
	for _, f := range c.fits[1:] {
		worst.Severity = min(worst.Severity, f.graded().Severity)
	}
	return worst
}

// level computes how sure a cause is.
func (c *cause) level(f Finding) Level {
	switch {
	case len(f.Rivals) > 0:
		return Possible
	case len(f.Inferred) > 0 || len(f.Gaps) > 0 || len(f.Contradictions) > 0 || slices.ContainsFunc(c.fits, func(one fit) bool { return !one.sure }):
		return Likely
	}
	return Proven
}

// fewEndpoints is the size of a configuration in which half of the endpoints
// say nothing about how bad it is.
const fewEndpoints = 4

// severity takes the table's for critical endpoints, one less for others, and
// the highest where one cause takes half of everything.
func severity(m Mode, explained []fit, in Input) Severity {
	if m.Severity == S4 {
		return S4
	}
	if n := failing(explained); len(in.Symptoms) >= fewEndpoints && 2*n >= len(in.Symptoms) {
		return S1
	}
	for _, f := range explained {
		if f.walk.symptom.Endpoint.Critical {
			return m.Severity
		}
	}
	return min(m.Severity+1, S3)
}

// failing counts those that fail: an endpoint that only calls itself degraded is no outage.
func failing(explained []fit) (n int) {
	for _, f := range explained {
		if !f.walk.symptom.Healthy {
			n++
		}
	}
	return n
}

func (f *Finding) ruleOut(all []cleared) {
	for _, c := range all {
		f.Evidence = addEvidence(f.Evidence, c.evidence)
		r := RuledOut{Code: c.code, Statement: c.evidence.Statement, Evidence: c.evidence.Statement} // numbered later
		if !slices.Contains(f.RuledOut, r) {
			f.RuledOut = append(f.RuledOut, r)
		}
	}
}

// contradict notes what disagrees on the way to an endpoint, with the evidence
// of both sides.
func (f *Finding) contradict(all []Contradiction) {
	for _, c := range all {
		if !slices.ContainsFunc(f.Contradictions, func(have Contradiction) bool { return have.Statement == c.Statement }) {
			c.Evidence = slices.Clone(c.Evidence)
			f.Contradictions = append(f.Contradictions, c)
			f.Evidence = addEvidence(f.Evidence, c.Evidence...)
		}
	}
}

func (f *Finding) effect(e fit) {
	one := Effect{Code: e.code, Sentence: e.say([]string{e.walk.symptom.Endpoint.Place()})}
	if !slices.Contains(f.Effects, one) {
		f.Effects = append(f.Effects, one)
		f.Evidence = addEvidence(f.Evidence, e.evidence...)
		f.Advice = append(f.Advice, e.advice...)
	}
}

func (f *Finding) rival(r fit) {
	one := Rival{Code: r.code, What: r.say([]string{r.walk.symptom.Endpoint.Place()}), Decides: decides(r)}
	if !slices.Contains(f.Rivals, one) {
		f.Rivals = append(f.Rivals, one)
	}
}

// decides says which check would tell two causes apart.
func decides(r fit) string {
	if !r.sure {
		return "a probe that waits longer than the idle timeout of the load balancer"
	}
	for _, g := range r.walk.gapsUpTo(r.hop()) {
		if g.Action != "" {
			return "the permission " + g.Action
		}
	}
	return "the first action: if what fails goes on failing, this is the cause"
}

// nextOnes are broken hops that no cause accounts for: they hide behind it.
func nextOnes(in Input, causes []*cause, walks []*walk) []Finding {
	taken := map[string]bool{}
	for _, c := range causes {
		for _, f := range slices.Concat(c.fits, c.effects, c.rivals) {
			taken[f.key()] = true
		}
	}
	byKey := map[string]*cause{}
	var order []string
	for _, w := range walks {
		for _, c := range w.candidates {
			if taken[c.key()] || c.onward() {
				continue
			}
			if byKey[c.key()] == nil {
				byKey[c.key()] = &cause{key: c.key()}
				order = append(order, c.key())
			}
			byKey[c.key()].fits = append(byKey[c.key()].fits, fit{c, true})
		}
	}
	var found []Finding
	for _, key := range order {
		f := byKey[key].finding(in)
		f.Role, f.Explains, f.RuledOut, f.Evidence = Next, []string{}, []RuledOut{}, nil
		f.Contradictions = nil // they are about what is seen now
		for _, one := range byKey[key].fits {
			f.Evidence = addEvidence(f.Evidence, one.evidence...)
		}
		found = append(found, f)
	}
	return found
}

func addEvidence(to []Evidence, more ...Evidence) []Evidence {
	for _, e := range more {
		if !slices.Contains(to, e) {
			to = append(to, e)
		}
	}
	return to
}

func addGaps(to []Gap, more ...Gap) []Gap {
	for _, g := range more {
		if !slices.ContainsFunc(to, func(have Gap) bool { return have.Want == g.Want }) {
			to = append(to, g)
		}
	}
	return to
}

// rootOf is the stable name of a listener.
func rootOf(lb topology.LoadBalancer, l topology.Listener) string {
	return fmt.Sprintf("%s:%d", lb.Name, l.Port)
}
