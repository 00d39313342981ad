package check

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// Endpoints that say the same share one value.
func TestSharing(t *testing.T) {
	config, report := Load(Source{Name: "many.yaml", Data: manyEndpoints(3)})
	if config == nil {
		t.Fatalf("refused:\n%s", report.Messages)
	}
	a, b := config.Checks[0], config.Checks[2]
	for name, shared := range map[string]bool{
		"clients":         a.Client == b.Client,
		"requests":        a.HTTP == b.HTTP,
		"conditions":      a.Conditions[0] == b.Conditions[0],
		"condition lists": unsafe.SliceData(a.Conditions) == unsafe.SliceData(b.Conditions),
		"alerts":          unsafe.SliceData(a.Alerts) == unsafe.SliceData(b.Alerts),
		"severities":      unsafe.StringData(string(a.Severity)) == unsafe.StringData(string(b.Severity)),
		"key and name":    unsafe.StringData(a.Key[len(a.Group)+1:]) == unsafe.StringData(a.Name),
	} {
		if !shared {
			t.Errorf("%s are not shared", name)
		}
	}
}

// An alias that stands in many endpoints is read once where that matters.
func TestSharingThroughAliases(t *testing.T) {
	config, report := loadText(`x-a: &a
  headers: {Accept: text/html}
  client: {dns-resolver: "udp://10.0.0.2:53", proxy-url: "http://p:1", oauth2: {token-url: "https://a.example.com", client-id: a, client-secret: "ssm:s", scopes: [s]}}
endpoints:
  - {<<: *a, name: a, url: "https://a.example.com", conditions: ["[STATUS] == 200"]}
  - {<<: *a, name: b, url: "https://b.example.com", conditions: ["[STATUS] == 200"]}
`)
	if config == nil {
		t.Fatalf("refused:\n%s", report.Messages)
	}
	if a, b := config.Checks[0], config.Checks[1]; a.Client != b.Client || a.HTTP != b.HTTP {
		t.Error("clients or requests are not shared")
	}
}

// The kind of an endpoint decides who gets the body, also through an alias.
func TestSharedBodies(t *testing.T) {
	config, report := loadText(`endpoints:
  - {name: a, url: "https://a.example.com", body: &b hello, conditions: ["[STATUS] == 200"]}
  - {name: b, url: "tcp://b.example.com:1", body: *b, conditions: ["[CONNECTED] == true"]}
`)
	if config == nil {
		t.Fatalf("refused:\n%s", report.Messages)
	}
	a, b := config.Checks[0], config.Checks[1]
	if a.HTTP.Body.Text != "hello" || a.Body.Text != "" || b.HTTP.Body.Text != "" || b.Body.Text != "hello" {
		t.Errorf("got %+v %+v, %+v %+v", a.HTTP.Body, a.Body, b.HTTP.Body, b.Body)
	}
}

// Five thousand endpoints with mistakes are told without a quadratic search.
func TestManyMistakes(t *testing.T) {
	var b strings.Builder
	b.WriteString("endpoints:\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "  - {name: n%d, url: \"http://h\", intervall: 1m, conditions: [\"[STATUS] == 0200\"], depends-on: [n%d]}\n", i, i+1)
	}
	start := time.Now()
	config, report := loadText(b.String())
	if config != nil || report.Messages.Count(Error) != 5001 {
		t.Errorf("%d errors, want 5001", report.Messages.Count(Error))
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
