package diagnose

import (
	"encoding/json"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// What a rule may hold: so many values in all of its conditions, so many
// wildcards, and so long a pattern.
const (
	mostValues    = 5
	mostWildcards = 5
	longestValue  = 128
)

// valuesIn counts the values of all conditions of a rule.
func valuesIn(r topology.Rule) (n int) {
	for _, c := range r.Conditions {
		n += len(c.Values) + len(c.Regex) + len(c.Query)
	}
	return n
}

// patternFor is a pattern for one path. A ? stands for every character that
// patterns cannot hold, and for a star, which would mean more than itself;
// false if there is no pattern for it.
func patternFor(path string) (string, bool) {
	pattern := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(`_-.$/~"'@:+&,`, r) {
			return r
		}
		return '?'
	}, path)
	fits := len(pattern) <= longestValue && strings.Count(pattern, "?") <= mostWildcards
	return pattern, fits && !strings.Contains(path, redact.Mask)
}

// patternsFor are paths in as many lists as rules are needed, each of which has
// a host beside them; false if one of the paths cannot be written.
func patternsFor(paths []string) (lists [][]string, ok bool) {
	wild := 0
	for _, path := range paths {
		pattern, fits := patternFor(path)
		if !fits {
			return nil, false
		}
		more := strings.Count(pattern, "?")
		last := len(lists) - 1
		if last < 0 || len(lists[last]) == mostValues-1 || wild+more > mostWildcards {
			lists, last, wild = append(lists, nil), last+1, 0
		}
		if !slices.Contains(lists[last], pattern) {
			lists[last] = append(lists[last], pattern)
			wild += more
		}
	}
	return lists, true
}

// conditionsOf writes the conditions of a rule for a host and paths. The short
// form of the command line splits values at commas and has other characters of
// its own, so anything unusual is written as JSON.
func conditionsOf(host string, patterns []string) string {
	plain := func(text string) bool {
		return !strings.ContainsFunc(text, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./~:+?*", r))
		})
	}
	if plain(host) && !slices.ContainsFunc(patterns, func(p string) bool { return !plain(p) }) {
		return "Field=host-header,Values=" + shell(host) + " Field=path-pattern,Values=" + shell(strings.Join(patterns, ","))
	}
	text, err := json.Marshal([]map[string]any{{"Field": "host-header", "Values": []string{host}}, {"Field": "path-pattern", "Values": patterns}})
	if err != nil {
		return "[]" // cannot be: strings only
	}
	return shell(string(text))
}
