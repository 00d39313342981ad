package diagnose

import (
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// noUsable is what a load balancer answers that has nobody to send to.
var noUsable = prediction{statuses: []int{503}, responders: []Responder{ByBalancer}}

// noWeight is D14 where there may be targets, but no request is meant for them.
func noWeight(w *walk) candidate {
	g, root := w.route.group, rootOf(*w.route.balancer, *w.route.listener)
	rule := *w.route.rule
	c := candidate{
		code: GroupEmpty, root: g.Name,
		predicts: []prediction{noUsable},
		say: func([]string) string {
			return fmt.Sprintf("%s of %s forwards to %s with the weight 0, so no target gets the request", ruleName(rule), root, g.Name)
		},
		evidence: []Evidence{
			told(w.facts.Rules.Of(w.route.listener.ARN).Status, fmt.Sprintf("every target group of %s has the weight 0", ruleName(rule))),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{rulesCommand(w, *w.route.listener)},
	}
	c.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("give %s a weight in %s", g.Name, ruleName(rule)), Mutates: true, Risk: "reversible", DoneWhen: "a target group of the rule has a weight above 0", Done: Test{FindingGone, c.key()},
		Command: fmt.Sprintf("aws elbv2 modify-rule --rule-arn %s --actions Type=forward,TargetGroupArn=%s --region %s", rule.ARN, g.ARN, w.facts.Region),
	}}
	if !onlyForwards(rule) || rule.Default {
		c.actions[0].Command = "" // modify-rule replaces all actions, and has no default rule
	}
	return c
}

// emptyGroup is D14. Why nothing is registered is for the service to say.
func emptyGroup(w *walk, read topology.Status) candidate {
	g := w.route.group
	feeder, _ := quietService(w)
	c := candidate{
		code: GroupEmpty, root: g.Name,
		predicts: []prediction{noUsable},
		say:      func([]string) string { return fmt.Sprintf("%s %s", g.Name, whyEmpty(w, feeder)) },
		evidence: []Evidence{
			told(read, fmt.Sprintf("the targets of %s: %s", g.Name, states(w.route.targets))),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{healthCommand(w)},
	}
	if slices.ContainsFunc(w.route.targets, func(t target) bool { return t.State == "initial" }) {
		c.inferred = append(c.inferred, "that the load balancer has nobody to send to while targets are only being registered")
	}
	if feeder != nil {
		c.evidence = append(c.evidence, told(w.facts.Services.Of(topology.Key(feeder.Cluster, feeder.Name)).Status, fmt.Sprintf("%s %s", feeder.Name, running(*feeder))))
		c.verify = append(c.verify, fmt.Sprintf("aws ecs describe-services --cluster %s --services %s --query 'services[].[serviceName,runningCount,desiredCount,loadBalancers]' --region %s", feeder.Cluster, feeder.Name, w.facts.Region))
	}
	few := whyFew(w, feeder)
	if few.Statement != "" {
		c.evidence = append(c.evidence, few)
	}
	c.actions = append(giveBack(w, c.key()), fill(w, feeder, few.Statement, c.key()))
	return c
}

// whyEmpty puts the state of a group without usable targets.
func whyEmpty(w *walk, s *topology.Service) string {
	g, zones := w.route.group, unusedZones(w)
	switch {
	case len(w.route.targets) == 0 && s == nil && w.servicesUnread():
		return "has no targets; which service registers some in it could not be read"
	case len(w.route.targets) == 0 && s == nil:
		return "has no targets, and no service of the known clusters registers any in it"
	case len(w.route.targets) == 0 && !feeds(*s, g.ARN):
		return fmt.Sprintf("has no targets: %s is not attached to it", s.Name)
	case len(w.route.targets) == 0 && s.Running > 0:
		return fmt.Sprintf("has no targets, although %s %s", s.Name, running(*s))
	case len(w.route.targets) == 0:
		return fmt.Sprintf("has no targets: %s %s", s.Name, running(*s))
	case len(zones) > 0:
		return fmt.Sprintf("has targets in %s only, a zone that %s is not enabled for", listed(zones), w.route.balancer.Name)
	}
	return "has no target that gets requests: " + states(w.route.targets)
}

func running(s topology.Service) string {
	return fmt.Sprintf("runs %d of %d tasks", s.Running, s.Desired)
}

// unusedZones are those of the targets that the load balancer has no subnet
// in, if all targets are in such zones.
func unusedZones(w *walk) []string {
	var zones []string
	for _, t := range w.route.targets {
		if t.Reason != "Target.NotInUse" || t.Zone == "" || slices.Contains(w.route.balancer.Zones, t.Zone) {
			return nil
		}
		if !slices.Contains(zones, t.Zone) {
			zones = append(zones, t.Zone)
		}
	}
	return zones
}

// servicesUnread: some service that might feed the group could not be read.
func (w *walk) servicesUnread() bool {
	return slices.ContainsFunc(w.missed, func(m missed) bool {
		return m.want.Kind == topology.ServiceNames || m.want.Kind == topology.Services
	})
}

// states counts targets by state and reason.
func states(targets []target) string {
	if len(targets) == 0 {
		return "none"
	}
	var order []string
	counts := map[string]int{}
	for _, t := range targets {
		text := t.State
		if t.Reason != "" {
			text += " (" + t.Reason + ")"
		}
		if counts[text] == 0 {
			order = append(order, text)
		}
		counts[text]++
	}
	var parts []string
	for _, text := range order {
		parts = append(parts, fmt.Sprintf("%d %s", counts[text], text))
	}
	return listed(parts)
}

// fill proposes how the group gets targets.
func fill(w *walk, s *topology.Service, few, key string) Action {
	g := w.route.group
	a := Action{Priority: "P0", Mutates: true, Owner: w.symptom.Endpoint.Owner, DoneWhen: "a target of " + g.Name + " is healthy", Done: Test{TargetsHealthy, g.ARN}}
	zones := unusedZones(w)
	switch {
	case len(zones) > 0:
		a.Do = fmt.Sprintf("enable %s for %s, with one of its subnets, or run the tasks in its zones (%s)", listed(zones), w.route.balancer.Name, listed(w.route.balancer.Zones))
		a.Command = fmt.Sprintf("aws elbv2 set-subnets --load-balancer-arn %s --subnets %s SUBNET_IN_%s --region %s", w.route.balancer.ARN, joined(w.route.balancer.Subnets), zones[0], w.facts.Region)
	case s == nil && w.servicesUnread():
		a.Do = fmt.Sprintf("find out which service is to register targets in %s, and how many of its tasks run", g.Name)
		a.Command = fmt.Sprintf("aws ecs list-services --cluster CLUSTER --region %s", w.facts.Region)
		a.Mutates = false
	case s == nil:
		a.Do = fmt.Sprintf("attach the service behind %s to %s", w.symptom.Endpoint.Host, g.Name)
		a.Command = fmt.Sprintf("aws ecs update-service --cluster CLUSTER --service SERVICE --load-balancers targetGroupArn=%s,containerName=CONTAINER,containerPort=%d --region %s", g.ARN, g.Port, w.facts.Region)
		a.Risk = "a deployment"
	case !feeds(*s, g.ARN):
		a.Do = fmt.Sprintf("attach %s to %s", s.Name, g.Name)
		a.Command = fmt.Sprintf("aws ecs update-service --cluster %s --service %s --load-balancers %s targetGroupArn=%s,containerName=CONTAINER,containerPort=%d --region %s", s.Cluster, s.Name, attached(*s), g.ARN, g.Port, w.facts.Region)
		a.Risk = "a deployment"
	case s.Desired == 0:
		a.Do = fmt.Sprintf("start tasks of %s, whose desired count is 0, if it is meant to run", s.Name)
		a.Command = fmt.Sprintf("aws ecs update-service --cluster %s --service %s --desired-count 1 --region %s", s.Cluster, s.Name, w.facts.Region)
		a.Risk = "starts tasks"
	case s.Running >= s.Desired && slices.ContainsFunc(w.route.targets, func(t target) bool { return t.State == "initial" }):
		a.Do = fmt.Sprintf("wait until the targets of %s have passed their health checks; if they do not, the reasons there say why", g.Name)
		a.Command, a.Mutates = healthCommand(w), false
	case s.Running >= s.Desired && len(w.route.targets) > 0:
		a.Do = fmt.Sprintf("find out why no request is sent to the targets of %s, while %s %s: %s", g.Name, s.Name, running(*s), states(w.route.targets))
		a.Command, a.Mutates = healthCommand(w), false
	case few != "":
		a.Do = fmt.Sprintf("repair what keeps tasks of %s from starting: %s", s.Name, few)
		a.Mutates = false
	default:
		a.Do = fmt.Sprintf("find out why %s %s: its events and stopped tasks say", s.Name, running(*s))
		a.Command = fmt.Sprintf("aws ecs describe-services --cluster %s --services %s --query 'services[].events[:5].message' --region %s", s.Cluster, s.Name, w.facts.Region)
		a.Mutates = false
	}
	return a
}

// attached are the load balancers that a service has, as update-service takes
// them: it replaces them all.
func attached(s topology.Service) string {
	text := ""
	for _, b := range s.Balancers {
		text += fmt.Sprintf("targetGroupArn=%s,containerName=%s,containerPort=%d ", b.TargetGroup, b.Container, b.Port)
	}
	if text == "" {
		return ""
	}
	return text[:len(text)-1]
}

// feeder is the service behind a group, as it was found.
type feeder struct {
	group   string // ARN
	service *topology.Service
}

// quietService is the service behind the group, read as hints; nil if none is known.
func quietService(w *walk) (*topology.Service, bool) {
	if w.route.group == nil {
		return nil, false
	}
	if w.feeder == nil || w.feeder.group != w.route.group.ARN {
		w.feeder = &feeder{group: w.route.group.ARN}
		quietly(w, func() bool {
			s, ok := serviceBehind(w)
			if ok {
				w.feeder.service = &s
			}
			return ok
		})
	}
	return w.feeder.service, w.feeder.service != nil
}

func joined(names []string) string {
	text := ""
	for i, n := range names {
		if i > 0 {
			text += " "
		}
		text += n
	}
	return text
}
