package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// DiagnosisVersion is that of the stored form of a Diagnosis.
const DiagnosisVersion = 1

// Diagnosis is a full report as data: everything that its text is made of, and
// nothing else. It is what stores keep, and what `tidewatch report` and
// `tidewatch diagnose` render.
type Diagnosis struct {
	Version     int       `json:"version"`
	ID          string    `json:"id,omitempty"` // "" if it was not kept
	Link        string    `json:"link,omitempty"`
	Environment string    `json:"environment"`
	Tracker     string    `json:"tracker,omitempty"` // where the work on it is followed; "": the configuration names none
	Region      string    `json:"region,omitempty"`
	Account     string    `json:"account,omitempty"`
	At          time.Time `json:"at"` // when its facts had been read
	Run         string    `json:"run,omitempty"`
	Calls       int       `json:"calls"`             // made to AWS
	Partial     bool      `json:"partial,omitempty"` // a slow answer is awaited: another report follows

	Incidents   []Affair               `json:"incidents"`
	Checks      []Checked              `json:"checks"` // every endpoint, in the order of the configuration
	Findings    []diagnose.Finding     `json:"findings"`
	Unexplained []diagnose.Unexplained `json:"unexplained"`
	Traces      []diagnose.Trace       `json:"traces"`
	Fixed       []diagnose.Finding     `json:"fixed"`
	Gaps        []diagnose.Gap         `json:"gaps"`
	Rules       []diagnose.Match       `json:"rules"`   // that take the requests, of each listener
	Names       []diagnose.Domain      `json:"names"`   // of every host: what it leads to, and its certificate
	Changes     []Change               `json:"changes"` // before it began, the oldest first
}

// Affair is an incident that is open.
type Affair struct {
	ID       string         `json:"id"`
	Key      string         `json:"key"`
	State    string         `json:"state"`
	Severity string         `json:"severity"`
	Title    string         `json:"title"`
	Since    time.Time      `json:"since"` // first failure
	Opened   time.Time      `json:"opened"`
	Acked    string         `json:"acked_by,omitempty"`
	History  []HistoryEntry `json:"history"`
}

// HistoryEntry is one thing that happened to an incident.
type HistoryEntry struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	Told bool      `json:"told,omitempty"`
}

// Checked is how one endpoint is.
type Checked struct {
	Key      string       `json:"key"`
	Host     string       `json:"host,omitempty"`
	Path     string       `json:"path,omitempty"`
	Healthy  bool         `json:"healthy"`
	Degraded bool         `json:"degraded,omitempty"`
	Unknown  bool         `json:"unknown,omitempty"` // not judged
	Class    result.Class `json:"class,omitempty"`
	Before   result.Class `json:"before,omitempty"` // class of the diagnosis before, where it is another one
	Saw      string       `json:"saw,omitempty"`    // one sentence
	Since    time.Time    `json:"since,omitzero"`   // of a failure
	Loses    string       `json:"users_lose,omitempty"`
	Owner    string       `json:"owner,omitempty"`
	Critical bool         `json:"critical,omitempty"`
}

// Change is something that was changed before a failure began.
type Change struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Source string    `json:"source"` // action of AWS, event or inventory
}

// DecodeDiagnosis reads the stored form of a report.
func DecodeDiagnosis(text []byte) (Diagnosis, error) {
	var d Diagnosis
	if err := json.Unmarshal(text, &d); err != nil {
		return Diagnosis{}, fmt.Errorf("the report is damaged: it is not JSON of the expected form: %w", err)
	}
	if d.Version < 1 || d.Version > DiagnosisVersion {
		return Diagnosis{}, fmt.Errorf("the report has format %d, this program reads formats up to %d; use the version that wrote it", d.Version, DiagnosisVersion)
	}
	return d, nil
}

// Unsee marks the checks of which nothing is known because the checker has lost
// its network: whatever it saw of them is about itself.
func (d *Diagnosis) Unsee() {
	f := d.blindness()
	if f == nil {
		return
	}
	for i := range d.Checks {
		if slices.Contains(f.Explains, d.Checks[i].Key) {
			d.Checks[i].Unknown = true
		}
	}
}

// blindness is the finding that the checker has lost its network; nil if it has not.
func (d *Diagnosis) blindness() *diagnose.Finding {
	for i := range d.Findings {
		if d.Findings[i].Code == diagnose.SelfNoEgress {
			return &d.Findings[i]
		}
	}
	return nil
}

// Causes are the findings that explain something.
func (d *Diagnosis) Causes() []diagnose.Finding { return d.of(diagnose.Cause) }

func (d *Diagnosis) of(role diagnose.Role) []diagnose.Finding {
	var found []diagnose.Finding
	for _, f := range d.Findings {
		if f.Role == role {
			found = append(found, f)
		}
	}
	return found
}
