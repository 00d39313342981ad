package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// distorted are variants of a value, in each of which something is of another
// type.
func distorted(v any) []any {
	all := []any{7.5, "text", []any{"text", 7}, map[string]any{"a": true}, nil}
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			for _, other := range distorted(v[name]) {
				changed := maps.Clone(v)
				changed[name] = other
				all = append(all, changed)
			}
		}
	case []any:
		if len(v) > 0 {
			for _, other := range distorted(v[0]) {
				all = append(all, append([]any{other}, v[1:]...))
			}
		}
	}
	return all
}

// Whatever one field holds, the rest of a message is shown as ever, and not as
// JSON.
func TestFieldsOfOtherTypes(t *testing.T) {
	for _, name := range []string{"opened", "late-opened", "late-resolved", "deployment-failed", "summary"} {
		var whole map[string]any
		if err := json.Unmarshal([]byte(fixtures(t)[name]), &whole); err != nil {
			t.Fatal(err)
		}
		subject, tried := whole["subject"].(string), 0
		for _, field := range slices.Sorted(maps.Keys(whole)) {
			for _, other := range distorted(whole[field]) {
				changed := maps.Clone(whole)
				changed[field] = other
				text, err := json.Marshal(changed)
				if err != nil {
					t.Fatal(err)
				}
				m := of(string(text))
				valid(t, m)
				shown := shownText(m)
				if tried++; strings.Contains(shown, `"version"`) || field != "subject" && !strings.Contains(shown, subject[:20]) || strings.Contains(shown, "told ,") {
					t.Errorf("%s: with %s as %.60v it is shown as\n%.300s", name, field, other, shown)
				}
			}
		}
		if tried < 100 {
			t.Errorf("%s: %d variants", name, tried)
		}
	}
	// Of an alarm, too.
	m := of(strings.Replace(alarmText, `"AlarmDescription":"`, `"Region":7,"AlarmDescription":"`, 1))
	if shown := shownText(m); !strings.HasPrefix(shown, "🔴 ALARM: Tidewatch-shop-silent\n") || !strings.Contains(shown, "nothing is watched") {
		t.Errorf("an alarm is shown as\n%s", shown)
	}
}
