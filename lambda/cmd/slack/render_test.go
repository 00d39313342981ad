package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

const alarmText = `{"AlarmName":"Tidewatch-shop-silent","AlarmDescription":"No round of checks has ended for three minutes: nothing is watched.","AWSAccountId":"123456789012",
"NewStateValue":"ALARM","NewStateReason":"Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
"StateChangeTime":"2026-03-01T03:12:07.000+0000","Region":"US East (N. Virginia)","AlarmArn":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:Tidewatch-shop-silent","OldStateValue":"OK",
"Trigger":{"Period":60,"EvaluationPeriods":3,"Threshold":1.0,"TreatMissingData":"breaching","Metrics":[{"Id":"m1","Label":"Heartbeat","ReturnData":true}]}}`

func of(text string) message {
	m, _ := render(&events.SNSEntity{Subject: "Subject", Message: text, TopicArn: "arn:aws:sns:us-east-1:123456789012:Operators"})
	return m
}

// fixtures are messages as the function composes them.
func fixtures(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../internal/report/testdata/messages/*.payload.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d messages, %v", len(files), err)
	}
	all := map[string]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".payload.json")] = string(raw)
	}
	return all
}

// valid holds a message against what Slack takes.
func valid(t testing.TB, m message) {
	t.Helper()
	raw, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > maxMessage || len(m.Blocks) > maxBlocks || len(m.Blocks) == 0 {
		t.Errorf("%d bytes, %d blocks", len(raw), len(m.Blocks))
	}
	if m.Text == "" || utf8.RuneCountInString(m.Text) > 5*maxAlone || strings.ContainsAny(m.Text, "<>") || m.Markup {
		t.Errorf("text %q", m.Text)
	}
	for _, b := range m.Blocks {
		switch b.Type {
		case "header":
			if n := utf8.RuneCountInString(b.Text.Text); n < 1 || n > 150 || b.Text.Type != "plain_text" {
				t.Errorf("a header of %d characters", n)
			}
		case "context":
			if len(b.Elements) < 1 || len(b.Elements) > 10 || b.Elements[0].Type != "plain_text" {
				t.Errorf("a context of %d", len(b.Elements))
			}
		case "rich_text":
			inside(t, b.Elements, "rich_text_section", "rich_text_list")
		default:
			t.Errorf("a block %s", b.Type)
		}
	}
}

// inside checks that elements are of kinds that may be there, and not empty.
func inside(t testing.TB, elements []element, kinds ...string) {
	t.Helper()
	if len(elements) == 0 {
		t.Error("an empty element")
	}
	for _, e := range elements {
		if !slices.Contains(kinds, e.Type) {
			t.Errorf("%s is not one of %v", e.Type, kinds)
		}
		switch e.Type {
		case "rich_text_section":
			inside(t, e.Elements, "text", "link")
		case "rich_text_list":
			inside(t, e.Elements, "rich_text_section")
		default:
			if n := utf8.RuneCountInString(e.Text); n < 1 || n > maxPlain {
				t.Errorf("a text of %d characters", n)
			}
			if e.Type == "link" && !strings.HasPrefix(e.URL, "http") {
				t.Errorf("a link to %q", e.URL)
			}
		}
	}
}

// shownText is all that a reader sees, block by block.
func shownText(m message) string {
	var b strings.Builder
	var walk func([]element)
	walk = func(all []element) {
		for _, e := range all {
			b.WriteString(e.Text)
			if e.URL != "" {
				b.WriteString(" <" + e.URL + ">")
			}
			walk(e.Elements)
			if e.Type == "rich_text_section" {
				b.WriteString("\n")
			}
		}
	}
	for _, block := range m.Blocks {
		if block.Text != nil {
			b.WriteString(block.Text.Text + "\n")
		}
		walk(block.Elements)
	}
	return b.String()
}

func TestEveryMessageIsTaken(t *testing.T) {
	for name, text := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			var parsed struct{ Subject, Environment string }
			if err := json.Unmarshal([]byte(text), &parsed); err != nil {
				t.Fatal(err)
			}
			m := of(text)
			valid(t, m)
			shown := shownText(m)
			if start := []rune(parsed.Subject); !strings.Contains(shown, string(start[:min(len(start), 60)])) {
				t.Errorf("the subject is missing: %s", shown)
			}
			if strings.Contains(shown, "A message") {
				t.Error("it was not understood")
			}
		})
	}
}

func TestIncidentShowsWhatCounts(t *testing.T) {
	shown := shownText(of(fixtures(t)["opened"]))
	for _, want := range []string{
		"🔴 SEV1 opened: registry: 3 endpoints", "Users lose: listing, registering and loading models\n", "Since: 1 Mar 2026 03:09 UTC, 3 min before this message\n",
		"registry/health <https://registry.hokus.ai/health>", "http.timeout", "accepted the request but sent no answer within 10s",
		"Do first: look at the application", "Runbook: https://wiki.hokus.ai/runbooks/registry?view=night&page=2 <https://wiki.hokus.ai", "What ECS says: SERVICE_TASK_START_IMPAIRED (4 times) essential container",
		"Also open: SEV3 INC-0228-7", "hokusai-development · INC-0301-2 · message 1 · 1 Mar 2026 03:12 UTC",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	for kind, want := range map[string]string{"resolved": "Good again", "deployment-failed": "ECS says: ECS deployment circuit breaker", "summary": "Up: 99.93 % in 24 h; 99.98 % in 7 days; 99.99 % in 30 days"} {
		if shown := shownText(of(fixtures(t)[kind])); !strings.Contains(shown, want) {
			t.Errorf("%s: %q is missing in\n%s", kind, want, shown)
		}
	}
	shown = shownText(of(fixtures(t)["summary"]))
	for _, want := range []string{"Not noticed yet", "certificate will not renew", "since 1 Mar 2026 00:12 UTC\nThe certificate of api.hokus.ai", "\nDo: create the record again", "accepts 200-499"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	if shown := shownText(of(fixtures(t)["resolved"])); strings.Contains(shown, "Do first") {
		t.Errorf("what is over needs no action: %s", shown)
	}
}

// A late message says so, and does not show as open what is over.
func TestLateMessage(t *testing.T) {
	for name, want := range map[string][]string{
		"late-opened":      {"🔴 Late: SEV1 opened", "Late: told 1 Mar 2026 04:10 UTC, and says how it was at 1 Mar 2026 03:12 UTC\n", "03:09 UTC, 1 h 1 min before this message\n", "Do first"},
		"late-opened-over": {"✅ Late, over since 03:42 UTC: SEV1 opened", "Late: told", "Users lost: ", "Failed: from 1 Mar 2026 03:09 UTC to 1 Mar 2026 03:42 UTC\n"},
		"late-resolved":    {"✅ Late: Resolved after 23 h 36 min", "Late: told", "Good again\n"},
	} {
		shown := shownText(of(fixtures(t)[name]))
		for _, text := range want {
			if !strings.Contains(shown, text) {
				t.Errorf("%s: %q is missing in\n%s", name, text, shown)
			}
		}
		if over := strings.HasPrefix(shown, "✅"); over && (strings.Contains(shown, "Do first") || strings.Contains(shown, "Since: ")) {
			t.Errorf("%s is told as open:\n%s", name, shown)
		}
	}
}

func TestAlarm(t *testing.T) {
	m := of(alarmText)
	valid(t, m)
	shown := shownText(m)
	for _, want := range []string{
		"🔴 ALARM: Tidewatch-shop-silent", "nothing is watched", "Why: Threshold Crossed", "US East (N. Virginia) · account 123456789012 · 2026-03-01",
		"Open the alarm <https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:alarm/Tidewatch-shop-silent>",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	if shown := shownText(of(strings.Replace(alarmText, `"ALARM"`, `"OK"`, 1))); !strings.HasPrefix(shown, "✅ OK: ") {
		t.Errorf("an alarm that is over: %s", shown)
	}
	for _, arn := range []string{"", "arn:aws:cloudwatch:evil.example.com/:1:alarm:x", "arn:elsewhere:cloudwatch:us-east-1:1:alarm:x", "arn:aws:sns:us-east-1:1:x", "arn:aws:cloudwatch:cn-north-1:1:alarm:x", "arn:aws-iso:cloudwatch:us-iso-east-1:1:alarm:x"} {
		if page := alarmPage(arn, "x"); page != "" {
			t.Errorf("%s is at %s", arn, page)
		}
	}
	for arn, want := range map[string]string{
		"arn:aws-cn:cloudwatch:cn-north-1:1:alarm:x":        "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/x",
		"arn:aws-us-gov:cloudwatch:us-gov-west-1:1:alarm:x": "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#alarmsV2:alarm/x",
		"arn:aws-eusc:cloudwatch:eusc-de-east-1:1:alarm:x":  "https://eusc-de-east-1.console.amazonaws-eusc.eu/cloudwatch/home?region=eusc-de-east-1#alarmsV2:alarm/x",
	} {
		if page := alarmPage(arn, "x"); page != want {
			t.Errorf("%s is at %s", arn, page)
		}
	}
}

// Alarms on expressions, anomalies and other alarms have other triggers, which
// are none of ours.
func TestAlarmsOfEveryKind(t *testing.T) {
	for kind, trigger := range map[string]string{
		"expression": `"Trigger":{"Period":300,"Threshold":1.0,"Metrics":[{"Expression":"FILL(a,0)","Id":"e","ReturnData":true},{"Id":"a","MetricStat":{"Metric":{"Dimensions":[{"value":"x","name":"LogGroupName"}],"MetricName":"EMFParsingErrors","Namespace":"AWS/Logs"},"Period":300,"Stat":"Sum"},"ReturnData":false}]}`,
		"anomaly":    `"Trigger":{"Threshold":"","ThresholdMetricId":"ad1","Metrics":[]}`,
		"composite":  `"AlarmRule":"ALARM(a) OR ALARM(b)","TriggeringChildren":[{"Arn":"a","State":{"Value":"ALARM"}}]`,
		"null":       `"AlarmDescription":null,"Trigger":null`,
	} {
		m := of(`{"AlarmName":"a-` + kind + `","NewStateValue":"ALARM","OldStateValue":"OK","NewStateReason":"because",` + trigger + `}`)
		valid(t, m)
		if m.Text != "🔴 ALARM: a-"+kind {
			t.Errorf("%s is notified as %q", kind, m.Text)
		}
		if shown := shownText(m); !strings.HasPrefix(shown, "🔴 ALARM: a-"+kind+"\n") || !strings.Contains(shown, "Why: because") || strings.Contains(shown, "account") {
			t.Errorf("%s is shown as\n%s", kind, shown)
		}
	}
}

// An alarm that was just made tells that it is well, which is no news. One that
// begins in alarm is, and so is one that is over.
func TestNewAlarmIsNoNews(t *testing.T) {
	for states, want := range map[[2]string]bool{{"INSUFFICIENT_DATA", "OK"}: false, {"ALARM", "OK"}: true, {"OK", "ALARM"}: true, {"INSUFFICIENT_DATA", "ALARM"}: true} {
		text := strings.NewReplacer(`"OldStateValue":"OK"`, `"OldStateValue":"`+states[0]+`"`, `"NewStateValue":"ALARM"`, `"NewStateValue":"`+states[1]+`"`).Replace(alarmText)
		if _, news := render(&events.SNSEntity{Message: text}); news != want {
			t.Errorf("%v: %v", states, news)
		}
	}
}

// What is not known is shown as it is, and markup in it stays text.
func TestAnythingElse(t *testing.T) {
	for _, text := range []string{"", "plain words", "<!channel> *look* <https://evil.example.com|here>", `{"version":2}`, `{"AlarmName":"x"}`, "null", "[]", `{"version":"one"}`, strings.Repeat("\U0001F525", 9000), "\xff\xfe"} {
		m := of(text)
		valid(t, m)
		if !strings.HasPrefix(shownText(m), "Subject\n") {
			t.Errorf("%.40q is shown as %.80s", text, shownText(m))
		}
	}
	if m, news := render(&events.SNSEntity{}); len(m.Blocks) == 0 || !news {
		t.Error("an empty message has no blocks, or is no news")
	}
}

func TestPercentIsNeverRoundedUpTo100(t *testing.T) {
	for share, want := range map[float64]string{100: "100", 99.99999: "99.99", 99.999: "99.99", 99.5: "99.5", 0: "0"} {
		if got := percent("24 h", &share); got != want+" % in 24 h" {
			t.Errorf("%v is %s", share, got)
		}
	}
	if got := percent("24 h", nil); got != "" {
		t.Errorf("what is not known is %s", got)
	}
}

// Of too much, the most important is shown, and that there is more is said.
func TestTooMuch(t *testing.T) {
	shown := shownText(of(fixtures(t)["huge"]))
	if !strings.Contains(shown, "Failing\n") || !strings.Contains(shown, "more\n") {
		t.Errorf("shown is\n%s", shown)
	}
	long := element{Type: "text", Text: strings.Repeat("x", 9000)}
	m := compose("t", header("h"), rich(paragraph(long)), rich(paragraph(long)), footer("where"))
	if got := shownText(m); len(m.Blocks) != 4 || !strings.HasSuffix(got, "…more is in the mail"+"where") {
		t.Errorf("%d blocks, ends with %q", len(m.Blocks), got[len(got)-40:])
	}
}

func FuzzRender(f *testing.F) {
	for _, text := range fixtures(f) {
		f.Add(text)
	}
	f.Add(alarmText)
	f.Add(`{"version":1,"kind":"opened","subject":"<!here>","at":"9999-12-31T00:00:00Z","incident":{"first_failure":"0001-01-02T00:00:00Z","endpoints":[{"key":"","url":"javascript:alert(1)"}]}}`)
	f.Fuzz(func(t *testing.T, text string) { valid(t, of(text)) })
}
