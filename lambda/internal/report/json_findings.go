package report

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// findingJSON is a finding in the document of a run: its fixed form, in which
// no list is null.
type findingJSON struct {
	Code     diagnose.Code     `json:"code"`
	Key      string            `json:"key"`
	Role     diagnose.Role     `json:"role"`
	Level    diagnose.Level    `json:"level"`
	Severity diagnose.Severity `json:"severity"`
	Sentence string            `json:"sentence"`
	Explains []string          `json:"explains"`
	Evidence []evidenceJSON    `json:"evidence"`
	Inferred []string          `json:"inferred"`
	Disagree []string          `json:"contradictions"`
	Rivals   []rivalJSON       `json:"rivals"`
	RuledOut []ruledOutJSON    `json:"ruled_out"`
	Actions  []actionJSON      `json:"actions"`
	Verify   []string          `json:"verify"`
	Gaps     []gapJSON         `json:"gaps"`
}

type evidenceJSON struct {
	ID        string     `json:"id"`
	Statement string     `json:"statement"`
	Source    string     `json:"source"`
	At        *time.Time `json:"at,omitempty"`
}

type rivalJSON struct {
	What    string `json:"what"`
	Decides string `json:"decides"`
}

type ruledOutJSON struct {
	Statement string `json:"statement"`
	Evidence  string `json:"evidence,omitempty"`
}

type actionJSON struct {
	Priority string `json:"priority"`
	Do       string `json:"do"`
	Command  string `json:"command,omitempty"`
	Mutates  bool   `json:"mutates"`
	DoneWhen string `json:"done_when,omitempty"`
}

type gapJSON struct {
	Subject string `json:"subject"`
	Action  string `json:"action,omitempty"`
	Why     string `json:"why"`
	Limits  string `json:"limits"`
}

func findingOf(f *diagnose.Finding) findingJSON {
	j := findingJSON{
		Code: f.Code, Key: shown(f.Key), Role: f.Role, Level: f.Level, Severity: f.Severity, Sentence: shown(f.Sentence),
		Explains: all(f.Explains), Inferred: all(f.Inferred), Verify: all(f.Verify),
		Evidence: []evidenceJSON{}, Disagree: []string{}, Rivals: []rivalJSON{}, RuledOut: []ruledOutJSON{}, Actions: []actionJSON{}, Gaps: []gapJSON{},
	}
	for _, e := range f.Evidence {
		one := evidenceJSON{ID: e.ID, Statement: shown(e.Statement), Source: e.Source}
		if !e.At.IsZero() {
			at := instant(e.At)
			one.At = &at
		}
		j.Evidence = append(j.Evidence, one)
	}
	for _, c := range f.Contradictions {
		j.Disagree = append(j.Disagree, shown(c.Statement))
	}
	for _, r := range f.Rivals {
		j.Rivals = append(j.Rivals, rivalJSON{shown(r.What), shown(r.Decides)})
	}
	for _, r := range f.RuledOut {
		j.RuledOut = append(j.RuledOut, ruledOutJSON{shown(r.Statement), r.Evidence})
	}
	for _, a := range f.Actions {
		j.Actions = append(j.Actions, actionJSON{a.Priority, shown(a.Do), shown(a.Command), a.Mutates, shown(a.DoneWhen)})
	}
	for _, g := range f.Gaps {
		j.Gaps = append(j.Gaps, gapJSON{shown(g.Subject), g.Action, string(g.Why), g.Limits})
	}
	return j
}

// all are texts as documents show them; an empty list for none.
func all(texts []string) []string {
	list := make([]string, 0, len(texts))
	for _, text := range texts {
		list = append(list, shown(text))
	}
	return list
}
