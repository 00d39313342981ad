package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the templates in testdata and the generated sections of README.md")

// hashes are those of programs and versions, which change with every commit.
var hashes = regexp.MustCompile(`\b[0-9a-f]{64}\.zip\b|CurrentVersion[0-9A-F]{8}[0-9a-f]{32}`)

// What a change does to the stack shows here, and in its review: the templates
// are kept, and a difference is told by resource and property.
func TestSnapshots(t *testing.T) {
	needsNode(t)
	for variant := range contexts {
		t.Run(variant, func(t *testing.T) {
			got := stable(t, rawTemplateOf(t, variant))
			path := filepath.Join("testdata", variant+".template.json")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if differences := compare(t, want, got); len(differences) > 0 {
				t.Errorf("the template is not that of %s; if it should be as it is now, run\n\tgo test ./cdk -run Snapshots -update\n%s", path, strings.Join(differences, "\n"))
			}
		})
	}
}

// stable is a template without hashes and without what only the CDK reads.
func stable(t *testing.T, raw []byte) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(hashes.ReplaceAll(raw, []byte("HASH")), &doc); err != nil {
		t.Fatal(err)
	}
	for _, r := range doc["Resources"].(map[string]any) {
		delete(r.(map[string]any), "Metadata")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compare lists what differs, by path.
func compare(t *testing.T, want, got []byte) []string {
	t.Helper()
	leaves := func(raw []byte) map[string]string {
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		var walk func(path string, v any)
		walk = func(path string, v any) {
			switch v := v.(type) {
			case map[string]any:
				for name, inner := range v {
					walk(path+"."+name, inner)
				}
			case []any:
				for i, inner := range v {
					walk(fmt.Sprintf("%s[%d]", path, i), inner)
				}
			default:
				all[strings.TrimPrefix(path, ".")] = show(v)
			}
		}
		walk("", doc)
		return all
	}
	was, is := leaves(want), leaves(got)
	everything := maps.Clone(was)
	maps.Copy(everything, is)
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(everything)) {
		switch before, after := was[path], is[path]; {
		case before == after:
		case before == "":
			lines = append(lines, "  + "+path+" = "+after)
		case after == "":
			lines = append(lines, "  - "+path+" = "+before)
		default:
			lines = append(lines, "  ~ "+path+" = "+before+" → "+after)
		}
	}
	return lines
}

func TestCompare(t *testing.T) {
	got := compare(t, []byte(`{"a":{"b":1,"c":[1,2]},"d":1}`), []byte(`{"a":{"b":2,"c":[1]},"e":"x"}`))
	if want := "  ~ a.b = 1 → 2\n  - a.c[1] = 2\n  - d = 1\n  + e = \"x\""; strings.Join(got, "\n") != want {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}
