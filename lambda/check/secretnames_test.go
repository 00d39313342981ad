package check

import (
	"slices"
	"strings"
	"testing"
)

func TestNamesSecret(t *testing.T) {
	for _, name := range []string{
		"TOKEN", "API_TOKEN", "githubToken", "CLIENT_SECRET", "DB_PASSWORD", "DB_PASS", "dbPass", "PGPASS", "pass", "PASS2", "SSH_PASSPHRASE",
		"MYSQL_PWD", "DB_PWD", "AUTH", "X-Auth", "X-Auth-User", "BASIC_AUTH", "basicAuth", "OAUTH2", "Authorization", "Proxy-Authorization",
		"BEARER", "JWT", "JWTClaims", "SESSION", "X-Session-Id", "SESSIONID", "Cookie", "Set-Cookie", "COOKIES", "X-Hub-Signature-256",
		"DATABASE_DSN", "SENTRY_DSN", "PRIVATE_PEM", "X-Api-Key", "AWS_ACCESS_KEY_ID", "CREDENTIALS", "X-Authentication",
	} {
		if !namesSecret(name) {
			t.Errorf("the value of %s is shown", name)
		}
	}
	for _, name := range []string{
		"", "HOST", "Accept", "author", "AUTHOR", "Authority", "X-Authors", "BYPASS", "BYPASS_CACHE", "COMPASS_URL", "passenger", "PWD", "OLDPWD",
		"AUTH_URL", "AUTH_HOST", "PRIVATE_IP", "SESSION_TIMEOUT", "privateSubnet", "classpathEntry", "User-Agent", "design",
	} {
		if namesSecret(name) {
			t.Errorf("the value of %s is hidden", name)
		}
	}
}

func TestNameParts(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "DB_PASS": "db pass", "dbPass": "db pass", "db-pass": "db pass", "JWTToken": "jwt token", "X-AuthUser": "x auth user",
		"OAUTH2": "oauth2", "_A__b": "a b", "größeÜ": "größe ü",
	} {
		if got := strings.Join(nameParts(name), " "); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// The default of a variable that is a secret is one, in messages and reports.
func TestSecretFallback(t *testing.T) {
	config, report := loadText("    users-lose: ${MY_PASS:-swordfish}\n    headers: {X-Auth: \"${MY_AUTH:-mellon}\"}\n    owner: ${TEAM:-nobody}")
	if config == nil || len(report.Messages) > 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	if got := config.Checks[0].Sensitive; !slices.Equal(got, []string{"swordfish", "mellon"}) {
		t.Errorf("sensitive: %q", got)
	}
	for _, lines := range []string{
		"    interval: ${MY_PASS:-swordfish}", "    severity: \"a${MY_PASS:-swordfish\"", "    warn-conditions: [\"${MY_PASS:-swordfish} == 1\"]",
		"    warn-conditions: [[STATUS] == ${MY_PASS:-swordfish}]", "    depends-on: [\"${MY_PASS:-swordfish}\"]",
		"    client: {proxy-url: \"${MY_PASS:-swordfish}\"}", "    interval: \"" + strings.Repeat("x", 60) + "${MY_PASS:-swordfish and more}\"",
		"    interval: ${MY TOKEN:-swordfish}",
	} {
		_, report := loadText(lines)
		if len(report.Messages) == 0 || strings.Contains(everything(report.Messages), "swordfish") {
			t.Errorf("%s:\n%s", lines, report.Messages)
		}
	}
}

// everything is all that the messages hold, shown or not.
func everything(ms Messages) string {
	var b strings.Builder
	for _, m := range ms {
		b.WriteString(m.String() + m.Got + "\n")
	}
	return b.String()
}

func TestLiteralCredentials(t *testing.T) {
	for _, header := range []string{"X-Auth", "X-Session-Id", "X-Signature", "X-Jwt", "Cookie", "Proxy-Authorization"} {
		config, report := loadText("    headers: {" + header + ": swordfish}")
		if config == nil || len(report.Messages) != 1 || !strings.Contains(report.Messages.String(), "a credential stands in this file") {
			t.Errorf("%s:\n%s", header, report.Messages)
		}
	}
}

// A lint is told in the words of the file: what a variable stands for is not
// shown, whichever lint it is.
func TestLintsShowNoVariable(t *testing.T) {
	const generic = "once its variables are replaced"
	for _, c := range []struct{ condition, value, want string }{
		{`[BODY].t == '${V}'`, "mellon", "write ${V}"},
		{"[STATUS] == ${V}", "mellon", `"${V}" is not`},
		{"[STATUS] != $V", "mellon", `"$V" is not`},
		{"[CONNECTED] == ${V}", "mellon", "true or false in small letters"},
		{"[CONNECTED] == any(true, ${V})", "mellon", `never "${V}"`},
		{"[STATUS] == any(200, ${V})", "mellon", `"${V}"`},
		{"[BODY] == any(pat(${V}), b)", "mellon", `"pat(${V})"`},
		{"[BODY] == pat(*/${V}/*)", "mellon", "pat(*/${V}/*)"},
		{"[BODY] == pat(*${V})", "mellon[", generic},
		{"[BODY].t == ${V}*", "mellon", "pat(${V}*)"},
		{"[BODY].${V} == null", "mellon", "has([BODY].${V})"},
		{"[BODY].t == patt(${V})", "mellon", "pat(${V})"},
		{"${V} == 1", "mellon", "${V}"},
		{"[STATUS] < ${V}", "77777777", generic},
		{"[BODY].t == ${V}", "077777777", generic},
		{"[BODY].t[${V}] == 1", "-77777777", generic},
		{"[CERTIFICATE_EXPIRATION] > ${V}", "7777777", generic},
		{"${V}", "mellon == mellon", generic},
		{"${V}", "[BODY].t == 'mellon'", generic},
		{"${V}", "STATUS == mellon", generic},
		{"[BODY].t == ${V}", `"mellon"`, generic},
	} {
		env := func(name string) (string, bool) { return c.value, name == "V" }
		_, report := Load(Source{Name: "t.yaml", Data: []byte(endpointFile(`    warn-conditions: ["` + c.condition + `"]`)), Env: env})
		text := everything(report.Messages)
		if len(report.Messages) != 1 || !strings.Contains(text, c.want) {
			t.Errorf("%s with %s: want %q in:\n%s", c.condition, c.value, c.want, text)
		}
		for _, sentinel := range []string{"mellon", "7777777", strings.Trim(c.value, "-0")} {
			if strings.Contains(text, sentinel) {
				t.Errorf("%s shows the value:\n%s", c.condition, text)
			}
		}
	}
}
