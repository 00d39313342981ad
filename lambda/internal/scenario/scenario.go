// Package scenario holds cases of the diagnosis as data, and what plays them:
// a directory each, with what was seen, what AWS answers, and what must and
// must not be concluded. The answers are those of the wire, served where the
// SDK's HTTP client would ask AWS. Only tests import it.
package scenario

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

//go:embed */*
var files embed.FS

// Scenario is one directory.
type Scenario struct {
	Name   string             `json:"-"`
	Title  string             `json:"title"`
	Base   string             `json:"base,omitempty"`   // scenario whose answers hold where this one has none
	Mode   string             `json:"mode,omitempty"`   // D01 to D40: the mode that it is for
	Input  diagnose.Input     `json:"input"`            // without facts
	Blips  []diagnose.Symptom `json:"blips,omitempty"`  // of endpoints that failed once and are good again
	Denied []string           `json:"denied,omitempty"` // actions that AWS denies
	Probes topology.Snapshot  `json:"probes,omitzero"`  // what probes made for the diagnosis come to: dial, ask, slow, lookup
	Expect Expect             `json:"expect"`

	answers []answer
	facts   *topology.Snapshot // of facts.json; nil: the wire is asked
}

// Expect is what must and must not come out.
type Expect struct {
	Causes      []Cause  `json:"causes"` // all of them, in order
	Next        []string `json:"next,omitempty"`
	Latent      []string `json:"latent,omitempty"`
	Self        []string `json:"self,omitempty"`
	Unexplained []string `json:"unexplained,omitempty"` // keys of endpoints
	RuledOut    []string `json:"ruled_out,omitempty"`   // codes that some cause rules out
	Gaps        []string `json:"gaps,omitempty"`        // actions
	Fixed       []string `json:"fixed,omitempty"`       // codes of earlier findings that are gone
	Forbid      []string `json:"forbid,omitempty"`      // words that must stand nowhere in the output
}

// Cause is one that must come out.
type Cause struct {
	Code     string   `json:"code"`
	Hop      string   `json:"hop"` // where it breaks
	Level    string   `json:"level"`
	Severity string   `json:"severity,omitempty"`
	Explains []string `json:"explains"`
	Says     []string `json:"says"`           // words of the sentence
	Does     []string `json:"does,omitempty"` // words of the first action and its command
}

// answer is one file of api/.
type answer struct {
	action string   // as policies name it
	picks  []string // texts that the request must hold, all of them
	body   []byte
}

// Names are those of all scenarios, sorted. Directories whose name begins with
// "base-" only lend their answers.
func Names() ([]string, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), "base-") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Load reads one scenario with the answers of its bases.
func Load(name string) (*Scenario, error) {
	s := &Scenario{Name: name}
	if err := decode(path.Join(name, "case.json"), s); err != nil {
		return nil, err
	}
	if text, err := files.ReadFile(path.Join(name, "facts.json")); err == nil {
		if s.facts, err = topology.Read(text); err != nil {
			return nil, fmt.Errorf("scenario %s: %w", name, err)
		}
		return s, nil
	}
	for from := range strings.FieldsSeq(name + " " + s.Base) { // own answers first: they win
		own, err := readAnswers(from)
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", name, err)
		}
		s.answers = append(s.answers, own...)
	}
	if len(s.answers) == 0 {
		return nil, fmt.Errorf("scenario %s has neither facts.json nor answers in api/", name)
	}
	return s, nil
}

func decode(file string, into any) error {
	text, err := files.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// readAnswers reads api/SERVICE.ACTION[@TEXT[+TEXT]].json or .xml.
func readAnswers(name string) ([]answer, error) {
	entries, err := fs.ReadDir(files, path.Join(name, "api"))
	if err != nil {
		return nil, nil // a scenario may have none of its own
	}
	var all []answer
	for _, e := range entries {
		body, err := files.ReadFile(path.Join(name, "api", e.Name()))
		if err != nil {
			return nil, err
		}
		call, text, _ := strings.Cut(strings.TrimSuffix(e.Name(), path.Ext(e.Name())), "@")
		service, action, ok := strings.Cut(call, ".")
		if !ok {
			return nil, fmt.Errorf("%s is not named SERVICE.ACTION or SERVICE.ACTION@TEXT", e.Name())
		}
		all = append(all, answer{service + ":" + action, strings.Split(text, "+"), body})
	}
	slices.SortStableFunc(all, func(a, b answer) int { return len(strings.Join(b.picks, "+")) - len(strings.Join(a.picks, "+")) })
	return all, nil
}

// find returns the answer to a call: among those of the scenario itself, then
// those of its bases, the one that picks out the most of the request.
func (s *Scenario) find(action, request string) ([]byte, bool) {
	for _, a := range s.answers {
		if a.action == action && !slices.ContainsFunc(a.picks, func(text string) bool { return !strings.Contains(request, text) }) {
			return a.body, true
		}
	}
	return nil, false
}

// Case is the input of a diagnosis that has read nothing yet.
func (s *Scenario) Case(region string) diagnose.Input {
	in := s.Input
	in.Facts = &topology.Snapshot{Version: topology.SnapshotVersion, Region: region}
	return in
}

// Blipped is the scenario at the time of its blips: nothing explains them, and
// nothing that is odd around them may be made a cause. False: it has none.
func (s *Scenario) Blipped() (*Scenario, bool) {
	then := *s
	then.Input.Symptoms = slices.Clone(s.Input.Symptoms)
	then.Expect = Expect{Forbid: s.Expect.Forbid}
	for _, blip := range s.Blips {
		key := blip.Endpoint.Key
		at := slices.IndexFunc(then.Input.Symptoms, func(o diagnose.Symptom) bool { return o.Endpoint.Key == key })
		then.Input.Symptoms[at] = blip
		then.Expect.Unexplained = append(then.Expect.Unexplained, key)
	}
	return &then, len(s.Blips) > 0
}

// EngineOnly reports whether it has facts instead of answers of the wire.
func (s *Scenario) EngineOnly() bool { return s.facts != nil }
