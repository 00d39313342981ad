package diagnose

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// edge is something that the service calls, and what says so.
type edge struct {
	to       topology.HostPort
	variable string   // of the task definition; "": seen in logs only
	says     Evidence // where it was found
	failing  *topology.LogPattern
	logged   Evidence // of failing
}

// hint is text that may name what the dependency is.
func (e edge) hint() string {
	hint := e.variable
	if e.failing != nil {
		hint += " " + e.failing.Sample
	}
	return strings.ToLower(hint)
}

// lookAtDependencies looks at what the service calls. It is asked only where
// the application was late or answered an error of its own.
func lookAtDependencies(w *walk) (Verdict, string) {
	if w.route.service == nil || w.route.defined == nil || !w.symptom.Reached(result.PhaseTTFB) || !(w.waited() || w.symptom.Answer.Status >= 500) {
		return NotApplicable, ""
	}
	verdict, worst := NotApplicable, ""
	for _, e := range edges(w) {
		v := lookAtAddress(w, e)
		if worse(v, verdict) != verdict {
			verdict, worst = v, fmt.Sprintf("%s:%d", e.to.Host, e.to.Port)
		}
	}
	return verdict, worst
}

// edges are the addresses in the task definition, then those that only logs name.
func edges(w *walk) []edge {
	d := w.route.defined
	read := w.facts.TaskDefinitions.Of(d.ARN).Status
	var all []edge
	for _, c := range d.Containers {
		for _, v := range c.Variables {
			if v.Address != nil {
				all = append(all, edge{to: *v.Address, variable: v.Name, says: told(read, fmt.Sprintf("%s of %s:%d is %s:%d", v.Name, d.Family, d.Revision, v.Address.Host, v.Address.Port))})
			}
		}
	}
	for _, want := range logStreams(*d) {
		logs := hint(w, w.facts.Logs, topology.Logs, want.Key)
		for _, p := range logs.Value {
			if p.Address != nil {
				all = join(all, p, logs.Status)
			}
		}
	}
	return all
}

// join adds what a log says to the edge it is about, or makes a new one.
func join(all []edge, p topology.LogPattern, read topology.Status) []edge {
	line := told(read, fmt.Sprintf("%d × %q, last at %s", p.Count, p.Sample, p.Last.UTC().Format(time.TimeOnly+"Z")))
	for i := range all {
		if all[i].to.Host == p.Address.Host && (all[i].to.Port == p.Address.Port || p.Address.Port == 0) {
			all[i].failing, all[i].logged = &p, line
			return all
		}
	}
	return append(all, edge{to: *p.Address, says: told(read, fmt.Sprintf("the log names %s; no variable of the task definition does, so it is probably built into the image", p.Address.Host)), failing: &p, logged: line})
}

// lookAtAddress asks who owns a literal private address.
func lookAtAddress(w *walk, e edge) Verdict {
	address, err := netip.ParseAddr(e.to.Host)
	if err != nil || !address.IsPrivate() {
		return NotApplicable
	}
	owner := get(w, w.facts.InterfacesByAddress, topology.InterfacesByAddress, e.to.Host)
	switch {
	case owner.Pending():
		return Unclear
	case owner.State == topology.Known:
		w.clear(DepStaleAddress, told(owner.Status, fmt.Sprintf("%s belongs to the interface %s", e.to.Host, owner.Value.ID)))
		return OK
	case owner.State == topology.Absent, e.failing != nil:
		w.broken(deadAddress(w, e, owner.Status))
		return Broken
	}
	return Unclear
}

// deadAddress is D30. That the calls keep the application from answering is
// inferred; where nobody could say who owns the address, the log alone speaks
// for it.
func deadAddress(w *walk, e edge, owner topology.Status) candidate {
	caller, where := w.route.service.Name, fmt.Sprintf("%s:%d", e.to.Host, e.to.Port)
	state := "which no network interface owns"
	if owner.State != topology.Absent {
		state = "which does not answer"
	}
	c := candidate{
		code: DepStaleAddress, root: caller + "/" + where,
		predicts: []prediction{gatewayTimeout(idleTime(w.route.idle)), {statuses: []int{500, 502, 503, 504}, responders: []Responder{ByApp}}},
		say: func([]string) string {
			return fmt.Sprintf("%s calls %s, %s", caller, where, state)
		},
		evidence: []Evidence{e.says, w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w)))},
		inferred: []string{fmt.Sprintf("that waiting for %s is what keeps %s from answering", where, caller)},
		verify:   []string{fmt.Sprintf("aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=%s --region %s", e.to.Host, w.facts.Region)},
	}
	if owner.State == topology.Absent {
		c.evidence = append(c.evidence, told(owner, "no network interface of the account and region has the address "+e.to.Host))
	}
	if e.failing != nil {
		c.evidence = append(c.evidence, e.logged)
	}
	c.actions = useName(w, e, c.key())
	return c
}

// useName proposes the discovery name whose service the variable or the log names.
func useName(w *walk, e edge, key string) []Action {
	a := Action{Priority: "P0", Mutates: true, Risk: "a deployment", DoneWhen: "neither variables nor logs name " + e.to.Host, Done: Test{FindingGone, key}}
	for _, s := range hint(w, w.facts.DiscoveryServices, topology.DiscoveryServices, "").Value {
		if strings.Contains(e.hint(), strings.ToLower(s.Name)) {
			a.Do = fmt.Sprintf("call it by its discovery name %s.%s:%d instead of %s (%s), and deploy %s", s.Name, s.Namespace, e.to.Port, e.to.Host, where(e), w.route.service.Name)
			return []Action{a}
		}
	}
	a.Do = fmt.Sprintf("replace the address %s by a name that follows the dependency (%s), and deploy %s", e.to.Host, where(e), w.route.service.Name)
	return []Action{a}
}

func where(e edge) string {
	if e.variable != "" {
		return e.variable
	}
	return "probably built into the image"
}
