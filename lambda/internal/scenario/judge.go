package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// Judge holds an outcome against what the scenario expects, and returns every
// difference as a sentence.
func (e Expect) Judge(out diagnose.Output) []string {
	var wrong []string
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	causes := withRole(out, diagnose.Cause)
	if len(causes) != len(e.Causes) {
		fail("causes: got %v, want %d", codes(causes), len(e.Causes))
	}
	for i := range min(len(causes), len(e.Causes)) {
		wrong = append(wrong, e.Causes[i].judge(causes[i])...)
	}
	checker := withRole(out, diagnose.Self)
	for i, want := range e.Checker {
		if i >= len(checker) {
			fail("about the checker: got %v, want %d", codes(checker), len(e.Checker))
			break
		}
		wrong = append(wrong, want.judge(checker[i])...)
	}
	for role, want := range map[diagnose.Role][]string{diagnose.Next: e.Next, diagnose.Latent: e.Latent, diagnose.Self: e.Self} {
		if got := codes(withRole(out, role)); !sameSet(got, want) {
			fail("%s: got %v, want %v", role, got, want)
		}
	}
	wrong = append(wrong, e.judgeContradictions(out)...)
	var unexplained, ruledOut, gaps []string
	for _, u := range out.Unexplained {
		unexplained = append(unexplained, u.Endpoint)
	}
	for _, f := range causes {
		for _, r := range f.RuledOut {
			ruledOut = append(ruledOut, string(r.Code))
		}
	}
	for _, g := range out.Gaps {
		gaps = append(gaps, g.Action)
	}
	if !sameSet(unexplained, e.Unexplained) {
		fail("unexplained: got %v, want %v", unexplained, e.Unexplained)
	}
	for _, code := range e.RuledOut {
		if !slices.Contains(ruledOut, code) {
			fail("%s is not ruled out: %v", code, ruledOut)
		}
	}
	if got := codes(out.Fixed); !sameSet(got, e.Fixed) {
		fail("fixed: got %v, want %v", got, e.Fixed)
	}
	if !sameSet(gaps, e.Gaps) {
		fail("gaps: got %v, want %v", gaps, e.Gaps)
	}
	written, _ := json.Marshal(out)
	text := strings.ReplaceAll(string(written), "%{", "{") // fields of curl are no percentages
	for _, word := range e.Forbid {
		if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			fail("the output says %q", word)
		}
	}
	slices.Sort(wrong)
	return wrong
}

// judgeContradictions holds every contradiction against the words for it. Both
// sides must be shown.
func (e Expect) judgeContradictions(out diagnose.Output) []string {
	var all []diagnose.Contradiction
	for _, f := range out.Findings {
		all = append(all, f.Contradictions...)
	}
	for _, u := range out.Unexplained {
		all = append(all, u.Contradictions...)
	}
	if len(all) != len(e.Disagree) {
		return []string{fmt.Sprintf("contradictions: got %+v, want %d", all, len(e.Disagree))}
	}
	var wrong []string
	for i, c := range all {
		if !strings.Contains(c.Statement, e.Disagree[i]) {
			wrong = append(wrong, fmt.Sprintf("%q does not hold %q", c.Statement, e.Disagree[i]))
		}
		if len(c.Evidence) < 2 || slices.ContainsFunc(c.Evidence, func(one diagnose.Evidence) bool { return one.ID == "" || one.Source == "" }) {
			wrong = append(wrong, fmt.Sprintf("%q lacks evidence of both sides: %+v", c.Statement, c.Evidence))
		}
	}
	return wrong
}

func (c Cause) judge(f diagnose.Finding) []string {
	var wrong []string
	mode, _ := diagnose.ModeOf(f.Code)
	severity, _ := f.Severity.MarshalText()
	for _, one := range []struct{ what, got, want string }{
		{"code", string(f.Code), c.Code}, {"hop", mode.Hop.String(), c.Hop}, {"level", string(f.Level), c.Level}, {"severity", string(severity), c.Severity},
	} {
		if one.want != "" && one.got != one.want {
			wrong = append(wrong, fmt.Sprintf("%s of %s: got %q, want %q", one.what, f.Key, one.got, one.want))
		}
	}
	if !sameSet(f.Explains, c.Explains) {
		wrong = append(wrong, fmt.Sprintf("%s explains %v, want %v", f.Key, f.Explains, c.Explains))
	}
	todo := ""
	if len(f.Actions) > 0 {
		todo = f.Actions[0].Do + " " + f.Actions[0].Command
	}
	for text, words := range map[string][]string{f.Sentence: c.Says, todo: c.Does} {
		for _, word := range words {
			if !strings.Contains(text, word) {
				wrong = append(wrong, fmt.Sprintf("%q does not hold %q", text, word))
			}
		}
	}
	for _, e := range f.Evidence {
		if e.ID == "" || e.Source == "" {
			wrong = append(wrong, fmt.Sprintf("%s has evidence without id or source: %+v", f.Key, e))
		}
	}
	if len(f.Evidence) == 0 {
		wrong = append(wrong, f.Key+" has no evidence")
	}
	return wrong
}

func withRole(out diagnose.Output, role diagnose.Role) []diagnose.Finding {
	var found []diagnose.Finding
	for _, f := range out.Findings {
		if f.Role == role {
			found = append(found, f)
		}
	}
	return found
}

func codes(findings []diagnose.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, string(f.Code))
	}
	return all
}

// sameSet compares without regard to order and repetition.
func sameSet(a, b []string) bool {
	return subset(a, b) && subset(b, a)
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}
