package condition

import (
	"strings"
	"unicode/utf8"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// operand is one side of a condition: a *literal, a *reading or a *matcher.
type operand interface {
	source() piece
	value(*Observation) value
}

// literal is text of the condition, compared as its other side compares.
type literal struct {
	piece
	val value
}

// reading is a placeholder, whole or led into, perhaps inside len() or has().
type reading struct {
	piece
	from     *placeholder
	function *function // nil: the value itself
	path     []step    // into the body
	header   string    // canonical

	format spanFormat // of a span, as its other side is written
}

// matcher is pat(), any() or matches().
type matcher struct {
	piece
	argument piece
	function *function
	match    matchFunc
}

// matchFunc decides about the text of a value.
type matchFunc func(value) bool

func newLiteral(p piece) *literal {
	_, isNumber := parseNumber(p.text)
	return &literal{piece: p, val: value{s: p.text, exact: isNumber}}
}

func (p piece) source() piece { return p }

func (l *literal) value(*Observation) value { return l.val }

// value of a matcher is not read: the condition asks it to match.
func (m *matcher) value(*Observation) value { return value{kind: word} }

func (r *reading) value(o *Observation) value {
	if r.function != nil {
		return r.function.takes(r, o)
	}
	return r.from.read(r, o)
}

// kind is what the reading compares as.
func (r *reading) kind() kind {
	switch {
	case r.function == nil:
		return r.from.kind
	case r.function.Name == hasName:
		return truth
	default:
		return integer
	}
}

func readStatus(_ *reading, o *Observation) value {
	return value{kind: integer, n: int64(o.Status)}
}

func readConnected(_ *reading, o *Observation) value { return truthValue(o.Connected) }

func readIP(_ *reading, o *Observation) value { return value{kind: word, s: o.IP} }

func readRCode(_ *reading, o *Observation) value { return value{kind: word, s: o.RCode} }

// readSpan makes the reader of a duration.
func readSpan(get func(*Observation) Span) func(*reading, *Observation) value {
	return func(r *reading, o *Observation) value {
		s := get(o)
		if !s.Measured {
			return value{state: unmeasured, s: "not measured"}
		}
		return value{kind: span, n: int64(floor(s.D, r.format.resolution)), style: r.format.style}
	}
}

func readPhase(p result.Phase) func(*reading, *Observation) value {
	return readSpan(func(o *Observation) Span {
		d, ok := o.Phases.Get(p)
		return Span{D: d, Measured: ok}
	})
}

func readHeader(r *reading, o *Observation) value {
	values := headerValues(o.Header, r.header)
	if len(values) == 0 {
		return absent(o)
	}
	return value{s: strings.Join(values, ", ")}
}

func readBody(r *reading, o *Observation) value {
	if len(r.path) == 0 {
		if !o.answered() {
			return value{state: unmeasured, s: "not received"}
		}
		return o.body().value()
	}
	found, ok := o.body().find(r.path)
	if !ok {
		return absent(o)
	}
	return found.value()
}

// readLength counts what the reading finds. The whole body counts elements
// only if it is an array, as in Gatus.
func readLength(r *reading, o *Observation) value {
	if r.from.Name == bodyName {
		if found, ok := o.body().find(r.path); ok {
			if n, ok := found.elements(); ok {
				return value{kind: integer, n: int64(n)}
			}
		}
	}
	v := r.from.read(r, o)
	if v.state != seen {
		return v
	}
	if v.long != nil {
		return value{kind: integer, n: int64(v.long.characters())}
	}
	return value{kind: integer, n: int64(utf8.RuneCountInString(v.text()))}
}

// readPresence is always known: without an answer nothing is present.
func readPresence(r *reading, o *Observation) value {
	if len(r.path) > 0 {
		_, ok := o.body().find(r.path)
		return truthValue(ok)
	}
	v := r.from.read(r, o)
	switch {
	case v.state != seen:
		return truthValue(false)
	case r.header != "":
		return truthValue(true)
	case v.kind == integer:
		return truthValue(v.n != 0)
	case v.kind == dynamic || v.kind == word:
		return truthValue(v.s != "")
	default:
		return truthValue(true)
	}
}
