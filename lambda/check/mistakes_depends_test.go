package check

import "testing"

func TestDependencyMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "unknown dependency",
			file: "    depends-on: [internal/db]",
			want: []string{`t.yaml:5:18: endpoints[0].depends-on[0]: no endpoint has the key "internal/db"; accepted: web`},
		},
		{
			name: "dependency without its group",
			file: `endpoints:
  - {name: a, group: G, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: b, depends-on: [a], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{`t.yaml:3:28: endpoints[1].depends-on[0]: no endpoint has the key "a"; did you mean "G/a"?`},
		},
		{
			name: "dependency misspelt",
			file: `endpoints:
  - {name: a, group: G, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: b, depends-on: [g/aa], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{`t.yaml:3:28: endpoints[1].depends-on[0]: no endpoint has the key "g/aa"; did you mean "G/a"?`},
		},
		{
			name: "dependency as a text",
			file: "    depends-on: web",
			want: []string{`t.yaml:5:17: endpoints[0].depends-on: "web" does not fit here; accepted: a list of keys such as [internal/database]`},
		},
		{
			name: "dependency on itself",
			file: "    depends-on: [WEB]",
			want: []string{"t.yaml:5:17: endpoints[0].depends-on: endpoints depend on each other in a circle: web → web"},
		},
		{
			name: "circle of dependencies",
			file: `endpoints:
  - {name: a, depends-on: [b], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: b, depends-on: [c], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: c, depends-on: [a], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{"t.yaml:2:27: endpoints[0].depends-on: endpoints depend on each other in a circle: a → b → c → a"},
		},
		{
			name: "dependency on a disabled endpoint",
			file: `endpoints:
  - {name: a, enabled: false, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: b, depends-on: [a], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{`t.yaml:3:28: warning: endpoints[1].depends-on[0]: the endpoint "a" is disabled, so it never explains a failure`},
		},
		{
			name: "quote in a group, and a line break in a key",
			file: "    group: 'a\"b'\n    headers: {\"A\\nB\": c}",
			want: []string{
				`t.yaml:5:12: endpoints[0].group: "a\"b" holds a character that a group cannot; accepted: any text without ", \ or control characters`,
				`t.yaml:6:15: endpoints[0].headers."A\nB": "A\nB" cannot be the name of a header; accepted: letters, digits and !#$%&'*+-.^_` + "`|~",
			},
		},
	})
}
