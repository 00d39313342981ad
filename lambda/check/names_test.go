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
		"us-east-1", "us-gov-west-1", "eusc-de-east-1", "us-1", "us--1", "us-east-", "us-east-12", "us-east-x", "US-east-1", "u-east-1", "us-ea5t-1", "us-east-1\n", "us-east-0", "us-gov-iso-east-1", "eusd-de-east-1", "eusc-1", "-", "--",
	} {
		f.Add(name)
	}
	environments, regions := regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z`), regexp.MustCompile(`\A`+RegionPattern+`\z`)
	f.Fuzz(func(t *testing.T, name string) {
		if want := environments.MatchString(name); namesEnvironment(name) != want {
			t.Errorf("%q names an environment: %v", name, !want)
		}
		if want := regions.MatchString(name); namesRegion(name) != want {
			t.Errorf("%q names a region: %v", name, !want)
		}
	})
}

// What AWS has is accepted, in every partition, and what only looks like it is
// not.
func TestRegions(t *testing.T) {
	for _, name := range []string{
		"us-east-1", "us-west-2", "af-south-1", "ap-east-2", "ap-northeast-3", "ap-southeast-7", "ca-west-1", "eu-central-2", "il-central-1", "me-south-1", "mx-central-1", "sa-east-1",
		"cn-north-1", "cn-northwest-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-west-1", "eu-isoe-west-1", "us-isof-south-1",
	} {
		if cfg, report := loadText("aws: {region: " + name + "}\n" + named("a")); cfg == nil || cfg.AWS.Region != name {
			t.Errorf("%s is refused: %s", name, report.Messages)
		}
	}
	for _, name := range []string{"us", "us-east", "us-1", "us-east-0", "us-east-12", "us-east-1a", "usa-east-1", "euscs-de-east-1", "us-gov-iso-west-1", "us_east_1", "US-EAST-1", "frankfurt", "us-east-1.amazonaws.com"} {
		if cfg, _ := loadText("aws: {region: " + name + "}\n" + named("a")); cfg != nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
