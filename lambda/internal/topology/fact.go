// Package topology holds what was read of the infrastructure, in structs of
// our own: a Snapshot of facts, each of which is known, known to be absent, or
// unknown with the reason. It knows nothing of the AWS SDK and decides
// nothing; whoever reads AWS fills it, the diagnosis reads it, and its JSON
// form is what `tidewatch diagnose --save` keeps and `--facts` reads again.
package topology

import "time"

// State says what is known of a fact. The zero value is Unknown: what nobody
// looked up is never taken for something that is not there.
type State string

// The states. Only an answer of AWS that says so makes a fact Absent; an error
// never does.
const (
	Unknown State = ""
	Known   State = "known"
	Absent  State = "absent"
)

// Why says why a fact is unknown.
type Why string

// The reasons. NotLookedUp is the zero value and means that the diagnosis may
// still ask; every other reason is final for the run.
const (
	NotLookedUp  Why = ""
	Denied       Why = "denied"
	Throttled    Why = "throttled"
	Budget       Why = "budget"  // of calls or of time; not asked
	TimedOut     Why = "timeout" // asked, no answer in time
	Unsupported  Why = "unsupported"
	CrossAccount Why = "cross_account"
	Expired      Why = "expired"  // AWS does not keep it that long
	Withheld     Why = "withheld" // the configuration keeps it from the diagnosis
	Failed       Why = "failed"   // any other error of the call
)

// Status is the part of a fact that does not depend on what it is about.
type Status struct {
	State  State     `json:"state,omitempty"`
	Why    Why       `json:"why,omitempty"`    // of Unknown
	Action string    `json:"action,omitempty"` // as policies name it: the call that told, or would have
	Detail string    `json:"detail,omitempty"` // what AWS said, clean; of Unknown
	At     time.Time `json:"at,omitzero"`      // when the answer came
}

// Pending reports that nobody has asked yet.
func (s Status) Pending() bool { return s.State == Unknown && s.Why == NotLookedUp }

// Unreadable reports that it was asked for and cannot be known in this run.
func (s Status) Unreadable() bool { return s.State == Unknown && s.Why != NotLookedUp }

// Fact is one thing that was asked for. Value is only meaningful when Known.
type Fact[T any] struct {
	Status
	Value T
}

// Get returns the value, and whether it is known.
func (f Fact[T]) Get() (T, bool) { return f.Value, f.State == Known }

// KnownFact is a fact that an action told at a time.
func KnownFact[T any](value T, action string, at time.Time) Fact[T] {
	return Fact[T]{Status{State: Known, Action: action, At: at}, value}
}

// AbsentFact says that an action answered at a time that there is no such thing.
func AbsentFact[T any](action string, at time.Time) Fact[T] {
	return Fact[T]{Status: Status{State: Absent, Action: action, At: at}}
}

// UnknownFact is a fact that could not be read.
func UnknownFact[T any](why Why, action, detail string) Fact[T] {
	return Fact[T]{Status: Status{Why: why, Action: action, Detail: detail}}
}
