package report

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// While the checker has no network its report makes no statement about
// endpoints: none is called failing, and none well.
func TestReportOfABlindChecker(t *testing.T) {
	t.Parallel()
	d := Diagnosis{
		Version: DiagnosisVersion, Environment: "test", At: at("13:47:05"),
		Checks: []Checked{{Key: "api/health", Host: "api.hokus.ai", Class: result.TCPTimeout, Loses: "models"}, {Key: "web/", Host: "hokus.ai", Class: result.TCPTimeout}},
		Findings: []diagnose.Finding{{
			Code: diagnose.SelfNoEgress, Role: diagnose.Self, Level: diagnose.Proven, Severity: diagnose.S2, Explains: []string{"api/health", "web/"},
			Sentence: "rtb-1 has no route to the internet", Evidence: []diagnose.Evidence{{ID: "E1", Statement: "rtb-1 has no route", Source: "ec2:DescribeRouteTables"}},
			Actions: []diagnose.Action{{Priority: "P0.1", Do: "give rtb-1 a route"}},
		}},
	}
	d.Unsee()
	for name, text := range map[string]string{"markdown": DiagnosisMarkdown(d), "text": DiagnosisText(d), "slack": DiagnosisSlack(d)} {
		for _, want := range []string{"No statement about 2 checks: the checker itself is the cause", "rtb", "route to the internet"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text)
			}
		}
		for _, wrong := range []string{"No check fails", "nothing fails", "No cause was found", "Users lose", "🟢"} {
			if strings.Contains(text, wrong) {
				t.Errorf("%s says %q:\n%s", name, wrong, text)
			}
		}
	}
	one := Diagnosis{Checks: []Checked{{Key: "api/health"}, {Key: "inside/", Class: result.HTTPStatus}}, Findings: d.Findings}
	if one.Unsee(); one.failing() != 1 || !one.Checks[0].Unknown {
		t.Errorf("%+v", one.Checks)
	}
}

// What disagrees is shown with the evidence of both sides.
func TestReportShowsWhatDisagrees(t *testing.T) {
	t.Parallel()
	both := []diagnose.Evidence{{ID: "E1", Statement: "a 504 came", Source: "probe"}, {ID: "E2", Statement: "the rule answers by itself", Source: "elasticloadbalancing:DescribeRules"}}
	against := []diagnose.Contradiction{{Statement: "both cannot be", Evidence: both}}
	d := Diagnosis{
		Version: DiagnosisVersion, Environment: "test", At: at("13:47:05"), Checks: []Checked{{Key: "api/a"}, {Key: "api/b"}},
		Unexplained: []diagnose.Unexplained{{Endpoint: "api/a", Saw: "status 504", Contradictions: against}},
		Findings:    []diagnose.Finding{{Code: diagnose.RuleDefaultFixed, Role: diagnose.Cause, Level: diagnose.Likely, Severity: diagnose.S1, Explains: []string{"api/b"}, Sentence: "no rule matches", Evidence: both, Contradictions: against}},
	}
	text := DiagnosisText(d)
	for want, times := range map[string]int{"Facts disagree: both cannot be [E1, E2]": 2, "E2 the rule answers": 2, "Facts disagree, so it rests": 1, "The limit of the probe": 0} {
		if got := strings.Count(strings.Join(strings.Fields(text), " "), want); got != times {
			t.Errorf("%q stands %d times, want %d:\n%s", want, got, times, text)
		}
	}
	if slack := DiagnosisSlack(d); !strings.Contains(slack, "Facts disagree: both cannot be") {
		t.Errorf("%s", slack)
	}
}
