package trigger

import (
	"encoding/json"
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
)

// ecsEvents are the events of ECS that are for us, by detail-type.
var ecsEvents = map[string]func(o, detail object, e Event) Event{
	"ECS Deployment State Change": deployment,
	"ECS Service Action":          serviceAction,
	"ECS Task State Change":       taskChange,
}

// ecs reads an event of ECS. Its id must be there: a duplicate is known by it.
func (o object) ecs() Event {
	kind := o.text("detail-type")
	read, known := ecsEvents[kind]
	if !known {
		if kind == "" {
			o.fail("detail-type", "a text such as ECS Deployment State Change")
		}
		return o.ignored("nothing is known of " + quote(kind) + " events")
	}
	o.fault.event = kind
	e := Event{ID: o.token("id"), Time: o.when("time")}
	return read(o, o.object("detail"), e)
}

// ignore makes an event that was read one that means nothing.
func (e Event) ignore(note string) Event {
	e.Kind, e.Note = Ignored, note
	return e
}

// deployment reads how far a deployment is. What AWS calls severity is in
// eventType, what happened in eventName.
func deployment(o, detail object, e Event) Event {
	e.Name = detail.token("eventName")
	switch e.Name {
	case "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED":
	default:
		return e.ignore("nothing is known of " + quote(e.Name))
	}
	e.Kind = Deployment
	e.Service = o.service(detail)
	e.DeploymentID = detail.token("deploymentId")
	e.Reason = prose(detail.text("reason"))
	e.Rollback = strings.Contains(strings.ToLower(e.Reason), "rolling back")
	e.Severe = e.Name == "SERVICE_DEPLOYMENT_FAILED" || detail.loose("eventType") == "ERROR"
	return e
}

// serviceAction reads what ECS has to say about a service. Its level decides,
// not its name: AWS adds names.
func serviceAction(o, detail object, e Event) Event {
	e.Name = detail.token("eventName")
	switch level := detail.token("eventType"); level {
	case "WARN", "ERROR":
		e.Severe = level == "ERROR"
	case "INFO":
		return e.ignore("only information")
	default:
		return e.ignore("nothing is known of the level " + quote(level))
	}
	e.Kind = ServiceAction
	e.Service = o.service(detail)
	e.Reason = prose(detail.text("reason"))
	return e
}

// stopCodes are the ways in which tasks end, and which of them are failures of
// the task; the others are decisions of somebody else.
var stopCodes = map[string]bool{
	"TaskFailedToStart": true, "EssentialContainerExited": true,
	"UserInitiated": false, "ServiceSchedulerInitiated": false, "SpotInterruption": false, "TerminationNotice": false,
}

// taskChange reads the end of a task. It is named by its stop code.
func taskChange(o, detail object, e Event) Event {
	if status := detail.token("lastStatus"); status != "STOPPED" {
		return e.ignore("the task is " + quote(status))
	}
	group := detail.text("group")
	service, ofService := strings.CutPrefix(group, "service:")
	if !ofService {
		return e.ignore("the task belongs to no service but to " + quote(group))
	}
	code := detail.text("stopCode")
	failed, known := stopCodes[code]
	switch {
	case !known:
		return e.ignore("nothing is known of the stop code " + quote(code))
	case !failed:
		e.Name = code
		return e.ignore("the task did not fail: " + code)
	}
	if !isName(service) {
		detail.fail("group", "service: and the name of one")
	}
	e.Kind, e.Name = TaskStopped, code
	e.Service = Service{Cluster: o.clusterOfTask(detail), Name: service}
	if id := detail.loose("startedBy"); strings.HasPrefix(id, "ecs-svc/") && isToken(id) {
		e.DeploymentID = id
	}
	e.Reason = prose(detail.text("stoppedReason") + ended(detail.fields["containers"]))
	return e
}

// maxContainers is how many containers of a task are told of.
const maxContainers = 3

// ended tells how containers ended that did not end well. It is there for
// readers: a list that is not understood is left out.
func ended(raw json.RawMessage) string {
	var containers []struct {
		Name     string `json:"name"`
		ExitCode *int64 `json:"exitCode"`
		Reason   string `json:"reason"`
	}
	if json.Unmarshal(raw, &containers) != nil {
		return ""
	}
	var told []string
	for _, c := range containers {
		var facts []string
		if c.ExitCode != nil && *c.ExitCode != 0 {
			facts = append(facts, fmt.Sprintf("exit code %d", *c.ExitCode))
		}
		if c.Reason != "" {
			facts = append(facts, c.Reason)
		}
		if len(facts) > 0 && len(told) < maxContainers {
			told = append(told, redact.Cut(c.Name, maxToken, false)+": "+strings.Join(facts, ", "))
		}
	}
	if len(told) == 0 {
		return ""
	}
	return " (" + strings.Join(told, "; ") + ")"
}

// maxProse is how much of a reason is kept, in bytes.
const maxProse = 500

func prose(text string) string { return redact.Snippet([]byte(text), maxProse) }
