// Package incident decides what people are told. Its Step is pure: the state
// so far, what a round found, the time and the policy go in; the new state and
// the transitions with their reasons come out. Effects are others' business.
package incident

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Version is that of the state's format. A state with a higher one was written
// by a newer program and is refused.
const Version = 1

// State is everything that decides, and what is still to be sent. It is kept
// as one item, so that one conditional write settles a round.
type State struct {
	Version   int                  `json:"version"`
	Updated   time.Time            `json:"updated"` // when it was last decided, which may be later than the last write
	Endpoints map[string]*Endpoint `json:"endpoints"`
	Incidents []*Incident          `json:"incidents"`       // not resolved, or resolved so lately that they may reopen
	Services  map[string]*Service  `json:"services"`        // by cluster/name: deployments and other news
	Events    []SeenEvent          `json:"events"`          // ids of events that were handled
	Outbox    []*Notice            `json:"outbox"`          // in the order in which they must be sent
	Aside     []Aside              `json:"aside,omitempty"` // messages that were given up, the last few
	Summary   string               `json:"summary"`         // date of the last daily summary, 2006-01-02
	Counter   int                  `json:"counter"`         // of incidents, for their ids
	Gathered  int                  `json:"gathered"`        // messages that stood for others, for their ids
	Last      map[string]Past      `json:"last"`            // by key: the newest incident that was resolved
	Diagnosed Diagnosed            `json:"diagnosed,omitzero"`
	Latents   Latents              `json:"latents,omitzero"` // for the daily summary

	// Unrecorded are ids of incidents that changed since they were last
	// written as items of their own.
	Unrecorded []string `json:"unrecorded,omitempty"`
}

// Past is an incident that has left the state.
type Past struct {
	ID       string    `json:"id"`
	Resolved time.Time `json:"resolved"`
}

// Endpoint is what is known of one endpoint over time.
type Endpoint struct {
	Last     time.Time    `json:"last"`    // start of the newest round that judged it
	Since    time.Time    `json:"since"`   // since when it is as it is
	Failing  int          `json:"failing"` // failing rounds in a row
	Passing  int          `json:"passing"` // good rounds in a row, counted up to a bound
	Unknown  bool         `json:"unknown,omitempty"`
	Lost     time.Time    `json:"lost,omitzero"` // since when it is not known
	Why      string       `json:"why,omitempty"` // it is not
	Degraded bool         `json:"degraded,omitempty"`
	Worse    time.Time    `json:"worse,omitzero"` // since when it is degraded
	Class    result.Class `json:"class,omitempty"`
	Phase    result.Phase `json:"phase,omitempty"`
	Error    string       `json:"error,omitempty"`
	Partial  bool         `json:"partial,omitempty"` // some of its addresses answer
	Status   int          `json:"status,omitempty"`

	Recent   uint32      `json:"recent,omitempty"`   // last outcomes, newest in the lowest bit, 1: failed
	Seen     int         `json:"seen,omitempty"`     // how many outcomes Recent holds, up to 20
	Flips    []time.Time `json:"flips,omitempty"`    // changes within the last hour
	Flapping time.Time   `json:"flapping,omitzero"`  // since when; zero: it does not flap
	Known    time.Time   `json:"known,omitzero"`     // since when it is known again, after it was not
	Quiet    bool        `json:"quiet,omitempty"`    // began to fail during maintenance
	Down     []Downtime  `json:"downtime,omitempty"` // by day, newest last, days without left out
	First    time.Time   `json:"first"`              // when it was first judged: uptime counts from here
}

// Downtime is how long an endpoint was down, or not known to be up, on one day.
type Downtime struct {
	Day     string        `json:"day"` // 2006-01-02 in UTC
	Down    time.Duration `json:"down,omitempty"`
	Unknown time.Duration `json:"unknown,omitempty"`
}

// Phase of an incident's life.
type Phase string

// The states of an incident. Before the threshold is reached there is none:
// that an endpoint is pending can be read from its Failing.
const (
	Open       Phase = "open"
	Monitoring Phase = "monitoring" // everything is good again, and being watched
	Resolved   Phase = "resolved"
	Reopened   Phase = "reopened" // as Open, after it was resolved
)

// Severity of an incident, SEV1 the highest.
type Severity int

// The severities. Only the first two call for somebody at night.
const (
	SEV1 Severity = 1 + iota
	SEV2
	SEV3
	SEV4
)

// Incident is one cause of trouble that people are told about once.
type Incident struct {
	ID       string       `json:"id"`
	Key      string       `json:"key"`               // what makes it the same incident again: of its cause, or while none is known of what fails and how
	Symptom  string       `json:"symptom,omitempty"` // its key before a cause was found; "" while none is
	Root     *Root        `json:"root,omitempty"`    // its cause; nil: not known
	Doubt    string       `json:"doubt,omitempty"`   // key of another cause that was found once
	Merged   string       `json:"merged,omitempty"`  // id of the incident that it was found to be part of
	Group    string       `json:"group,omitempty"`
	Class    result.Class `json:"class,omitempty"` // at opening
	Cause    result.Class `json:"cause,omitempty"` // that people were told since, where it is another
	Shift    Shift        `json:"shift,omitzero"`  // to yet another class
	Title    string       `json:"title"`
	State    Phase        `json:"state"`
	Severity Severity     `json:"severity"`
	Lower    time.Time    `json:"lower,omitzero"` // since when a lower severity would do

	FirstFailure time.Time     `json:"first_failure"`
	Opened       time.Time     `json:"opened"`
	Recovered    time.Time     `json:"recovered,omitzero"` // since when all is good
	Unseen       time.Duration `json:"unseen,omitempty"`   // since then, while nobody knew
	Good         int           `json:"good,omitempty"`     // rounds since then in which the checker saw; of an incident about it
	Paused       time.Time     `json:"paused,omitzero"`    // since when nobody knows
	Resolved     time.Time     `json:"resolved,omitzero"`
	Reopenings   int           `json:"reopenings,omitempty"`
	Previous     Past          `json:"previous,omitzero"` // the incident with the same key before

	Endpoints  []string `json:"endpoints"`            // keys of those in it, in the order in which they came
	Dependents []string `json:"dependents,omitempty"` // keys that fail too, because they depend on these

	Thread    string    `json:"thread,omitempty"`  // id of the incident whose first message told of this one too; its own if alone; "" untold
	Told      time.Time `json:"told,omitzero"`     // last message about it
	Reminded  time.Time `json:"reminded,omitzero"` // last reminder
	Changed   time.Time `json:"changed"`           // last change of what a reader would want to know
	Acked     time.Time `json:"acked,omitzero"`
	AckedBy   string    `json:"acked_by,omitempty"`
	Joined    int       `json:"joined,omitempty"` // endpoints that came in without a word since it was acknowledged
	Snoozed   time.Time `json:"snoozed,omitzero"` // until when
	Flapping  bool      `json:"flapping,omitempty"`
	Silent    bool      `json:"silent,omitempty"`  // opened without a message, or all its endpoints send none when resolved
	Notices   int       `json:"notices"`           // how many there were: part of their ids
	Service   string    `json:"service,omitempty"` // of one about deployments
	Watched   bool      `json:"watched,omitempty"` // an endpoint ran on that service when it opened
	Deployed  time.Time `json:"deployed,omitzero"` // a deployment on its path began then, shortly before it
	DeployID  string    `json:"deploy_id,omitempty"`
	DeployOf  string    `json:"deploy_of,omitempty"`  // its service
	History   []Moment  `json:"history,omitempty"`    // what happened to it, the oldest first
	Unjudged  bool      `json:"unjudged,omitempty"`   // about endpoints of which the checker knows nothing, and not about how they are
	CheckerOf string    `json:"checker_of,omitempty"` // of an incident about the checker: the phase in which everything failed
}

// Shift is another class in which all that fails of an incident does so.
type Shift struct {
	To    result.Class `json:"to"`
	Since time.Time    `json:"since"`
}

// Moment is one line of an incident's history.
type Moment struct {
	At     time.Time `json:"at"`
	Kind   Kind      `json:"kind"`
	Reason Reason    `json:"reason"`
	Told   bool      `json:"told,omitempty"`
}

// SeenEvent is the id of an event that was handled.
type SeenEvent struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Service is what is known of the deployments of one ECS service.
type Service struct {
	DeploymentID string                   `json:"deployment_id,omitempty"`
	Earlier      string                   `json:"earlier,omitempty"` // id of the deployment before
	Started      time.Time                `json:"started,omitzero"`
	Completed    time.Time                `json:"completed,omitzero"`
	Status       string                   `json:"status,omitempty"` // see deploy.go
	Rollback     bool                     `json:"rollback,omitempty"`
	Reason       string                   `json:"reason,omitempty"`
	Before       map[string]BeforeOutcome `json:"before,omitempty"` // its endpoints when the deployment began
	Clean        int                      `json:"clean,omitempty"`  // clean rounds since it completed
	Asked        time.Time                `json:"asked,omitzero"`   // when ECS was last asked about one that failed
	Told         int                      `json:"told,omitempty"`   // results that people were told
	News         []ServiceNews            `json:"news,omitempty"`   // coalesced by name, the last few
	Probed       time.Time                `json:"probed,omitzero"`  // when the end of a task last made us probe its endpoints
}

// BeforeOutcome is how an endpoint was before a deployment.
type BeforeOutcome struct {
	Failing bool         `json:"failing,omitempty"`
	Class   result.Class `json:"class,omitempty"`
}

// ServiceNews counts events of one name about a service.
type ServiceNews struct {
	Name   string    `json:"name"`
	Count  int       `json:"count"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Reason string    `json:"reason,omitempty"`
}
