package diagnose

import (
	"fmt"
	"strconv"
)

// healthPort is where the load balancer checks the health of a target.
func (w *walk) healthPort(t target) int {
	port, err := strconv.Atoi(w.route.group.Health.Port)
	if err != nil { // traffic-port, or not said
		return t.Port
	}
	return port
}

// checkedApart: health is checked on a port of its own, and those checks time
// out. That says nothing about the port to which requests go.
func (w *walk) checkedApart(t target) bool {
	return t.State == "unhealthy" && t.Reason == "Target.Timeout" && t.Port != 0 && w.healthPort(t) != t.Port
}

// lookAtCheck evaluates the way to the port on which health is checked.
func lookAtCheck(w *walk, t target, from, to end) Verdict {
	return w.lookAlong(from, to, w.healthPort(t), func(b block) candidate { return checkBlocked(w, t, b) })
}

// checkBlocked is a block on the way of health checks with a port of their own. A load
// balancer whose targets are all unhealthy sends to them all the same, so this
// alone breaks no request: it does where ECS stops the tasks for it.
func checkBlocked(w *walk, t target, b block) candidate {
	lb, g, port, killed := w.route.balancer, w.route.group, w.healthPort(t), stoppedForHealth(w)
	c := blockedTargets(w, b)
	c.predicts = []prediction{{statuses: []int{502, 503}, responders: []Responder{ByBalancer}}}
	c.say = func([]string) string {
		end := ""
		if killed.Statement != "" {
			end = ", and ECS stops them for it"
		}
		return fmt.Sprintf("%s, so %s cannot check the health of the targets of %s on port %d: they count as unhealthy%s", b.fault, lb.Name, g.Name, port, end)
	}
	c.evidence = append(c.evidence,
		told(t.health, fmt.Sprintf("targets of %s: %s, %q", g.Name, t.Reason, t.Description)),
		told(w.facts.TargetGroups.Of("").Status, fmt.Sprintf("health of %s is checked on port %d, and requests go to port %d", g.Name, port, t.Port)),
		w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
	)
	if w.goodTarget() {
		c.predicts = nil // requests go to those that are healthy
	}
	if killed.Statement != "" {
		c.evidence = append(c.evidence, killed)
	} else {
		c.inferred = append(c.inferred, "that ECS stops tasks for it: as long as it does not, the load balancer sends to unhealthy targets when it has no others")
	}
	if b.partly != "" {
		c.inferred = append(c.inferred, "that the health checks are among what is stopped: "+b.partly)
	}
	return c
}
