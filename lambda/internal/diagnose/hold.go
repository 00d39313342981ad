package diagnose

import (
	"fmt"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// passing is what makes a conclusion about targets, or about tasks of the
// service itself, less sure for a while: other groups that share the requests,
// and a deployment that has just begun.
func (w *walk) passing(c candidate) []string {
	var all []string
	if !c.ofTargets() && !c.ofTasks() {
		return nil
	}
	if c.ofTargets() && w.route.group != nil && w.route.shared {
		all = append(all, fmt.Sprintf("that the request went to %s, one of several target groups of the rule", w.route.group.Name))
	}
	if s, d, ok := w.deploying(); ok {
		all = append(all, fmt.Sprintf("that it is not only the deployment of %s, which began at %s and is within its normal time", s.Name, d.Created.UTC().Format(time.TimeOnly+"Z")))
	}
	return all
}

// ofTargets: it is about what the load balancer sends to.
func (c candidate) ofTargets() bool {
	h := c.mode().Hop
	return !c.behind && (h >= HopGroup && h <= HopNetwork || c.code == GroupTimeout)
}

// ofTasks: it is about tasks that stop. A deployment that failed, or takes too
// long, is judged as such.
func (c candidate) ofTasks() bool {
	return !c.behind && c.mode().Hop == HopService && c.code != ECSDeployFailed
}

// deploying is the deployment of the service on the way, as long as it takes
// no longer than its tasks need to become healthy.
func (w *walk) deploying() (topology.Service, topology.Deployment, bool) {
	s := w.route.service
	if s == nil {
		s, _ = quietService(w)
	}
	if s == nil || len(s.Deployments) == 0 {
		return topology.Service{}, topology.Deployment{}, false
	}
	d, normal := s.Deployments[0], s.GracePeriod
	for _, one := range s.Deployments {
		if one.Status == "PRIMARY" {
			d = one
		}
	}
	if g := w.route.group; g != nil {
		normal += g.Health.Interval * time.Duration(g.Health.HealthyThreshold)
	}
	return *s, d, d.Rollout == "IN_PROGRESS" && w.in.Now.Before(d.Created.Add(normal))
}
