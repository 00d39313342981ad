package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Overdue are the services whose deployment should have ended, and now and then
// those with an incident about one that failed, as whatever mends it need not be
// a deployment that is seen. Whoever runs the step asks ECS about them.
func (s State) Overdue(now time.Time) []string {
	var overdue []string
	for name, service := range s.Services {
		if s.failedDue(name, service, now) || service.Status == stuck || service.Status == unseen || service.Status == inProgress && now.Sub(service.Started) >= deployOverdue {
			overdue = append(overdue, name)
		}
	}
	slices.Sort(overdue)
	return overdue
}

// failedDue reports whether ECS is to be asked about a service of which a
// deployment failed.
func (s State) failedDue(name string, service *Service, now time.Time) bool {
	if service.Status != failed && service.Status != rolledBack {
		return false
	}
	i := s.deploymentIncident(name)
	if i == nil {
		return false
	}
	last := i.Changed
	if service.Asked.After(last) {
		last = service.Asked
	}
	return now.Sub(last) >= askFailed
}

// deploymentIncident is the active incident about deployments of a service; nil:
// there is none.
func (s State) deploymentIncident(name string) *Incident {
	for _, i := range s.Incidents {
		if i.State != Resolved && i.Service == name {
			return i
		}
	}
	return nil
}

// followDeployments says how deployments ended: verified after three clean
// rounds, since targets of the old version drain; regressed at once.
func (t *step) followDeployments() {
	for _, name := range sortedKeys(t.state.Services) {
		s := t.state.Services[name]
		switch s.Status {
		case inProgress, stuck, unseen:
			t.followOverdue(name, s)
		case completed:
			t.followCompleted(name, s)
		case failed, rolledBack:
			t.followFailed(name, s)
		}
	}
	t.closeDeployments()
}

// followFailed ends the incident about a deployment that failed once ECS says
// that what the service runs is complete, and all that is probed of it is good.
func (t *step) followFailed(name string, s *Service) {
	if !t.state.failedDue(name, s, t.in.Now) {
		return
	}
	s.Asked = t.in.Now
	if t.in.Rollouts[name] == "COMPLETED" && t.allGood(name) {
		t.resolveDeployment(name, ReasonDeployStands)
	}
}

// allGood reports whether every endpoint of a service is known to be good.
func (t *step) allGood(name string) bool {
	return !slices.ContainsFunc(t.Rules, func(r Rule) bool {
		e := t.state.Endpoints[r.Key]
		return r.runsOn(name) && (e == nil || e.Failing > 0 || e.Unknown || e.Last.IsZero())
	})
}

// closeDeployments ends incidents about deployments of which nothing will be
// heard any more: nothing has been for long, or nothing that is probed runs on
// the service by now.
func (t *step) closeDeployments() {
	for _, i := range t.active() {
		if i.Service == "" {
			continue
		}
		gone := i.Watched && !t.isWatched(i.Service)
		reason := ReasonForgotten
		if gone {
			reason = ReasonRemoved
		}
		if gone || t.state.Services[i.Service] == nil {
			i.State, i.Resolved, i.Changed = Resolved, t.in.Now, t.in.Now
			t.add(KindClosed, reason, i, "")
		}
	}
}

// isWatched reports whether an endpoint runs on a service.
func (t *step) isWatched(name string) bool {
	return slices.ContainsFunc(t.Rules, func(r Rule) bool { return r.runsOn(name) })
}

// followOverdue does what ECS says of a deployment that should have ended. That
// ECS cannot be asked for long is told once, and not as a failure.
func (t *step) followOverdue(name string, s *Service) {
	since := t.in.Now.Sub(s.Started)
	if since < deployOverdue {
		return
	}
	said, asked := t.in.Rollouts[name]
	switch said {
	case "COMPLETED": // its event was lost
		t.deployCompleted(s, s.DeploymentID, t.in.Now)
	case "FAILED":
		t.deployFailed(name, s, failed, s.Reason)
	case "IN_PROGRESS":
		if s.Status != stuck {
			t.deployFailed(name, s, stuck, fmt.Sprintf("in progress since %s", s.Started.UTC().Format("15:04 UTC")))
		}
	default:
		if s.Status == inProgress && since >= deployOverdue+unseenAfter {
			s.Status, s.Reason = unseen, "its end was not seen, and ECS could not be asked (needs ecs:DescribeServices; the log says why)"
			if asked {
				s.Reason = "its end was not seen, and ECS does not say how it stands"
			}
			t.tellDeployment(name, s, ReasonUnseen, t.Deployments != "none")
		}
	}
}

func (t *step) followCompleted(name string, s *Service) {
	if !t.in.Started.After(s.Completed) {
		return // the round began before the deployment was complete
	}
	worse, clean := t.compare(name, s)
	late := t.in.Now.Sub(s.Completed) >= judgeWithin
	unjudged := len(t.unjudged(name, s)) > 0
	switch {
	case worse:
		s.Status = regressed
		t.tellDeployment(name, s, ReasonRegressed, t.Deployments != "none")
	case late && unjudged: // whoever waits for a result is told what there is of it
		s.Status = unverified
		t.tellDeployment(name, s, ReasonUnverified, t.Deployments != "none" && len(s.Before) > 0)
		t.resolveDeployment(name, ReasonDeployComplete)
	case clean || late: // endpoints that are probed seldom need not be in one round
		if s.Clean++; s.Clean >= cleanRounds {
			s.Status = verified
			t.tellDeployment(name, s, ReasonVerified, t.Deployments == "all" && len(s.Before) > 0)
			t.resolveDeployment(name, ReasonDeploySucceeded)
		}
	}
}

// resolveDeployment ends the incident about earlier deployments of a service.
func (t *step) resolveDeployment(name string, reason Reason) {
	if i := t.state.deploymentIncident(name); i != nil {
		t.resolve(i, reason)
	}
}

// unjudged are the endpoints of a service of which nobody can say whether a
// deployment made them worse: not known since it completed, or failing and not
// known before.
func (t *step) unjudged(name string, s *Service) []*Rule {
	var unjudged []*Rule
	for k := range t.Rules {
		rule := &t.Rules[k]
		if !rule.runsOn(name) {
			continue
		}
		e := t.state.Endpoints[rule.Key]
		_, known := s.Before[rule.Key]
		if e == nil || e.Unknown || !e.Last.After(s.Completed) || e.Failing > 0 && !known {
			unjudged = append(unjudged, rule)
		}
	}
	return unjudged
}

// compare says whether an endpoint of a service that was good before its
// deployment fails in this round, and whether none is worse for certain. Of one
// that was not known before nobody can say what made it fail.
func (t *step) compare(name string, s *Service) (worse, clean bool) {
	clean = true
	for k := range t.Rules {
		rule := &t.Rules[k]
		e := t.state.Endpoints[rule.Key]
		if !rule.runsOn(name) || e == nil {
			continue
		}
		before, known := s.Before[rule.Key]
		asked := t.judged[rule.Key]
		fails := asked && e.Failing > 0
		worse = worse || fails && known && !before.Failing
		clean = clean && (asked || !known) && (!fails || known)
	}
	return worse, clean
}

// tellDeployment puts the result of a deployment into the outbox.
func (t *step) tellDeployment(name string, s *Service, reason Reason, wanted bool) {
	transition := Transition{Kind: KindDeployment, Reason: reason}
	if wanted {
		id := s.DeploymentID
		if cut := strings.LastIndexByte(id, '/'); cut >= 0 {
			id = id[cut+1:]
		}
		// A rollback has the id of a deployment that was told of before.
		s.Told++
		n := t.notice(KindDeployment, reason, fmt.Sprintf("deployment-%s-%d-%d-%s", id, s.Started.Unix(), s.Told, s.Status))
		n.Deployment = t.deployFacts(name, s)
		transition.Notice = n
		t.state.Outbox = append(t.state.Outbox, n)
	}
	t.transitions = append(t.transitions, transition)
}

func (t *step) deployFacts(name string, s *Service) *DeployFacts {
	f := &DeployFacts{Service: name, ID: s.DeploymentID, Status: s.Status, Reason: s.Reason, Started: s.Started}
	if !s.Completed.IsZero() {
		f.Took = s.Completed.Sub(s.Started)
	}
	for k := range t.Rules {
		rule := &t.Rules[k]
		if !rule.runsOn(name) {
			continue
		}
		f.Checked++
		e := t.state.Endpoints[rule.Key]
		before, known := s.Before[rule.Key]
		switch {
		case e == nil || e.Failing == 0 || !known || e.Unknown && s.Status == unverified:
		case before.Failing && len(f.Still) < MaxFacts:
			f.Still = append(f.Still, t.endpointFact(rule))
		case !before.Failing && len(f.Regressed) < MaxFacts:
			f.Regressed = append(f.Regressed, t.endpointFact(rule))
		}
	}
	if s.Status == unverified {
		for _, rule := range t.unjudged(name, s) {
			f.Unjudged = append(f.Unjudged, t.unjudgedFact(rule))
		}
		f.Unjudged, f.UnjudgedMore = firstFew(f.Unjudged)
	}
	return f
}
