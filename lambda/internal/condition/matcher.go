package condition

import (
	"errors"
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
	return func(text string) bool {
		ok, err := path.Match(pattern, strings.ReplaceAll(text, "/", ""))
		return ok && err == nil
	}, nil
}

// compileOptions makes any(). The options are compared as text, so 0xC8 does
// not equal 200.
func compileOptions(argument piece) (matchFunc, *SyntaxError) {
	listed := options(argument.text)
	return func(text string) bool { return slices.Contains(listed, text) }, nil
}

func options(argument string) []string {
	listed := strings.Split(argument, ",")
	for i, option := range listed {
		listed[i] = strings.TrimSpace(option)
	}
	return listed
}

// compileRegexp makes matches().
func compileRegexp(argument piece) (matchFunc, *SyntaxError) {
	re, err := regexp.Compile(argument.text)
	if err == nil {
		return re.MatchString, nil
	}
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return nil, syntaxError(argument.at, "%q is not a regular expression: %v", argument.text, err)
	}
	at := argument.at + max(strings.Index(argument.text, wrong.Expr), 0)
	return nil, syntaxError(at, "%q is not a regular expression: %s in %q", argument.text, wrong.Code, wrong.Expr)
}
