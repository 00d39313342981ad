package check

import (
	"regexp"
	"strings"
	"testing"
)

// What is read by hand takes the same names as the pattern that says what is
// meant.
func FuzzNamesAreThoseOfThePatterns(f *testing.F) {
	for _, name := range []string{
		"", "a", "-a", ".a", "_a", "a.b-c_D9", strings.Repeat("x", 64), strings.Repeat("x", 65), "a b", "ä", "a\n", "a\xff",
		"us-east-1", "us-gov-west-1", "eusc-de-east-1", "us-1", "us--1", "us-east-", "us-east-12", "us-east-x", "US-east-1", "u-east-1", "us-ea5t-1", "us-east-1\n", "-", "--",
	} {
		f.Add(name)
	}
	environments, regions := regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z`), regexp.MustCompile(`\A[a-z]{2}(-[a-z]+)+-[0-9]\z`)
	f.Fuzz(func(t *testing.T, name string) {
		if want := environments.MatchString(name); namesEnvironment(name) != want {
			t.Errorf("%q names an environment: %v", name, !want)
		}
		if want := regions.MatchString(name); namesRegion(name) != want {
			t.Errorf("%q names a region: %v", name, !want)
		}
	})
}
