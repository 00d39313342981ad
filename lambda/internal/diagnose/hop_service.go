package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// party is an ECS service with its tasks and their definition: the one behind
// an endpoint, or one that it depends on.
type party struct {
	service topology.Service
	read    topology.Status // of service
	tasks   []topology.Task
	defined *topology.TaskDefinition
}

// ripple is how the trouble of a service gets to the endpoint: what somebody
// sees of it, and what nothing shows on the way.
type ripple struct {
	predicts []prediction
	inferred []string
}

// lookAtService finds the ECS service behind the target group, its tasks and
// their definition, and looks at what stops and at how deployments went.
func lookAtService(w *walk) (Verdict, string) {
	s, ok := serviceBehind(w)
	if !ok {
		return NotApplicable, ""
	}
	p := w.party(s)
	w.route.service, w.route.tasks, w.route.defined = &p.service, p.tasks, p.defined
	verdict := OK
	if w.mayBeDown() {
		verdict = w.lookInto(p, w.direct())
	}
	if s.Running < s.Desired {
		verdict = worse(verdict, Degraded)
	}
	return verdict, s.Name
}

// party reads what belongs to a service.
func (w *walk) party(s topology.Service) party {
	p := party{service: s, read: w.facts.Services.Of(topology.Key(s.Cluster, s.Name)).Status}
	p.tasks = get(w, w.facts.RunningTasks, topology.RunningTasks, s.Cluster, s.Name).Value
	if s.TaskDefinition != "" {
		if d, ok := get(w, w.facts.TaskDefinitions, topology.TaskDefinitions, s.TaskDefinition).Get(); ok {
			p.defined = &d
		}
	}
	return p
}

// mayBeDown: what the application or a rule answered itself, short of an
// error, says that tasks run.
func (w *walk) mayBeDown() bool {
	return !w.symptom.Healthy && (w.symptom.Answer.Status == 0 || w.symptom.Answer.Status >= 500)
}

// direct is what clients see of a service whose tasks are gone: the errors of
// the load balancer, or without one, connections that fail.
func (w *walk) direct() ripple {
	if w.route.balancer != nil {
		return ripple{predicts: []prediction{{statuses: []int{502, 503}, responders: []Responder{ByBalancer}}, gatewayTimeout(connectTime)}}
	}
	return ripple{predicts: []prediction{{classes: []result.Class{result.TCPRefused, result.TCPTimeout, result.TCPReset, result.HTTPEOF, result.DNSNoData, result.DNSNXDomain}}}}
}

// lookInto looks for what keeps the tasks of a service from running.
func (w *walk) lookInto(p party, r ripple) Verdict {
	before := len(w.candidates)
	if len(p.served()) > 0 {
		r.predicts = nil // another deployment still answers
	}
	stops := w.stopsOf(p)
	for _, c := range slices.Concat(w.startFaults(p, stops), w.memoryFaults(p, stops), w.healthFaults(p, stops), w.deploymentFaults(p, stops)) {
		c.predicts, c.inferred = r.predicts, append(c.inferred, r.inferred...)
		if c.code == ECSDeployFailed && p.service.Running >= p.service.Desired {
			c.predicts = nil // as many tasks run as should
		}
		w.broken(c)
	}
	if len(w.candidates) > before {
		return Broken
	}
	return OK
}

// served are deployments other than the primary one that have all their tasks.
func (p party) served() []topology.Deployment {
	var all []topology.Deployment
	for _, d := range p.service.Deployments {
		if d.Status != "PRIMARY" && d.Running > 0 && d.Running >= p.service.Desired {
			all = append(all, d)
		}
	}
	return all
}

// primary is the deployment that is wanted; false where ECS lists none.
func (p party) primary() (topology.Deployment, bool) {
	for _, d := range p.service.Deployments {
		if d.Status == "PRIMARY" {
			return d, true
		}
	}
	return topology.Deployment{}, false
}

// clock is a time of day in UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

// serviceBehind is the one that the configuration names, else the one that is
// attached to the target group.
func serviceBehind(w *walk) (topology.Service, bool) {
	hints := w.symptom.Endpoint.RunsOn
	if w.route.group == nil && hints.Service == "" {
		return topology.Service{}, false
	}
	for _, cluster := range w.in.Clusters {
		if hints.Cluster != "" && hints.Cluster != cluster {
			continue
		}
		if hints.Service != "" {
			if s, ok := get(w, w.facts.Services, topology.Services, cluster, hints.Service).Get(); ok {
				return s, true
			}
			continue
		}
		names := get(w, w.facts.ServiceNames, topology.ServiceNames, cluster).Value
		for _, some := range w.inTurn(cluster, names) {
			waiting := false
			for _, name := range some {
				fact := get(w, w.facts.Services, topology.Services, cluster, name)
				if s, ok := fact.Get(); ok && feeds(s, w.route.group.ARN) {
					return s, true
				}
				waiting = waiting || fact.Pending()
			}
			if waiting {
				break // the others are asked for only if it is none of these
			}
		}
	}
	return topology.Service{}, false
}

func feeds(s topology.Service, group string) bool {
	for _, b := range s.Balancers {
		if b.TargetGroup == group {
			return true
		}
	}
	return false
}

// revision is a task definition as people name it: family and number.
func revision(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// describeService is the command that shows how a service is.
func (w *walk) describeService(s topology.Service) string {
	return fmt.Sprintf("aws ecs describe-services --cluster %s --services %s --query 'services[].[serviceName,runningCount,desiredCount,deployments[].[taskDefinition,rolloutState,rolloutStateReason]]' --region %s", s.Cluster, s.Name, w.facts.Region)
}

// listStopped is the command that shows why tasks stopped, if any did.
func (w *walk) listStopped(s topology.Service) string {
	return fmt.Sprintf("aws ecs list-tasks --cluster %s --service-name %s --desired-status STOPPED --query 'taskArns[]' --output text --region %s | xargs -r aws ecs describe-tasks --cluster %s --query 'tasks[].[taskDefinitionArn,stopCode,stoppedReason,containers[].[name,exitCode,reason]]' --region %s --tasks",
		s.Cluster, s.Name, w.facts.Region, s.Cluster, w.facts.Region)
}
