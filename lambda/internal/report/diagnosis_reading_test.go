package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Who reads no further than the first screen knows what is broken, why, how
// sure that is, what to do first, and with which command.
func TestTheFirstScreenSaysWhatToDo(t *testing.T) {
	lines := strings.Split(DiagnosisText(threeCauses()), "\n")
	screen := strings.Join(strings.Fields(strings.Join(lines[:40], " ")), " ")
	for _, want := range []string{
		"SEV1", "registry/health, registry/api", "no network interface has that address", "Level: likely",
		"Do first: P0.1 register MLflow in Cloud Map (⚠️ changes state: its task is replaced) aws ecs update-service --cluster hokusai-development",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(lines[:40], "\n"))
		}
	}
}

// However much fails, a report can be read: what is left out is counted.
func TestLongReportsAreBounded(t *testing.T) {
	d := threeCauses()
	d.Incidents, d.Checks, d.Findings = nil, nil, nil
	for i := range 200 {
		key := fmt.Sprintf("group/endpoint-%d", i)
		d.Checks = append(d.Checks, Checked{Key: key, Host: fmt.Sprintf("host-%d.example.com", i), Path: "/", Class: result.DNSNXDomain, Before: result.HTTPTimeout})
		f := dnsFinding()
		f.Explains, f.Evidence[0].ID = []string{key}, fmt.Sprintf("E%d", i+1)
		f.Verify = []string{fmt.Sprintf("dig host-%d.example.com", i)}
		d.Findings = append(d.Findings, f)
		d.Rules = append(d.Rules, diagnose.Match{Listener: "main:443", Host: d.Checks[i].Host, Path: "/", Rule: "default", Does: "a fixed response 404"})
	}
	for form, text := range map[string]string{"markdown": DiagnosisMarkdown(d), "text": DiagnosisText(d)} {
		if n := strings.Count(text, "\n"); n > 1000 {
			t.Errorf("%s has %d lines", form, n)
		}
		for _, want := range []string{"and 160 more: the JSON form has all 200", "180 more root causes: the JSON form has all 200", "host-7.example.com/, and 192 more"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", form, want)
			}
		}
	}
	if text, err := DiagnosisJSON(d); err != nil || !strings.Contains(string(text), "dig host-199.example.com") {
		t.Errorf("the JSON form does not have all: %v", err)
	}
}

func TestEvidenceIsCitedByRanges(t *testing.T) {
	for ids, want := range map[string]string{
		"": "", "E1": "E1", "E1 E2": "E1 E2", "E1 E2 E3": "E1–E3", "E1 E3 E4 E5 E9": "E1 E3–E5 E9", "E9 E10 E11": "E9–E11",
		"E1 L2 L3": "E1 L2 L3", "E3 E2 E1": "E3 E2 E1", "x y z": "x y z", "E99999999999999999999 E1": "E99999999999999999999 E1",
	} {
		if got := strings.Join(ranges(strings.Fields(ids)), " "); got != want {
			t.Errorf("%s: %s, want %s", ids, got, want)
		}
	}
	if got := ranges([]string{"", "E1"}); !slices.Equal(got, []string{"E1"}) {
		t.Errorf("%q", got)
	}
}

// What was inferred is decided by its repair, or where nobody can tell yet
// whether it is to be repaired, by the answer to that.
func TestWhatDecides(t *testing.T) {
	repair := func(priority string) diagnose.Action {
		return diagnose.Action{Priority: priority, Do: "repair it", Mutates: true}
	}
	ask := diagnose.Action{Priority: "P0.1", Do: "find out whether it is a maintenance"}
	stopgap := repair("P0.1")
	stopgap.Stopgap = true
	for want, actions := range map[string][]diagnose.Action{
		"whether the checks recover once P0.1 is done.":              {repair("P0.1"), repair("P1.1")},
		"whether the checks recover once P0.1 and P0.2 are done.":    {repair("P0.1"), repair("P0.2")},
		"whether the checks recover once P0.2, P0.3 and P0.4 are do": {stopgap, repair("P0.2"), repair("P0.3"), repair("P0.4")},
		"what comes out of P0.1.":                                    {ask, repair("P1.1")},
	} {
		f := diagnose.Finding{Level: diagnose.Likely, Inferred: []string{"that it is so"}, Actions: actions}
		if got := strings.Join(decides(&f), " "); !strings.HasPrefix(got, "What decides: "+want) {
			t.Errorf("%q, want %q", got, want)
		}
		if f.Inferred = nil; decides(&f) != nil {
			t.Error("something decides what is not inferred")
		}
	}
}

// A hop is not said to work on a host where it is broken for another check.
func TestWhatWorksIsBrokenNowhere(t *testing.T) {
	d := Diagnosis{
		Checks: []Checked{{Key: "a", Host: "h", Path: "/a"}, {Key: "b", Host: "h", Path: "/b"}, {Key: "c", Host: "h", Path: "/c", Healthy: true}},
		Traces: []diagnose.Trace{
			{Endpoint: "a", Stations: []diagnose.Station{{Hop: diagnose.HopDNS, Verdict: diagnose.OK}, {Hop: diagnose.HopRule, Verdict: diagnose.Broken}}},
			{Endpoint: "b", Stations: []diagnose.Station{{Hop: diagnose.HopDNS, Verdict: diagnose.OK}, {Hop: diagnose.HopRule, Verdict: diagnose.OK}, {Hop: diagnose.HopService, Verdict: diagnose.OK}}},
		},
	}
	row, failing := d.hostRow("h", d.Checks)
	if want := "DNS, service; healthy: /c"; !failing || row[2].text != want {
		t.Errorf("%q, want %q", row[2].text, want)
	}
}

// What is urgent leads; what only prevents a recurrence is not done first.
func TestNothingUrgentIsDoneFirst(t *testing.T) {
	d := threeCauses()
	for i := range d.Findings {
		d.Findings[i].Actions = []diagnose.Action{{Priority: "P2.1", Do: "find out who asks"}}
	}
	if text := DiagnosisText(d); strings.Contains(text, "Do first") {
		t.Errorf("%s", text)
	}
}

// Bidirectional marks, invisible characters and other controls of outside
// text can neither turn what stands beside them around nor end a line, cell or
// link.
func TestReportsKeepTheirShape(t *testing.T) {
	const odd = "a\u202eb\u2066c\u200bd\x07e\x1b[2Jf\r\ng\u2028h|i*j<k>&l`m``n\u00a0o"
	d := threeCauses()
	f := &d.Findings[0]
	f.Sentence, f.Evidence[0].Statement, f.RuledOut[0].Statement, f.Actions[0].Do, f.Actions[0].Risk, f.Verify = odd, odd, odd, odd, odd, []string{odd}
	d.Rules[0].Rule, d.Rules[0].Path, d.Names[0].TLS, d.Checks[0].Key, d.Checks[0].Loses, d.Environment = odd, odd, odd, odd, odd, odd
	d.Unexplained = []diagnose.Unexplained{{Endpoint: odd, Saw: odd, Look: []string{odd}}}
	for form, text := range forms(t, d) {
		if strings.ContainsAny(text, "\u202e\u2066\u200b\x07\x1b\r\u2028") {
			t.Errorf("%s has a character that is not seen:\n%q", form, text)
		}
	}
	columns, rows := 0, 0
	for line := range strings.Lines(DiagnosisMarkdown(d)) {
		cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") - 1
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = cells
		case cells != columns:
			t.Errorf("%d cells in a table of %d columns: %s", cells, columns, line)
		default:
			rows++
		}
	}
	if rows < 20 {
		t.Errorf("%d rows of tables", rows)
	}
	for line := range strings.Lines(DiagnosisSlack(d)) {
		if strings.HasSuffix(strings.TrimSpace(line), ":*") {
			t.Errorf("a label with nothing: %s", line)
		}
	}
}
