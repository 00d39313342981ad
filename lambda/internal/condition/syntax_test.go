package condition

import (
	"errors"
	"strings"
	"testing"
)

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	all := strings.Join(placeholderNames(), " ")
	for text, want := range map[string]SyntaxError{
		"":               {0, "the condition is empty", "", ""},
		"   ":            {0, "the condition is empty", "", ""},
		"[CONNECTED]":    {11, `no operator in "[CONNECTED]"`, "== != <= >= > <", ""},
		"[STATUS]==200":  {8, `the operator "==" needs a space on each side`, "", ""},
		"[STATUS] <500":  {9, `the operator "<" needs a space on each side`, "", ""},
		"[STATUS] = 200": {9, `unknown operator "="`, "== != <= >= > <", "=="},
		"[STATUS] => 1":  {9, `unknown operator "=>"`, "== != <= >= > <", ">="},
		"[STATUS] >< 1":  {9, `unknown operator "><"`, "== != <= >= > <", ""},

		"1 < [STATUS] < 300":            {13, `a second operator "<"; a condition compares two sides`, second, ""},
		"[BODY] == a == b":              {12, `a second operator "=="; a condition compares two sides`, second, ""},
		"[BODY] != a == b":              {12, `a second operator "=="; a condition compares two sides`, second, ""},
		"[BODY] == pat(a) == b":         {17, `a second operator "=="; a condition compares two sides`, second, ""},
		"[STATUS] == 200 && [TTFB] < 1": {26, `a second operator "<"; a condition compares two sides`, second, ""},
		"200 <= [STATUS] < 300":         {16, `a second operator "<"; a condition compares two sides`, second, ""},

		"[STATSU] == 200":      {0, `unknown placeholder "[STATSU]"`, all, "[STATUS]"},
		"[RESPONSE_TIM] < 500": {0, `unknown placeholder "[RESPONSE_TIM]"`, all, "[RESPONSE_TIME]"},
		"200 == [cert].a":      {7, `unknown placeholder "[cert]"`, all, "[CERTIFICATE_EXPIRATION]"},
		"[UNKNOWN] < 1":        {0, `unknown placeholder "[UNKNOWN]"`, all, ""},
		"[STATUS] == [prod]":   {12, `unknown placeholder "[prod]"`, all, ""},
		"[BODY].a < [prod]":    {11, `unknown placeholder "[prod]"`, all, ""},
		"[CONTEXT].a == 1":     {0, "[CONTEXT] belongs to suites, which are not supported", "", ""},
		"[STATUS == 200":       {7, `missing "]" after "[STATUS"`, "", ""},
		"[STATUS] x == 200":    {8, `unexpected " x" after [STATUS]`, "", ""},
		"[STATUS].a == 200":    {8, `unexpected ".a" after [STATUS]`, "", ""},
		"[HEADERS] == x":       {9, "[HEADERS] needs the name of a header", headerForm, ""},
		"has([HEADERS].) == x": {13, "[HEADERS] needs the name of a header", headerForm, ""},
		"[HEADERS].a b == x":   {11, `"a b" is not the name of a header`, "", ""},

		"1 == 2":                    {0, nothing, all, ""},
		"abc == pat(a*)":            {0, nothing, all, ""},
		"pat(a*) != abc":            {0, nothing, all, ""},
		"STATUS == 200":             {0, `"STATUS" reads nothing from the endpoint, nor does the other side`, "", "[STATUS]"},
		"200 != {STATUS}":           {7, `"{STATUS}" reads nothing from the endpoint, nor does the other side`, "", "[STATUS]"},
		"$STATUS_CODE == any(200)":  {0, `"$STATUS_CODE" reads nothing from the endpoint, nor does the other side`, "", "[STATUS]"},
		"[STATUS-CODE] != 500":      {0, `unknown placeholder "[STATUS-CODE]"`, all, "[STATUS]"},
		"[STATUS-CODE] == pat(2*)":  {0, `unknown placeholder "[STATUS-CODE]"`, all, "[STATUS]"},
		"500 > [RESPONSE-TIME]":     {6, `unknown placeholder "[RESPONSE-TIME]"`, all, "[RESPONSE_TIME]"},
		"[DNS-RCODE] == NOERROR":    {0, `unknown placeholder "[DNS-RCODE]"`, all, "[DNS_RCODE]"},
		"[STATUS CODE] == 200":      {0, `unknown placeholder "[STATUS CODE]"`, all, "[STATUS]"},
		"[HTTP2] == true":           {0, `unknown placeholder "[HTTP2]"`, all, ""},
		"true != [HTTP2]":           {8, `unknown placeholder "[HTTP2]"`, all, ""},
		"[STАTUS] == 200":           {0, `unknown placeholder "[STАTUS]"`, all, "[STATUS]"}, // a Cyrillic А
		"[] == 200":                 {0, `unknown placeholder "[]"`, all, ""},
		"[STATUS] != [HTTP2]":       {12, `unknown placeholder "[HTTP2]"`, all, ""},
		"[STATUS] != [1 2]":         {12, `unknown placeholder "[1 2]"`, all, ""},
		"len([BODY]) != [1 2]":      {15, `unknown placeholder "[1 2]"`, all, ""},
		"[BODY].a < [1 2]":          {11, `unknown placeholder "[1 2]"`, all, ""},
		"[IP] != [STATUS-CODE]":     {8, `unknown placeholder "[STATUS-CODE]"`, all, "[STATUS]"},
		"[BODY].a != [STATUS-CODE]": {12, `unknown placeholder "[STATUS-CODE]"`, all, "[STATUS]"},
		"[HEADERS].a != [STАTUS]":   {15, `unknown placeholder "[STАTUS]"`, all, "[STATUS]"},
		"[HEADERS].a != [prod]":     {15, `unknown placeholder "[prod]"`, all, ""},

		"[STATUS] == any (200, 201)": {15, `no space may stand between any and its parenthesis in "any (200, 201)"`, "", "any(200, 201)"},
		"[BODY] != pat  (*x*)":       {13, `no space may stand between pat and its parenthesis in "pat  (*x*)"`, "", "pat(*x*)"},
		"len ([BODY]) > 5":           {3, `no space may stand between len and its parenthesis in "len ([BODY])"`, "", "len([BODY])"},

		"[BODY]a == 1":      {6, `unexpected "a"; a path goes on with .key or [index]`, "", ""},
		"[BODY]. == 1":      {7, `an empty key in the path "."`, "", ""},
		"[BODY].a..b == 1":  {9, `an empty key in the path ".a..b"`, "", ""},
		"[BODY].a[x] == 1":  {9, `"x" is not an index; an index is a whole number from 0`, "", ""},
		"[BODY].a[] == 1":   {9, `"" is not an index; an index is a whole number from 0`, "", ""},
		"[BODY].a[0 == 1":   {10, `missing "]" after "[0"`, "", ""},
		"[BODY].a[0]b == 1": {11, `unexpected "b"; a path goes on with .key or [index]`, "", ""},

		"len([BODY].users == 100":  {16, `missing ")" at the end of "len([BODY].users"`, "", ""},
		"[BODY] == pat(x":          {15, `missing ")" at the end of "pat(x"`, "", ""},
		"len(abc) == 1":            {4, `len() takes a placeholder, not "abc"`, all, ""},
		"has(len([BODY])) == true": {4, `has() takes a placeholder, not "len([BODY])"`, all, ""},
		"len([BDY]) == 1":          {4, `unknown placeholder "[BDY]"`, all, "[BODY]"},
		"age([BODY].t) < 1h":       {0, `unknown function "age"`, "len has pat any matches", ""},
		"LEN([BODY]) < 1":          {0, `unknown function "LEN"`, "len has pat any matches", "len"},
		"1 < length([BODY])":       {4, `unknown function "length"`, "len has pat any matches", "len"},
		"[BODY] == matches((a)":    {18, `"(a" is not a regular expression: missing closing ) in "(a"`, "", ""},
		"[BODY] == matches(x[z-a])": {20, `"x[z-a]" is not a regular expression: invalid character class range in "z-a"`,
			"", ""},

		"[BODY] < pat(x)":    {9, `pat() matches text; it has no order for "<"`, "== !=", ""},
		"matches(x) >= abc":  {0, `matches() matches text; it has no order for ">="`, "== !=", ""},
		"pat(x) == any(y)":   {10, "both sides are patterns; one must be what they match", "", ""},
		"[CONNECTED] > 0":    {0, `[CONNECTED] is not a number; it has no order for ">"`, "== !=", ""},
		"5 < [IP]":           {4, `[IP] is not a number; it has no order for "<"`, "== !=", ""},
		"has([BODY].a) >= 1": {0, `has([BODY].a) is not a number; it has no order for ">="`, "== !=", ""},

		"[RESPONSE_TIME] < 500mz":     {18, `"500mz" is not a time to compare [RESPONSE_TIME] with`, unitTime, ""},
		"[RESPONSE_TIME] == fast":     {19, `"fast" is not a time to compare [RESPONSE_TIME] with`, unitTime, ""},
		"7days < [DOMAIN_EXPIRATION]": {0, `"7days" is not a time to compare [DOMAIN_EXPIRATION] with`, unitTime, ""},
		"[STATUS] < abc":              {11, `"abc" is not a number; < compares numbers`, "a number", ""},
		"len([BODY]) < 5s":            {14, `"5s" is not a number; < compares numbers`, "a number", ""},
		"[BODY].a >= abc":             {12, `"abc" is not a number; >= compares numbers`, numberForm, ""},
	} {
		_, err := Parse(text)
		got, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Errorf("Parse(%q) accepts it", text)
			continue
		}
		if *got != want {
			t.Errorf("Parse(%q)\n got %+v\nwant %+v", text, *got, want)
		}
	}
}

const (
	second     = "a condition of its own for each comparison, and pat(…) for text that contains an operator"
	nothing    = "neither side reads anything from the endpoint"
	headerForm = "a name after a dot, such as [HEADERS].content-type"
	numberForm = "a number or a duration such as 500ms, 2s, 1d12h"
)

func TestTooLongACondition(t *testing.T) {
	t.Parallel()
	_, err := Parse("[BODY] == " + strings.Repeat("x", maxText))
	if want := "a condition of 8202 bytes is too long; at most 8192 are read"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSyntaxErrorIsOneSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[STATSU] == 200":    `unknown placeholder "[STATSU]"; did you mean [STATUS]?`,
		"age([BODY].t) < 1h": `unknown function "age"; accepted: len has pat any matches`,
		"[STATUS]==200":      `the operator "==" needs a space on each side`,
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("Parse(%q): %v, want %s", text, err, want)
		}
	}
}

// What looks like syntax but is text, as in Gatus.
func TestTextThatLooksLikeSyntax(t *testing.T) {
	t.Parallel()
	for body, text := range map[string]string{
		"a < b":          "[BODY] == a < b",
		"abc==":          "[BODY] == abc==",
		"f(x == y)":      "f(x == y) == [BODY]",
		"(":              "( == [BODY]",
		"[1 2 3]":        "[BODY] == [1 2 3]",
		"[x, y]":         "[BODY] == [x, y]",
		"[status-page]":  "[BODY] == [status-page]",
		"[A-1]":          "[A-1] == [BODY]",
		`["STATUS"]`:     `[BODY] == ["STATUS"]`,
		"[]":             "[BODY] == []",
		"any (of these)": "[BODY] == any(any (of these))",
		"any (of) them":  "[BODY] == any (of) them",
		"hello(world)":   "[BODY] == hello(world)",
		"a[STATUS]":      "[BODY] == a[STATUS]",
		"sha256(x)":      "[BODY] == sha256(x)",
		"[":              "[BODY] == [",
		"two  spaces":    "[BODY]   ==   two  spaces  ",
		") == x":         `matches(^\) == x$) == [BODY]`,
		"<b> x == y</b>": "[BODY] == pat(<b> x == y<b>)",
	} {
		c := mustParse(t, text)
		if c.String() != text {
			t.Errorf("String() of %q is %q", text, c)
		}
		if got := c.Evaluate(page(body)); !got.Healthy {
			t.Errorf("%q against %q: %s", text, body, got.Display)
		}
	}
}
