package condition

import (
	"bufio"
	"cmp"
	"io"
	"strconv"
	"strings"
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
	exact bool   // of dynamic text: a number of JSON or of the condition, no text that looks like one
	n     int64  // of an integer; nanoseconds of a span
	s     string // any other text; where it is not seen, what is displayed instead
	long  *long  // the whole text, where s is only its beginning
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

// text is what patterns and text comparison see; of a long one only the
// beginning. A span is its whole milliseconds, as in Gatus.
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

// open begins to read the whole text.
func (v value) open() io.Reader {
	if v.long != nil {
		return v.long.open()
	}
	return strings.NewReader(v.text())
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

// measured reports whether the value is a number by its nature.
func (v value) measured() bool { return v.kind == integer || v.kind == span }

// whole reads a text as a whole number.
func (v value) whole() (decimal, bool) {
	if v.kind != dynamic {
		return decimal{}, false
	}
	return parseWhole(v.s)
}

// same is ==: between numbers by their value, 1.0 is 1. Text that merely looks
// like a number may be a version or a hash, so that "1.10" is not 1.1 and
// "0e462097" not 0e830400; of two such texts only whole numbers are compared as
// numbers, as in Gatus. A measured number makes its other side one.
func same(a, b value) bool {
	if a.kind == b.kind && a.measured() {
		return a.n == b.n
	}
	if a.long != nil || b.long != nil {
		return sameLong(a, b)
	}
	if a.kind == dynamic && b.kind == dynamic && a.s == b.s {
		return true
	}
	read := value.whole
	switch {
	case a.kind == span || b.kind == span:
		read = func(v value) (decimal, bool) { return v.number(true) }
	case a.measured() || b.measured() || a.exact && b.exact:
		read = func(v value) (decimal, bool) { return v.number(false) }
	}
	if x, ok := read(a); ok {
		if y, ok := read(b); ok {
			return x.compare(y) == 0
		}
	}
	return a.text() == b.text()
}

// sameLong compares two texts of which at least one is long; a long text is no
// number.
func sameLong(a, b value) bool {
	for _, v := range [...]value{a, b} {
		if v.long == nil && len(v.text()) <= maxText {
			return false
		}
	}
	x, y := bufio.NewReader(a.open()), bufio.NewReader(b.open())
	for {
		c, errX := x.ReadByte()
		d, errY := y.ReadByte()
		if errX != nil || errY != nil {
			return errX != nil && errY != nil
		}
		if c != d {
			return false
		}
	}
}

// compare orders two values; what is no number has no order.
func compare(a, b value) (order int, ok bool) {
	if a.kind == b.kind && a.measured() {
		return cmp.Compare(a.n, b.n), true
	}
	x, ok := a.number(true)
	if !ok {
		return 0, false
	}
	y, ok := b.number(true)
	return x.compare(y), ok
}
