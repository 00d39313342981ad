package main

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// The keys that the README says only the function uses are keys.
func TestREADMEKeysOfTheFunction(t *testing.T) {
	_, text, _ := strings.Cut(chapter(t, "### Reference"), "\nOnly the function uses")
	text, _, _ = strings.Cut(text, "\n\n")
	found := code.FindAllStringSubmatch(text, -1)
	if len(found) < 10 {
		t.Errorf("only %d keys were found", len(found))
	}
	manual := check.Manual()
	for _, m := range found {
		if key := m[1]; key != "watch" && key != "--every" && !strings.Contains(manual, "| `"+key+"` |") {
			t.Errorf("README.md speaks of the key %s, but there is no such key", key)
		}
	}
}

// The kinds of messages in the README are those that are published.
func TestREADMEMessages(t *testing.T) {
	_, text, _ := strings.Cut(readme(t), "\nThese are told, and nothing else is: ")
	text, _, _ = strings.Cut(text, ". Whoever")
	told := map[string]bool{}
	for _, m := range code.FindAllStringSubmatch(text, -1) {
		told[m[1]] = true
	}
	for _, kind := range incident.Published {
		if !told[string(kind)] {
			t.Errorf("README.md does not say that %s is told", kind)
		}
		delete(told, string(kind))
	}
	for _, word := range []string{"deployments", "all", "problems", "none"} { // the setting beside them
		delete(told, word)
	}
	if len(told) > 0 {
		t.Errorf("README.md says that these are told: %v", told)
	}
}

var (
	length   = regexp.MustCompile(`(?m)^\t(\w+) += (?:(\d+) \* )?time\.(Minute|Hour)\b`)
	variable = regexp.MustCompile(`TIDEWATCH_[A-Z_]+`)
)

// The times in the README are those of the policy.
func TestREADMETimes(t *testing.T) {
	source, err := os.ReadFile(repository + "lambda/internal/incident/policy.go")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, m := range length.FindAllStringSubmatch(string(source), -1) {
		written[m[1]] = cmp.Or(m[2], "1") + map[string]string{"Minute": " min", "Hour": " h"}[m[3]]
	}
	text := strings.ReplaceAll(chapter(t, "## How incidents work"), "60 min", "1 h")
	for row, names := range map[string][]string{
		"resolved": {"watchFor"}, "reopened": {"reopenWithin"}, "cause changed": {"causeAfter"}, "flapping": {"flapHour", "steadyAfter"},
		"reminder": {"quietAfter"}, "a deployment is in progress": {"holdFor", "correlate"}, "a deployment never ends": {"deployOverdue"},
		"unknown": {"longestGap"},
	} {
		_, line, _ := strings.Cut(text, "\n| "+row+" | ")
		line, _, _ = strings.Cut(line, "\n")
		for _, name := range names {
			if written[name] == "" || !strings.Contains(line, written[name]) {
				t.Errorf("%s is %q, but README.md says of %q: %s", name, written[name], row, line)
			}
		}
	}
	if !strings.Contains(text, "falls after "+written["lowerAfter"]) {
		t.Errorf("lowerAfter is %s", written["lowerAfter"])
	}
}

// The variables of the function are those that it reads.
func TestREADMEVariables(t *testing.T) {
	source, err := os.ReadFile(repository + "lambda/wire.go")
	if err != nil {
		t.Fatal(err)
	}
	names := func(text string) []string {
		found := append(variable.FindAllString(text, -1), check.EnvConfig)
		slices.Sort(found)
		return slices.Compact(found)
	}
	if read, said := names(string(source)), names(chapter(t, "## The function")); !slices.Equal(read, said) {
		t.Errorf("the function reads %v, README.md names %v", read, said)
	}
}
