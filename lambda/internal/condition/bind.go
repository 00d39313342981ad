package condition

import (
	"strings"
	"unicode"
)

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
		if err := bindBracketed(side, r, c.op); err != nil {
			return err
		}
		if r == nil {
			return c.readsNothing()
		}
		return bindLiteral(side, r, c.op)
	}
	return nil
}

// readsNothing refuses a condition without a placeholder: it would turn out
// the same whatever the endpoint does. Mostly one has lost its brackets.
func (c *Condition) readsNothing() *SyntaxError {
	for _, side := range [...]operand{c.left, c.right} {
		l, ok := side.(*literal)
		if !ok {
			continue
		}
		if isBracketed(l.text) {
			return unknownPlaceholder(l.piece)
		}
		if near := resembled(l.text); near != "" {
			err := syntaxError(l.at, "%q reads nothing from the endpoint, nor does the other side", l.text)
			err.Nearest = near
			return err
		}
	}
	err := syntaxError(c.left.source().at, "neither side reads anything from the endpoint")
	err.Accepted = strings.Join(placeholderNames(), " ")
	return err
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

// bindBracketed decides about text in brackets: an array's where it is compared
// with a body, a header's unless it is a single word, elsewhere a placeholder
// that does not exist.
func bindBracketed(l *literal, other *reading, op operator) *SyntaxError {
	if !isBracketed(l.text) {
		return nil
	}
	inside := l.text[1 : len(l.text)-1]
	isText := other != nil && other.kind() == dynamic && op.equality()
	if word, _, _ := cutBracket(l.text); word != "" {
		isText = isText && other.from.Name == bodyName
	}
	if isText && (strings.ToUpper(inside) != inside || strings.ContainsFunc(inside, notInToken) || resembled(inside) == "") {
		return nil
	}
	return unknownPlaceholder(l.piece)
}

// notInToken is about what comes of misspelling a placeholder.
func notInToken(r rune) bool {
	return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// isBracketed reports whether the text may have been meant as a placeholder.
func isBracketed(text string) bool {
	return len(text) >= 2 && text[0] == '[' && text[len(text)-1] == ']'
}

// bindLiteral gives a literal the kind of its other side.
// Against a time or after an ordering operator it must be a number or a
// duration: Gatus reads any other text there as 0, so that `< 500mz` never
// holds and `> 500mz` always does.
func bindLiteral(l *literal, other *reading, op operator) *SyntaxError {
	number, isNumber := parseNumber(l.text)
	compared := other.kind()
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
