package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestGoldenDiagnoses(t *testing.T) {
	for name, sample := range diagnosisSamples {
		t.Run(name, func(t *testing.T) {
			golden(t, "diagnoses/"+name+".md", []byte(DiagnosisMarkdown(sample())))
			golden(t, "diagnoses/"+name+".txt", []byte(DiagnosisText(sample())))
			golden(t, "diagnoses/"+name+".slack.txt", []byte(DiagnosisSlack(sample())))
		})
	}
}

// forms are all that a report is written as.
func forms(t *testing.T, d Diagnosis) map[string]string {
	t.Helper()
	document, err := DiagnosisJSON(d)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"markdown": DiagnosisMarkdown(d), "text": DiagnosisText(d), "slack": DiagnosisSlack(d), "json": string(document)}
}

// What others wrote is text, and what looks like a secret is gone, whatever
// form a report has.
func TestDiagnosisOfOthers(t *testing.T) {
	for form, text := range forms(t, hostileDiagnosis()) {
		for _, secret := range plantedSecrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %q", form, secret)
			}
		}
		if strings.ContainsRune(text, '\x1b') {
			t.Errorf("%s has an escape", form)
		}
	}
	md := DiagnosisMarkdown(hostileDiagnosis())
	outside := withoutCode(md)
	for _, mark := range []string{"<script>", "](https:", "\nSecond line"} {
		if strings.Contains(outside, mark) {
			t.Errorf("the Markdown has %q outside of code:\n%s", mark, outside)
		}
	}
	slack := withoutCode(DiagnosisSlack(hostileDiagnosis()))
	for _, mark := range []string{"<!channel>", "@here", ":green_circle:"} {
		if strings.Contains(slack, mark) {
			t.Errorf("the Slack form has %q", mark)
		}
	}
}

// withoutCode drops what stands between two runs of as many backticks.
func withoutCode(text string) string {
	var b strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '`')
		if i < 0 || i > 0 && text[i-1] == '\\' {
			b.WriteString(text[:max(i+1, 0)])
			if i < 0 {
				return b.String() + text
			}
			text = text[i+1:]
			continue
		}
		b.WriteString(text[:i])
		run := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		fence := text[i : i+run]
		rest := text[i+run:]
		for end := 0; ; {
			j := strings.Index(rest[end:], fence)
			if j < 0 {
				return b.String() + rest
			}
			end += j
			n := len(rest[end:]) - len(strings.TrimLeft(rest[end:], "`"))
			if n == run {
				text = rest[end+run:]
				break
			}
			end += n
		}
	}
	return b.String()
}

// Every claim has its evidence, and nothing is said in percent.
func TestDiagnosisCites(t *testing.T) {
	d := threeCauses()
	md := DiagnosisMarkdown(d)
	for _, f := range d.Causes() {
		for _, e := range f.Evidence {
			if !strings.Contains(md, "| "+e.ID+" ") {
				t.Errorf("evidence %s is not in the report", e.ID)
			}
		}
		i := strings.Index(md, "## Root cause")
		if section := md[i:]; !regexp.MustCompile(`(?m)\\\[E\d+(, E\d+)*\\\]$`).MatchString(section) {
			t.Errorf("%s cites nothing", f.Key)
		}
	}
	for _, want := range []string{"Level likely, not proven", "Inferred, not seen", "Level proven", "Level possible", "What decides", "Not recommended", "Will appear next", "Fixed: Revision 114", "changes state: its task is replaced"} {
		if !strings.Contains(md, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(md, "%") || strings.Contains(md, "check security groups") {
		t.Error("a percentage, or advice without a verdict")
	}
}

// A report is the same after it was kept.
func TestDiagnosisIsKept(t *testing.T) {
	d := threeCauses()
	kept, err := Stored(d, time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC))
	if err != nil || kept.ID != d.ID || !strings.Contains(kept.Text, "Root cause 1") || len(kept.Text) > storedText+3 {
		t.Fatalf("%s, %v", kept.ID, err)
	}
	again, err := DecodeDiagnosis(kept.Body)
	if err != nil {
		t.Fatal(err)
	}
	if DiagnosisMarkdown(again) != DiagnosisMarkdown(d) || !reflect.DeepEqual(again.Checks, d.Checks) {
		t.Error("another report after it was kept")
	}
	for _, wrong := range []string{"", "{", `{"version":0}`, `{"version":99}`, `[]`} {
		if _, err := DecodeDiagnosis([]byte(wrong)); err == nil {
			t.Errorf("%q is taken for a report", wrong)
		}
	}
}

func TestDiagnosisJSON(t *testing.T) {
	var doc map[string]any
	text, err := DiagnosisJSON(Diagnosis{})
	if err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"incidents", "checks", "findings", "unexplained", "traces", "fixed", "gaps", "changes"} {
		if list, ok := doc[name].([]any); !ok || len(list) != 0 {
			t.Errorf("%s is %v, not an empty list", name, doc[name])
		}
	}
}

func TestDiagnosisSlackIsBounded(t *testing.T) {
	d := threeCauses()
	d.Findings = slices.Repeat(d.Findings, 30)
	if n := length(DiagnosisSlack(d)); n > slackDescription {
		t.Errorf("%d characters", n)
	}
}

func diagnosisSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	definition, err := jsonschema.UnmarshalJSON(bytes.NewReader(DiagnosisSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", definition); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("report.json")
}

func TestDiagnosesFollowTheirSchema(t *testing.T) {
	s := diagnosisSchema(t)
	all := map[string]Diagnosis{
		"nothing": {Environment: "prod", At: at("13:47:05")},
		"bare":    {Environment: "prod", At: at("13:47:05"), Unexplained: make([]diagnose.Unexplained, 1), Traces: []diagnose.Trace{{Endpoint: "a"}}, Incidents: []Affair{{ID: "INC-1", State: string(incident.Reopened), Severity: "SEV4"}}},
	}
	for name, sample := range diagnosisSamples {
		all[name] = sample()
	}
	for name, d := range all {
		document, err := DiagnosisJSON(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	document, err := DiagnosisJSON(threeCauses())
	if err != nil {
		t.Fatal(err)
	}
	for old, with := range map[string]string{
		`"version": 1`: `"version": 2`, `"level": "proven"`: `"level": "90 %"`, `"id": "E1"`: `"id": "1"`, `"state": "open"`: `"state": "bad"`,
		`"calls"`: `"x": 1, "calls"`, `"verdict": "ok"`: `"verdict": "fine"`, `"severity": "SEV1"`: `"severity": 1`, `"gaps": []`: `"gaps": null`,
	} {
		changed := strings.Replace(string(document), old, with, 1)
		if changed == string(document) || !json.Valid([]byte(changed)) || validate(s, []byte(changed)) == nil {
			t.Errorf("accepted with %s instead of %s", with, old)
		}
	}
}

// Every class of the field has a place in the schema.
func TestClassesFollowTheSchema(t *testing.T) {
	s := diagnosisSchema(t)
	d := Diagnosis{Environment: "prod", At: at("13:47:05")}
	for class := range result.Classes() {
		d.Checks = append(d.Checks, Checked{Key: "a", Class: class.Class})
	}
	document, err := DiagnosisJSON(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(s, document); err != nil {
		t.Error(err)
	}
}
