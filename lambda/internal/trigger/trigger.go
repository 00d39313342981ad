// Package trigger turns what woke the function into what is to be done: which
// endpoints are probed, and what is remembered of an event. It is pure.
package trigger

import "time"

// Kind says what woke the function.
type Kind string

// The kinds of events. Ignored ones are valid and mean nothing to us; why is in
// Event.Note.
const (
	Tick          Kind = "tick"
	Deployment    Kind = "deployment"
	ServiceAction Kind = "service-action"
	TaskStopped   Kind = "task-stopped"
	Manual        Kind = "manual"
	Ignored       Kind = "ignored"
)

// Event is one event, whatever its source.
type Event struct {
	Kind Kind
	ID   string    // of the envelope; "" where the source gives none
	Time time.Time // when it happened; the zero time where the source does not say
	Only []string  // of a manual event: globs over endpoint keys

	Service Service // what an ECS event is about
	// Name is the event's own name, such as SERVICE_DEPLOYMENT_COMPLETED.
	Name         string
	DeploymentID string
	Reason       string // prose of AWS; shown, never interpreted but for Rollback
	Rollback     bool   // the deployment goes back to the one before
	Severe       bool   // AWS calls it an error
	Note         string // for the log
}

// Service names one ECS service.
type Service struct {
	Cluster, Name string
}

// String is cluster/name, and empty for the zero Service.
func (s Service) String() string {
	if s.Name == "" {
		return ""
	}
	return s.Cluster + "/" + s.Name
}
