package condition

import (
	"cmp"
	"fmt"
	"math"
)

// Lint is a latent fault of a condition that parses.
type Lint struct {
	Offset  int
	Problem string // one sentence: what will surprise, and what to write instead
}

// Lints returns the latent faults of the condition.
func (c *Condition) Lints() []Lint {
	subject, other, op := c.oriented()
	var found []Lint
	add := func(at int, problem string) {
		if problem != "" {
			found = append(found, Lint{at, problem})
		}
	}
	add(subject.at, lintIndex(subject))
	switch other := other.(type) {
	case *reading:
		add(other.at, lintIndex(other))
	case *literal:
		for _, lint := range literalLints {
			add(other.at, lint(subject, other, op))
		}
	case *matcher:
		for _, lint := range matcherLints {
			add(other.at, lint(subject, other, op))
		}
	}
	return found
}

// oriented returns the condition with a reading on the left.
func (c *Condition) oriented() (*reading, operand, operator) {
	if r, ok := c.left.(*reading); ok {
		return r, c.right, c.op
	}
	r, _ := c.right.(*reading)
	return r, c.left, c.op.flipped()
}

func lintIndex(r *reading) string {
	for _, s := range r.path {
		if s.indexed && s.index < 0 {
			return fmt.Sprintf("no array has the index %d, so %s is never found; write an index from 0", s.index, r.text)
		}
	}
	return ""
}

// constant says how a condition that can not change turns out.
func constant(holds bool) string {
	if holds {
		return "always holds"
	}
	return "never holds"
}

// lintRange is about limits that no value can be on the other side of.
func lintRange(r *reading, l *literal, op operator) string {
	low, high := int64(0), int64(math.MaxInt64)
	if r.from.Name == status && r.function == nil {
		high = 999
	}
	if l.val.kind != integer && l.val.kind != span || r.from.format == inSeconds && r.function == nil {
		return ""
	}
	atLow, atHigh := op.accepts(cmp.Compare(low, l.val.n)), op.accepts(cmp.Compare(high, l.val.n))
	if op.equality() && low <= l.val.n && l.val.n <= high || atLow != atHigh {
		return ""
	}
	bounds := "never below 0"
	if high != math.MaxInt64 {
		bounds = fmt.Sprintf("always between 0 and %d", high)
	}
	return fmt.Sprintf("%s is %s, so this %s; write a limit that it can pass", r.text, bounds, constant(atLow))
}
