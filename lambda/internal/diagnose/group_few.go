package diagnose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// whyFew is what ECS says last of tasks that it could not start, where fewer run
// than should; empty if it says nothing.
func whyFew(w *walk, s *topology.Service) Evidence {
	if s == nil || s.Running >= s.Desired {
		return Evidence{}
	}
	stopped := hint(w, w.facts.StoppedTasks, topology.StoppedTasks, s.Cluster, s.Name)
	var last topology.Task
	for _, t := range stopped.Value {
		if t.StopCode == "TaskFailedToStart" && t.StoppedReason != "" && t.Stopped.After(last.Stopped) {
			last = t
		}
	}
	event := unplaced(s.Events)
	switch {
	case last.StoppedReason != "" && !event.At.After(last.Stopped):
		return told(stopped.Status, fmt.Sprintf("a task of %s failed to start at %s: %s", s.Name, clock(last.Stopped), last.StoppedReason))
	case event.Text != "":
		return told(w.facts.Services.Of(topology.Key(s.Cluster, s.Name)).Status, fmt.Sprintf("at %s %s %s", clock(event.At), s.Name, reasonIn(event.Text)))
	}
	return Evidence{}
}

// unplaced is the newest event that says why tasks are not placed, since the
// service was last steady.
func unplaced(events []topology.Event) topology.Event {
	for i, e := range events {
		if strings.Contains(e.Text, "reached a steady state") {
			return topology.Event{}
		}
		if found := placing(events[i:i+1], e.At); found.Text != "" {
			return found
		}
	}
	return topology.Event{}
}

// giveBack proposes to send requests to another group of the same rule that has
// healthy targets, as the one did which a blue/green deployment replaced.
func giveBack(w *walk, key string) []Action {
	rule, empty := *w.route.rule, w.route.group
	for _, other := range weights(&rule) {
		if other.Group == empty.ARN {
			continue
		}
		health := hint(w, w.facts.TargetHealth, topology.TargetHealth, other.Group)
		well := len(slices.DeleteFunc(slices.Clone(health.Value), func(t topology.Target) bool { return t.State != "healthy" }))
		if well == 0 {
			continue
		}
		a := Action{
			Priority: "P0", Mutates: true, Risk: "reversible; a deployment that is under way may set the weights again", Owner: w.symptom.Endpoint.Owner,
			Do:       fmt.Sprintf("send what %s takes to %s alone, which has %s", ruleName(rule), groupName(other.Group), counted(well, "healthy target")),
			DoneWhen: fmt.Sprintf("no request goes to %s while it is empty", empty.Name), Done: Test{FindingGone, key},
		}
		if onlyForwards(rule) && !rule.Default {
			a.Command = fmt.Sprintf("aws elbv2 modify-rule --rule-arn %s --actions %s --region %s", rule.ARN, shell(onlyTo(other.Group, weights(&rule))), w.facts.Region)
		}
		return []Action{a}
	}
	return nil
}

// onlyTo gives one group all the weight, and leaves the others in the rule.
func onlyTo(group string, all []topology.Weight) string {
	type one struct {
		TargetGroupArn string
		Weight         int
	}
	var groups []one
	for _, g := range all {
		weight := 0
		if g.Group == group {
			weight = 1
		}
		groups = append(groups, one{g.Group, weight})
	}
	text, err := json.Marshal([]map[string]any{{"Type": "forward", "ForwardConfig": map[string]any{"TargetGroups": groups}}})
	if err != nil {
		return "[]" // cannot be: strings and numbers only
	}
	return string(text)
}
