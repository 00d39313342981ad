package diagnose

import (
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtBalancer finds the load balancer: the one that the configuration
// names, else the one that the name leads to.
func lookAtBalancer(w *walk) (Verdict, string) {
	wanted := w.symptom.Endpoint.RunsOn.Balancer
	if wanted == "" && w.route.name == "" {
		w.regret()
		return NotApplicable, ""
	}
	all, ok := get(w, w.facts.LoadBalancers, topology.LoadBalancers, "").Get()
	if !ok {
		return Unclear, w.route.name
	}
	for _, lb := range all {
		if wanted != "" && lb.Name == wanted {
			w.route.balancer = &lb
		}
	}
	if lb, found := topology.BalancerByName(all, w.route.name); found && w.route.balancer == nil {
		w.route.balancer = &lb
	}
	if w.route.balancer == nil {
		return Unclear, w.route.name
	}
	if w.waited() {
		attributes := get(w, w.facts.LoadBalancerSettings, topology.LoadBalancerSettings, w.route.balancer.ARN)
		w.route.idle = attributes.Value.IdleTimeout
		if !attributes.Pending() {
			w.slowly()
		}
	}
	return OK, w.route.balancer.Name
}

// waited reports whether the load balancer's own limits have a part in what was seen.
func (w *walk) waited() bool {
	return w.symptom.Class == result.HTTPTimeout || w.symptom.Answer.Status == 504
}

// lookAtListener finds the listener of the endpoint's port.
func lookAtListener(w *walk) (Verdict, string) {
	lb := w.route.balancer
	if lb == nil {
		return NotApplicable, ""
	}
	all, ok := get(w, w.facts.Listeners, topology.Listeners, lb.ARN).Get()
	if !ok {
		return Unclear, lb.Name
	}
	l, found := topology.ListenerOn(all, w.symptom.Endpoint.Port)
	if !found {
		return Broken, lb.Name
	}
	w.route.listener = &l
	return OK, rootOf(*lb, l)
}
