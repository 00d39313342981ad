package pipeline

import (
	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// due is what an event asks for: checks to make, and news to take in.
type due struct {
	checks []check.Check
	news   *incident.News // of an ECS service; nil: none
}

// due reports also whether the event was handled before. Only events of ECS
// wait for the state: the same one comes more than once, and of a crash loop's
// stream only one a minute makes us probe. A state that cannot be read, or that
// comes late, keeps nothing from being probed.
func (p *Pipeline) due(e trigger.Event, past *memory) (asked due, handled bool) {
	asked.news = newsOf(e)
	if asked.news != nil {
		s := past.soon().state
		if s.Handled(e.ID) {
			return due{}, true
		}
		if trigger.Coalesce(e, s.TaskProbed(asked.news.Service), p.Now()) {
			return asked, false
		}
		asked.news.Probed = true
	}
	asked.checks = trigger.Due(e, p.Config.Checks, p.Now(), p.Config.AWS.Clusters...)
	return asked, false
}

// newsOf is what an event says of a service; nil: it is not about one.
func newsOf(e trigger.Event) *incident.News {
	n := &incident.News{
		EventID: e.ID, Service: e.Service.String(), Kind: incident.Other, Name: e.Name,
		DeploymentID: e.DeploymentID, Reason: e.Reason, Rollback: e.Rollback, At: e.Time,
	}
	switch {
	case e.Service.Name == "":
		return nil
	case e.Kind == trigger.TaskStopped:
		n.Kind = incident.TaskStopped
	case e.Kind != trigger.Deployment:
	case e.Name == "SERVICE_DEPLOYMENT_IN_PROGRESS":
		n.Kind = incident.DeployStarted
	case e.Name == "SERVICE_DEPLOYMENT_COMPLETED":
		n.Kind = incident.DeployCompleted
	case e.Name == "SERVICE_DEPLOYMENT_FAILED":
		n.Kind = incident.DeployFailed
	}
	return n
}
