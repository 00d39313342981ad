package awsapi

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

// run plays one of the acceptance runs.
func run(t *testing.T, name string) (diagnose.Output, int) {
	t.Helper()
	s, err := scenario.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	out, server := play(t, s)
	calls, _ := server.Calls()
	return out, len(calls)
}

func keysOf(out diagnose.Output) string {
	var keys []string
	for _, f := range out.Findings {
		if f.Role == diagnose.Cause {
			keys = append(keys, f.Key)
		}
	}
	return strings.Join(keys, " ")
}

// A longer limit of the probe changes what is seen, a 504 instead of a timeout,
// and not what is wrong: no new incident.
func TestRunsAAndEHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	a, _ := run(t, "accept-a")
	e, _ := run(t, "accept-e")
	if keysOf(a) != keysOf(e) || keysOf(a) == "" {
		t.Errorf("A: %s\nE: %s", keysOf(a), keysOf(e))
	}
}

// What no run may say or do: another health path, a rule for a way that is
// open, two findings for one cause, evidence without an id; nor may a run make
// more than 80 calls.
func TestWhatNoRunMaySay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"accept-a", "accept-b", "accept-c", "accept-d", "accept-e"} {
		out, calls := run(t, name)
		if calls > 80 {
			t.Errorf("%s: %d calls", name, calls)
		}
		seen := map[string]bool{}
		for _, f := range out.Findings {
			if seen[f.Key] || len(f.Evidence) == 0 {
				t.Errorf("%s: %s comes twice or has no evidence", name, f.Key)
			}
			seen[f.Key] = true
			for _, a := range f.Actions {
				if strings.Contains(a.Command, "modify-target-group") || strings.Contains(a.Do, "to /health") {
					t.Errorf("%s: %s", name, a.Do)
				}
				if strings.Contains(a.Command, "authorize-security-group") && f.Code != diagnose.NetTargetGroup {
					t.Errorf("%s: %s", name, a.Command)
				}
			}
			for _, r := range f.RuledOut {
				if r.Evidence == "" {
					t.Errorf("%s: %s is ruled out without evidence", name, r.Code)
				}
			}
		}
	}
}
