package condition

import "cmp"

// bind fits each side to the other, once both are known: what a literal means
// depends on what it is compared with.
func (c *Condition) bind() *SyntaxError {
	if err := c.bindSide(c.left, c.right); err != nil {
		return err
	}
	return c.bindSide(c.right, c.left)
}

func (c *Condition) bindSide(side, other operand) *SyntaxError {
	switch side := side.(type) {
	case *matcher:
		return bindMatcher(side, other, c.op)
	case *reading:
		return bindReading(side, c.op)
	case *literal:
		r, _ := other.(*reading)
		return cmp.Or(bindBracketed(side, r, c.op), bindLiteral(side, r, c.op))
	}
	return nil
}

func bindMatcher(m *matcher, other operand, op operator) *SyntaxError {
	if !op.equality() {
		err := syntaxError(m.at, "%s() matches text; it has no order for %q", m.function.Name, op.String())
		err.Accepted = "== !="
		return err
	}
	if _, ok := other.(*matcher); ok {
		return syntaxError(max(m.at, other.source().at), "both sides are patterns; one must be what they match")
	}
	return nil
}

func bindReading(r *reading, op operator) *SyntaxError {
	if k := r.kind(); !op.equality() && (k == word || k == truth) {
		err := syntaxError(r.at, "%s is not a number; it has no order for %q", r.text, op.String())
		err.Accepted = "== !="
		return err
	}
	return nil
}

// bindBracketed decides about `[word]`: the text of an array with one element
// where it is compared with a body, elsewhere a placeholder that does not exist.
func bindBracketed(l *literal, other *reading, op operator) *SyntaxError {
	name, rest, closed := cutBracket(l.text)
	if name == "" || !closed || rest != "" {
		return nil
	}
	if other != nil && other.from.Name == bodyName && other.function == nil && op.equality() {
		return nil
	}
	return unknownPlaceholder(l.piece)
}

// bindLiteral gives a literal the kind of its other side, if there is one.
// Against a time or after an ordering operator it must be a number or a
// duration: Gatus reads any other text there as 0, so that `< 500mz` never
// holds and `> 500mz` always does.
func bindLiteral(l *literal, other *reading, op operator) *SyntaxError {
	number, isNumber := parseNumber(l.text)
	compared := dynamic
	if other != nil {
		compared = other.kind()
	}
	switch {
	case compared == span:
		return bindSpan(l, other)
	case compared == integer && isNumber:
		if n, ok := number.integer(); ok {
			l.val = value{kind: integer, n: n}
		}
		return nil
	case op.equality() || isNumber:
		return nil
	}
	if _, _, isDuration := parseDuration(l.text); isDuration && compared == dynamic {
		return nil
	}
	err := syntaxError(l.at, "%q is not a number; %s compares numbers", l.text, op)
	err.Accepted = "a number"
	if compared == dynamic {
		err.Accepted = "a number or a duration such as 500ms, 2s, 1d12h"
	}
	return err
}

// bindSpan reads the literal as a duration, and has the other side compared as
// finely and shown alike. A number of milliseconds that no duration holds
// exactly stays a number.
func bindSpan(l *literal, other *reading) *SyntaxError {
	d, style, ok := parseDuration(l.text)
	if ok {
		other.format.style = style
	} else {
		number, isNumber := parseNumber(l.text)
		if !isNumber {
			err := syntaxError(l.at, "%q is not a time to compare %s with", l.text, other.text)
			err.Accepted = unitTime
			return err
		}
		if d, ok = number.duration(); !ok {
			other.format.resolution = 1
			return nil
		}
	}
	l.val = value{kind: span, n: int64(d)}
	if d%other.format.resolution != 0 {
		other.format.resolution = 1
	}
	return nil
}
