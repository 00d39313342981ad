package incident

// needsFailing reports whether something that an endpoint depends on fails. A
// dependency without alerts does not count: nobody would be told of either.
func (t *step) needsFailing(rule *Rule) bool {
	for _, key := range rule.DependsOn {
		if t.failsAloud(key) {
			return true
		}
	}
	return false
}

// failsAloud reports whether an endpoint fails in a way that people hear of. One
// that is not known any more counts only while an incident is open for it: else
// what it was last would silence everything behind it for ever. So does one that
// has not failed often enough and is probed seldom: its next probe may be a day
// away.
func (t *step) failsAloud(key string) bool {
	rule, e := t.rule(key), t.state.Endpoints[key]
	if rule == nil || e == nil || e.Failing == 0 || rule.Muted {
		return false
	}
	stale := e.Failing < rule.FailureThreshold && t.in.Now.Sub(e.Last) >= longestGap
	return t.holding(key) != nil || !e.Unknown && !stale
}

// attachDependents notes which endpoints fail because of an incident's.
func (t *step) attachDependents() {
	for _, i := range t.active() {
		i.Dependents = nil
	}
	for k := range t.Rules {
		rule := &t.Rules[k]
		if e := t.state.Endpoints[rule.Key]; len(rule.DependsOn) == 0 || e == nil || e.Failing == 0 || t.holding(rule.Key) != nil {
			continue
		}
		if i := t.explains(rule, map[string]bool{}); i != nil {
			i.Dependents = append(i.Dependents, rule.Key)
		}
	}
}

// explains returns the first incident of what an endpoint depends on, directly
// or through others that fail too; nil: there is none (yet).
func (t *step) explains(rule *Rule, seen map[string]bool) *Incident {
	for _, key := range rule.DependsOn {
		if seen[key] || !t.failsAloud(key) {
			continue
		}
		seen[key] = true
		if i := t.holding(key); i != nil {
			return i
		}
		if i := t.explains(t.rule(key), seen); i != nil {
			return i
		}
	}
	return nil
}
