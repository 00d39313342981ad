// Package condition holds the language in which endpoints say what they
// expect: `[STATUS] == 200`, `[BODY].status == UP`, `[CERTIFICATE_EXPIRATION] > 14d`.
// A condition is parsed once, when the configuration is read; evaluating it
// cannot fail or panic, whatever the endpoint answered.
//
// The language is that of Gatus, so that its files work here as they are. What
// Gatus accepts and then misreads is refused by [Parse] or named by
// [Condition.Lints].
package condition

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Observation is what a probe saw, for conditions to read. The zero value is a
// probe that saw nothing. It remembers what was found in the body, so it
// belongs to one goroutine.
type Observation struct {
	Connected bool                // the exchange that the kind of probe makes took place
	Status    int                 // HTTP status or SSH banner verdict; 0: none
	IP        string              // the address that was dialled, without port
	RCode     string              // DNS response code such as NOERROR; "": none
	Header    map[string][]string // HTTP answer headers, canonical names
	Body      []byte              // decompressed and capped; nil: none

	// ResponseTime is the whole probe, body included, where it got an answer.
	ResponseTime Span
	Phases       result.Timings
	// CertificateExpiration is the time left until the leaf certificate's
	// NotAfter; negative once expired.
	CertificateExpiration Span
	// DomainExpiration is the time left until the registration of the
	// domain ends.
	DomainExpiration Span

	parsed *body
}

// Span is a duration that may not have been measured.
type Span struct {
	D        time.Duration
	Measured bool
}

// Measured makes the Span of a duration that was measured.
func Measured(d time.Duration) Span { return Span{D: d, Measured: true} }

// answered reports whether anything came back, so that what is missing from
// the answer is known to be missing.
func (o *Observation) answered() bool {
	return o.Connected || o.Body != nil || len(o.Header) > 0
}
