package condition

import "strings"

// piece is a part of the condition's text and where it begins.
type piece struct {
	text string
	at   int
}

// cut returns a part of the piece without the spaces around it.
func (p piece) cut(from, to int) piece {
	inner := p.text[from:to]
	trimmed := strings.TrimLeft(inner, " \t\r\n")
	return piece{strings.TrimRight(trimmed, " \t\r\n"), p.at + from + len(inner) - len(trimmed)}
}

// maxText bounds a condition, and with it every pattern and path.
const maxText = 8192

// Parse reads one condition. The error is a *SyntaxError.
func Parse(text string) (*Condition, error) {
	c, err := parse(text)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func parse(text string) (*Condition, *SyntaxError) {
	if len(text) > maxText {
		return nil, syntaxError(maxText, "a condition of %d bytes is too long; at most %d are read", len(text), maxText)
	}
	left, right, op, err := split(text)
	if err != nil {
		return nil, err
	}
	c := &Condition{text: text, op: op}
	if c.left, err = parseOperand(left); err != nil {
		return nil, err
	}
	if c.right, err = parseOperand(right); err != nil {
		return nil, err
	}
	return c, c.bind()
}

// split cuts a condition at its operator. An operator inside the parentheses
// of a function is text of that function.
func split(text string) (left, right piece, op operator, err *SyntaxError) {
	whole := piece{text, 0}
	if strings.TrimSpace(text) == "" {
		return left, right, 0, syntaxError(0, "the condition is empty")
	}
	at, op := findOperator(text, leftCallEnd(text))
	if at < 0 {
		return left, right, 0, explainNoOperator(text)
	}
	left = whole.cut(0, at)
	right = whole.cut(at+len(op.String()), len(text))
	return left, right, op, secondOperator(right, op)
}

// secondOperator refuses what Gatus would cut off or read in another way:
// `1 < [STATUS] < 300`, `[STATUS] == 200 && [TTFB] < 1s`. Any other operator
// after the first is text.
func secondOperator(right piece, first operator) *SyntaxError {
	from := max(callEnd(right.text), 0)
	name, _, isCall := cutCall(right.text)
	if isCall && findFunction(name) != nil && from == 0 {
		return nil // an unclosed pattern; everything is its text
	}
	at, second := findOperator(right.text, from)
	if at < 0 || second > first && !mentionsPlaceholder(right.text) {
		return nil
	}
	err := syntaxError(right.at+at, "a second operator %q; a condition compares two sides", second.String())
	err.Accepted = "a condition of its own for each comparison, and pat(…) for text that contains an operator"
	return err
}

func explainNoOperator(text string) *SyntaxError {
	const symbols = "=!<>~"
	from := leftCallEnd(text)
	at := strings.IndexAny(text[from:], symbols)
	if at < 0 {
		err := syntaxError(len(text), "no operator in %q", text)
		err.Accepted = strings.Join(operators[:], " ")
		return err
	}
	at += from
	spelled := text[at : len(text)-len(strings.TrimLeft(text[at:], symbols))]
	for _, known := range operators {
		if known == spelled {
			return syntaxError(at, "the operator %q needs a space on each side", spelled)
		}
	}
	err := syntaxError(at, "unknown operator %q", spelled)
	err.Nearest = misspelled[spelled]
	err.Accepted = strings.Join(operators[:], " ")
	return err
}

// parseOperand reads one side of a condition.
func parseOperand(p piece) (operand, *SyntaxError) {
	if name, rest, ok := cutCall(p.text); ok {
		return parseCall(p, name, rest)
	}
	if err := spaceInCall(p); err != nil {
		return nil, err
	}
	r, err := parsePlaceholder(p)
	if err != nil {
		return nil, err
	}
	if r != nil {
		return r, nil
	}
	return newLiteral(p), nil
}
