package awsapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

// odd are values that a file can have where another one belongs.
var odd = []any{nil, "", "::1", -1, 1 << 62, 70000, true, []any{}, []any{nil}, []any{map[string]any{}}, map[string]any{}, "9999-12-31T23:59:59Z", "(["}

// place is one value in a document, and what replaces it.
type place struct {
	value any
	put   func(any)
}

// places finds each value below one, by its path without numbers and keys; of
// several with the same path, the first.
func places(v any, shape string, put func(any), found map[string]place) {
	if _, known := found[shape]; !known {
		found[shape] = place{v, put}
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name := key
			if key == "" || strings.ContainsAny(key, ":|/.-") { // the key of a want
				name = "*"
			}
			places(v[key], shape+"."+name, func(value any) { v[key] = value }, found)
		}
	case []any:
		for i, inner := range v {
			places(inner, shape+"[]", func(value any) { v[i] = value }, found)
		}
	}
}

// Every value that a saved diagnosis has is replaced by others that do not
// belong there, of all that scenarios read: the file is refused, or it is
// diagnosed and reported. Nothing panics.
func TestHostileCases(t *testing.T) {
	t.Parallel()
	tried, diagnosed := map[string]bool{}, 0
	for _, name := range sample([]string{
		"accept-a", "accept-c", "d01-no-record", "d03-not-associated", "d07-one-subnet", "d08-expired", "d10-renewal-at-risk", "d12-shadowed", "d19-half-of-them", "d21-return-denied",
		"d22-denied", "d24-crash-loop", "d25-out-of-memory", "d27-rolled-back", "d31-blocked", "d32-no-instances", "d33-invalid-host", "d34-storage-full", "d35-no-route", "d40-redis-blocked",
	}) {
		s, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		_, in, _ := playAll(t, s)
		whole, found := placesOf(t, pipeline.Case{Input: in})
		for _, shape := range slices.Sorted(maps.Keys(found)) {
			if tried[shape] {
				continue
			}
			tried[shape] = true
			for _, value := range odd {
				found[shape].put(value)
				if replays(t, fmt.Sprintf("%s with %v at %s", name, value, shape), *whole) {
					diagnosed++
				}
			}
			found[shape].put(found[shape].value)
		}
	}
	t.Logf("%d places, %d cases were diagnosed", len(tried), diagnosed)
	if !testing.Short() && (len(tried) < 300 || diagnosed < 1000) {
		t.Errorf("only %d places, and %d cases diagnosed", len(tried), diagnosed)
	}
}

func placesOf(t *testing.T, c pipeline.Case) (whole *any, found map[string]place) {
	t.Helper()
	whole, found = new(any), map[string]place{}
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, whole)
	}
	if err != nil {
		t.Fatal(err)
	}
	places(*whole, "", func(value any) { *whole = value }, found)
	return whole, found
}

// replays reports whether a case could be read; then its report can be made.
func replays(t *testing.T, what string, whole any) bool {
	t.Helper()
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if cause := recover(); cause != nil {
			t.Errorf("%s: %v", what, cause)
		}
	}()
	c, err := pipeline.ReadCase(text)
	if err != nil {
		return false
	}
	d := pipeline.Replay(c)
	if _, err := report.DiagnosisJSON(d); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	return report.DiagnosisText(d) != "" && report.DiagnosisMarkdown(d) != "" && report.DiagnosisSlack(d) != ""
}
