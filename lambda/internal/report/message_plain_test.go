package report

import (
	"encoding/json"
	"strings"
	"testing"
)

// In a plain message there is nothing that could be refused: few letters, all
// of ASCII, and nothing beside them.
func TestPlain(t *testing.T) {
	for _, name := range sampleNames() {
		n := messageSamples[name]()
		m := Plain(n)
		var body map[string]string
		if err := json.Unmarshal([]byte(m.Body), &body); err != nil {
			t.Fatal(err)
		}
		text := body["default"]
		if m.ID != n.ID || m.Subject != "" || m.Attributes != nil || len(body) != 1 || len(text) > plainLimit || len(text) < 50 {
			t.Errorf("%s: %d characters, %+v", name, len(text), m)
		}
		if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }); at >= 0 {
			t.Errorf("%s: %q is not plain", name, text[at:])
		}
		if head := ascii(Compose(n).Subject)[:10]; !strings.HasPrefix(text, head) || !strings.Contains(text, "as of ") || !strings.Contains(text, "The topic refused the full message.") {
			t.Errorf("%s: %s is not what it says:\n%s", name, head, text)
		}
	}
	for _, secret := range planted {
		if body := Plain(messageSamples["secrets"]()).Body; strings.Contains(body, secret) {
			t.Errorf("%s is told: %s", secret, body)
		}
	}
}

func TestPlainSaysWhatCounts(t *testing.T) {
	want := `SEV1 opened: registry: 3 endpoints, connected, but no complete answer in time
Users lose: listing, registering and loading models
Since: 03:09 UTC, for 3 min
Deployment: began 2 min after deployment ecs-svc/4711008150 of hokusai-development/hokusai-api-development
Do first: look at the application and what it waits for; the limit itself
Runbook: https://wiki.hokus.ai/runbooks/registry?view=night&page=2
The topic refused the full message. The rest: tidewatch incidents show INC-0301-2
hokusai-development - INC-0301-2 - message 1 - as of 1 Mar 2026 03:12 UTC`
	var body map[string]string
	if err := json.Unmarshal([]byte(Plain(messageSamples["opened"]()).Body), &body); err != nil || body["default"] != want {
		t.Errorf("it says, error %v:\n%s", err, body["default"])
	}
}
