package check

import (
	"regexp"
	"sync"
)

// lazily compiles a pattern when it is first needed: most files need few of
// them, and every start of the function would pay for all.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
