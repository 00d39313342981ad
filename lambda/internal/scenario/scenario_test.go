package scenario

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// Scenarios with facts.json test the engine alone.
func TestEngine(t *testing.T) {
	names, err := Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.facts == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for _, wrong := range s.Expect.Judge(diagnose.Rounds(s.Case("us-east-1"), s.Fetch)) {
				t.Error(wrong)
			}
		})
	}
}

func ask(t *testing.T, to, target, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AK/20260301/us-east-1/elasticloadbalancing/aws4_request, SignedHeaders=host")
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	} else {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text)
}

func TestServerAnswersByAction(t *testing.T) {
	s, err := Load("d11-no-rule")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(s, "ecs:ListTasks")
	at := httptest.NewServer(server)
	defer at.Close()
	for _, c := range []struct {
		target, body string
		status       int
		want         string
	}{
		{"", "Action=DescribeRules&Version=2015-12-01", 200, "/api/v1/*"},
		{"", "Action=DescribeTags", 400, "ScenarioHasNoAnswer"},
		{"AmazonEC2ContainerServiceV20141113.ListTasks", "{}", 403, "AccessDenied"},
	} {
		if status, text := ask(t, at.URL, c.target, c.body); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s %s: %d %s", c.target, c.body, status, text)
		}
	}
	calls, missing := server.Calls()
	if len(calls) != 3 || calls[0] != "elasticloadbalancing:DescribeRules" || len(missing) != 2 {
		t.Errorf("%v %v", calls, missing)
	}
}

// A judge that finds nothing wrong with anything would pass every scenario.
func TestJudgeFindsDifferences(t *testing.T) {
	s, err := Load("engine-dead-address")
	if err != nil {
		t.Fatal(err)
	}
	out := diagnose.Rounds(s.Case("us-east-1"), s.Fetch)
	for name, spoil := range map[string]func(*Expect){
		"level":    func(e *Expect) { e.Causes[0].Level = "proven" },
		"hop":      func(e *Expect) { e.Causes[0].Hop = "DNS" },
		"says":     func(e *Expect) { e.Causes[0].Says = []string{"10.9.9.9"} },
		"no cause": func(e *Expect) { e.Causes = nil },
		"forbid":   func(e *Expect) { e.Forbid = []string{"MLFLOW.dev"} },
		"gaps":     func(e *Expect) { e.Gaps = []string{"ec2:DescribeSubnets"} },
	} {
		again, err := Load(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		spoil(&again.Expect)
		if len(again.Expect.Judge(out)) == 0 {
			t.Errorf("%s: not noticed", name)
		}
	}
}
