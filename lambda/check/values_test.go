package check

import (
	"strings"
	"testing"
)

func TestSecretReferences(t *testing.T) {
	for _, c := range []struct {
		text string
		want Value
		ref  Reference
	}{
		{"secretsmanager:shop/api#token", Value{Text: ""}, Reference{"secretsmanager", "shop/api", "token"}},
		{"secretsmanager:shop/api", Value{Text: ""}, Reference{"secretsmanager", "shop/api", ""}},
		{"Bearer ssm:/shop/token", Value{Text: "Bearer "}, Reference{"ssm", "/shop/token", ""}},
		{"secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf#a", Value{}, Reference{"secretsmanager", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf", "a"}},
	} {
		config, report := loadText("    headers: {A: \"" + c.text + "\"}")
		if config == nil || len(report.Messages) > 0 {
			t.Errorf("%s:\n%s", c.text, report.Messages)
			continue
		}
		v := config.Checks[0].HTTP.Headers[0].Value
		if v.Text != c.want.Text || v.Secret == nil || *v.Secret != c.ref {
			t.Errorf("%s: got %+v %+v", c.text, v, v.Secret)
		}
		if shown := v.Text + v.Secret.String(); shown != c.text {
			t.Errorf("%s: shown as %s", c.text, shown)
		}
	}
}

// What only looks like a reference is text.
func TestNoSecretReference(t *testing.T) {
	for _, text := range []string{"see ssm in the manual", "an ssm:name in a sentence", "x-ssm:a", "SSM:a", "{\"a\": \"ssm:b\"}"} {
		config, report := loadText("    body: '" + text + "'")
		if config == nil {
			t.Errorf("%s:\n%s", text, report.Messages)
			continue
		}
		if v := config.Checks[0].HTTP.Body; v.Text != text || v.Secret != nil || v.Sensitive {
			t.Errorf("%s: got %+v", text, v)
		}
	}
}

func TestSecretInBlock(t *testing.T) {
	config, _ := loadText("    body: |\n      secretsmanager:shop#body")
	if v := config.Checks[0].HTTP.Body; v.Text != "" || v.Secret == nil || v.Secret.Key != "body" {
		t.Errorf("got %+v", v)
	}
}

func TestSensitive(t *testing.T) {
	config, report := loadText(`    headers: {Accept: text/html, X-Trace: "$HOST", Authorization: "Bearer ssm:a", X-Api-Key: $TOKEN}`)
	if config == nil || len(report.Messages) > 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	want := map[string]bool{"Accept": false, "X-Trace": true, "Authorization": true, "X-Api-Key": true, "User-Agent": false}
	for _, h := range config.Checks[0].HTTP.Headers {
		if h.Value.Sensitive != want[h.Name] {
			t.Errorf("%s: sensitive %v", h.Name, h.Value.Sensitive)
		}
	}
}

func TestHeaderDefaults(t *testing.T) {
	for lines, want := range map[string]string{
		"    method: get":                                          "GET User-Agent=Tidewatch/1.0",
		"    method: PURGE":                                        "PURGE User-Agent=Tidewatch/1.0",
		"    headers: {user-agent: me}":                            "GET user-agent=me",
		"    headers: {HOST: \"shop:8080\"}":                       "GET host shop:8080 User-Agent=Tidewatch/1.0",
		"    headers: {Host: \"[::1]:8080\"}":                      "GET host [::1]:8080 User-Agent=Tidewatch/1.0",
		"    graphql: true":                                        "GET Content-Type=application/json User-Agent=Tidewatch/1.0",
		"    graphql: true\n    headers: {content-type: a/b}":      "GET content-type=a/b User-Agent=Tidewatch/1.0",
		"    headers: {X-Number: 1, X-Switch: true, X-Null: null}": "GET X-Number=1 X-Switch=true X-Null=null User-Agent=Tidewatch/1.0",
	} {
		config, report := loadText(lines)
		if config == nil {
			t.Errorf("%s:\n%s", lines, report.Messages)
			continue
		}
		h := config.Checks[0].HTTP
		got := []string{h.Method}
		if h.Host != "" {
			got = append(got, "host "+h.Host)
		}
		for _, header := range h.Headers {
			got = append(got, header.Name+"="+header.Value.Text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", lines, strings.Join(got, " "), want)
		}
	}
}

func TestExpand(t *testing.T) {
	for _, c := range []struct{ text, want, eaten string }{
		{"plain", "plain", ""},
		{"$HOST", "example.com", ""},
		{"${HOST}", "example.com", ""},
		{"a-$HOST-b", "a-example.com-b", ""},
		{"${HOST}s", "example.coms", ""},
		{"$$HOST", "$HOST", ""},
		{"$$$HOST", "$example.com", ""},
		{"${NOWHERE:-10.0.0.1:80}", "10.0.0.1:80", ""},
		{"${EMPTY:-full}", "full", ""},
		{"${HOST:-other}", "example.com", ""},
		{"${NOWHERE:-}", "", ""},
		{"[$EMPTY]", "[]", ""},
		{"^ok$", "^ok$", ""},
		{"(a$|b)", "(a$|b)", ""},
		{"costs $5", "costs $5", "$5"},
		{"$*", "$*", "$*"},
		{"$ HOST", "$ HOST", ""},
		{"ends with $", "ends with $", ""},
	} {
		e := expand(c.text, testEnv)
		if e.text != c.want || strings.Join(e.eaten, " ") != c.eaten || len(e.problems) > 0 {
			t.Errorf("%q: got %+v, want %q, eaten %q", c.text, e, c.want, c.eaten)
		}
	}
}

// A variable is a value: it can be a number or nothing, and never YAML.
func TestExpandedTypes(t *testing.T) {
	config, report := loadText("    alerts: [{failure-threshold: \"${N}\", success-threshold: $N, enabled: \"${NO:-off}\"}]\n    group: ${EMPTY}\n    users-lose: ${INJECT}\n    owner: \"${NOBODY:-~}\"\n    interval: ${NOWHERE:-5m} # $NOT_A_VARIABLE")
	if config == nil {
		t.Fatalf("refused:\n%s", report.Messages)
	}
	c := config.Checks[0]
	if c.Alerts[0].FailureThreshold != 7 || c.Alerts[0].Enabled || c.Key != "web" || c.UsersLose != "x\n  evil: true" || c.Owner != "~" {
		t.Errorf("got %+v", c)
	}
}

// Whatever value is null is as good as not written.
func TestNullValues(t *testing.T) {
	config, report := loadText("    group:\n    client: ~\n    headers: null\n    alerts: [{type: , failure-threshold: ~}]\n    severity: ${EMPTY}\n    depends-on:\n    dns:\n    warn-conditions: ~")
	if config == nil || len(report.Messages) > 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	c := config.Checks[0]
	if c.Severity != Major || c.Kind != KindHTTP || c.Alerts[0] != newAlert() {
		t.Errorf("got %+v", c)
	}
}
