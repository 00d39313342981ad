package condition

import (
	"testing"
	"time"
)

// sides are operands of every kind, for laws that hold between any two.
var sides = []string{
	"[STATUS]", "[CONNECTED]", "[IP]", "[RESPONSE_TIME]", "[TTFB]", "[CERTIFICATE_EXPIRATION]", "[BODY]", "[BODY].status",
	"[BODY].count", "[BODY].price", "[BODY].took", "[BODY].nowhere", "[BODY].list", "[HEADERS].age", "[HEADERS].etag",
	"len([BODY].list)", "has([BODY].ok)", "len([BODY].nowhere)", "[BODY].users[0].id",
	"3", "200", "200.0", "0xC8", "19.01", "1203", "1203ms", "9d", "true", "UP", "text", "", "9007199254740993", "1e999",
	"pat(*U*)", "any(200, UP, true)", "matches(^[0-9]+$)",
}

func laws() map[string]*Observation {
	return map[string]*Observation{
		"an answer": answer(),
		"silence":   {},
		"a page":    page("UP"),
		"a number":  {Connected: true, Status: 3, Body: []byte("200"), ResponseTime: Measured(time.Minute)},
	}
}

// What a condition means does not depend on which side is written first.
func TestExchangingTheSidesChangesNothing(t *testing.T) {
	t.Parallel()
	compared := 0
	for name, o := range laws() {
		for _, left := range sides {
			for _, right := range sides {
				for i := range operators {
					op := operator(i)
					text := left + " " + op.String() + " " + right
					mirrored := right + " " + op.flipped().String() + " " + left
					a, errA := Parse(text)
					b, errB := Parse(mirrored)
					if (errA == nil) != (errB == nil) {
						t.Fatalf("%q: %v, but %q: %v", text, errA, mirrored, errB)
					}
					if errA != nil {
						continue
					}
					compared++
					if x, y := a.Evaluate(o), b.Evaluate(o); x.Healthy != y.Healthy {
						t.Errorf("%s: %q is %t, %q is %t", name, text, x.Healthy, mirrored, y.Healthy)
					}
					if len(a.Lints()) != len(b.Lints()) {
						t.Errorf("%q and %q: %v, %v", text, mirrored, a.Lints(), b.Lints())
					}
				}
			}
		}
	}
	if compared < 10000 {
		t.Errorf("only %d pairs were compared", compared)
	}
}

// == and != are opposites, unless something was not measured: then neither holds.
func TestEqualityAndItsOpposite(t *testing.T) {
	t.Parallel()
	for name, o := range laws() {
		for _, left := range sides {
			for _, right := range sides {
				is, err := Parse(left + " == " + right)
				if err != nil {
					continue
				}
				isNot := mustParse(t, left+" != "+right)
				known := is.left.value(o).state != unmeasured && is.right.value(o).state != unmeasured
				a, b := is.Evaluate(o).Healthy, isNot.Evaluate(o).Healthy
				if known && a == b || !known && (a || b) {
					t.Errorf("%s: %q is %t, %q is %t", name, is, a, isNot, b)
				}
			}
		}
	}
}

// Of two numbers exactly one of <, == and > holds; <= and >= follow. Of anything
// else no order holds.
func TestOrderIsTotalBetweenNumbers(t *testing.T) {
	t.Parallel()
	numbers := 0
	for name, o := range laws() {
		for _, left := range sides {
			for _, right := range sides {
				c, err := Parse(left + " < " + right)
				if err != nil {
					continue
				}
				holds := func(op operator) bool { return mustParse(t, left+" "+op.String()+" "+right).Evaluate(o).Healthy }
				x, y := c.left.value(o), c.right.value(o)
				_, isNumber := compare(x, y)
				isNumber = isNumber && x.state == seen && y.state == seen
				lt, gt, le, ge := holds(atMost) && !holds(atLeast), holds(atLeast) && !holds(atMost), holds(atMost), holds(atLeast)
				if lt != holds(below) || gt != holds(above) {
					t.Errorf("%s: %q: < and > contradict <= and >=", name, c)
				}
				if (le || ge) != isNumber {
					t.Errorf("%s: %q is ordered: %t; both are numbers: %t", name, c, le || ge, isNumber)
				}
				if isNumber {
					numbers++
				}
			}
		}
	}
	if numbers < 300 {
		t.Errorf("only %d pairs were numbers", numbers)
	}
}

// A condition is shared by many probes, so evaluating must leave no trace in it.
func TestEvaluatingLeavesNoTrace(t *testing.T) {
	t.Parallel()
	for _, left := range sides {
		for _, right := range sides {
			c, err := Parse(left + " == " + right)
			if err != nil {
				continue
			}
			first := c.Evaluate(answer())
			for _, o := range laws() {
				c.Evaluate(o)
				c.Resolve(o)
			}
			if again := c.Evaluate(answer()); again != first {
				t.Errorf("%s: first %+v, then %+v", c, first, again)
			}
		}
	}
}
