package diagnose

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// findings are what is wrong with the checker itself, once nothing is wanted any
// more. Others are those about endpoints.
func (o own) findings(walks []*walk, others []Finding) []Finding {
	var all []Finding
	if o.away != nil {
		all = append(all, *o.away)
	}
	gaps := gapsOf(walks)
	if f := o.lacking(gaps, walks, others); f != nil {
		all = append(all, *f)
	}
	if f := o.exhausted(gaps); f != nil {
		all = append(all, *f)
	}
	return all
}

// because are the gaps at calls to AWS for one of some reasons. What probes of
// the checker could not find out is no fault of it.
func because(gaps []Gap, whys ...topology.Why) []Gap {
	return slices.DeleteFunc(slices.Clone(gaps), func(g Gap) bool { return g.Action == "" || !slices.Contains(whys, g.Why) })
}

// limited is a finding about calls that told nothing, with one line of
// evidence for each.
func limited(code Code, gaps []Gap, what string) *Finding {
	f := &Finding{Code: code, Key: string(code) + "/checker", Role: Self, Level: Proven, Severity: S4, Explains: []string{}, RuledOut: []RuledOut{}, Gaps: gaps}
	for _, g := range gaps {
		line := fmt.Sprintf("%s: %s, so %s is not known", g.Action, what, strings.TrimSuffix(g.Limits, "."))
		if g.Why == topology.Throttled || g.Why == topology.TimedOut {
			line = fmt.Sprintf("%s: %s, so %s is not known", g.Action, g.Why, strings.TrimSuffix(g.Limits, "."))
		}
		f.Evidence = addEvidence(f.Evidence, Evidence{Statement: line, Source: g.Action})
	}
	return f
}

func actionsOf(gaps []Gap) []string {
	all := each(gaps, func(g Gap) string { return g.Action })
	slices.Sort(all)
	return all
}

// lacking is D36: AWS refuses the checker. It weighs more where that keeps the
// cause of an outage from being known.
func (o own) lacking(gaps []Gap, walks []*walk, others []Finding) *Finding {
	gaps = because(gaps, topology.Denied)
	if len(gaps) == 0 {
		return nil
	}
	actions := actionsOf(gaps)
	f := limited(SelfAccessDenied, gaps, "denied")
	f.Sentence = fmt.Sprintf("AWS denies the checker%s %s, so the %s could not be looked at: %s", o.role(), listed(actions), strings.Join(hopsOf(gaps), " and the "), listed(limitsOf(gaps)))
	if hides(walks, others) {
		f.Severity = S3
	}
	f.Actions = []Action{{
		Priority: "P1", Do: fmt.Sprintf("allow the role of the checker%s %s; tidewatch doctor writes the whole policy", o.role(), listed(actions)),
		Command: allow(cmp.Or(o.walk.facts.OwnNetwork.Of("").Value.Role, "ROLE_OF_THE_CHECKER"), "diagnosis", actions, "*"), Mutates: true, Risk: "lets the checker read more",
		DoneWhen: "the next diagnosis reads it", Done: Test{FindingGone, f.Key},
	}}
	f.Verify = []string{"tidewatch doctor"}
	return f
}

// allow is the command that lets a role do something.
func allow(role, policy string, actions []string, resource string) string {
	statement := map[string]any{"Effect": "Allow", "Action": actions, "Resource": resource}
	document, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}}) // texts are always encoded
	return fmt.Sprintf("aws iam put-role-policy --role-name %s --policy-name %s --policy-document '%s'", role, policy, document)
}

// role is how a sentence names the role of the checker, where it is known.
func (o own) role() string {
	if role := o.walk.facts.OwnNetwork.Of("").Value.Role; role != "" {
		return " (" + role + ")"
	}
	return ""
}

// hides: some failing endpoint has no cause that is proven.
func hides(walks []*walk, found []Finding) bool {
	return slices.ContainsFunc(walks, func(w *walk) bool {
		key := w.symptom.Endpoint.Key
		return key != "" && !w.symptom.Healthy && !slices.ContainsFunc(found, func(f Finding) bool {
			return f.Role == Cause && f.Level == Proven && slices.Contains(f.Explains, key)
		})
	})
}

// exhausted is D37: calls were throttled, or time or calls ran out. Where the
// checker has no network, that is why.
func (o own) exhausted(gaps []Gap) *Finding {
	whys := []topology.Why{topology.Throttled, topology.Budget, topology.TimedOut}
	if o.away != nil {
		whys = whys[:2]
	}
	gaps = because(gaps, whys...)
	if len(gaps) == 0 {
		return nil
	}
	f := limited(SelfBudget, gaps, "beyond the calls and the time of one diagnosis")
	f.Sentence = fmt.Sprintf("the diagnosis stopped short at the hop %s: %s; not looked at: %s", gaps[0].Hop, why(gaps), listed(limitsOf(gaps)))
	f.Actions = []Action{{
		Priority: "P2", Do: "find out who else asks AWS that often (the limits are those of the account), or give the checker more time; what was read is kept",
		DoneWhen: "the next diagnosis reads everything", Done: Test{FindingGone, f.Key},
	}}
	f.Verify = []string{"tidewatch diagnose   # asks again"}
	return f
}

// why says in a few words what ended the reading.
func why(gaps []Gap) string {
	slowed := func(w topology.Why) []string { return actionsOf(because(gaps, w)) }
	switch {
	case len(slowed(topology.Throttled)) > 0:
		return "AWS throttles " + listed(slowed(topology.Throttled))
	case len(slowed(topology.TimedOut)) > 0:
		return "AWS does not answer " + listed(slowed(topology.TimedOut)) + " in time"
	}
	return cmp.Or(gaps[0].Detail, "the calls or the time of one diagnosis were used up")
}

// hopsOf names the hops that gaps are at, each once, in order.
func hopsOf(gaps []Gap) []string {
	hops := each(gaps, func(g Gap) Hop { return g.Hop })
	slices.Sort(hops)
	var names []string
	for _, h := range hops {
		names = append(names, h.String())
	}
	return names
}

func limitsOf(gaps []Gap) []string { return each(gaps, func(g Gap) string { return g.Limits }) }

// each is what gaps have, once, in their order.
func each[T comparable](gaps []Gap, of func(Gap) T) []T {
	var all []T
	for _, g := range gaps {
		if one := of(g); !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
