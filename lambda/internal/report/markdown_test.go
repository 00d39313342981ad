package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

func TestMarkdownEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                  "plain",
		"*b* _i_ ~s~ $x$":        `\*b\* \_i\_ \~s\~ \$x\$`,
		"`c`":                    "\\`c\\`",
		`back\slash`:             `back\\slash`,
		"<img onerror=x>&amp;":   "&lt;img onerror=x&gt;&amp;amp;",
		"[a](b)":                 `\[a\](b)`,
		"https://www.example.co": `https\://www\.example.co`,
		"@team #12 #x":           "@&#8203;team #&#8203;12 #x",
		"a\n# b\r\n- c":          "a # b - c",
	} {
		if got := mdText(in); got != want {
			t.Errorf("mdText(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"": "`  `", "x": "`x`", "a`b": "`` a`b ``", "``": "``` `` ```", " x ": "`  x  `", "a\nb": "`a b`",
	} {
		if got := mdCode(in); got != want {
			t.Errorf("mdCode(%q) = %q, want %q", in, got, want)
		}
	}
}

// Every row has as many cells as its table, whatever the cells hold.
func TestMarkdownTablesKeepTheirShape(t *testing.T) {
	separator := regexp.MustCompile(`(^|[^\\])\|`)
	for name, run := range samples {
		var b bytes.Buffer
		if err := Markdown(&b, run()); err != nil {
			t.Fatal(err)
		}
		columns := 0
		for line := range strings.Lines(b.String()) {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			n := len(separator.FindAllString(line, -1))
			if columns == 0 {
				columns = n
			}
			if n != columns {
				t.Errorf("%s: %d cells instead of %d: %s", name, n-1, columns-1, line)
			}
		}
	}
}
