package incident

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// What an incident keeps of a finding; the report has all of it.
const (
	mostProofs   = 4
	mostRuledOut = 3
	mostActions  = 4
	mostVerify   = 2
	mostGaps     = 4
	mostNext     = 3
	commandLimit = 700 // bytes; a longer command is left to the report, never cut
)

// CausesOf takes from a diagnosis what incidents keep of it.
func CausesOf(out diagnose.Output) []Cause {
	var causes []Cause
	var next []string
	for i := range out.Findings {
		f := &out.Findings[i]
		switch f.Role {
		case diagnose.Cause:
			causes = append(causes, Cause{Root: rootOf(f), Explains: f.Explains})
		case diagnose.Self:
			if f.Code != diagnose.SelfNoEgress {
				continue // what it may not read, or had no time for, is in the report
			}
			causes = append(causes, Cause{Root: rootOf(f), Explains: f.Explains, Self: true})
		case diagnose.Next:
			if len(next) < mostNext {
				next = append(next, bounded(f.Sentence))
			}
		}
	}
	if at := slices.IndexFunc(causes, func(c Cause) bool { return !c.Self }); at >= 0 {
		causes[at].Next = next
	}
	return causes
}

func rootOf(f *diagnose.Finding) Root {
	r := Root{
		Key: f.Key, Code: string(f.Code), Title: f.Title(), Level: string(f.Level),
		Severity: Severity(f.Severity), Sentence: bounded(f.Sentence), Short: f.Short,
	}
	if r.Title == "" {
		r.Title = strings.ToLower(strings.ReplaceAll(string(f.Code), "_", " "))
	}
	ruledOut := map[string]bool{}
	for _, o := range f.RuledOut {
		ruledOut[o.Evidence] = true
		if len(r.RuledOut) < mostRuledOut {
			r.RuledOut = append(r.RuledOut, bounded(o.Statement))
		}
	}
	for _, e := range f.Evidence {
		if len(r.Proof) < mostProofs && !ruledOut[e.ID] {
			r.Proof = append(r.Proof, Proof{e.ID, bounded(e.Statement), e.Source})
		}
	}
	for _, text := range f.Inferred[:min(len(f.Inferred), mostProofs)] {
		r.Inferred = append(r.Inferred, bounded(text))
	}
	for _, c := range f.Contradictions[:min(len(f.Contradictions), mostRuledOut)] {
		r.Inferred = append(r.Inferred, bounded("that it is so although facts disagree: "+c.Statement))
	}
	if len(f.Rivals) > 0 {
		r.Rival, r.Decides = bounded(f.Rivals[0].What), bounded(f.Rivals[0].Decides)
	}
	for _, a := range f.Actions[:min(len(f.Actions), mostActions)] {
		r.Actions = append(r.Actions, actionOf(a))
	}
	for _, command := range f.Verify {
		if len(command) <= commandLimit && len(r.Verify) < mostVerify {
			r.Verify = append(r.Verify, command)
		}
	}
	for _, g := range f.Gaps[:min(len(f.Gaps), mostGaps)] {
		r.Gaps = append(r.Gaps, bounded(GapSentence(g)))
	}
	return r
}

func actionOf(a diagnose.Action) Action {
	kept := Action{Priority: a.Priority, Do: bounded(a.Do), Mutates: a.Mutates, DoneWhen: bounded(a.DoneWhen)}
	if len(a.Command) <= commandLimit {
		kept.Command = a.Command
	}
	if a.Done.Kind != "" {
		kept.Test = string(a.Done.Kind) + " " + a.Done.Key
	}
	return kept
}

// GapSentence says what could not be read, and what that leaves open.
func GapSentence(g diagnose.Gap) string {
	what := g.Action
	if what == "" {
		what = g.Subject
	}
	return fmt.Sprintf("%s (%s): %s is not known", what, strings.ReplaceAll(string(g.Why), "_", " "), strings.TrimSuffix(g.Limits, "."))
}
