package condition

import (
	"math"
	"strconv"
	"strings"
)

// step leads from one JSON value into another: by key into an object, or by
// index into an array.
type step struct {
	key     string
	index   int
	indexed bool
}

// parsePath reads ".key", "[0]" and any sequence of them. A backslash makes
// the byte after it part of a key: `.first\.name`.
func parsePath(p piece) ([]step, *SyntaxError) {
	var path []step
	rest := p.text
	for rest != "" {
		at := p.at + len(p.text) - len(rest)
		// Gatus reads [BODY].[0] as [BODY][0].
		if trimmed := strings.TrimPrefix(rest, "."); strings.HasPrefix(trimmed, "[") {
			s, after, err := parseIndex(trimmed, at+len(rest)-len(trimmed))
			if err != nil {
				return nil, err
			}
			path, rest = append(path, s), after
			continue
		}
		if rest[0] != '.' {
			return nil, syntaxError(at, "unexpected %q; a path goes on with .key or [index]", rest)
		}
		key, after := cutKey(rest[1:])
		if key == "" {
			return nil, syntaxError(at+1, "an empty key in the path %q", p.text)
		}
		path, rest = append(path, step{key: key}), after
	}
	return path, nil
}

// parseIndex reads "[0]". An index that no array can have is kept: it finds
// nothing.
func parseIndex(text string, at int) (step, string, *SyntaxError) {
	digits, after, closed := strings.Cut(text[1:], "]")
	if !closed {
		return step{}, "", syntaxError(at+len(text), "missing \"]\" after %q", text)
	}
	unsigned := strings.TrimPrefix(digits, "-")
	if unsigned == "" || strings.Trim(unsigned, "0123456789") != "" {
		return step{}, "", syntaxError(at+1, "%q is not an index; an index is a whole number from 0", digits)
	}
	index, err := strconv.Atoi(digits)
	if err != nil {
		index = math.MaxInt
	}
	return step{index: index, indexed: true}, after, nil
}

// cutKey splits the text where the key ends: at the next dot or bracket.
func cutKey(text string) (key, after string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '.' || text[i] == '[':
			return b.String(), text[i:]
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}
