package pipeline

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// While a slow answer is awaited facts grow old. Those that decide are read once
// more before anything is called proven; where they cannot be, it is likely only.
func TestOldFactsAreReadAgain(t *testing.T) {
	const health = "elasticloadbalancing:DescribeTargetHealth"
	for name, c := range map[string]struct {
		waited time.Duration
		denied bool
		reads  int
		level  diagnose.Level
	}{
		"fresh":            {59 * time.Second, false, 1, diagnose.Proven},
		"old":              {61 * time.Second, false, 2, diagnose.Proven},
		"old, denied then": {61 * time.Second, true, 2, diagnose.Likely},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s *theatre
			s = openTheatre(t, "d17-accepts-but-silent", "api/v1/health", 1, func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(1200 * time.Millisecond): // only the slow probe waits as long
				case <-r.Context().Done():
					return
				}
				s.pass(c.waited)
				if c.denied {
					s.aws.Deny(health)
				}
				w.Header().Set("Server", "awselb/2.0")
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(http.StatusGatewayTimeout)
				_, _ = io.WriteString(w, "<html><center><h1>504 Gateway Time-out</h1></center></html>")
			}, func(body string) string {
				return strings.ReplaceAll(body, "<Value>60</Value>", "<Value>1</Value>")
			})
			s.patience(500 * time.Millisecond)
			run := s.tick(t)
			calls, _ := s.aws.Calls()
			if reads := len(slices.DeleteFunc(calls, func(call string) bool { return call != health })); reads != c.reads {
				t.Errorf("the health of targets was read %d times, want %d", reads, c.reads)
			}
			if len(run.Findings) != 1 || run.Findings[0].Code != diagnose.GroupTimeout || run.Findings[0].Level != c.level {
				t.Fatalf("%+v\n%s", run.Findings, s.log)
			}
			doubted := strings.Contains(strings.Join(run.Findings[0].Inferred, " "), "is still so: that is more than a minute before this conclusion")
			if doubted != (c.level == diagnose.Likely) {
				t.Errorf("inferred %q", run.Findings[0].Inferred)
			}
		})
	}
}
