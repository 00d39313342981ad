package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/check"
)

func TestCheckStatus(t *testing.T) {
	const valid = "endpoints:\n  - {name: a, url: \"http://127.0.0.1/\", interval: 1m, conditions: [\"[STATUS] == 200\"]}\n"
	for _, tt := range []struct {
		name, config string
		status       int
		says         []string
	}{
		{"valid", valid, 0, []string{"valid: 1 endpoint\n", "supported", "endpoints[].url"}},
		{"ignored", "web: {port: 80}\n" + valid, 0, []string{"1 ignored", "good to know", "web"}},
		{"latent", strings.Replace(valid, "[STATUS] == 200", "[CONNECTED] == TRUE", 1), 1, []string{"warnings", "valid, with 1 warning: 1 endpoint\n"}},
		{"invalid", strings.Replace(valid, "interval", "intervall", 1), 2, []string{"errors", ":2:", `did you mean "interval"?`, "invalid: 1 error\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := configFile(t, tt.config)
			got := tidewatch(t, "check", path)
			if got.status != tt.status || got.err != "" {
				t.Errorf("status %d, want %d; standard error %q", got.status, tt.status, got.err)
			}
			for _, want := range tt.says {
				if !strings.Contains(got.out, want) {
					t.Errorf("no %q in\n%s", want, got.out)
				}
			}
			if same := tidewatch(t, "check", "--config", path); same != got {
				t.Errorf("with --config: %+v", same)
			}
		})
	}
}

func TestCheckBuiltIn(t *testing.T) {
	if got := tidewatch(t, "check"); got.status != 0 || strings.Contains(got.out, "warnings") {
		t.Errorf("the built-in configuration has faults: %+v", got)
	}
}

func TestCheckJSON(t *testing.T) {
	path := configFile(t, "endpoints:\n  - {name: a, url: \"http://127.0.0.1/\", intervall: 1m, conditions: [\"[STATUS] == 200\"]}\n")
	got := tidewatch(t, "check", "--output", "json", path)
	var doc checkDocument
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("%v: %s", err, got.out)
	}
	if got.status != statusFailed || doc.Valid || len(doc.Messages) != 1 {
		t.Fatalf("status %d, %+v", got.status, doc)
	}
	if m := doc.Messages[0]; m.Level != "error" || m.File != path || m.Line != 2 || m.Nearest != "interval" || m.Problem == "" {
		t.Errorf("%+v", m)
	}
	for _, v := range []check.Verdict{check.Supported, check.Adapted, check.Ignored, check.Rejected, check.Ours} {
		if doc.Compatibility[string(v)] == nil {
			t.Errorf("no list of what is %s", v)
		}
	}
}

func TestCheckUnreadable(t *testing.T) {
	got := tidewatch(t, "check", "/does/not/exist.yaml")
	const want = "errors\n  /does/not/exist.yaml\n      the configuration cannot be read: no such file or directory\n\nunreadable: nothing was checked\n"
	if got.status != statusFailed || got.out != want || got.err != "" {
		t.Errorf("%+v", got)
	}
}

// No line is wider than the terminal, unless it is one long word.
func TestCheckTextKeepsToTheWidth(t *testing.T) {
	for _, file := range []string{"../../check/testdata", "../../check/hokusai.yaml"} {
		_, found := check.Open(file, nil)
		found.Messages = append(found.Messages, check.Message{
			Level: check.Warning, File: "a/path/with-hyphens-and-no-space/" + strings.Repeat("health-", 6) + "check.yaml", Line: 12, Column: 30,
			Path: "endpoints[12].headers.X-A-Long-Name", Problem: "the-well-known-header of this-and-that end-point is " + strings.Repeat("well-known ", 20),
			Accepted: strings.Repeat("some-value, other-value, ", 9) + "none", Nearest: "some-value",
		})
		for width := 60; width <= 200; width++ {
			var b strings.Builder
			if err := checkText(&b, found, 3, screen{terminal: true, color: true, width: width}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(ansi.Strip(b.String())) {
				line = strings.TrimSuffix(line, "\n")
				if ansi.StringWidth(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("at %d columns: %q has %d", width, line, ansi.StringWidth(line))
				}
				if strings.HasSuffix(line, " ") || strings.HasSuffix(line, "well-") {
					t.Errorf("at %d columns: %q ends in a space, or in the middle of a word", width, line)
				}
			}
		}
	}
}

func TestCheckTextOnAScreen(t *testing.T) {
	found := check.Report{
		Messages: check.Messages{
			{Level: check.Error, File: "a.yaml", Line: 3, Column: 5, Path: "endpoints[0].url", Problem: "the scheme \"sctp\" is \x1b[31mnot probed", Accepted: "http, https, tcp, tls, dns, udp, starttls, ws, wss, grpc, grpcs, ssh", Nearest: "tcp"},
			{Level: check.Warning, File: "a.yaml", Problem: "the whole file is odd"},
		},
		Compat: check.Compat{
			Supported: []check.KeyUse{{Key: "endpoints"}, {Key: "endpoints[].name"}},
			Rejected:  []check.KeyUse{{Key: "endpoints[].client.tunnel", Note: "use a peering connection between the networks, which needs no secret in a file"}},
		},
	}
	var b strings.Builder
	if err := checkText(&b, found, 0, screen{terminal: true, width: 60}); err != nil {
		t.Fatal(err)
	}
	const want = `errors
  a.yaml:3:5  endpoints[0].url
      the scheme "sctp" is ␛[31mnot probed; accepted: http,
      https, tcp, tls, dns, udp, starttls, ws, wss, grpc,
      grpcs, ssh; did you mean "tcp"?

warnings
  a.yaml
      the whole file is odd

keys  2 supported · 0 adapted · 0 ignored · 1 rejected ·
      0 ours
  supported  endpoints, endpoints[].name
  rejected   endpoints[].client.tunnel: use a peering
             connection between the networks, which needs no
             secret in a file

invalid: 1 error
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
