package check

import "testing"

func TestYAMLMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "empty file",
			file: "",
			want: []string{"t.yaml: the file is empty; accepted: a mapping that holds endpoints:"},
		},
		{
			name: "only comments",
			file: `# nothing
`,
			want: []string{"t.yaml: the file is empty; accepted: a mapping that holds endpoints:"},
		},
		{
			name: "empty document",
			file: `---
`,
			want: []string{"t.yaml: the file is empty; accepted: a mapping that holds endpoints:"},
		},
		{
			name: "a list",
			file: `- a
`,
			want: []string{"t.yaml:1:1: the file holds a list; accepted: a mapping that holds endpoints:"},
		},
		{
			name: "plain text",
			file: `hello
`,
			want: []string{`t.yaml:1:1: the file holds "hello"; accepted: a mapping that holds endpoints:`},
		},
		{
			name: "two documents",
			file: `endpoints: []
---
endpoints: []
`,
			want: []string{"t.yaml:2:1: a second YAML document starts here, which would have no effect; remove the --- line, or put the documents into files of one directory"},
		},
		{
			name: "control character",
			file: "a: b\nc: d\u0001\n",
			want: []string{"t.yaml:2:5: the control character 0x01 cannot stand in a YAML file; remove it"},
		},
		{
			name: "tab as indentation",
			file: "endpoints:\n\t- name: x\n",
			want: []string{"t.yaml:2:1: this is not YAML: a tab cannot indent a line; use spaces"},
		},
		{
			name: "condition without quotes in a list",
			file: `endpoints:
  - name: x
    conditions:
      - [STATUS] == 200
`,
			want: []string{`t.yaml:4:18: this is not YAML: a condition that starts with [ must stand in quotes; accepted: - "[STATUS] == 200"`},
		},
		{
			name: "condition without quotes after a key",
			file: `endpoints:
  - name: x
    conditions: [STATUS] == 200
`,
			want: []string{`t.yaml:3:26: this is not YAML: a condition that starts with [ must stand in quotes; accepted: conditions: ["[STATUS] == 200"]`},
		},
		{
			name: "second colon",
			file: `environment: a: b
`,
			want: []string{"t.yaml:1:15: this is not YAML: a second colon makes this line ambiguous; quote the value, check the indentation, or look for a line above that has no space after its : or -"},
		},
		{
			name: "unclosed quote",
			file: `environment: "abc
endpoints: []
`,
			want: []string{"t.yaml:1:14: this is not YAML: the quote that opens here is never closed"},
		},
		{
			name: "unclosed list",
			file: `endpoints: [a, b
x: y
`,
			want: []string{"t.yaml:2:2: this is not YAML: the list that opens with [ is not closed, or a comma is missing"},
		},
		{
			name: "unclosed mapping",
			file: `endpoints: {a: b
x: y
`,
			want: []string{"t.yaml:2:2: this is not YAML: the mapping that opens with { is not closed, or a comma is missing"},
		},
		{
			name: "variable between braces",
			file: "    alerts: [{failure-threshold: ${N}}]",
			want: []string{"t.yaml:5:35: this is not YAML: a ${VARIABLE} between { and } or [ and ] must stand in quotes"},
		},
		{
			name: "unknown escape",
			file: `environment: "a\qb"
`,
			want: []string{`t.yaml:1:16: this is not YAML: this is no escape sequence of a text in double quotes; use single quotes, or write \\ for a backslash`},
		},
		{
			name: "forbidden first character",
			file: `environment: %x
`,
			want: []string{"t.yaml:1:14: this is not YAML: a value cannot start with this character; quote the value"},
		},
		{
			name: "backtick",
			file: "environment: `x`\n",
			want: []string{"t.yaml:1:14: this is not YAML: a value cannot start with this character; quote the value"},
		},
		{
			name: "indentation",
			file: `endpoints:
  - name: a
 environment: b
`,
			want: []string{"t.yaml:3:2: this is not YAML: this does not fit the lines above; check the indentation, quote values that start with [, {, *, & or !, and look for a quote above that is never closed"},
		},
		{
			name: "text of several lines",
			file: `environment: abc
def
x: y
`,
			want: []string{"t.yaml:2:1: this is not YAML: this line has no colon, or no space after it; check the indentation, and quote texts of several lines"},
		},
		{
			name: "unknown anchor",
			file: `endpoints: *nowhere
`,
			want: []string{"t.yaml:1:12: this is not YAML: no anchor of that name stands before this alias; define it with &NAME above, or quote the value if it only starts with *"},
		},
		{
			name: "alias within itself",
			file: `x-a: &a [*a]
endpoints: []
`,
			want: []string{"t.yaml:1:10: the alias *a stands inside the value that it repeats"},
		},
		{
			name: "too many aliases",
			file: `x-a: &a [0,0,0,0,0,0,0,0,0,0]
x-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
x-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
x-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
x-e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
x-f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]
x-g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]
`,
			want: []string{"t.yaml:1:1: with every alias replaced, the file holds more than 2000000 values; use fewer aliases of aliases"},
		},
		{
			name: "too deep",
			file: `endpoints: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
`,
			want: []string{"t.yaml:1:112: the file is nested more than 100 levels deep"},
		},
		{
			name: "key twice",
			file: `environment: a
environment: b
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:2:1: the key "environment" stands here a second time; the first is at line 1, column 1`},
		},
		{
			name: "key twice below a free mapping",
			file: "    headers: {A: b, A: c}",
			want: []string{`t.yaml:5:21: the key "A" stands here a second time; the first is at line 5, column 15`},
		},
		{
			name: "key twice in what is ignored",
			file: "    store: {a: b, a: c}",
			want: []string{
				"t.yaml:5:5: info: endpoints[0].store: has a meaning only within suites, which are not run yet",
				`t.yaml:5:19: the key "a" stands here a second time; the first is at line 5, column 13`,
			},
		},
		{
			name: "key that is a list",
			file: `    ? [a]
    : b`,
			want: []string{"t.yaml:5:7: a list cannot be a key; accepted: text"},
		},
		{
			name: "foreign tag",
			file: "    body: !Sub x",
			want: []string{`t.yaml:5:11: the tag "!Sub" means nothing here; remove it`},
		},
		{
			name: "merge of a text",
			file: "    <<: defaults",
			want: []string{`t.yaml:5:9: endpoints[0]: "defaults" cannot be merged with <<; accepted: an alias of a mapping such as *defaults, or a list of them`},
		},
		{
			name: "merge of a list with a text",
			file: "    <<: [{group: a}, b]",
			want: []string{`t.yaml:5:22: endpoints[0]: "b" cannot be merged with <<; accepted: an alias of a mapping such as *defaults, or a list of them`},
		},
	})
}
