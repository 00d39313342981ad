package diagnose

import (
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Input is one case: what was seen and what has been read so far.
type Input struct {
	Now      time.Time          `json:"now"`
	Clusters []string           `json:"clusters,omitempty"` // of the configuration
	Symptoms []Symptom          `json:"symptoms"`           // of every endpoint, healthy ones too
	Facts    *topology.Snapshot `json:"facts"`
	Previous []Finding          `json:"previous,omitempty"` // of the last diagnosis
	Doubt    Doubt              `json:"doubt,omitzero"`
}

// Doubt is what makes the checker suspect its own network.
type Doubt struct {
	Phase    result.Phase `json:"phase,omitempty"` // in which nearly everything failed at once; "": not everything did
	Controls Controls     `json:"controls,omitempty"`
}

// Controls is what the control addresses said, which answer unless the
// checker's own network is broken.
type Controls string

// What control addresses say.
const (
	NotAsked Controls = ""
	Answered Controls = "answered"
	Silent   Controls = "silent"
)

// blind: something made the checker ask the control addresses, and they do not
// answer either.
func (d Doubt) blind() bool { return d.Controls == Silent }

// CutOff reports whether the checker may be what fails: some endpoint got no
// answer to a connection, or to the question for its address, and nothing at a
// public address was reached.
func (in Input) CutOff() bool {
	return slices.ContainsFunc(in.Symptoms, unheard) && !slices.ContainsFunc(in.Symptoms, reachedOut)
}

// Output is what a case comes to. While Wants is not empty the findings are
// preliminary: whoever asked reads the wants, or fails them in the snapshot,
// and asks again. A want that was answered or failed never comes back.
type Output struct {
	Findings    []Finding       `json:"findings"`
	Wants       []topology.Want `json:"wants,omitempty"` // in the order of use, each once
	Again       []topology.Want `json:"again,omitempty"` // deciding facts that are too old to prove anything, each once
	Unexplained []Unexplained   `json:"unexplained"`
	Traces      []Trace         `json:"traces"`
	Fixed       []Finding       `json:"fixed"` // of the previous ones
	Gaps        []Gap           `json:"gaps"`  // hints last
}

// Unexplained is a failing endpoint for which no cause was found.
type Unexplained struct {
	Endpoint string     `json:"endpoint"`
	Saw      string     `json:"saw"`
	Look     []string   `json:"look,omitempty"` // commands that show what facts read here cannot
	RuledOut []RuledOut `json:"ruled_out"`

	Contradictions []Contradiction `json:"contradictions,omitempty"`
}

// Trace is the path that was walked for an endpoint.
type Trace struct {
	Endpoint string    `json:"endpoint"`
	Stations []Station `json:"stations"`
}

// Station is one hop of a trace.
type Station struct {
	Hop     Hop     `json:"hop"`
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
}

// Verdict on a hop.
type Verdict string

// The verdicts.
const (
	OK            Verdict = "ok"
	Broken        Verdict = "broken"
	Degraded      Verdict = "degraded"
	Unclear       Verdict = "unknown"
	NotApplicable Verdict = "" // not on the way, or not known to be
)

// worse is the worse of two verdicts about the same hop.
func worse(a, b Verdict) Verdict {
	for _, v := range []Verdict{Broken, Degraded, Unclear, OK} {
		if a == v || b == v {
			return v
		}
	}
	return NotApplicable
}

// Diagnose takes a case as far as its facts reach.
func Diagnose(in Input) Output { return examine(in).conclude() }

// examination is a case whose ways were walked as far as its facts reach.
type examination struct {
	in    Input
	walks []*walk
	fits  [][]fit
	own   own
}

// examine walks the ways of a case.
func examine(in Input) examination {
	x := examination{in: in, walks: walkAll(in)}
	x.fits = predictAll(x.walks)
	x.own = lookAtOwn(in, x.walks, x.fits)
	return x
}

// all are the walks with the one that is about the checker.
func (x *examination) all() []*walk { return append(slices.Clone(x.walks), x.own.walk) }

// conclude says what was found.
func (x examination) conclude() Output {
	all := x.all()
	walks, fits := x.own.seen(x.walks, x.fits)
	causes, unexplained := fold(fits, walks)
	findings := conclude(x.in, causes, walks)
	wants := wantsOf(all)
	own, gone := []Finding{}, []Finding{}
	if len(wants) == 0 { // what is still read may say otherwise
		own, gone = x.own.findings(all, findings), fixed(x.in, findings, walks)
	}
	findings = numbered(append(findings, own...), unexplained)
	return Output{
		Findings:    findings,
		Wants:       wants,
		Again:       againOf(findings),
		Unexplained: unexplained,
		Traces:      append(traces(walks), x.own.traces()...),
		Fixed:       gone,
		Gaps:        notRead(all),
	}
}
