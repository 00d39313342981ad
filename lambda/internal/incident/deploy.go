package incident

import (
	"fmt"
	"slices"
	"time"
)

// The states of a deployment.
const (
	inProgress = "in-progress"
	completed  = "completed"
	failed     = "failed"
	rolledBack = "rolled-back"
	stuck      = "stuck"
	unseen     = "unseen" // overdue, and ECS could not be asked whether it has ended
	verified   = "verified"
	unverified = "unverified" // complete, and not all of its endpoints can be judged
	regressed  = "regressed"
)

// deployStarted remembers how the service's endpoints were. A rollback is the
// end of the deployment before it, which failed.
func (t *step) deployStarted(s *Service, n *News) {
	if s.DeploymentID == n.DeploymentID && n.DeploymentID != "" && (s.Rollback || !n.Rollback) {
		return // the same news again, or later than that of its end
	}
	if overtaken(s, n.At) {
		s.Earlier = n.DeploymentID
		return
	}
	before := s.Before
	if n.Rollback {
		t.deployFailed(n.Service, s, rolledBack, n.Reason)
	} else {
		before = t.outcomes(n.Service)
	}
	*s = Service{
		DeploymentID: n.DeploymentID, Started: n.At, Status: inProgress, Rollback: n.Rollback,
		Reason: bounded(n.Reason), Before: before, News: s.News, Probed: s.Probed, Told: s.Told, Earlier: s.DeploymentID,
	}
}

// overtaken reports whether news of a time is of a deployment before the one
// that is known: events come out of order.
func overtaken(s *Service, at time.Time) bool { return !at.IsZero() && at.Before(s.Started) }

// outcomes is how the endpoints of a service are now.
func (t *step) outcomes(service string) map[string]BeforeOutcome {
	now := map[string]BeforeOutcome{}
	for k := range t.Rules {
		if rule := &t.Rules[k]; rule.runsOn(service) {
			if e := t.state.Endpoints[rule.Key]; e != nil && !e.Last.IsZero() {
				now[rule.Key] = BeforeOutcome{Failing: e.Failing > 0, Class: e.Class}
			}
		}
	}
	return now
}

func (t *step) deployCompleted(s *Service, id string, at time.Time) {
	if s.DeploymentID != id {
		if id == s.Earlier && id != "" || overtaken(s, at) {
			return
		}
		// Its beginning was missed: nothing is known of before.
		*s = Service{DeploymentID: id, Started: at, News: s.News, Probed: s.Probed, Before: map[string]BeforeOutcome{}, Told: s.Told, Earlier: s.DeploymentID}
	}
	if slices.Contains([]string{completed, verified, unverified, regressed}, s.Status) {
		return
	}
	s.Status, s.Completed, s.Clean = completed, at, 0
}

// failureReported takes in that a deployment failed, which need not be the one
// under way: events come late, and out of order.
func (t *step) failureReported(s *Service, n *News) {
	switch {
	case s.DeploymentID == n.DeploymentID:
	case s.Status == inProgress || s.Status == unseen:
		late := Service{DeploymentID: n.DeploymentID, Started: n.At, Before: s.Before}
		t.deployFailed(n.Service, &late, failed, n.Reason)
		return
	case n.DeploymentID == s.Earlier && s.Earlier != "":
		return // a later one has ended since
	default: // its beginning was missed
		*s = Service{DeploymentID: n.DeploymentID, Started: n.At, News: s.News, Probed: s.Probed, Told: s.Told, Earlier: s.DeploymentID}
	}
	t.deployFailed(n.Service, s, failed, n.Reason)
}

// deployFailed opens an incident about a deployment, once. That another one
// failed while it is open, which may be the attempt to repair it, is told as the
// result of that one.
func (t *step) deployFailed(name string, s *Service, status, reason string) {
	s.Status, s.Reason = status, bounded(reason)
	why := map[string]Reason{failed: ReasonDeployFailed, rolledBack: ReasonRolledBack, stuck: ReasonStuck}[status]
	key := "deployment|" + name
	if at := slices.IndexFunc(t.active(), func(i *Incident) bool { return i.Key == key }); at >= 0 {
		if i := t.active()[at]; i.DeployID != s.DeploymentID {
			i.DeployID, i.Changed = s.DeploymentID, t.in.Now
			t.tellDeployment(name, s, why, t.Deployments != "none")
		}
		return
	}
	i := t.numbered(key)
	i.Service, i.Severity, i.DeployID = name, SEV3, s.DeploymentID
	i.Title = fmt.Sprintf("deployment of %s: %s", name, deployWords[status])
	t.tellWith(KindOpened, why, i, t.Deployments != "none", func(n *Notice) { n.Deployment = t.deployFacts(name, s) })
}

var deployWords = map[string]string{
	failed: "it failed", rolledBack: "it is being rolled back", stuck: "it has not ended in time",
}

// deploying reports whether a deployment explains a failure for the moment. A
// critical endpoint that is fully down does not wait.
func (t *step) deploying(rule *Rule, e *Endpoint) bool {
	_, s := t.serviceOf(rule)
	if s == nil || s.Status != inProgress || t.in.Now.Sub(s.Started) >= holdFor || e.Since.Before(s.Started) {
		return false
	}
	return rule.Severity > SEV1 || e.Partial
}

// correlateDeployment notes a deployment on the path of an incident that began
// shortly before it.
func (t *step) correlateDeployment(i *Incident) {
	i.Deployed, i.DeployID, i.DeployOf = zero, "", "" // of the time before it reopened
	for _, key := range i.Endpoints {
		name, s := t.serviceOf(t.rule(key))
		if s == nil || s.Started.IsZero() {
			continue
		}
		if since := i.FirstFailure.Sub(s.Started); since >= 0 && since <= correlate {
			i.Deployed, i.DeployID, i.DeployOf = s.Started, s.DeploymentID, name
			return
		}
	}
}

// deployedSentence says which deployment came before; "" if none did.
func (i *Incident) deployedSentence() string {
	if i.Deployed.IsZero() {
		return ""
	}
	after := i.FirstFailure.Sub(i.Deployed).Round(time.Second)
	return fmt.Sprintf("began %s after deployment %s of %s", inWords(after), i.DeployID, i.DeployOf)
}

// inWords says a short duration in the unit that fits.
func inWords(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
