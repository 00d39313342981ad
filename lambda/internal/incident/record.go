package incident

import (
	"errors"
	"time"
)

// KeepRecords is how long an incident can be looked up after its last change.
const KeepRecords = 90 * 24 * time.Hour

// Report is the report of a diagnosis as an item of its own.
type Report struct {
	ID      string
	Body    []byte // JSON
	Text    string // the beginning of it in words, for whoever looks at the store itself
	Expires time.Time
}

// ErrNoReport says that there is no report of that id, or no more.
var ErrNoReport = errors.New("there is no such report")

// Record is an incident as an item of its own, which outlives the state's
// memory of it.
type Record struct {
	Incident Incident  `json:"incident"`
	Expires  time.Time `json:"expires"` // when it may be deleted; readers leave out what is older
}

// NewRecord is the record of an incident as it is now.
func NewRecord(i Incident, now time.Time) Record {
	return Record{Incident: i, Expires: now.Add(KeepRecords)}
}
