package condition

import "strings"

// operator compares two operands.
type operator uint8

// The operators, in the order in which Gatus looks for them.
const (
	equal operator = iota
	notEqual
	atMost
	atLeast
	above
	below
)

// operators spells each operator at its own index.
var operators = [...]string{equal: "==", notEqual: "!=", atMost: "<=", atLeast: ">=", above: ">", below: "<"}

// misspelled maps what other languages write to what is written here.
var misspelled = map[string]string{
	"=": "==", "===": "==", "!==": "!=", "<>": "!=", "=<": "<=", "=>": ">=", "=~": "==", "~": "==",
}

func (op operator) String() string { return operators[op] }

// equality reports whether the operator compares any text, not only numbers.
func (op operator) equality() bool { return op == equal || op == notEqual }

// accepts reports whether the operator holds for the order of left and right:
// negative, zero or positive.
func (op operator) accepts(order int) bool {
	switch op {
	case equal:
		return order == 0
	case notEqual:
		return order != 0
	case atMost:
		return order <= 0
	case atLeast:
		return order >= 0
	case above:
		return order > 0
	default:
		return order < 0
	}
}

// flipped is the operator that says the same with the sides exchanged.
func (op operator) flipped() operator {
	switch op {
	case atMost:
		return atLeast
	case atLeast:
		return atMost
	case above:
		return below
	case below:
		return above
	default:
		return op
	}
}

// findOperator returns the first operator that stands between two spaces, and
// the index of its first byte; -1 without one.
func findOperator(text string, from int) (int, operator) {
	for i := from; i < len(text); i++ {
		if op, ok := operatorAfter(text, i); ok {
			return i + 1, op
		}
	}
	return -1, 0
}

// operatorAfter returns the operator between the space at the index and
// another space.
func operatorAfter(text string, space int) (operator, bool) {
	if space >= len(text) || text[space] != ' ' {
		return 0, false
	}
	for op, spelled := range operators {
		rest, ok := strings.CutPrefix(text[space+1:], spelled)
		if ok && strings.HasPrefix(rest, " ") {
			return operator(op), true
		}
	}
	return 0, false
}
