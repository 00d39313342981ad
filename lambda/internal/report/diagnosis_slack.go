package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// DiagnosisSlack writes a report as one chat message in Slack's markup: the
// first cause in full, the others by a line each, in at most the characters
// that a screen shows.
func DiagnosisSlack(d Diagnosis) string {
	s := slackText{room: slackDescription - length(slackMore)}
	causes := d.Causes()
	if f := d.blindness(); f != nil {
		s.line("🔵 *" + noStatement(f) + "* (" + string(f.Level) + ")")
		s.line(mrkdwn(shown(f.Sentence), 600))
		s.actions(f)
	}
	switch {
	case len(causes) > 0:
		s.lead(&causes[0])
	case d.failing() > 0:
		s.line("⚪ *No cause was found* for " + counted(d.failing(), "failing check"))
	case d.blindness() == nil:
		s.line("🟢 *No check fails*")
	}
	for _, f := range causes[min(1, len(causes)):] {
		s.line(mark(incident.Severity(f.Severity)) + " *" + sev(f.Severity) + "* (" + string(f.Level) + ") " + mrkdwn(shown(f.Sentence), slackStep))
	}
	s.unexplained(d.Unexplained)
	if others := d.of(diagnose.Self); len(causes) == 0 && len(others) > 0 && d.blindness() == nil {
		s.actions(&others[0]) // why nothing could be found out
	}
	s.labelled("Fixed", sentences(d.Fixed))
	s.labelled("Comes next", sentences(d.of(diagnose.Next)))
	var gaps []string
	for _, g := range d.Gaps {
		gaps = append(gaps, incident.GapSentence(g))
	}
	if len(gaps) == 0 {
		gaps = []string{"nothing"}
	}
	s.labelled("Not checked", gaps)
	s.line("_" + mrkdwn(d.about(), 200) + "_")
	text := strings.TrimRight(s.text.String(), "\n")
	if s.dropped {
		text += slackMore
	}
	return text + "\n"
}

// about says what the report is of, and where the whole of it is.
func (d *Diagnosis) about() string {
	var parts []string
	if d.Environment != "" {
		parts = append(parts, shown(d.Environment))
	}
	if d.ID != "" {
		parts = append(parts, "tidewatch report "+d.ID)
	}
	return strings.Join(append(parts, "as of "+dated(d.At)), " · ")
}

// unexplained are the checks for which nothing was found, and where to look.
func (s *slackText) unexplained(all []diagnose.Unexplained) {
	for _, u := range all {
		s.line("• Unexplained: " + slackCode(shown(u.Endpoint), 150) + " " + mrkdwn(shown(u.Saw), 200))
		for _, c := range u.Contradictions {
			s.line("    Facts disagree: " + mrkdwn(shown(c.Statement), 400))
		}
		s.command("Look", u.Look)
	}
}

const slackMore = "\n_…more is in the full report_"

// lead is the first cause, with what to do about it.
func (s *slackText) lead(f *diagnose.Finding) {
	s.line(mark(incident.Severity(f.Severity)) + " *" + sev(f.Severity) + "* explains " + mrkdwn(shown(places(f.Explains)), 300))
	s.line("*Cause (" + string(f.Level) + "):* " + mrkdwn(shown(f.Sentence), 600))
	said := 0
	for _, e := range f.Evidence {
		ruled := slices.ContainsFunc(f.RuledOut, func(r diagnose.RuledOut) bool { return r.Evidence == e.ID })
		if said++; !ruled && said <= shownProofs+1+1 {
			s.line("    " + mrkdwn(shown(e.ID+" "+e.Statement+" ("+e.Source+")"), slackStep))
		}
	}
	for _, text := range f.Inferred {
		s.line("    inferred: " + mrkdwn(shown(text), slackStep))
	}
	for _, r := range f.Rivals {
		s.line("*Or else:* " + mrkdwn(shown(r.What+" Decides: "+r.Decides), slackStep))
	}
	var ruled []string
	for _, r := range f.RuledOut {
		ruled = append(ruled, r.Statement)
	}
	s.labelled("Ruled out", ruled)
	s.actions(f)
}

// actions are what to do about a finding, and the command that shows it.
func (s *slackText) actions(f *diagnose.Finding) {
	for _, a := range f.Actions {
		label := a.Priority
		if a.Mutates {
			label += ", changes state" // in front: a long text is cut
		}
		s.line(slackWhole(row{label: label, text: shown(a.Do), code: command(a.Command)}))
	}
	s.command("Check", f.Verify)
}

// command adds the first of some commands, if it can be shown whole.
func (s *slackText) command(label string, commands []string) {
	if len(commands) == 0 {
		return
	}
	if code := command(commands[0]); code != "" {
		s.line(slackWhole(row{label: label, code: code}))
	}
}

// labelled adds a line with a few texts.
func (s *slackText) labelled(label string, texts []string) {
	const most = 3
	if len(texts) == 0 {
		return
	}
	var list []string
	for _, text := range texts[:min(len(texts), most)] {
		list = append(list, mrkdwn(shown(text), 200))
	}
	if more := len(texts) - most; more > 0 {
		list = append(list, andMore(more))
	}
	s.line(fmt.Sprintf("*%s:* %s", label, strings.Join(list, " · ")))
}

func sentences(findings []diagnose.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Sentence)
	}
	return all
}

// DiagnosisSchema is the JSON schema of the documents that DiagnosisJSON writes.
//
//go:embed report.schema.json
var DiagnosisSchema []byte

// DiagnosisJSON writes a report as one document, in which no list is null.
func DiagnosisJSON(d Diagnosis) ([]byte, error) {
	d.Version = DiagnosisVersion
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("the report cannot be written: %w", err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("the report cannot be written: %w", err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(cleaned(v)); err != nil {
		return nil, fmt.Errorf("the report cannot be written: %w", err)
	}
	return b.Bytes(), nil
}

// cleaned is a document in which every text is one that may be shown.
func cleaned(v any) any {
	switch v := v.(type) {
	case nil:
		return []any{} // nothing but a list can be null in a report
	case string:
		return shown(v)
	case []any:
		for i := range v {
			v[i] = cleaned(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = cleaned(v[name])
		}
	}
	return v
}
