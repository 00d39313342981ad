package condition

// (replaced by the parser)

// Condition is one parsed condition. It is immutable and may be shared.
type Condition struct{ text string }

// SyntaxError says why a text is not a condition.
type SyntaxError struct {
	Offset   int    // byte offset into the text where it goes wrong
	Problem  string // what is wrong, naming the value, such as `unknown placeholder "[STATSU]"`
	Accepted string // what is accepted there; may be empty
	Nearest  string // the nearest accepted word for "did you mean"; may be empty
}

func (e *SyntaxError) Error() string { return e.Problem }

// Placeholder names what a condition reads, such as "[STATUS]", "[BODY]", "[HEADERS]"; without path.
type Placeholder string

// Outcome is the verdict of one condition over one observation.
type Outcome struct {
	Healthy bool
	Display string // as written if healthy, else with the values that were seen
}

// Lint is a latent fault of a condition that parses.
type Lint struct {
	Offset  int
	Problem string // one sentence: what will surprise, and what to write instead
}

// Parse reads one condition. The error is a *SyntaxError.
func Parse(text string) (*Condition, error) { return &Condition{text: text}, nil }

// String returns the condition as written.
func (c *Condition) String() string { return c.text }

// Evaluate holds the observation against the condition.
func (c *Condition) Evaluate(o *Observation) Outcome { return Outcome{} }

// Resolve is Evaluate, but Display shows the values seen even when healthy.
func (c *Condition) Resolve(o *Observation) Outcome { return Outcome{} }

// Reads returns the placeholders that the condition reads, in order of appearance.
func (c *Condition) Reads() []Placeholder { return nil }

// AssertsDisconnected reports whether the condition demands that the endpoint can not be connected to:
// `[CONNECTED] == false` and its equivalents.
func (c *Condition) AssertsDisconnected() bool { return false }

// Lints returns the latent faults of the condition.
func (c *Condition) Lints() []Lint { return nil }
