package diagnose

import (
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtService finds the ECS service behind the target group, its tasks and
// their definition.
func lookAtService(w *walk) (Verdict, string) {
	s, ok := serviceBehind(w)
	if !ok {
		return NotApplicable, ""
	}
	w.route.service = &s
	w.route.tasks = get(w, w.facts.RunningTasks, topology.RunningTasks, s.Cluster, s.Name).Value
	if s.TaskDefinition != "" {
		if d, ok := get(w, w.facts.TaskDefinitions, topology.TaskDefinitions, s.TaskDefinition).Get(); ok {
			w.route.defined = &d
		}
	}
	if s.Running < s.Desired {
		return Degraded, s.Name
	}
	return OK, s.Name
}

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
		for _, name := range get(w, w.facts.ServiceNames, topology.ServiceNames, cluster).Value {
			if s, ok := get(w, w.facts.Services, topology.Services, cluster, name).Get(); ok && feeds(s, w.route.group.ARN) {
				return s, true
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

// logStreams are the wants for what the containers of the service log.
func logStreams(d topology.TaskDefinition) []topology.Want {
	var wants []topology.Want
	for _, c := range d.Containers {
		if c.LogGroup != "" {
			wants = append(wants, topology.Want{Kind: topology.Logs, Key: topology.Key(c.LogGroup, strings.Trim(c.LogPrefix+"/"+c.Name, "/"))})
		}
	}
	return wants
}
