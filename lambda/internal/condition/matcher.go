package condition

import (
	"bufio"
	"errors"
	"io"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// compileGlob makes pat(). Every "/" is deleted from pattern and text, because
// Gatus does; files rely on * crossing slashes that way. A malformed pattern
// matches nothing, as in Gatus, and is linted.
func compileGlob(argument piece) (matchFunc, *SyntaxError) {
	pattern := strings.ReplaceAll(argument.text, "/", "")
	if _, err := path.Match(pattern, ""); err != nil {
		return func(value) bool { return false }, nil
	}
	parts := parseGlob(pattern)
	for _, part := range parts {
		if part.afterStar && len(part.elements) > maxSearched {
			err := syntaxError(argument.at, "pat() looks behind a * for at most %d characters with ? or [ among them, not for %d",
				maxSearched, len(part.elements))
			err.Accepted = "a shorter pattern, or one without ? and ["
			return nil, err
		}
	}
	return func(v value) bool { return parts.match(v.open()) }, nil
}

// compileOptions makes any(). The options are compared as text, so 0xC8 does
// not equal 200.
func compileOptions(argument piece) (matchFunc, *SyntaxError) {
	listed := options(argument.text)
	return func(v value) bool { return v.long == nil && slices.Contains(listed, v.text()) }, nil
}

func options(argument string) []string {
	listed := strings.Split(argument, ",")
	for i, option := range listed {
		listed[i] = strings.TrimSpace(option)
	}
	return listed
}

// The time that a regular expression takes is its size times that of the text.
// Both are bounded, so that no answer costs more than a fraction of a second.
const (
	maxProgram = 300       // instructions
	maxMatched = 256 << 10 // bytes
)

// compileRegexp makes matches().
func compileRegexp(argument piece) (matchFunc, *SyntaxError) {
	size, err := programSize(argument.text)
	if err != nil {
		return nil, badRegexp(argument, err)
	}
	if size > maxProgram {
		err := syntaxError(argument.at, "this regular expression takes %d steps at each character; at most %d are made", size, maxProgram)
		err.Accepted = "fewer or shorter repetitions, such as .* for .{0,500}, or pat(…) for a long text"
		return nil, err
	}
	re, err := regexp.Compile(argument.text)
	if err != nil {
		return nil, badRegexp(argument, err)
	}
	return func(v value) bool {
		switch {
		case v.long == nil:
			return re.MatchString(v.text())
		case v.long.json:
			return re.MatchReader(bufio.NewReader(io.LimitReader(v.open(), maxMatched)))
		default:
			return re.Match(v.long.body[:min(len(v.long.body), maxMatched)])
		}
	}, nil
}

// programSize counts the instructions of a regular expression.
func programSize(text string) (int, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	return len(program.Inst), nil
}

func badRegexp(argument piece, err error) *SyntaxError {
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return syntaxError(argument.at, "%q is not a regular expression: %v", argument.text, err)
	}
	at := argument.at + max(strings.Index(argument.text, wrong.Expr), 0)
	return syntaxError(at, "%q is not a regular expression: %s in %q", argument.text, wrong.Code, wrong.Expr)
}
