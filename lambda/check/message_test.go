package check

import "testing"

func TestMessageText(t *testing.T) {
	for _, c := range []struct {
		message Message
		want    string
	}{
		{
			Message{Level: Error, File: "hokusai.yaml", Line: 12, Column: 14, Path: "endpoints[3].client.timeout", Problem: `"10 s" is not a duration`, Accepted: "a number with a unit such as 500ms, 10s, 5m", Nearest: "10s"},
			`hokusai.yaml:12:14: endpoints[3].client.timeout: "10 s" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "10s"?`,
		},
		{Message{Level: Warning, File: "f", Line: 1, Column: 2, Problem: "p"}, "f:1:2: warning: p"},
		{Message{Level: Info, File: "f", Path: "a.b", Problem: "p"}, "f: info: a.b: p"},
	} {
		if got := c.message.String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestMessages(t *testing.T) {
	ms := Messages{{Level: Info}, {Level: Warning}, {Level: Warning}}
	if ms.Worst() != Warning || ms.Count(Warning) != 2 || ms.Count(Error) != 0 || (Messages{}).Worst() != 0 {
		t.Errorf("worst %s, %d warnings", ms.Worst(), ms.Count(Warning))
	}
	if (Report{Messages: ms}).Failed() || !failed(Message{Problem: "x"}).Failed() {
		t.Error("only errors refuse a configuration")
	}
	for level, want := range map[Level]string{Info: "info", Warning: "warning", Error: "error", 0: "none"} {
		if level.String() != want {
			t.Errorf("got %s, want %s", level, want)
		}
	}
}

// The parts of a message are there for programs too.
func TestMessageParts(t *testing.T) {
	_, report := loadText("    client: {timeout: 10 s}")
	want := Message{
		Level: Error, File: "t.yaml", Line: 5, Column: 23, Path: "endpoints[0].client.timeout",
		Problem: `"10 s" is not a duration`, Got: "10 s", Accepted: "a number with a unit such as 500ms, 10s, 5m", Nearest: "10s",
	}
	if len(report.Messages) != 1 || report.Messages[0] != want {
		t.Errorf("got %+v", report.Messages)
	}
}

// Lines of Windows and of old Macs count as lines.
func TestPlaces(t *testing.T) {
	for name, text := range map[string]string{
		"unix":    "environment: a b\n",
		"windows": "environment: a b\r\n",
		"bom":     "\uFEFFenvironment: a b\n",
	} {
		_, report := loadText(text + oneEndpoint)
		if m := report.Messages[0]; m.Line != 1 || m.Column != 14 {
			t.Errorf("%s: %s", name, m)
		}
	}
}
