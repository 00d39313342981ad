package report

import (
	"cmp"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Dossier is an incident with all that is known of what it is about.
type Dossier struct {
	Incident incident.Incident
	Members  []Member // the endpoints in it in the order in which they came, then those that depend on them
}

// Member is an endpoint that an incident is about.
type Member struct {
	Key       string
	Dependent bool               // it fails because it depends on the others
	Known     *incident.Endpoint // how it is; nil: nothing is known of it (any more)
	UsersLose string             // this and what follows as configured, or ""
	Owner     string
	Runbook   string
}

// state is how the endpoint of an incident is shown.
func (m *Member) state() state {
	switch e := m.Known; {
	case e == nil || e.Unknown:
		return unjudged
	case e.Failing > 0:
		return failing
	case e.Degraded:
		return degraded
	}
	return healthy
}

var memberStates = [...]string{failing: "failing", unjudged: "unknown", degraded: "degraded", healthy: "healthy"}

// cause is how the endpoints of an incident fail, as people know it.
func (d *Dossier) cause() result.Class { return cmp.Or(d.Incident.Cause, d.Incident.Class) }
