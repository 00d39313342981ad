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

// What is known about an endpoint stands below the heading of its group.
func TestMarkdownFactsStandInTheirGroup(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, mixed()); err != nil {
		t.Fatal(err)
	}
	group, told := "", 0
	for line := range strings.Lines(b.String()) {
		if title, found := strings.CutPrefix(line, "### "); found {
			group, _, _ = strings.Cut(title, ":")
		}
		heading, found := strings.CutPrefix(line, "#### ")
		if !found {
			continue
		}
		told++
		_, key, _ := strings.Cut(strings.TrimSpace(heading), " ")
		of, _, grouped := strings.Cut(key, "/")
		if grouped && of != group || !grouped && group != "without a group" {
			t.Errorf("%q stands below the group %q", key, group)
		}
	}
	if told < 9 {
		t.Errorf("only %d endpoints have facts", told)
	}
}
