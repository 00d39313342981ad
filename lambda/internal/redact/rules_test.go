package redact

import (
	"strings"
	"testing"
)

// examples has for each rule texts that it alone must recognise, with the
// secret in brackets, and texts that it must leave alone.
var examples = map[string]struct{ secret, harmless []string }{
	"private key": {
		secret: []string{
			"<-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----->",
			"x <-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----> y",
			"<-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl>",
		},
		harmless: []string{"-----BEGIN CERTIFICATE-----\nMIIE", "the private key is missing"},
	},
	"AWS access key": {
		secret:   []string{"id <AKIAIOSFODNN7EXAMPLE>.", "<ASIAIOSFODNN7EXAMPLE>", "cut <AKIAIOSFODNN7EXA>"},
		harmless: []string{"ASIA", "MALAYSIAASIAPACIFIC123", "akiaiosfodnn7example"},
	},
	"JSON Web Token": {
		secret:   []string{"<eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln>", "<eyJhbGciOiJIUzI1NiJ9>", "a=<eyJhbGciOiJub25lIn0.e30.>"},
		harmless: []string{"eyJ", "heyJude"},
	},
	"vendor token": {
		secret: []string{
			"<ghp_0123456789abcdefABCD>", "<github_pat_0123456789abcdef_AB>", "<glpat-0123456789abcdefABCD>",
			"<xoxb-0123456789-abc>", "<sk_live_0123456789>", "<sk-proj-0123456789abcdefghij>",
			"https://hooks.slack.com/services/<T000/B000/XXXX> x",
		},
		harmless: []string{"ghp_short", "https://hooks.slack.com/", "desk-lamp", "through"},
	},
	"authorization": {
		secret: []string{
			"Authorization: Bearer <mF_9.B5f-4.1JqM>", "bearer%20<abcdef>", "Basic <dXNlcjpwYXNz>", "BASIC  <QWxhZGRpbg==>",
			"authorization: AWS4 <abcdef>",
		},
		harmless: []string{"Bearer realm=x", "Basic authentication failed", "a bearer token is required", "basically fine"},
	},
	"cookie": {
		secret:   []string{"Cookie: <a=b; c=d>\r\n", "set-cookie: <sid=1; HttpOnly>", `"cookie":"<sid=1>"`},
		harmless: []string{"cookies are disabled"},
	},
	"named value": {
		secret: []string{
			`"password":"<hunter2>"`, `"db_password" : "<hunter2>"`, `'passwd': '<hunter2>'`, `pwd=<hunter2>&x=1`,
			`{"api-key":"<a\"b>"}`, `"accessKeyId":"<x>"`, `PRIVATE_KEY=<abc>`, `"client_secret":"<unterminated`,
			`x-session-id: <12345>`, `connection_string=<Server=db;Uid=a>`, `"secrets": <["a","b"]>`,
			"arn:aws:secretsmanager:us-east-1:123456789012:secret:app/password=<hunter2>", "arn:aws:lambda:us-east-1:123456789012:secret:<hunter2>",
		},
		harmless: []string{`"password":null`, `"token":""`, "token: invalid", "password is wrong", `"token_type":"bearer"`, "secret: {",
			"failed to fetch arn:aws:secretsmanager:us-east-1:123456789012:secret:hokusai/mlflow-AbCdEf from it", "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:db:username::",
		},
	},
	"URL parameter": {
		secret:   []string{"/a?sig=<abc>&b=1", "/a?b=1&code=<abc>#c", "GET /?X-Amz-Signature=<ab%2B> HTTP/1.1"},
		harmless: []string{"/a?page=2", "a & b=c", "/?code=", "x?y"},
	},
	"URL user": {
		secret:   []string{"redis://:<hunter2>@cache:6379", "https://bob:<p@ss>@example.com/x", "https://<token>@example.com"},
		harmless: []string{"https://example.com/@scope", "mailto:a@example.com", "https://example.com/?a=b@c"},
	},
}

func TestRules(t *testing.T) {
	if len(examples) != len(rules) {
		t.Errorf("%d rules, %d of them with examples", len(rules), len(examples))
	}
	for i := range rules {
		r := &rules[i]
		t.Run(r.name, func(t *testing.T) {
			for _, marked := range examples[r.name].secret {
				before, rest, _ := strings.Cut(marked, "<")
				secret, after, _ := strings.Cut(rest, ">")
				text := before + secret + after
				if !r.hinted(strings.ToLower(text)) {
					t.Errorf("no hint in %q, so it is never tried", text)
				}
				found := r.find(text)
				if len(found) != 1 || text[found[0].from:found[0].to] != secret {
					t.Errorf("%q: found %v, want only %q", text, found, secret)
				}
			}
			for _, text := range examples[r.name].harmless {
				if found := r.find(text); len(found) > 0 {
					t.Errorf("%q: found %q", text, text[found[0].from:found[0].to])
				}
			}
		})
	}
}

func TestHintsAreInLowerCase(t *testing.T) {
	for _, r := range rules {
		for _, hint := range r.hints {
			if hint != strings.ToLower(hint) {
				t.Errorf("%s: hint %q is never found", r.name, hint)
			}
		}
	}
}

func TestMerge(t *testing.T) {
	got := merge([]span{{8, 9}, {0, 2}, {1, 5}, {5, 6}, {2, 3}})
	if len(got) != 2 || got[0] != (span{0, 6}) || got[1] != (span{8, 9}) {
		t.Errorf("%v", got)
	}
}

// What lies behind the limit helps to recognise a secret, and is not shown.
func TestMaskLimit(t *testing.T) {
	for limit, want := range map[int]string{0: "", 3: "ab ", 4: "ab [redacted]", 9: "ab [redacted]", 12: "ab [redacted] c"} {
		if got := mask("ab secret1 cd", limit, []string{"secret1"}); got != want {
			t.Errorf("limit %d: %q, want %q", limit, got, want)
		}
	}
}

func TestForms(t *testing.T) {
	if got := forms([]string{"abc", ""}); len(got) != 0 {
		t.Errorf("short secrets are looked for: %q", got)
	}
	got := strings.Join(forms([]string{`a"b/c+d`}), " ")
	for _, want := range []string{`a"b/c+d`, `a\"b/c+d`, `a&#34;b/c+d`, `a%22b%2Fc%2Bd`, `YSJiL2MrZA`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}
