package diagnose

import (
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Level is how sure a finding is. It is computed, never chosen.
type Level string

// The levels. Proven: the state that was read makes what was seen inevitable.
// Likely: a link is inferred, or something could not be read. Possible:
// something else fits as well, and is named.
const (
	Proven   Level = "proven"
	Likely   Level = "likely"
	Possible Level = "possible"
)

// Severity of a finding: S1 full outage, S2 partial, S3 degraded, S4 latent.
type Severity int

// The severities.
const (
	S1 Severity = 1 + iota
	S2
	S3
	S4
)

// MarshalText writes SEV1 to SEV4, as incidents do.
func (s Severity) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "SEV%d", int(s)), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) error {
	var n int
	if _, err := fmt.Sscanf(string(text), "SEV%d", &n); err != nil || n < 1 || n > 4 {
		return fmt.Errorf("severity %q is none of SEV1 to SEV4", text)
	}
	*s = Severity(n)
	return nil
}

// Role is what a finding is for its readers.
type Role string

// The roles.
const (
	Cause  Role = "cause"  // explains what was seen
	Next   Role = "next"   // broken too, hidden behind a cause
	Latent Role = "latent" // nobody notices yet
	Self   Role = "self"   // about the checker
)

// Finding is one thing that is wrong, with what shows it.
type Finding struct {
	Code     Code       `json:"code"`
	Key      string     `json:"key"` // stable while tasks and addresses change: code and root
	Role     Role       `json:"role"`
	Level    Level      `json:"level"`
	Severity Severity   `json:"severity"`
	Sentence string     `json:"sentence"`
	Explains []string   `json:"explains"` // keys of endpoints
	Evidence []Evidence `json:"evidence"`
	Inferred []string   `json:"inferred,omitempty"` // links that nothing shows directly

	Contradictions []Contradiction `json:"contradictions,omitempty"` // on the way to what it explains

	Rivals   []Rival     `json:"rivals,omitempty"`
	RuledOut []RuledOut  `json:"ruled_out"`
	Effects  []Effect    `json:"effects,omitempty"` // findings that are its consequence
	Actions  []Action    `json:"actions"`
	Advice   []NotAdvice `json:"not_recommended,omitempty"`
	Verify   []string    `json:"verify"` // commands that only read
	Gaps     []Gap       `json:"gaps"`

	Behind bool `json:"behind,omitempty"` // it is about what the application calls
	Short  bool `json:"short,omitempty"`  // its reason lies further on, where something could not be read

	again []topology.Want // deciding facts that are too old
}

// Title is that of its mode, without what nobody could read; "" for a code of
// another version.
func (f Finding) Title() string {
	mode, _ := ModeOf(f.Code)
	owner := func(g Gap) bool { return g.Action == ec2+"DescribeNetworkInterfaces" }
	if f.Code == DepStaleAddress && slices.ContainsFunc(f.Gaps, owner) {
		return "hard-coded address that does not answer"
	}
	return mode.Title
}

// Evidence is one fact that a finding rests on.
type Evidence struct {
	ID        string    `json:"id"` // E1, E2, … within one diagnosis
	Statement string    `json:"statement"`
	Source    string    `json:"source"` // action of AWS, probe, or configuration
	At        time.Time `json:"at,omitzero"`
}

// RuledOut is something that would have fitted, and what speaks against it.
type RuledOut struct {
	Code      Code   `json:"code,omitempty"`
	Statement string `json:"statement"`
	Evidence  string `json:"evidence"` // id
}

// Rival is another cause that fits too, and the check that decides.
type Rival struct {
	Code    Code   `json:"code,omitempty"`
	What    string `json:"what"`
	Decides string `json:"decides"`
}

// Effect is a finding that another one explains.
type Effect struct {
	Code     Code   `json:"code"`
	Sentence string `json:"sentence"`
}

// Action is something to do. Its priority counts up from P0.1 over all
// findings of a diagnosis.
type Action struct {
	Priority string `json:"priority"` // P0, P1, P2; numbered when all are known
	Do       string `json:"do"`
	Command  string `json:"command,omitempty"`
	Mutates  bool   `json:"mutates"`
	Risk     string `json:"risk,omitempty"`
	Stopgap  bool   `json:"stopgap,omitempty"`
	Owner    string `json:"owner,omitempty"`
	DoneWhen string `json:"done_when,omitempty"`
	Done     Test   `json:"done,omitzero"`
}

// Test is how a later diagnosis sees that an action was done.
type Test struct {
	Kind TestKind `json:"kind,omitempty"`
	Key  string   `json:"key,omitempty"`
}

// TestKind is one of the tests below.
type TestKind string

// The tests. Their key is that of the finding, or of the fact.
const (
	FindingGone    TestKind = "finding_gone"    // key of the finding
	TargetsHealthy TestKind = "targets_healthy" // target group ARN
	HasInstances   TestKind = "has_instances"   // discovery service id
)

// NotAdvice is a popular repair that would not help, and why.
type NotAdvice struct {
	What     string `json:"what"`
	Why      string `json:"why"`
	Evidence string `json:"evidence"`
}

// Gap is what could not be read, and what that leaves open.
type Gap struct {
	Subject string        `json:"subject"` // kind and key of the fact
	Action  string        `json:"action"`  // of AWS
	Why     topology.Why  `json:"why"`
	Detail  string        `json:"detail,omitempty"`
	Limits  string        `json:"limits"`
	Hop     Hop           `json:"-"`
	Want    topology.Want `json:"-"`
}
