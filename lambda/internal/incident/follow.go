package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Overdue are the services whose deployment should have ended; whoever runs
// the step asks ECS about them.
func (s State) Overdue(now time.Time) []string {
	var overdue []string
	for name, service := range s.Services {
		if service.Status == stuck || service.Status == inProgress && now.Sub(service.Started) >= deployOverdue {
			overdue = append(overdue, name)
		}
	}
	slices.Sort(overdue)
	return overdue
}

// followDeployments says how deployments ended: verified after three clean
// rounds, since targets of the old version drain; regressed at once.
func (t *step) followDeployments() {
	for _, name := range sortedKeys(t.state.Services) {
		s := t.state.Services[name]
		switch s.Status {
		case inProgress, stuck:
			t.followOverdue(name, s)
		case completed:
			t.followCompleted(name, s)
		}
	}
}

func (t *step) followOverdue(name string, s *Service) {
	if t.in.Now.Sub(s.Started) < deployOverdue {
		return
	}
	switch t.in.Rollouts[name] {
	case "COMPLETED": // its event was lost
		t.deployCompleted(s, s.DeploymentID, t.in.Now)
	case "FAILED":
		t.deployFailed(name, s, failed, s.Reason)
	case "IN_PROGRESS":
		if s.Status == inProgress {
			t.deployFailed(name, s, stuck, fmt.Sprintf("in progress since %s", s.Started.UTC().Format("15:04 UTC")))
		}
	}
}

func (t *step) followCompleted(name string, s *Service) {
	if !t.in.Started.After(s.Completed) {
		return // the round began before the deployment was complete
	}
	worse, clean := t.compare(name, s)
	switch {
	case worse:
		s.Status = regressed
		t.tellDeployment(name, s, ReasonRegressed, t.Deployments != "none")
		return
	case !clean:
		return
	}
	if s.Clean++; s.Clean < cleanRounds {
		return
	}
	s.Status = verified
	t.tellDeployment(name, s, ReasonVerified, t.Deployments == "all" && len(s.Before) > 0)
	for _, i := range t.active() {
		if i.Service == name {
			t.resolve(i, ReasonDeploySucceeded)
		}
	}
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
		case e == nil || e.Failing == 0 || !known:
		case before.Failing && len(f.Still) < MaxFacts:
			f.Still = append(f.Still, t.endpointFact(rule))
		case !before.Failing && len(f.Regressed) < MaxFacts:
			f.Regressed = append(f.Regressed, t.endpointFact(rule))
		}
	}
	return f
}
