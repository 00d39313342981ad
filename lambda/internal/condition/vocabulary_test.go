package condition

import (
	"strings"
	"testing"
)

func TestEveryPlaceholderIsDocumentedByAConditionThatReadsIt(t *testing.T) {
	t.Parallel()
	seen := map[Placeholder]bool{}
	for _, info := range Placeholders() {
		if seen[info.Name] || info.Meaning == "" || info.Unit == "" || strings.Contains(info.Meaning, "\n") {
			t.Errorf("%s: twice, or without a one-line meaning or unit: %+v", info.Name, info)
		}
		seen[info.Name] = true
		reads := mustParse(t, info.Example).Reads()
		if len(reads) != 1 || reads[0] != info.Name {
			t.Errorf("%s: its example %q reads %v", info.Name, info.Example, reads)
		}
	}
}

func TestEveryFunctionIsDocumentedByAConditionThatCallsIt(t *testing.T) {
	t.Parallel()
	for i, info := range Functions() {
		if info.Meaning == "" || info.Unit == "" || !strings.Contains(info.Example, info.Name+"(") {
			t.Errorf("%s: not documented: %+v", info.Name, info)
		}
		mustParse(t, info.Example)
		if (functions[i].takes == nil) == (functions[i].compile == nil) {
			t.Errorf("%s: must either take a placeholder or compile a pattern", info.Name)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"STATSU": "[STATUS]", "status_code": "[STATUS]", "RESPONSETIME": "[RESPONSE_TIME]", "HEADER": "[HEADERS]",
		"CERTIFICATE_EXPIRY": "[CERTIFICATE_EXPIRATION]", "TTBF": "[TTFB]", "BODDY": "[BODY]", "RCODE": "[DNS_RCODE]",
		"UP": "", "": "", "x": "", "prod": "", strings.Repeat("x", 100): "",
	} {
		if got := nearestPlaceholder(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abd", 1}, {"abc", "acb", 1}, {"kitten", "sitting", 3}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
