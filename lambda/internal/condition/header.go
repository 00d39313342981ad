package condition

import (
	"slices"
	"strings"
)

// canonicalHeader spells a name as net/http does, `Content-Type`. It is
// written out here because this package reaches no network package.
func canonicalHeader(name string) string {
	b := []byte(strings.ToLower(name))
	start := true
	for i, ch := range b {
		if start && 'a' <= ch && ch <= 'z' {
			b[i] = ch - 'a' + 'A'
		}
		start = ch == '-'
	}
	return string(b)
}

// headerValues finds a header. Names that are not canonical are found too, in
// a fixed order.
func headerValues(header map[string][]string, canonical string) []string {
	if values, ok := header[canonical]; ok {
		return values
	}
	var names []string
	for name := range header {
		if strings.EqualFold(name, canonical) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var values []string
	for _, name := range names {
		values = append(values, header[name]...)
	}
	return values
}
