package report

import (
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// FirstAction is what to do first about an incident: what its notice says, or
// else where the class of most of its failures has to be looked for.
func FirstAction(f *incident.Facts) string {
	const longest = 300 // what one step of a chat message takes
	if text := clean(f.FirstAction, longest); text != "" {
		return text
	}
	if look := result.Look(mainClass(f.Endpoints)); look != "" {
		return "look at " + look
	}
	if len(f.Runbooks) > 0 {
		return "follow the runbook"
	}
	return "ask the endpoints again, from another place: tidewatch run"
}

// mainClass is the class that most failures have, the first one of several.
func mainClass(endpoints []incident.EndpointFact) result.Class {
	var most result.Class
	count := map[result.Class]int{}
	for _, e := range endpoints {
		if e.Failing && e.Class != "" {
			count[e.Class]++
		}
	}
	for _, e := range endpoints {
		if count[e.Class] > count[most] {
			most = e.Class
		}
	}
	return most
}

// meaning says what a class means, and names it.
func meaning(class result.Class) string {
	text, name := result.Describe(class), clean(string(class), 40)
	if text == string(class) {
		return name
	}
	return text + " (" + name + ")"
}

// deployAction is what to do first about a deployment.
func deployAction(f *incident.DeployFacts) row {
	switch f.Status {
	case "verified":
		return row{}
	case "regressed":
		text := "decide whether to go back to the version before"
		if look := result.Look(mainClass(f.Regressed)); look != "" {
			text += "; to repair it, look at " + look
		}
		return row{label: "Do first", text: text}
	}
	if f.Status == "unverified" {
		return row{label: "Do first", text: "look yourself at what could not be judged, and see why"}
	}
	cluster, name := splitService(f.Service)
	if !isWord(cluster) || !isWord(name) {
		return row{label: "Do first", text: "read the events of the service, and why its tasks stopped"}
	}
	return row{label: "Do first", text: "read the events of the service:", code: "aws ecs describe-services --cluster " + cluster +
		" --services " + name + " --query 'services[0].events[:10].message' --output text"}
}

// isWord reports whether a name can stand in a command as it is, as the names
// of clusters and services can.
func isWord(s string) bool {
	return s != "" && len(s) <= 100 && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}
