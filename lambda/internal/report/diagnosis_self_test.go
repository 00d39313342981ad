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
