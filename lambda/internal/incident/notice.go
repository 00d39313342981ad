package incident

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Kind is what a transition means to a reader.
type Kind string

// The kinds of transitions. Those that Published lists become messages, the
// others change the state only.
const (
	KindPending    Kind = "pending"    // failing, below the threshold
	KindSuppressed Kind = "suppressed" // would have opened, and why not is the reason
	KindOpened     Kind = "opened"     //
	KindAfterQuiet Kind = "failing-after-maintenance"
	KindAffected   Kind = "affected"      // more or fewer endpoints are in it
	KindCause      Kind = "cause-changed" // or found
	KindDone       Kind = "action-done"   // an action was seen done
	KindSeverityUp Kind = "severity-up"
	KindSeverity   Kind = "severity-down"
	KindReminder   Kind = "reminder"
	KindMonitoring Kind = "monitoring"
	KindRelapsed   Kind = "relapsed" // failing again while it was watched
	KindResolved   Kind = "resolved"
	KindReopened   Kind = "reopened"
	KindFlapping   Kind = "flapping"
	KindSteady     Kind = "steady" // does not flap any more
	KindClosed     Kind = "closed" // silently: nothing of it is left in the configuration
	KindChecker    Kind = "checker-trouble"
	KindDeployment Kind = "deployment"
	KindSummary    Kind = "summary"
)

// Published are the kinds that people are told.
var Published = []Kind{
	KindOpened, KindAfterQuiet, KindCause, KindSeverityUp, KindReminder, KindResolved,
	KindReopened, KindFlapping, KindChecker, KindDeployment, KindSummary,
}

// Transition is one thing that happened in a step, and why.
type Transition struct {
	Kind     Kind
	Incident string // id; "" where there is none
	Endpoint string // key; "" where it is about more than one
	Reason   Reason
	Notice   *Notice // what is sent; nil: nothing
	Shared   string  // id of another transition's notice that tells this too; "" where none does
}

// Told reports whether people are told, in a message of its own or in one that
// it shares.
func (t Transition) Told() bool { return t.Notice != nil || t.Shared != "" }

// Reason names why a transition happened, or why one did not.
type Reason string

// Notice is one message to be sent, as bounded facts. They are those of when it
// happened, however late it goes out; what has changed since is in Late.
type Notice struct {
	ID       string    `json:"id"` // incident, transition and number: the same message again has the same id
	Kind     Kind      `json:"kind"`
	Reason   Reason    `json:"reason"`
	At       time.Time `json:"at"`
	Sequence int       `json:"sequence"` // within the incident

	Environment string        `json:"environment"`
	Incident    *Facts        `json:"incident,omitempty"`
	Deployment  *DeployFacts  `json:"deployment,omitempty"`
	Summary     *SummaryFacts `json:"summary,omitempty"`

	Waits        time.Time `json:"waits,omitzero"`       // since when the oldest waits that it stands for; zero: for none
	Late         *Late     `json:"late,omitempty"`       // nil: it is in time, and still so
	ClaimedBy    string    `json:"claimed_by,omitempty"` // run that is sending it
	ClaimedUntil time.Time `json:"claimed_until,omitzero"`
	Tried        bool      `json:"tried,omitempty"` // a run began to send it and nobody knows how that ended: it may be out
}

// Facts are what a message says of an incident.
type Facts struct {
	ID             string         `json:"id"`
	Key            string         `json:"key"`
	Thread         string         `json:"thread,omitempty"` // id of the incident with whose first message this one belongs; its own if it opened alone
	Title          string         `json:"title"`
	State          Phase          `json:"state"`
	Severity       Severity       `json:"severity"`
	Before         Severity       `json:"severity_before,omitempty"` // of a change of severity
	FirstFailure   time.Time      `json:"first_failure"`
	Opened         time.Time      `json:"opened"`
	Recovered      time.Time      `json:"recovered,omitzero"` // since when all is good: the outage ended then
	Resolved       time.Time      `json:"resolved,omitzero"`  // of a reopened one: when it was, until now
	Reopenings     int            `json:"reopenings,omitempty"`
	Previous       Past           `json:"previous,omitzero"`
	Endpoints      []EndpointFact `json:"endpoints"`                 // the worst first, at most MaxFacts
	More           int            `json:"more,omitempty"`            // endpoints left out
	Dependents     []string       `json:"dependents,omitempty"`      // failing because of these, at most MaxFacts
	DependentsMore int            `json:"dependents_more,omitempty"` // left out
	UsersLose      []string       `json:"users_lose,omitempty"`      // without repetitions
	Owners         []string       `json:"owners,omitempty"`          //
	Runbooks       []string       `json:"runbooks,omitempty"`        //
	Description    []string       `json:"description,omitempty"`     // of alerts
	FirstAction    string         `json:"first_action"`              // what to do first
	Deployed       string         `json:"deployed,omitempty"`        // "began 2 min after deployment … of …"
	News           []ServiceNews  `json:"news,omitempty"`
	AlsoOpen       []OtherFact    `json:"also_open,omitempty"` // at most MaxFacts, without those of With
	AlsoMore       int            `json:"also_more,omitempty"` // left out
	With           []WithFact     `json:"with,omitempty"`      // other incidents that it is about, the worst first, at most MaxFacts
	WithMore       int            `json:"with_more,omitempty"` // left out
	Gathered       bool           `json:"gathered,omitempty"`  // they need not have begun together: too many messages waited
	Rest           []string       `json:"rest,omitempty"`      // ids of those left out
	NextReminder   time.Duration  `json:"next_reminder,omitempty"`
	Acked          bool           `json:"acked,omitempty"`
	AckedBy        string         `json:"acked_by,omitempty"`
	Class          result.Class   `json:"class,omitempty"`        // of most of it: that at opening, or what people were told since
	ClassBefore    result.Class   `json:"class_before,omitempty"` // of a change of cause
	ClassSince     time.Time      `json:"class_since,omitzero"`   // of a change of cause: since when all fails in the new way
	Flips          int            `json:"flips,omitempty"`        // changes within the last hour, of what flaps
	Cause          *Root          `json:"cause,omitempty"`        // nil: not known
	CauseBefore    string         `json:"cause_before,omitempty"` // sentence of the cause that it was taken for
}

// MaxFacts bounds the lists of a notice.
const MaxFacts = 10

// EndpointFact is one endpoint in a message.
type EndpointFact struct {
	Key     string       `json:"key"`
	URL     string       `json:"url,omitempty"` // redacted
	Failing bool         `json:"failing"`
	Unknown bool         `json:"unknown,omitempty"` // not known any more: the rest is what was seen last, or with probe.skipped why nothing is known
	Class   result.Class `json:"class,omitempty"`
	Phase   result.Phase `json:"phase,omitempty"`
	Error   string       `json:"error,omitempty"` // one sentence, clean, at most 300 bytes
	Since   time.Time    `json:"since"`
}

// withEndpoints bounds the endpoints of each of the others in a shared message.
const withEndpoints = 3

// WithFact is another incident that a message is about, as briefly as it can be
// acted upon.
type WithFact struct {
	ID           string         `json:"id"`
	Kind         Kind           `json:"kind"` // what happened to it
	Title        string         `json:"title"`
	Severity     Severity       `json:"severity"`
	FirstFailure time.Time      `json:"first_failure"`
	Recovered    time.Time      `json:"recovered,omitzero"`
	Before       Severity       `json:"severity_before,omitempty"` // of a change of severity
	Class        result.Class   `json:"class,omitempty"`
	ClassBefore  result.Class   `json:"class_before,omitempty"` // of a change of cause
	Endpoints    []EndpointFact `json:"endpoints"`              // the worst first, a few
	More         int            `json:"more,omitempty"`         // endpoints left out
	UsersLose    []string       `json:"users_lose,omitempty"`
	Owners       []string       `json:"owners,omitempty"`
	Runbooks     []string       `json:"runbooks,omitempty"`
	FirstAction  string         `json:"first_action"`
	Deployed     string         `json:"deployed,omitempty"`
	Level        string         `json:"level,omitempty"` // of its cause
	Cause        string         `json:"cause,omitempty"` // sentence; "" not known
	Command      string         `json:"command,omitempty"`
}

// OtherFact names another incident that is open.
type OtherFact struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
}

// DeployFacts are what a message says of a deployment.
type DeployFacts struct {
	Service   string         `json:"service"`
	ID        string         `json:"id"`
	Status    string         `json:"status"` // verified, unverified, regressed, failed, rolled-back, stuck, unseen
	Reason    string         `json:"reason,omitempty"`
	Started   time.Time      `json:"started"`
	Took      time.Duration  `json:"took,omitempty"`
	Regressed []EndpointFact `json:"regressed,omitempty"` // good before, failing now
	Still     []EndpointFact `json:"still,omitempty"`     // failing before and now
	Checked   int            `json:"checked"`             // endpoints that were looked at

	Unjudged     []EndpointFact `json:"unjudged,omitempty"`      // of an unverified one: not known after it, or failing and not known before; at most MaxFacts
	UnjudgedMore int            `json:"unjudged_more,omitempty"` // left out
}

// SummaryFacts are what the daily summary says.
type SummaryFacts struct {
	Day          string         `json:"day"`
	Endpoints    int            `json:"endpoints"`
	Uptime       [3]float64     `json:"uptime"`               // of all, over 24 h, 7 d, 30 d, in percent of the time known; -1: nothing is known
	Worst        []UptimeFact   `json:"worst"`                // those with downtime, the worst first, at most MaxFacts
	Degraded     []EndpointFact `json:"degraded"`             // at most MaxFacts
	Open         []OtherFact    `json:"open"`                 // the worst first, at most MaxFacts
	WorstMore    int            `json:"worst_more,omitempty"` // left out, as of the other lists
	DegradedMore int            `json:"degraded_more,omitempty"`
	OpenMore     int            `json:"open_more,omitempty"`
	Resolved     int            `json:"resolved"` // incidents resolved in the last 24 h
	Latent       []LatentFact   `json:"latent,omitempty"`
	LatentMore   int            `json:"latent_more,omitempty"`
	Unknown      []EndpointFact `json:"unknown,omitempty"` // not known now: since when and why; the longest first, at most MaxFacts
	UnknownMore  int            `json:"unknown_more,omitempty"`
}

// UptimeFact is the uptime of one endpoint in percent over 24 h, 7 d and 30 d;
// -1: nothing is known.
type UptimeFact struct {
	Key    string     `json:"key"`
	Uptime [3]float64 `json:"uptime"`
}
