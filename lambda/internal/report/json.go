package report

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"io"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Schema is the JSON schema of the documents that JSON writes.
//
//go:embed run.schema.json
var Schema []byte

// runJSON is the head of a document.
type runJSON struct {
	ID             string        `json:"id"`
	Trigger        string        `json:"trigger"`
	Started        time.Time     `json:"started"`
	Duration       result.Millis `json:"duration_ms"`
	TimingsTrusted bool          `json:"timings_trusted"`
}

// JSON writes a run as one document, one result a line. It is written result
// by result, so a large run is never held as text.
func JSON(w io.Writer, run Run) error {
	b := bufio.NewWriterSize(w, 32<<10)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	b.WriteString(`{"run":`)
	// A failed write stays with b and comes back from Flush; encoding
	// itself cannot fail on these types, but is not assumed to.
	err := e.Encode(runJSON{
		ID: run.ID, Trigger: run.Trigger, Started: instant(run.Started),
		Duration: result.Millis(run.Duration), TimingsTrusted: run.TimingsTrusted,
	})
	b.WriteString(`,"results":[`)
	for i := range run.Results {
		if i > 0 {
			b.WriteByte(',')
		}
		if err == nil {
			err = e.Encode(complete(run.Results[i]))
		}
	}
	b.WriteString("],\"findings\":[")
	for i := range run.Findings {
		if i > 0 {
			b.WriteByte(',')
		}
		if err == nil {
			err = e.Encode(findingOf(&run.Findings[i]))
		}
	}
	b.WriteString("],\n\"incidents\":[")
	for i, open := range run.Incidents {
		if i > 0 {
			b.WriteByte(',')
		}
		if err == nil {
			err = e.Encode(openIncident(open))
		}
	}
	b.WriteString("]}\n")
	if err != nil {
		return err
	}
	return b.Flush()
}

// incidentJSON is an incident that is open.
type incidentJSON struct {
	ID       string         `json:"id"`
	Key      string         `json:"key"`
	State    incident.Phase `json:"state"`
	Severity string         `json:"severity"`
	Title    string         `json:"title"`
	Opened   time.Time      `json:"opened"`
	Explains []string       `json:"explains"` // keys of endpoints
}

// openIncident lists as explained the endpoints of an incident, and those that
// fail because they depend on them.
func openIncident(i *incident.Incident) incidentJSON {
	return incidentJSON{
		ID: i.ID, Key: i.Key, State: i.State, Severity: severity(i.Severity), Title: redact.Visible(i.Title), Opened: instant(i.Opened),
		Explains: append(append([]string{}, i.Endpoints...), i.Dependents...),
	}
}

// complete makes a result fit the contract whoever made it: lists are never
// null and times are in UTC.
func complete(r result.Result) *result.Result {
	if r.Conditions == nil {
		r.Conditions = []result.Condition{}
	}
	if r.Addresses == nil {
		r.Addresses = []result.Address{}
	}
	if r.Redirects == nil {
		r.Redirects = []result.Redirect{}
	}
	if r.Certificate != nil {
		c := *r.Certificate
		c.NotBefore, c.NotAfter = instant(c.NotBefore), instant(c.NotAfter)
		if c.Names == nil {
			c.Names = []string{}
		}
		r.Certificate = &c
	}
	return &r
}

// instant is a time as documents show it: UTC, to the millisecond.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
