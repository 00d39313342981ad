package check

import (
	"strings"
	"testing"
)

// oneURL is a file with one endpoint, whose url starts in column 28.
func oneURL(url string) string {
	return `endpoints: [{name: a, url: "` + url + `", conditions: ["[CONNECTED] == true"]}]` + "\n"
}

// Each of these hints names the mistake behind a message that would else tell
// what came of it.
func TestHints(t *testing.T) {
	const template = "this looks like a template that was not rendered; run the tool that it is for, such as helm template, and check what that writes"
	const typographic = `stands in typographic quotes, which are part of the text; write " or ' instead`
	schemes := strings.Join(schemeNames(), ", ")
	testMistakes(t, []mistake{
		{
			name: "one slash", file: oneURL("https:/example.com"),
			want: []string{`t.yaml:1:28: endpoints[0].url: "https:/example.com" lacks a part of the :// after its scheme; accepted: ` + schemes + `; did you mean "https://example.com"?`},
		},
		{
			name: "no colon", file: oneURL("HTTPS//example.com"),
			want: []string{`t.yaml:1:28: endpoints[0].url: "HTTPS//example.com" lacks a part of the :// after its scheme; accepted: ` + schemes + `; did you mean "https://example.com"?`},
		},
		{
			name: "no slashes", file: oneURL("tcp:10.0.0.1:80"),
			want: []string{`t.yaml:1:28: endpoints[0].url: "tcp:10.0.0.1:80" lacks a part of the :// after its scheme; accepted: ` + schemes + `; did you mean "tcp://10.0.0.1:80"?`},
		},
		{
			name: "a host called as a scheme", file: oneURL("ssh:22"),
			want: []string{`t.yaml:1:28: endpoints[0].url: "ssh:22" names no scheme; accepted: ` + schemes + `; did you mean "https://ssh:22"?`},
		},
		{
			name: "secret in the query", file: oneURL("tcp://example.com:80/?token=swordfish"),
			want: []string{`t.yaml:1:28: endpoints[0].url: "tcp://example.com:80/?token=[redacted]" goes on after the port; accepted: tcp://HOST:PORT; did you mean "tcp://example.com:80"?`},
		},
		{
			name: "secret in the query of a suggestion", file: oneURL("example.com/?token=swordfish"),
			want: []string{`t.yaml:1:28: endpoints[0].url: "example.com/?token=[redacted]" names no scheme; accepted: ` + schemes + `; did you mean "https://example.com/?token=[redacted]"?`},
		},
		{
			name: "template in quotes", file: oneURL("{{ .Values.url }}"),
			want: []string{`t.yaml:1:28: endpoints[0].url: "{{ .Values.url }}" is no URL: ` + template},
		},
		{
			name: "template", file: "endpoints:\n  - name: a\n    url: {{ .Values.url }}\n",
			want: []string{"t.yaml:3:11: " + template},
		},
		{
			name: "template of lines", file: "endpoints:\n{{- range .Values.endpoints }}\n  - name: {{ .name }}\n",
			want: []string{"t.yaml:2:1: this is not YAML: " + template},
		},
		{
			name: "typographic quotes in a list", file: "    warn-conditions: [“[STATUS] == 200”]",
			want: []string{"t.yaml:5:24: this is not YAML: a text " + typographic},
		},
		{
			name: "typographic quotes in lines", file: "    warn-conditions:\n      - “[STATUS] == 200”",
			want: []string{`t.yaml:6:9: endpoints[0].warn-conditions[0]: "“[STATUS] == 200”" ` + typographic + `; accepted: "[STATUS] == 200"`},
		},
		{
			name: "tab before a key", file: "endpoints:\n  - name: web\n\turl: https://example.com\n",
			want: []string{"t.yaml:3:1: this is not YAML: a tab cannot indent a line; use spaces"},
		},
		{
			name: "tab after a dash", file: "endpoints:\n  -\tname: web\n\t\turl: https://example.com\n",
			want: []string{"t.yaml:2:4: this is not YAML: a tab cannot indent a line; use spaces"},
		},
		{
			name: "no space after a colon above", file: "endpoints:\n  - name:web\n    url: https://example.com\n",
			want: []string{"t.yaml:3:8: this is not YAML: a second colon makes this line ambiguous; quote the value, check the indentation, or look for a line above that has no space after its : or -"},
		},
		{
			name: "no space after a dash above", file: "endpoints:\n  -name: web\n    url: https://example.com\n",
			want: []string{"t.yaml:3:8: this is not YAML: a second colon makes this line ambiguous; quote the value, check the indentation, or look for a line above that has no space after its : or -"},
		},
		{
			name: "no space after the colon", file: "endpoints:\n  - name: web\n    url:https://example.com\n    group: a\n",
			want: []string{"t.yaml:3:5: this is not YAML: this line has no colon, or no space after it; check the indentation, and quote texts of several lines"},
		},
		{
			name: "unclosed quote above", file: "endpoints:\n  - name: \"web\n    url: \"https://example.com\"\n",
			want: []string{"t.yaml:3:11: this is not YAML: this does not fit the lines above; check the indentation, quote values that start with [, {, *, & or !, and look for a quote above that is never closed"},
		},
		{
			name: "dollar in a pattern", file: "    warn-conditions: ['[BODY] == matches($x)']",
			want: []string{"t.yaml:5:23: endpoints[0].warn-conditions[0]: the environment variable x is not set; set it, or give a default: ${x:-default}; $$ stands for a dollar sign"},
		},
		{
			name: "short weekday", file: `    maintenance-windows: [{start: "23:00", duration: 1h, every: [Mon]}]`,
			want: []string{`t.yaml:5:66: endpoints[0].maintenance-windows[0].every[0]: "Mon" is not accepted; accepted: Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday; did you mean "Monday"?`},
		},
		{
			name: "name that reads backwards", file: "endpoints: [{name: \"a\u202eb\", group: \"\\u2066c\", url: \"tcp://h:1\", conditions: [\"[CONNECTED] == true\"]}]\n",
			want: []string{
				`t.yaml:1:20: endpoints[0].name: "a\u202eb" holds a character that a name cannot; accepted: any text without ", \ or control characters`,
				`t.yaml:1:34: endpoints[0].group: "\u2066c" holds a character that a group cannot; accepted: any text without ", \ or control characters`,
			},
		},
		{
			name: "line separator", file: "environment: a\n# b\u2028endpoints: []\n",
			want: []string{`t.yaml:2:4: the character U+2028 is a line break to some programs and none to others; remove it, or write it in double quotes as \u2028`},
		},
		{
			name: "paragraph separator", file: "a: \u2029b\n",
			want: []string{`t.yaml:1:4: the character U+2029 is a line break to some programs and none to others; remove it, or write it in double quotes as \u2029`},
		},
		{
			name: "next line", file: "a: é\u0085b: c\n",
			want: []string{`t.yaml:1:5: the character U+0085 is a line break to some programs and none to others; remove it, or write it in double quotes as \u0085`},
		},
		{
			name: "one key for two pairs",
			file: "endpoints:\n" +
				`  - {group: a, name: b/c, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}` + "\n" +
				`  - {group: a/b, name: $TOKEN, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}` + "\n" +
				`  - {group: a/b, name: c, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}` + "\n" +
				`  - {name: a/b/C, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}` + "\n",
			want: []string{
				`t.yaml:4:24: endpoints[2].name: the name "c" in the group "a/b" makes the key "a/b/c", which the name "b/c" in the group "a" at line 2, column 22 has too, because a key is group/name; give it another name or group`,
				`t.yaml:5:12: endpoints[3].name: the name "a/b/C" without a group makes the key "a/b/C", which the name "b/c" in the group "a" at line 2, column 22 has too, because a key is group/name; give it another name or group`,
			},
		},
		{
			name: "wildcard within a name", file: "    dns: {query-name: a.*.com}",
			want: []string{
				`t.yaml:3:10: endpoints[0].url: "https://example.com" is not a DNS server, and beside a dns: block the url is the server to ask; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver; did you mean "dns://example.com"?`,
				"t.yaml:4:18: warning: endpoints[0].conditions[0]: [STATUS] is never filled by a check of dns://, so this condition says nothing about the endpoint",
				`t.yaml:5:23: endpoints[0].dns.query-name: "a.*.com" is not a name that DNS can know; accepted: a name such as example.com, *.example.com or _sip._tcp.example.com`,
			},
		},
	})
}

// Typographic quotes inside a text are text.
func TestTypographic(t *testing.T) {
	for text, want := range map[string]string{
		"“a”": "a", "„a b“": "a b", "«a»": "a", "‘a’": "a", "“a": "", "a”": "", "“": "", "": "", "“a == “b”": "", "a “b” c": "",
	} {
		inner, quoted := typographic(text)
		if quoted != (want != "") || quoted && inner != want {
			t.Errorf("%s: got %q, %v", text, inner, quoted)
		}
	}
}
