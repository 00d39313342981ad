package report

import (
	_ "embed"
	"math"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// MessageSchema is the JSON schema of what subscribed functions and queues
// get.
//
//go:embed message.schema.json
var MessageSchema []byte

// payloadVersion changes when a field goes away or means something else.
const payloadVersion = 1

// payload is a notice for programs.
type payload struct {
	Version     int    `json:"version"`
	ID          string `json:"id"`
	Kind        string `json:"kind"`
	Reason      string `json:"reason"`
	At          string `json:"at"`
	Sequence    int    `json:"sequence"`
	Environment string `json:"environment"`
	Subject     string `json:"subject"`

	Late       *payloadLate       `json:"late,omitempty"`
	Incident   *payloadIncident   `json:"incident,omitempty"`
	Deployment *payloadDeployment `json:"deployment,omitempty"`
	Summary    *payloadSummary    `json:"summary,omitempty"`

	LeftOut map[string]int `json:"left_out"` // how many entries of each list, by its path
}

// payloadLate is what a program needs to know of a late message.
type payloadLate struct {
	Told      string         `json:"told"`
	Seconds   int64          `json:"late_s"`
	Incidents []payloadByNow `json:"incidents"`
	MoreOver  int            `json:"more_over"`
}

// payloadByNow is how an incident is when a late message tells of it.
type payloadByNow struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Good     string `json:"good_since,omitempty"`
	Resolved string `json:"resolved,omitempty"`
	Again    string `json:"failing_again_since,omitempty"`
	Into     string `json:"part_of,omitempty"`
}

type payloadIncident struct {
	ID               string            `json:"id"`
	Key              string            `json:"key"`
	Title            string            `json:"title"`
	State            string            `json:"state"`
	Severity         string            `json:"severity,omitempty"`
	SeverityBefore   string            `json:"severity_before,omitempty"`
	Thread           string            `json:"thread,omitempty"`
	Class            string            `json:"class,omitempty"`
	ClassBefore      string            `json:"class_before,omitempty"`
	ClassSince       string            `json:"class_since,omitempty"`
	FirstFailure     string            `json:"first_failure,omitempty"`
	Opened           string            `json:"opened,omitempty"`
	Recovered        string            `json:"recovered,omitempty"`
	Resolved         string            `json:"resolved,omitempty"`
	Reopenings       int               `json:"reopenings"`
	Flips            int               `json:"flips"`
	Previous         string            `json:"previous,omitempty"`
	PreviousResolved string            `json:"previous_resolved,omitempty"`
	Endpoints        []payloadEndpoint `json:"endpoints"`
	Dependents       []string          `json:"dependents"`
	UsersLose        []string          `json:"users_lose"`
	Owners           []string          `json:"owners"`
	Runbooks         []string          `json:"runbooks"`
	Description      []string          `json:"description"`
	FirstAction      string            `json:"first_action,omitempty"`
	Deployed         string            `json:"deployed,omitempty"`
	Cause            *payloadCause     `json:"cause,omitempty"`
	News             []payloadNews     `json:"news"`
	OpenedWith       []payloadWith     `json:"opened_with"`
	MoreIDs          []string          `json:"more_ids,omitempty"` // of a gathered message: those that opened_with has no room for
	AlsoOpen         []payloadOther    `json:"also_open"`
	NextReminder     int64             `json:"next_reminder_s,omitempty"`
	Acknowledged     bool              `json:"acknowledged"`
	AcknowledgedBy   string            `json:"acknowledged_by,omitempty"`
}

type payloadEndpoint struct {
	Key     string `json:"key"`
	URL     string `json:"url,omitempty"`
	Failing bool   `json:"failing"`
	Unknown bool   `json:"unknown,omitempty"`
	Class   string `json:"class,omitempty"`
	Phase   string `json:"phase,omitempty"`
	Error   string `json:"error,omitempty"`
	Since   string `json:"since,omitempty"`
}

// payloadCause is why an incident's endpoints fail.
type payloadCause struct {
	Key      string          `json:"key"`
	Code     string          `json:"code"`
	Level    string          `json:"level"`
	Sentence string          `json:"sentence"`
	Before   string          `json:"before,omitempty"`
	Evidence []payloadProof  `json:"evidence"`
	RuledOut []string        `json:"ruled_out"`
	Rival    string          `json:"rival,omitempty"`
	Decides  string          `json:"decides,omitempty"`
	Actions  []payloadAction `json:"actions"`
	Verify   []string        `json:"verify"`
	Gaps     []string        `json:"gaps"`
	Report   string          `json:"report,omitempty"`
	Link     string          `json:"link,omitempty"`
}

type payloadProof struct {
	ID        string `json:"id"`
	Statement string `json:"statement"`
	Source    string `json:"source"`
}

type payloadAction struct {
	Priority string `json:"priority"`
	Do       string `json:"do"`
	Command  string `json:"command,omitempty"`
	Mutates  bool   `json:"mutates"`
	DoneWhen string `json:"done_when,omitempty"`
	Done     string `json:"done,omitempty"`
}

// payloadWith is another incident that the same message is about.
type payloadWith struct {
	ID           string            `json:"id"`
	Kind         string            `json:"kind"`
	Title        string            `json:"title"`
	Severity     string            `json:"severity,omitempty"`
	FirstFailure string            `json:"first_failure,omitempty"`
	Recovered    string            `json:"recovered,omitempty"`
	Before       string            `json:"severity_before,omitempty"`
	Class        string            `json:"class,omitempty"`
	ClassBefore  string            `json:"class_before,omitempty"`
	Endpoints    []payloadEndpoint `json:"endpoints"`
	Count        int               `json:"endpoint_count"`
	UsersLose    []string          `json:"users_lose"`
	Owners       []string          `json:"owners"`
	Runbooks     []string          `json:"runbooks"`
	FirstAction  string            `json:"first_action,omitempty"`
	Deployed     string            `json:"deployed,omitempty"`
}

type payloadNews struct {
	Name   string `json:"name"`
	Count  int    `json:"count"`
	First  string `json:"first,omitempty"`
	Last   string `json:"last,omitempty"`
	Reason string `json:"reason,omitempty"`
}

type payloadOther struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Severity string `json:"severity,omitempty"`
}

type payloadDeployment struct {
	Service   string            `json:"service"`
	ID        string            `json:"id"`
	Status    string            `json:"status"`
	Reason    string            `json:"reason,omitempty"`
	Started   string            `json:"started,omitempty"`
	Took      int64             `json:"took_s,omitempty"`
	Regressed []payloadEndpoint `json:"regressed"`
	Still     []payloadEndpoint `json:"still"`
	Unjudged  []payloadEndpoint `json:"unjudged"`
	Checked   int               `json:"checked"`
}

type payloadSummary struct {
	Day       string            `json:"day"`
	Endpoints int               `json:"endpoints"`
	Uptime    payloadUptime     `json:"uptime"`
	Worst     []payloadWorst    `json:"worst"`
	Degraded  []payloadEndpoint `json:"degraded"`
	Open      []payloadOther    `json:"open"`
	Resolved  int               `json:"resolved"`
	Latent    []payloadLatent   `json:"latent"`
	Unknown   []payloadEndpoint `json:"unknown"`
}

// payloadLatent is something wrong that no endpoint suffers from.
type payloadLatent struct {
	Key      string `json:"key"`
	Title    string `json:"title"`
	Sentence string `json:"sentence"`
	Do       string `json:"do,omitempty"`
	Severity string `json:"severity,omitempty"`
	Since    string `json:"since,omitempty"`
}

// payloadUptime is in percent, null where nothing is known.
type payloadUptime struct {
	Day   *float64 `json:"day"`
	Week  *float64 `json:"week"`
	Month *float64 `json:"month"`
}

type payloadWorst struct {
	Key    string        `json:"key"`
	Uptime payloadUptime `json:"uptime"`
}

// stamp is a time as documents show it, or "" for one that is not known. Years
// that RFC 3339 cannot write are not known either.
func stamp(t time.Time) string {
	if t = instant(t); t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func uptimeOf(p [3]float64) payloadUptime {
	var u payloadUptime
	for i, to := range []**float64{&u.Day, &u.Week, &u.Month} {
		if v := p[i]; !math.IsNaN(v) && v >= 0 {
			v = math.Floor(min(v, 100)*1e4+1e-6) / 1e4
			*to = &v
		}
	}
	return u
}

func seconds(d time.Duration) int64 { return int64(max(d, 0) / time.Second) }

func payloadOf(n *incident.Notice, subject string, l limits) payload {
	b := payloadBuilder{limits: l, leftOut: map[string]int{}}
	p := payload{
		Version: payloadVersion, ID: clean(n.ID, 200), Kind: clean(string(n.Kind), 60), Reason: clean(string(n.Reason), 100),
		At: stamp(n.At), Sequence: n.Sequence, Environment: clean(n.Environment, 100),
		Subject: subject,
	}
	if p.At == "" {
		p.At = time.Time{}.Format(time.RFC3339)
	}
	if n.Late != nil {
		p.Late = lateOf(n)
	}
	if n.Incident != nil {
		p.Incident = b.incident(n.Incident)
		p.Incident.standsAs(byNow(n, n.Incident.ID))
	}
	if n.Deployment != nil {
		p.Deployment = b.deployment(n.Deployment)
	}
	if n.Summary != nil {
		p.Summary = b.summary(n.Summary)
	}
	p.LeftOut = b.leftOut
	return p
}
