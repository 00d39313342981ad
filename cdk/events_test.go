package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// matches is what EventBridge does with a pattern, as far as ours go: every
// field of it must be there with one of the values, or of the prefixes.
func matches(pattern, event map[string]any) bool {
	for name, want := range pattern {
		switch want := want.(type) {
		case map[string]any:
			inner, ok := event[name].(map[string]any)
			if !ok || !matches(want, inner) {
				return false
			}
		case []any:
			have, isList := event[name].([]any)
			if !isList {
				have = []any{event[name]}
			}
			if !slices.ContainsFunc(have, func(v any) bool { return slices.ContainsFunc(want, func(w any) bool { return fits(w, v) }) }) {
				return false
			}
		}
	}
	return true
}

func fits(want, have any) bool {
	if m, ok := want.(map[string]any); ok {
		text, isText := have.(string)
		return isText && strings.HasPrefix(text, m["prefix"].(string))
	}
	return want == have
}

// notDelivered are events that the function would understand and the rules do
// not hand over, with the reason.
var notDelivered = map[string]string{
	"deployment-china":         "it is of another partition",
	"deployment-old-arn":       "names of services without their cluster are of before 2021",
	"deployment-old-arn-alone": "as above",
	"task-old-arn":             "it does not tell its cluster either",
	"task-without-cluster-arn": "AWS always tells the cluster of a task",
}

// The rules hand over exactly the events that mean something to the function.
func TestRulesHandOverWhatIsUnderstood(t *testing.T) {
	c := settings(t, existingWith(nil))
	rules := rulesOf(c, place{"aws", "us-east-1", "123456789012", "amazonaws.com"})
	seen := map[string]int{}
	for _, file := range eventFiles(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		var event map[string]any
		var understood struct{ Kind string }
		readJSON(t, file, &event)
		readJSON(t, strings.TrimSuffix(file, ".json")+".golden", &understood)
		var by []string
		for _, r := range rules {
			if matches(r.pattern(), event) {
				by = append(by, r.id)
			}
		}
		wanted := slices.Contains([]string{"deployment", "service-action", "task-stopped"}, understood.Kind) && notDelivered[name] == ""
		if want := map[bool]int{true: 1}[wanted]; len(by) != want {
			t.Errorf("%s is handed over by %v, and is %q for the function", name, by, understood.Kind)
		}
		for _, id := range by {
			seen[id]++
		}
	}
	for _, r := range rules {
		if seen[r.id] < 2 {
			t.Errorf("%s was tried with %d events", r.id, seen[r.id])
		}
	}
}

// eventFiles are the events that the function's own tests have, but for those
// that it refuses.
func eventFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../lambda/internal/trigger/testdata/*.json")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d events, %v", len(files), err)
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasPrefix(filepath.Base(f), "bad-") })
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestMatches(t *testing.T) {
	event := map[string]any{"a": "x", "list": []any{"p/q"}, "in": map[string]any{"b": "y"}}
	for text, want := range map[string]bool{
		`{"a":["x","z"]}`: true, `{"a":["z"]}`: false, `{"list":[{"prefix":"p/"}]}`: true, `{"list":[{"prefix":"q"}]}`: false,
		`{"in":{"b":["y"]}}`: true, `{"in":{"c":["y"]}}`: false, `{"a":["x"],"in":{"b":["n"]}}`: false, `{"none":{"b":["y"]}}`: false,
	} {
		var pattern map[string]any
		if err := json.Unmarshal([]byte(text), &pattern); err != nil {
			t.Fatal(err)
		}
		if got := matches(pattern, maps.Clone(event)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
