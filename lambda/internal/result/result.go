// Package result holds what one probe of one endpoint found. These are plain
// values without I/O: probes fill them, diagnosis and incidents read them, and
// their JSON form is the contract of `tidewatch run --output json`.
package result

import "time"

// Result is what one probe of one endpoint found. Strings from outside in it
// are already capped, free of control characters and redacted.
type Result struct {
	Key   string `json:"key"` // group/name, unique without regard to case
	Name  string `json:"name"`
	Group string `json:"group,omitempty"`
	URL   string `json:"url,omitempty"` // redacted; absent where ui.hide-url asks for it
	Kind  string `json:"kind"`

	Healthy  bool   `json:"healthy"`
	Degraded bool   `json:"degraded"` // healthy, but a warn-condition failed
	Class    Class  `json:"class,omitempty"`
	Phase    Phase  `json:"phase,omitempty"` // where it ended, absent when healthy
	Error    string `json:"error,omitempty"` // one sentence
	Status   int    `json:"status,omitempty"`
	Address  string `json:"address,omitempty"` // the address:port that was dialled

	Started time.Time `json:"-"`
	Answer  *Answer   `json:"-"` // what a diagnosis needs of an answer that was not good; nil: none came, or it was good

	Duration    Millis       `json:"duration_ms"`
	Phases      Timings      `json:"phases_ms"`
	Conditions  []Condition  `json:"conditions"`
	Certificate *Certificate `json:"certificate,omitempty"`
	Addresses   []Address    `json:"addresses"` // one per address with client.every-address
	Redirects   []Redirect   `json:"redirects"`
}

// Condition is one condition after its evaluation.
type Condition struct {
	Condition string `json:"condition"` // as written
	Healthy   bool   `json:"healthy"`
	Warning   bool   `json:"warning"` // its failure degrades, never fails: a warn-condition, or a domain whose expiration nobody tells
	Display   string `json:"display"` // as written, with the values seen where it failed
}

// Certificate is the leaf certificate that the server sent, reported even when
// it could not be verified.
type Certificate struct {
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Names     []string  `json:"names"`
	Issuer    string    `json:"issuer"`
}

// Address is the verdict for one of several addresses of an endpoint.
type Address struct {
	Address  string `json:"address"`
	Healthy  bool   `json:"healthy"`
	Class    Class  `json:"class,omitempty"`
	Phase    Phase  `json:"phase,omitempty"`
	Error    string `json:"error,omitempty"`
	Duration Millis `json:"duration_ms"`
}

// Redirect is one hop of a chain of redirects: the URL that was asked and the
// status that it answered with.
type Redirect struct {
	URL    string `json:"url"`
	Status int    `json:"status"`
}

// Answer is what tells who made an HTTP answer: a load balancer, one of its
// rules, or the application. It serves the diagnosis only and stands in no
// report as it is.
type Answer struct {
	Server      string // header
	ContentType string // header
	Location    string // header, redacted as a URL
	Body        string // the beginning, on one line, redacted, at most MaxAnswerBody bytes
}

// MaxAnswerBody bounds the body of an Answer.
const MaxAnswerBody = 1 << 10
