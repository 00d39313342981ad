package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

// forms are those of a report.
var forms = []string{"text", "markdown", "json", "slack"}

// shownTracker is what each form makes of the tracker of the configuration.
var shownTracker = map[string]string{
	"text": "Tracker: https://tracker.example.com/issues\n", "markdown": "Tracker: <https://tracker.example.com/issues>\n", "json": `"tracker": "https://tracker.example.com/issues"`,
}

// What --save keeps comes to the very report that was shown, byte for byte, in
// every form, whenever and wherever it is diagnosed again: of an environment in
// moto, with an endpoint that works, one that its load balancer gives up on, and
// one whose names the configuration hides.
func TestReplayIsTheReport(t *testing.T) {
	e := build(t, "replayed")
	e.listen("/*")
	e.serve(1, "http://10.0.3.219:5000")
	e.log("WARNING: Connection to 10.0.3.219 timed out. (connect timeout=120)")
	e.admit(appPort)
	proxy := edge(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fine" {
			return
		}
		select {
		case <-r.Context().Done():
		case <-time.After(2 * time.Second):
			balancer(http.StatusGatewayTimeout, "text/html", gatewayTimeout)(w, r)
		}
	})
	file := filepath.Join(t.TempDir(), "t.yaml")
	text := fmt.Sprintf(`environment: replayed-environment
tracker: https://tracker.example.com/issues
aws: {region: us-east-1, clusters: [replayed]}
endpoints:
  - {name: health, group: api, url: "https://api.replayed.example/health", severity: critical, conditions: ["[STATUS] == 200"], users-lose: the api, client: &client {insecure: true, timeout: 20s, proxy-url: "%[1]s"}}
  - {name: fine, group: api, url: "https://api.replayed.example/fine", conditions: ["[STATUS] == 200"], client: *client}
  - {name: hidden, group: api, url: "https://hidden.replayed.example/hidden-path", conditions: ["[STATUS] == 200"], ui: {hide-url: true}, client: *client}
`, proxy)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := signedIn(t)
	door := mototest.Open(t)
	door.Set(unhealthy("Target.Timeout", "Request timed out"))
	env["AWS_ENDPOINT_URL"] = door.URL
	for _, form := range forms {
		kept := filepath.Join(t.TempDir(), "case.json")
		if err := os.WriteFile(kept, []byte(strings.Repeat("what was there before ", 100_000)), 0o644); err != nil {
			t.Fatal(err)
		}
		live := tidewatchIn(t.Context(), env, "diagnose", "--config", file, "--output", form, "--save", kept)
		if live.status != statusUnhealthy || !strings.Contains(live.out, "10.0.3.219") || form != "slack" && (!strings.Contains(live.out, "replayed-environment") || !strings.Contains(live.out, shownTracker[form])) {
			t.Fatalf("%+v", live)
		}
		if strings.Contains(live.out, "hidden.replayed.example") || strings.Contains(live.out, "hidden-path") {
			t.Errorf("what the configuration hides is shown: %s", live.out)
		}
		if want := kept + " holds names that the configuration hides"; !strings.Contains(live.err, want) {
			t.Errorf("stderr is %q, want %q", live.err, want)
		}
		if about, err := os.Stat(kept); err != nil || about.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v: others can read it", about.Mode(), err)
		}
		again := tidewatch(t, "diagnose", "--output", form, "--facts", kept)
		if again.status != live.status || again.out != live.out {
			t.Errorf("%s: %s\nbecame\n%s", form, live.out, again.out)
		}
	}
}
