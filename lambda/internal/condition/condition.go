package condition

// Condition is one parsed condition. It is immutable and may be shared.
type Condition struct {
	text        string
	left, right operand
	op          operator
}

// Placeholder names what a condition reads, such as "[STATUS]", "[BODY]",
// "[HEADERS]"; without path.
type Placeholder string

// Outcome is the verdict of one condition over one observation.
type Outcome struct {
	Healthy bool
	Display string // as written if healthy, else with the values that were seen
}

// String returns the condition as written.
func (c *Condition) String() string { return c.text }

// Evaluate holds the observation against the condition.
func (c *Condition) Evaluate(o *Observation) Outcome {
	left, right := c.left.value(o), c.right.value(o)
	if c.holds(left, right) {
		return Outcome{Healthy: true, Display: c.text}
	}
	return Outcome{Display: c.display(left, right, false)}
}

// Resolve is Evaluate, but Display shows the values seen even when healthy.
func (c *Condition) Resolve(o *Observation) Outcome {
	left, right := c.left.value(o), c.right.value(o)
	holds := c.holds(left, right)
	return Outcome{Healthy: holds, Display: c.display(left, right, holds)}
}

// holds decides. What was not measured satisfies nothing, not even !=: an
// absent fact is no evidence. What an answer lacks differs from everything, as
// in Gatus: `[BODY].error != fatal` holds where the answer has no error.
func (c *Condition) holds(left, right value) bool {
	if left.state == unmeasured || right.state == unmeasured {
		return false
	}
	if left.state == missing || right.state == missing {
		return c.op == notEqual
	}
	if m, ok := c.right.(*matcher); ok {
		return m.match(left) == (c.op == equal)
	}
	if m, ok := c.left.(*matcher); ok {
		return m.match(right) == (c.op == equal)
	}
	if c.op.equality() {
		return same(left, right) == (c.op == equal)
	}
	order, ok := compare(left, right)
	return ok && c.op.accepts(order)
}

// Reads returns the placeholders that the condition reads, in order of
// appearance, each once.
func (c *Condition) Reads() []Placeholder {
	var names []Placeholder
	for _, side := range [...]operand{c.left, c.right} {
		r, ok := side.(*reading)
		if ok && (len(names) == 0 || names[0] != r.from.Name) {
			names = append(names, r.from.Name)
		}
	}
	return names
}

// AssertsDisconnected reports whether the condition demands that the endpoint
// can not be connected to: `[CONNECTED] == false` and its equivalents. Trying
// both values finds every spelling of it.
func (c *Condition) AssertsDisconnected() bool {
	reads := c.Reads()
	if len(reads) != 1 || reads[0] != connected {
		return false
	}
	return c.Evaluate(&Observation{}).Healthy && !c.Evaluate(&Observation{Connected: true}).Healthy
}
