package incident

import (
	"slices"
	"time"
)

// News is what an ECS event says of a service.
type News struct {
	EventID      string
	Service      string // cluster/name
	Kind         NewsKind
	Name         string // the event's own name
	DeploymentID string
	Reason       string
	Rollback     bool
	At           time.Time
	Probed       bool // the endpoints of the service were probed because of it
}

// NewsKind tells what an event means to a deployment.
type NewsKind string

// The kinds of news. The last two are only counted: a task that failed, and
// whatever else happens to a service.
const (
	DeployStarted   NewsKind = "started"
	DeployCompleted NewsKind = "completed"
	DeployFailed    NewsKind = "failed"
	TaskStopped     NewsKind = "task-stopped"
	Other           NewsKind = "other"
)

// Handled reports whether an event was handled before.
func (s State) Handled(eventID string) bool {
	return eventID != "" && slices.ContainsFunc(s.Events, func(e SeenEvent) bool { return e.ID == eventID })
}

// TaskProbed is when the end of a task last made us probe a service's
// endpoints; the zero time for never.
func (s State) TaskProbed(service string) time.Time {
	if known := s.Services[service]; known != nil {
		return known.Probed
	}
	return zero
}

// takeNews takes in the event that caused the run, once.
func (t *step) takeNews() {
	n := t.in.News
	if n == nil || t.state.Handled(n.EventID) {
		return
	}
	if n.EventID != "" {
		t.state.Events = append(t.state.Events, SeenEvent{n.EventID, t.in.Now})
	}
	service := t.service(n.Service)
	service.count(n)
	switch n.Kind {
	case TaskStopped:
		if n.Probed {
			service.Probed = t.in.Now
		}
	case DeployStarted:
		t.deployStarted(service, n)
	case DeployCompleted:
		t.deployCompleted(service, n.DeploymentID, n.At)
	case DeployFailed:
		t.failureReported(service, n)
	}
}

func (t *step) service(name string) *Service {
	s := t.state.Services[name]
	if s == nil {
		s = &Service{}
		t.state.Services[name] = s
	}
	return s
}

// count adds an event to those of its name: a crash loop is one line.
func (s *Service) count(n *News) {
	for i := range s.News {
		if s.News[i].Name == n.Name {
			s.News[i].Count++
			s.News[i].Last, s.News[i].Reason = n.At, bounded(n.Reason)
			return
		}
	}
	s.News = append(s.News, ServiceNews{n.Name, 1, n.At, n.At, bounded(n.Reason)})
	if extra := len(s.News) - maxNews; extra > 0 {
		s.News = slices.Delete(s.News, 0, extra)
	}
}

// forgetServices drops old news, and services of which nothing was heard for
// long: a cluster has many that no endpoint runs on.
func (t *step) forgetServices() {
	for name, s := range t.state.Services {
		s.News = slices.DeleteFunc(s.News, func(n ServiceNews) bool { return t.in.Now.Sub(n.Last) > keepNews })
		newest := s.Started
		if s.Completed.After(newest) {
			newest = s.Completed
		}
		if len(s.News) == 0 && t.in.Now.Sub(newest) > keepService {
			delete(t.state.Services, name)
		}
	}
}
