package check

import (
	"regexp"
	"strings"
)

// Match returns what tells whether a check is meant by a pattern, as people
// write it after --only and in manual events. In a pattern * is any text, with
// slashes, and ? one character; case does not matter, as it does not in keys.
// A pattern without a slash also means the endpoints of that name, and those
// of the group of that name.
func Match(pattern string) func(*Check) bool {
	glob := globOf(pattern)
	part := !strings.Contains(pattern, "/")
	return func(c *Check) bool {
		return glob.MatchString(c.Key) || part && (glob.MatchString(c.Name) || c.Group != "" && glob.MatchString(c.Group))
	}
}

func globOf(pattern string) *regexp.Regexp {
	// Bytes that are not UTF-8 are in no expression; they match themselves in
	// no key either.
	quoted := regexp.QuoteMeta(strings.ToValidUTF8(pattern, "\ufffd"))
	quoted = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	return regexp.MustCompile(`(?is)^` + quoted + `$`)
}
