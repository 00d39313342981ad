package condition

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// literalLints look at a literal and the reading that it is compared with. Each
// returns its problem or "".
var literalLints = [...]func(*reading, *literal, operator) string{
	lintTruth, lintNotNumber, lintRange, lintLeadingZero, lintGlobLook, lintQuotes, lintNull, lintCallLook, lintBareExpiration,
}

// matcherLints look at a pattern and the reading that is held against it.
var matcherLints = [...]func(*reading, *matcher, operator) string{
	lintSlash, lintBadGlob, lintNesting, lintOptions,
}

func lintTruth(r *reading, l *literal, op operator) string {
	if r.kind() != truth || l.text == "true" || l.text == "false" {
		return ""
	}
	instead := strings.ToLower(l.text)
	if instead != "true" && instead != "false" {
		instead = "true or false"
	}
	return fmt.Sprintf("%s is true or false in small letters, so this %s; write %s", r.text, constant(op == notEqual), instead)
}

func lintNotNumber(r *reading, l *literal, op operator) string {
	if _, ok := parseNumber(l.text); ok || r.kind() != integer {
		return ""
	}
	return fmt.Sprintf("%s is a number and %q is not, so this %s; write a number", r.text, l.text, constant(op == notEqual))
}

func lintLeadingZero(r *reading, l *literal, _ operator) string {
	digits := strings.TrimLeft(l.text, "+-")
	number, ok := parseNumber(l.text)
	if !ok || r.kind() == word || r.kind() == truth || len(digits) < 2 || digits[0] != '0' ||
		strings.Trim(digits, "0123456789_") != "" {
		return ""
	}
	n, ok := number.integer()
	if _, whole := parseWhole(l.text); !ok || !whole && r.kind() == dynamic {
		return "" // 09 equals the number 9 and the text 09
	}
	base := "octal"
	if decimal, err := strconv.ParseInt(l.text, 10, 64); err == nil && decimal == n {
		base = "the number"
	}
	return fmt.Sprintf("%s is read as %s %d; write it without the leading zero, or with 0o if octal is meant", l.text, base, n)
}

func lintGlobLook(r *reading, l *literal, op operator) string {
	if k := r.kind(); k != dynamic && k != word || !op.equality() || !strings.Contains(l.text, "*") {
		return ""
	}
	if _, _, isCall := cutCall(l.text); isCall || colonCall(l.text) != "" {
		return "" // lintCallLook knows better
	}
	return fmt.Sprintf("%q is compared letter by letter, not as a pattern; write pat(%s)", l.text, l.text)
}

func lintQuotes(r *reading, l *literal, op operator) string {
	n := len(l.text)
	if n < 2 || !op.equality() || l.text[0] != l.text[n-1] || l.text[0] != '"' && l.text[0] != '\'' {
		return ""
	}
	return fmt.Sprintf("the quotes are part of the text that %s is compared with; write %s", r.text, l.text[1:n-1])
}

func lintNull(r *reading, l *literal, op operator) string {
	if len(r.path) == 0 || r.function != nil || l.text != "null" {
		return ""
	}
	return fmt.Sprintf("null counts as a missing value, so this %s for it; write has(%s) == %t",
		constant(op == notEqual), r.text, op == notEqual)
}

// colonCall returns what `pat:*x*` was meant to be, pat(*x*), or "".
func colonCall(text string) string {
	name, rest, ok := strings.Cut(text, ":")
	if f := findFunction(name); !ok || f == nil || f.compile == nil || rest == "" {
		return ""
	}
	return name + "(" + strings.TrimSpace(rest) + ")"
}

func lintCallLook(_ *reading, l *literal, _ operator) string {
	if call := colonCall(l.text); call != "" {
		return fmt.Sprintf("%q is compared letter by letter; write %s", l.text, call)
	}
	name, rest, ok := cutCall(l.text)
	if !ok || !strings.HasSuffix(rest, ")") {
		return ""
	}
	near := nearest(strings.ToLower(name), functionNames())
	if near == "" {
		return ""
	}
	return fmt.Sprintf("%s is text, as no function is named %s; write %s(%s", l.text, name, near, rest)
}

// lintBareExpiration is about days written as milliseconds.
func lintBareExpiration(r *reading, l *literal, _ operator) string {
	_, isNumber := parseNumber(l.text)
	if r.from.format != inSeconds || r.function != nil || !isNumber || l.val.n <= 0 || l.val.n >= int64(day) {
		return ""
	}
	return fmt.Sprintf("%s is milliseconds here; write %sd for days", l.text, l.text)
}

func lintSlash(_ *reading, m *matcher, _ operator) string {
	if m.function.Name != patName || !strings.Contains(m.argument.text, "/") {
		return ""
	}
	return fmt.Sprintf("pat() ignores every /, so %s also matches text without it; write matches(…) where it counts", m.text)
}

func lintBadGlob(_ *reading, m *matcher, op operator) string {
	if m.function.Name != patName {
		return ""
	}
	if _, err := path.Match(strings.ReplaceAll(m.argument.text, "/", ""), ""); err == nil {
		return ""
	}
	return fmt.Sprintf("%s is malformed, so this %s; close every [ and write \\[ for a bracket itself", m.text, constant(op == notEqual))
}

func lintNesting(_ *reading, m *matcher, _ operator) string {
	if m.function.Name != anyName {
		return ""
	}
	for _, option := range options(m.argument.text) {
		name, _, ok := cutCall(option)
		if ok && findFunction(name) != nil || mentionsPlaceholder(option) {
			return fmt.Sprintf("any() compares with the text %q as it stands; write a condition of its own for it", option)
		}
	}
	return ""
}

// lintOptions is about options that the text of a number or truth value never is.
func lintOptions(r *reading, m *matcher, _ operator) string {
	k := r.kind()
	if m.function.Name != anyName || k == dynamic || k == word {
		return ""
	}
	for _, option := range options(m.argument.text) {
		if k == truth && option != "true" && option != "false" {
			return fmt.Sprintf("%s is never %q; write true or false in small letters", r.text, option)
		}
		if n, err := strconv.ParseInt(option, 10, 64); k != truth && (err != nil || strconv.FormatInt(n, 10) != option) {
			return fmt.Sprintf("%s is never the text %q; write whole decimal numbers in any()", r.text, option)
		}
	}
	return ""
}
