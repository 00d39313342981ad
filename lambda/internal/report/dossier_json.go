package report

import (
	_ "embed"
	"encoding/json"
	"io"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// IncidentsSchema is the JSON schema of the documents that DossiersJSON and
// DossierJSON write.
//
//go:embed incidents.schema.json
var IncidentsSchema []byte

type dossiersJSON struct {
	Environment string        `json:"environment"`
	Incidents   []dossierJSON `json:"incidents"`
}

type dossierJSON struct {
	ID           string         `json:"id"`
	Key          string         `json:"key"`
	State        incident.Phase `json:"state"`
	Severity     string         `json:"severity"`
	Title        string         `json:"title"`
	Class        result.Class   `json:"class,omitempty"`
	Cause        *payloadCause  `json:"cause,omitempty"`
	FirstFailure time.Time      `json:"first_failure"`
	Opened       time.Time      `json:"opened"`
	Recovered    *time.Time     `json:"recovered,omitempty"`
	Resolved     *time.Time     `json:"resolved,omitempty"`
	Reopenings   int            `json:"reopenings"`
	Flapping     bool           `json:"flapping"`
	Silent       bool           `json:"silent"`
	Acknowledged *ackJSON       `json:"acknowledged,omitempty"`
	SnoozedUntil *time.Time     `json:"snoozed_until,omitempty"`
	Previous     *previousJSON  `json:"previous,omitempty"`
	Service      string         `json:"service,omitempty"`
	Deployment   *deployedJSON  `json:"deployment,omitempty"`
	Endpoints    []memberJSON   `json:"endpoints"`
	History      []momentJSON   `json:"history"`
}

type ackJSON struct {
	At time.Time `json:"at"`
	By string    `json:"by,omitempty"`
}

type previousJSON struct {
	ID       string    `json:"id"`
	Resolved time.Time `json:"resolved"`
}

type deployedJSON struct {
	ID      string    `json:"id"`
	Service string    `json:"service"`
	Began   time.Time `json:"began"`
}

type memberJSON struct {
	Key       string       `json:"key"`
	Dependent bool         `json:"dependent"`
	State     string       `json:"state"`
	Since     *time.Time   `json:"since,omitempty"`
	Class     result.Class `json:"class,omitempty"`
	Phase     result.Phase `json:"phase,omitempty"`
	Error     string       `json:"error,omitempty"`
	UsersLose string       `json:"users_lose,omitempty"`
	Owner     string       `json:"owner,omitempty"`
	Runbook   string       `json:"runbook,omitempty"`
}

type momentJSON struct {
	At     time.Time       `json:"at"`
	Kind   incident.Kind   `json:"kind"`
	Reason incident.Reason `json:"reason"`
	Told   bool            `json:"told"`
}

// DossiersJSON writes incidents as one document.
func DossiersJSON(w io.Writer, environment string, dossiers []Dossier) error {
	doc := dossiersJSON{Environment: environment, Incidents: make([]dossierJSON, 0, len(dossiers))}
	for i := range dossiers {
		doc.Incidents = append(doc.Incidents, documentOf(&dossiers[i]))
	}
	return indented(w, doc)
}

// DossierJSON writes one incident as a document of the same form as those that
// DossiersJSON lists.
func DossierJSON(w io.Writer, d Dossier) error { return indented(w, documentOf(&d)) }

func indented(w io.Writer, document any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document)
}

func documentOf(d *Dossier) dossierJSON {
	i := &d.Incident
	doc := dossierJSON{
		ID: i.ID, Key: i.Key, State: i.State, Severity: severity(i.Severity), Title: i.Title, Class: d.cause(),
		FirstFailure: instant(i.FirstFailure), Opened: instant(i.Opened), Recovered: moment(i.Recovered), Resolved: moment(i.Resolved),
		Reopenings: i.Reopenings, Flapping: i.Flapping, Silent: i.Silent, SnoozedUntil: moment(i.Snoozed), Service: i.Service,
		Endpoints: make([]memberJSON, 0, len(d.Members)), History: make([]momentJSON, 0, len(i.History)),
	}
	b := payloadBuilder{limits: scales[0], leftOut: map[string]int{}}
	doc.Cause = b.cause(&incident.Facts{Cause: i.Root})
	if !i.Acked.IsZero() {
		doc.Acknowledged = &ackJSON{instant(i.Acked), i.AckedBy}
	}
	if i.Previous.ID != "" {
		doc.Previous = &previousJSON{i.Previous.ID, instant(i.Previous.Resolved)}
	}
	if !i.Deployed.IsZero() {
		doc.Deployment = &deployedJSON{i.DeployID, i.DeployOf, instant(i.Deployed)}
	}
	for k := range d.Members {
		doc.Endpoints = append(doc.Endpoints, memberDocument(&d.Members[k]))
	}
	for _, m := range i.History {
		doc.History = append(doc.History, momentJSON{instant(m.At), m.Kind, m.Reason, m.Told})
	}
	return doc
}

func memberDocument(m *Member) memberJSON {
	doc := memberJSON{
		Key: m.Key, Dependent: m.Dependent, State: memberStates[m.state()],
		UsersLose: m.UsersLose, Owner: m.Owner, Runbook: m.Runbook,
	}
	if e := m.Known; e != nil {
		doc.Since = moment(e.Since)
		if e.Failing > 0 {
			doc.Class, doc.Phase, doc.Error = e.Class, e.Phase, e.Error
		}
	}
	return doc
}

// moment is a time that may not be known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = instant(t)
	return &t
}
