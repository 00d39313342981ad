package report

import (
	"slices"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  string // lines, set apart by |
	}{
		{"", 10, ""},
		{"one two three", 0, "one two three"},
		{"one two three", 7, "one two|three"},
		{"one two three", 6, "one|two|three"},
		{"mlflow-api is well-known-here", 10, "mlflow-api|is|well-known-here"},
		{"see https://example.com/a-b-c-d now", 12, "see|https://example.com/a-b-c-d|now"},
		{"a  b   c", 4, "a  b|c"},
		{"after 1\u00a0min and 20\u00a0s", 9, "after|1 min and|20 s"},
		{"20\u00a0s", 0, "20 s"},
		{"ends here  ", 9, "ends here"},
		{"日本 日本 日", 9, "日本 日本|日"},
		{"\x1b[1mbold\x1b[m text", 9, "\x1b[1mbold\x1b[m text"},
	} {
		var want []string
		if tt.want != "" {
			want = strings.Split(tt.want, "|")
		}
		if got := Wrap(tt.text, tt.width); !slices.Equal(got, want) {
			t.Errorf("Wrap(%q, %d) = %q, want %q", tt.text, tt.width, got, want)
		}
	}
}
