package pipeline

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Case is one diagnosis in the form in which `tidewatch diagnose --save` keeps
// it: what was seen and read, at the time at which that was concluded from, and
// what the report says that does not follow from it. Its report is the same
// whenever and wherever it is made again.
type Case struct {
	diagnose.Input
	Head *Head `json:"report,omitempty"` // nil: nobody has reported it yet
	// Hidden are the texts that the configuration keeps out of reports. What
	// was seen and read still has them: conclusions rest on them.
	Hidden []string `json:"hidden,omitempty"`
}

// Head is what a report says beside what follows from what was seen and read.
type Head struct {
	Environment string           `json:"environment"`
	Tracker     string           `json:"tracker,omitempty"`
	Run         string           `json:"run"`
	At          time.Time        `json:"at"`    // when everything had been read
	Calls       int              `json:"calls"` // that were made to AWS
	Incidents   []report.Affair  `json:"incidents"`
	Checks      []report.Checked `json:"checks"`
	Changes     []report.Change  `json:"changes"`
}

// caseOf is what a report was made of.
func (c *inquiry) caseOf(d report.Diagnosis) Case {
	return Case{
		Input: c.in, Hidden: hiddenTexts(c.Config.Checks),
		Head: &Head{Environment: d.Environment, Tracker: d.Tracker, Run: d.Run, At: d.At, Calls: d.Calls, Incidents: d.Incidents, Checks: d.Checks, Changes: d.Changes},
	}
}

// Replay diagnoses a case once more, with nothing more to be read, and returns
// its report.
func Replay(c Case) report.Diagnosis {
	if c.Facts == nil {
		c.Facts = &topology.Snapshot{Version: topology.SnapshotVersion}
	}
	out := conceal(diagnose.WithLatents(c.Input, diagnose.Rounds(c.Input, unsaved)), c.Hidden)
	head := c.Head
	if head == nil {
		head = headOf(c.Input)
	}
	d := report.Diagnosis{
		Version: report.DiagnosisVersion, Environment: head.Environment, Tracker: head.Tracker, Region: c.Facts.Region, Account: c.Facts.Account, At: head.At, Run: head.Run, Calls: head.Calls,
		Incidents: head.Incidents, Checks: head.Checks, Changes: head.Changes,
		Findings: out.Findings, Unexplained: out.Unexplained, Traces: out.Traces, Fixed: out.Fixed, Gaps: out.Gaps,
	}
	d.Rules, d.Names = tablesOf(c.Input, c.Hidden)
	d.Unsee()
	return d
}

// headOf makes do with what was seen and read.
func headOf(in diagnose.Input) *Head {
	h := &Head{At: in.Now, Incidents: []report.Affair{}, Checks: []report.Checked{}, Changes: []report.Change{}}
	for k := range in.Symptoms {
		h.Checks = append(h.Checks, checkedOf(&in.Symptoms[k]))
	}
	if in.Facts != nil {
		h.Changes = changesOf(in.Facts, in.Facts.From.Add(beforeFirst), incident.State{})
	}
	return h
}

// unsaved answers wants for what was not kept.
func unsaved(s *topology.Snapshot, wants []topology.Want) {
	for _, want := range wants {
		s.Fail(want, topology.Failed, "it is not among the saved facts")
	}
}
