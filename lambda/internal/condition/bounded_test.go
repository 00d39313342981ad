package condition

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// No answer makes a pattern take long.
func TestPatternsTakeBoundedTime(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", longest)
	bodies := map[string]*Observation{"text": page(text), "JSON": page(`{"a":"` + text + `\n"}`)}
	for name, pattern := range map[string]string{
		"literal":        "pat(*" + strings.Repeat("a", 8000) + "b*)",
		"literals":       "pat(*" + strings.Repeat("a*", 4000) + "b*)",
		"classes":        "pat(*" + strings.Repeat("[a-z]", maxSearched-1) + "b*)",
		"characters":     "pat(*" + strings.Repeat("?", maxSearched-1) + "b*)",
		"begins":         "pat(" + strings.Repeat("[a-z]", 1600) + "*b)",
		"big class":      "pat(*[" + strings.Repeat("a-zé-ü", 900) + "]b*)",
		"repetition":     "matches(.{0,70}ready.{0,70})",
		"alternatives":   "matches(" + strings.Repeat("a*x|", 60) + "b)",
		"anchored at $":  "matches((a|aa|aaa|aaaa)+b$)",
		"nested repeats": "matches((a*)*b)",
	} {
		for kind, o := range bodies {
			for _, path := range []string{"", ".a"} {
				start := time.Now()
				mustParse(t, "[BODY]"+path+" == "+pattern).Evaluate(o)
				if took := time.Since(start); took > 30*time.Second { // less than one on a machine at rest; without a bound it takes for ever
					t.Errorf("%s of %s%s takes %v", name, kind, path, took)
				}
			}
		}
	}
}

func TestPatternsThatWouldTakeLong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]SyntaxError{
		"[BODY] == matches(.{0,500}ready.{0,500})": {18, "this regular expression takes 2007 steps at each character; at most 300 are made",
			"fewer or shorter repetitions, such as .* for .{0,500}, or pat(…) for a long text", ""},
		"[BODY] == pat(*" + strings.Repeat("[a-z]", 1000) + ")": {14,
			"pat() looks behind a * for at most 256 characters with ? or [ among them, not for 1000",
			"a shorter pattern, or one without ? and [", ""},
	} {
		_, err := Parse(text)
		if got, ok := errors.AsType[*SyntaxError](err); !ok || *got != want {
			t.Errorf("Parse(%.50q)\n got %+v\nwant %+v", text, got, want)
		}
	}
	for _, text := range []string{
		"[BODY] == pat(" + strings.Repeat("[a-z]", 1000) + "*)", "[BODY] == pat(*" + strings.Repeat("a", 5000) + "*)",
		"[BODY] == pat(*sha256:" + strings.Repeat("[0-9a-f]", 64) + "*)",
		`[BODY].t == matches(^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$)`,
		`[BODY].id == matches((?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$)`,
		`[IP] == matches(^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$)`,
	} {
		mustParse(t, text)
	}
}

// A regular expression is held against the beginning of a very long text, a
// pattern against all of it.
func TestWhatPatternsSeeOfALongText(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"a":"` + strings.Repeat("x", maxMatched-100) + ` first ` + strings.Repeat("x", 200) + ` last"}`,
		`{"a":"\n` + strings.Repeat("x", maxMatched-100) + ` first ` + strings.Repeat("x", 200) + ` last"}`,
	} {
		for _, path := range []string{"", ".a"} {
			for text, want := range map[string]bool{"matches( first )": true, "matches( last)": false, "pat(* first *)": true, "pat(* last*)": true} {
				if got := mustParse(t, "[BODY]"+path+" == "+text).Evaluate(page(body)); got.Healthy != want {
					t.Errorf("[BODY]%s == %s: got %t", path, text, got.Healthy)
				}
			}
		}
	}
}
