package condition

import (
	"cmp"
	"strconv"
	"time"
)

// state says whether a value is there to be compared.
type state uint8

const (
	seen       state = iota
	missing          // there was an answer, without this value
	unmeasured       // there was nothing to read it from
)

// value is what one side is when a condition is evaluated.
type value struct {
	state state
	kind  kind
	style spanStyle
	n     int64  // of an integer; nanoseconds of a span
	s     string // any other text; where it is not seen, what is displayed instead
}

var falseValue, trueValue = value{kind: truth, s: "false"}, value{kind: truth, s: "true"}

func truthValue(b bool) value {
	if b {
		return trueValue
	}
	return falseValue
}

// absent is a value that the answer lacks, or that had no answer to be in.
func absent(o *Observation) value {
	if o.answered() {
		return value{state: missing, s: "INVALID"}
	}
	return value{state: unmeasured, s: "INVALID"}
}

// text is what patterns and text comparison see. A span is its whole
// milliseconds, as in Gatus.
func (v value) text() string {
	switch v.kind {
	case integer:
		return strconv.FormatInt(v.n, 10)
	case span:
		return strconv.FormatInt(time.Duration(v.n).Milliseconds(), 10)
	default:
		return v.s
	}
}

// number reads the value as a number; a duration, where allowed, counts as
// milliseconds.
func (v value) number(durations bool) (decimal, bool) {
	switch v.kind {
	case integer:
		return decimalOf(v.n), true
	case span:
		return milliseconds(time.Duration(v.n)), true
	case dynamic:
		if d, ok := parseNumber(v.s); ok || !durations {
			return d, ok
		}
		d, _, ok := parseDuration(v.s)
		return milliseconds(d), ok
	default:
		return decimal{}, false
	}
}

// same is ==: as numbers where both sides are numbers, else as text.
func same(a, b value) bool {
	if a.kind == b.kind && (a.kind == integer || a.kind == span) {
		return a.n == b.n
	}
	if a.kind == dynamic && b.kind == dynamic && a.s == b.s {
		return true
	}
	durations := a.kind == span || b.kind == span
	if x, ok := a.number(durations); ok {
		if y, ok := b.number(durations); ok {
			return x.compare(y) == 0
		}
	}
	return a.text() == b.text()
}

// compare orders two values; what is no number has no order.
func compare(a, b value) (order int, ok bool) {
	if a.kind == b.kind && (a.kind == integer || a.kind == span) {
		return cmp.Compare(a.n, b.n), true
	}
	x, ok := a.number(true)
	if !ok {
		return 0, false
	}
	y, ok := b.number(true)
	return x.compare(y), ok
}
