package redact

import (
	"slices"
	"strings"
)

// secretNames are parts of names of headers and parameters whose values are
// secrets, as that by which a content network shows that it is the one.
var secretNames = []string{"PASS", "SECRET", "TOKEN", "KEY", "AUTH", "CRED", "COOKIE", "SESSION", "SIGN", "VERIFY"}

// HoldsSecret reports whether a header or parameter of that name is likely to
// have a secret as its value, however the value looks.
func HoldsSecret(name string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(name, part) })
}
