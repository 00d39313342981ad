package condition

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// How many characters of a value are shown. What a pattern was held against is
// mostly a whole page, so it gets as little room as in Gatus.
const (
	shownCharacters   = 100
	shownUnderPattern = 25
	truncated         = "...(truncated)"
)

// display writes the condition with the values that were seen.
func (c *Condition) display(left, right value, holds bool) string {
	left = left.rounded(func(v value) bool { return c.holds(v, right) == holds })
	right = right.rounded(func(v value) bool { return c.holds(left, v) == holds })
	return c.side(c.left, c.right, left) + " " + c.op.String() + " " + c.side(c.right, c.left, right)
}

// side writes one side; only a reading has a value to add to its text.
func (c *Condition) side(side, other operand, v value) string {
	r, ok := side.(*reading)
	if !ok {
		return side.source().text
	}
	limit := shownCharacters
	if m, ok := other.(*matcher); ok && m.function.Name == patName {
		limit = shownUnderPattern
	}
	shown := v.shown(limit)
	if _, number := v.number(true); v.state == seen && !c.op.equality() && !number {
		shown += ": not a number"
	}
	return r.text + " (" + shown + ")"
}

// rounded is a time with as few digits as say enough: to the millisecond, to
// three digits where that is finer, and with as many more as it takes to seem
// what the verdict says, so that nobody reads that 28.9 is not 28.9.
func (v value) rounded(faithful func(value) bool) value {
	if v.state != seen || v.kind != span {
		return v
	}
	unit := int64(time.Millisecond)
	for unit > 1 && abs(v.n) < 100*unit {
		unit /= 10
	}
	for ; unit > 1; unit /= 10 {
		shorter := v
		shorter.n = int64(time.Duration(v.n).Round(time.Duration(unit)))
		if faithful(shorter) {
			return shorter
		}
	}
	return v
}

func abs(n int64) int64 { return max(n, -n) }

// shown is the value for people.
func (v value) shown(limit int) string {
	if v.state == seen && v.kind == span {
		return formatSpan(time.Duration(v.n), v.style)
	}
	return printable(v.text(), limit)
}

// printable caps a text from outside and spells out what is not printable, so
// that an answer can neither break lines nor steer a terminal.
func printable(s string, limit int) string {
	var b strings.Builder
	count := 0
	for _, r := range s {
		if count == limit {
			b.WriteString(truncated)
			break
		}
		count++
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
