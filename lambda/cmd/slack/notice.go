package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// notice is what is shown of a message of Tidewatch, whose schema is that of
// its report package. Unknown fields are for others.
type notice struct {
	Version     int            `json:"version"`
	Kind        string         `json:"kind"`
	At          moment         `json:"at"`
	Sequence    int            `json:"sequence"`
	Environment string         `json:"environment"`
	Subject     string         `json:"subject"`
	Late        *late          `json:"late"` // nil: it was sent in time
	Incident    *incident      `json:"incident"`
	Deployment  *deployment    `json:"deployment"`
	Summary     *summary       `json:"summary"`
	LeftOut     map[string]int `json:"left_out"`
}

// moment is a time, or zero where something else was written.
type moment struct{ time.Time }

// UnmarshalJSON reads a time, and takes anything else for one that is not known.
func (m *moment) UnmarshalJSON(data []byte) error {
	var t time.Time
	if t.UnmarshalJSON(data) == nil {
		m.Time = t
	}
	return nil
}

// understood reads JSON, and reports whether it could. A field of another type
// than expected is left out, and the rest is read all the same.
func understood(text string, to any) bool {
	err := json.Unmarshal([]byte(text), to)
	_, otherType := errors.AsType[*json.UnmarshalTypeError](err)
	return err == nil || otherType
}

// ours reports whether it is a message of Tidewatch: of what each has, one may
// be unreadable.
func (n *notice) ours() bool {
	has := 0
	for _, there := range []bool{n.Version > 0, n.Kind != "", n.Subject != "", n.Environment != ""} {
		if there {
			has++
		}
	}
	return has >= 3
}

// late is when a message was sent that was not sent in time.
type late struct {
	Told moment `json:"told"`
}

type incident struct {
	ID             string     `json:"id"`
	Title          string     `json:"title"`
	State          string     `json:"state"`
	Severity       string     `json:"severity"`
	FirstFailure   moment     `json:"first_failure"`
	Recovered      moment     `json:"recovered"`
	Endpoints      []endpoint `json:"endpoints"`
	Dependents     []string   `json:"dependents"`
	UsersLose      []string   `json:"users_lose"`
	Owners         []string   `json:"owners"`
	Runbooks       []string   `json:"runbooks"`
	Description    []string   `json:"description"`
	FirstAction    string     `json:"first_action"`
	Deployed       string     `json:"deployed"`
	News           []news     `json:"news"`
	AlsoOpen       []other    `json:"also_open"`
	AcknowledgedBy string     `json:"acknowledged_by"`
}

type endpoint struct {
	Key     string `json:"key"`
	URL     string `json:"url"`
	Failing bool   `json:"failing"`
	Class   string `json:"class"`
	Error   string `json:"error"`
	Since   moment `json:"since"`
}

type news struct {
	Name   string `json:"name"`
	Count  int    `json:"count"`
	Reason string `json:"reason"`
}

type other struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
}

type deployment struct {
	Service   string     `json:"service"`
	ID        string     `json:"id"`
	Status    string     `json:"status"`
	Reason    string     `json:"reason"`
	Regressed []endpoint `json:"regressed"`
	Still     []endpoint `json:"still"`
}

type summary struct {
	Endpoints int        `json:"endpoints"`
	Uptime    uptime     `json:"uptime"`
	Worst     []worst    `json:"worst"`
	Degraded  []endpoint `json:"degraded"`
	Open      []other    `json:"open"`
	Resolved  int        `json:"resolved"`
	Latent    []latent   `json:"latent"`
}

type latent struct {
	Title    string `json:"title"`
	Sentence string `json:"sentence"`
	Do       string `json:"do"`
	Since    moment `json:"since"`
}

// uptime is in percent; nil where nothing is known.
type uptime struct {
	Day   *float64 `json:"day"`
	Week  *float64 `json:"week"`
	Month *float64 `json:"month"`
}

type worst struct {
	Key    string `json:"key"`
	Uptime uptime `json:"uptime"`
}

// marks are the pictures of severities and of what ended well.
var marks = map[string]string{"SEV1": "🔴", "SEV2": "🟠", "SEV3": "🟡", "SEV4": "🔵"}

// mark is the picture of a message.
func (n *notice) mark() string {
	switch {
	case n.Incident != nil && n.Incident.State == "resolved", n.Deployment != nil && n.Deployment.Status == "verified":
		return "✅"
	case n.Incident != nil && marks[n.Incident.Severity] != "":
		return marks[n.Incident.Severity]
	case n.Summary != nil:
		return "📋"
	}
	return "⚪"
}

// message shows what counts first: what users lose, what fails, what to do.
func (n *notice) message() message {
	blocks := []block{header(n.mark() + " " + n.Subject)}
	add := func(parts []element) {
		if len(parts) > 0 {
			blocks = append(blocks, rich(parts...))
		}
	}
	id := ""
	add(n.lateness())
	if i := n.Incident; i != nil {
		id = i.ID
		add(i.head(n))
		add(failing("Failing", i.Endpoints, n.LeftOut["incident.endpoints"]))
		add(i.context())
	}
	if d := n.Deployment; d != nil {
		add(d.head())
		add(failing("Good before, failing now", d.Regressed, n.LeftOut["deployment.regressed"]))
		add(failing("Failing before and now", d.Still, n.LeftOut["deployment.still"]))
	}
	if n.Summary != nil {
		add(n.Summary.head())
		add(failing("Degraded", n.Summary.Degraded, n.LeftOut["summary.degraded"]))
		add(unnoticed(n.Summary.Latent, n.LeftOut["summary.latent"]))
	}
	if i := n.Incident; i != nil {
		add(i.next())
		add(i.runbooks(n.LeftOut["incident.runbooks"]))
	}
	number := ""
	if n.Sequence > 0 {
		number = fmt.Sprintf("message %d", n.Sequence)
	}
	return compose(n.mark()+" "+n.Subject, append(blocks, footer(n.Environment, id, number, clock(n.At)))...)
}

// lateness says that all below is older than it seems.
func (n *notice) lateness() []element {
	if n.Late == nil {
		return nil
	}
	told, was := clock(n.Late.Told), clock(n.At)
	if told == "" || was == "" {
		return row("Late", "it says how it was some time ago")
	}
	return row("Late", "told "+told+", and says how it was at "+was)
}

// clock is a time as it is shown; "" for one that is not known.
func clock(t moment) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006 15:04 UTC")
}

// row is a label with what belongs to it; nothing if nothing does.
func row(name string, texts ...string) []element {
	texts = without(texts, "")
	if len(texts) == 0 {
		return nil
	}
	return []element{paragraph(label(name), say(strings.Join(texts, "; ")))}
}
