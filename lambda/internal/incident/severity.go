package incident

// fewEndpoints is the size of a configuration in which half of the endpoints
// say nothing about how bad it is.
const fewEndpoints = 4

// rateIncidents takes a higher severity at once, and a lower one when it has
// done for a while.
func (t *step) rateIncidents() {
	for _, i := range t.active() {
		if !i.isProbed() || i.State == Monitoring {
			continue
		}
		now := t.severity(i)
		switch {
		case now < i.Severity:
			before := i.Severity
			i.Severity, i.Changed = now, t.in.Now
			i.Lower = zero
			i.Joined = 0
			t.tellChange(KindSeverityUp, ReasonWorse, i, before)
			continue
		case now == i.Severity:
			i.Lower = zero
		case i.Lower.IsZero():
			i.Lower = t.in.Now
		case t.in.Now.Sub(i.Lower) >= lowerAfter:
			i.Severity, i.Lower = now, zero
			t.add(KindSeverity, ReasonBetter, i, "")
		}
		t.spread(i)
	}
}

// spread tells whoever has acknowledged an incident that by now at least as many
// endpoints have come in as were in it: that may be another outage, which only
// looks the same. Nobody else needs that, as reminders say how many fail; who has
// snoozed it is told afterwards.
func (t *step) spread(i *Incident) {
	if i.Acked.IsZero() || i.Joined == 0 || 2*i.Joined < len(i.Endpoints) || t.in.Now.Before(i.Snoozed) {
		return
	}
	i.Joined = 0
	t.tell(KindSeverityUp, ReasonSpread, i, true)
}

// severity is the highest of the incident's failing endpoints, but for those
// under maintenance. Half of everything failing is the highest there is,
// whatever each one is worth.
func (t *step) severity(i *Incident) Severity {
	worst, failing := SEV4, 0
	for _, key := range i.Endpoints {
		e, rule := t.endpoint(key), t.rule(key)
		if e.Failing == 0 || t.maintenance(rule, t.in.Now) {
			continue
		}
		failing++
		own := rule.Severity
		if e.Partial {
			own = min(own+1, SEV4) // some of its addresses still answer
		}
		worst = min(worst, own)
	}
	if failing == 0 {
		return i.Severity
	}
	failing += len(i.Dependents)
	if len(t.Rules) >= fewEndpoints && failing*2 >= len(t.Rules) {
		return SEV1
	}
	if i.Root != nil {
		return i.Root.rate(worst)
	}
	return worst
}

// rate is the severity that a cause gives to failures which are worth so much
// by themselves. What nobody calls important does not become so by its cause.
func (r *Root) rate(own Severity) Severity {
	if own >= SEV3 {
		return max(r.Severity, own)
	}
	return r.Severity
}
