package incident

import (
	"maps"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Diagnosis is what a diagnosis found, as far as incidents need it. A step that
// has one takes in no round.
type Diagnosis struct {
	At        time.Time               // when its facts had been read
	Report    string                  // id of its report; "" if it could not be kept
	Link      string                  // where a browser shows that report; "" nowhere
	Failing   map[string]result.Class // the endpoints that it looked at, and how they failed
	Confirmed bool                    // first failures had been probed again by then
	Partial   bool                    // answers are still awaited: another one follows
	Causes    []Cause                 // the most important first
	Done      []string                // tests of actions that hold by now
	Controls  Controls                // what the control probes said to it, if they were asked
}

// Cause is a root cause with the endpoints that it explains.
type Cause struct {
	Root
	Explains []string // keys
	Self     bool     // it is about the checker: it explains that nothing can be said of endpoints
}

// Root is a root cause as an incident keeps it. Its texts are bounded.
type Root struct {
	Key      string   `json:"key"` // code and root: the same while tasks and addresses change
	Code     string   `json:"code"`
	Title    string   `json:"title"` // what is broken, in a few words
	Level    string   `json:"level"` // proven, likely or possible
	Severity Severity `json:"severity"`
	Sentence string   `json:"sentence"`
	Proof    []Proof  `json:"proof,omitempty"`
	Inferred []string `json:"inferred,omitempty"`
	RuledOut []string `json:"ruled_out,omitempty"`
	Rival    string   `json:"rival,omitempty"`   // what fits as well
	Decides  string   `json:"decides,omitempty"` // the check that tells them apart
	Actions  []Action `json:"actions,omitempty"` // by priority
	Verify   []string `json:"verify,omitempty"`  // commands that only read
	Gaps     []string `json:"gaps,omitempty"`    // what could not be read, with the permission
	Next     []string `json:"next,omitempty"`    // what will appear once this is repaired
	Short    bool     `json:"short,omitempty"`   // its reason lies further on, where something could not be read

	Report string    `json:"report,omitempty"` // id
	Link   string    `json:"link,omitempty"`
	Found  time.Time `json:"found,omitzero"` // first
	Seen   time.Time `json:"seen,omitzero"`  // last
}

// Proof is one fact that a cause rests on.
type Proof struct {
	ID        string `json:"id"` // within the report
	Statement string `json:"statement"`
	Source    string `json:"source"`
}

// Action is something to do about a cause.
type Action struct {
	Priority string    `json:"priority"`
	Do       string    `json:"do"`
	Command  string    `json:"command,omitempty"` // whole or absent
	Mutates  bool      `json:"mutates,omitempty"`
	DoneWhen string    `json:"done_when,omitempty"`
	Test     string    `json:"test,omitempty"` // kind and key of what shows that it was done
	Done     time.Time `json:"done,omitzero"`  // when that was seen
}

// Diagnosed is what the last diagnosis leaves behind, and who makes one now.
type Diagnosed struct {
	At      time.Time               `json:"at,omitzero"` // of the last one that ended
	Report  string                  `json:"report,omitempty"`
	Failing map[string]result.Class `json:"failing,omitempty"` // what it looked at
	Recent  []time.Time             `json:"recent,omitempty"`  // those of the last few minutes
	Stocked time.Time               `json:"stocked,omitzero"`  // when the last inventory was begun
	By      string                  `json:"by,omitempty"`      // run that makes one
	Until   time.Time               `json:"until,omitzero"`    // when that run is taken for dead
}

// How often diagnoses are made: at once when something is different, but only
// a few times within diagnoseEvery; and again after that while it lasts.
const (
	diagnoseEvery = 5 * time.Minute
	mostDiagnoses = 3
)

// DiagnosisDue reports whether a diagnosis should be made now: something fails
// in another way than the last one saw, or it has been a while. Nothing is due
// while another run makes one, nor for what is under maintenance or told to
// nobody.
func (p *Policy) DiagnosisDue(s State, now time.Time) bool {
	last := s.Diagnosed
	if left := last.Until.Sub(now); last.By != "" && left > 0 && left <= longestLease {
		return false
	}
	failing, blind := p.Failing(s, now), s.Blind()
	changed := !maps.Equal(failing, last.Failing) || s.undiagnosed()
	switch {
	case len(failing) == 0 && !blind && !s.hasTests():
		return false
	case changed:
		recent := 0
		for _, at := range last.Recent {
			if now.Sub(at) < diagnoseEvery {
				recent++
			}
		}
		return recent < mostDiagnoses
	}
	return (blind || len(failing) > 0) && now.Sub(last.At) >= diagnoseEvery
}

// Failing are the endpoints that a diagnosis is made for, and how they fail.
func (p *Policy) Failing(s State, now time.Time) map[string]result.Class {
	failing := map[string]result.Class{}
	for key, e := range s.Endpoints {
		rule := p.rule(key)
		if rule != nil && e.Failing > 0 && !e.Unknown && !rule.Muted && !p.maintenance(rule, now) {
			failing[key] = e.Class
		}
	}
	return failing
}

// undiagnosed reports whether an incident began after the last diagnosis, which
// had no incident to give its cause to then.
func (s State) undiagnosed() bool {
	return slices.ContainsFunc(s.Incidents, func(i *Incident) bool {
		return i.State != Resolved && i.State != Monitoring && i.Service == "" && !i.Unjudged && i.Root == nil && i.Opened.After(s.Diagnosed.At)
	})
}

// hasTests reports whether an open incident waits for an action to be seen
// done.
func (s State) hasTests() bool { return len(s.Tests()) > 0 }

// Tests are those of actions of open incidents that have not been seen done.
func (s State) Tests() []string {
	var tests []string
	for _, i := range s.Active() {
		if i.Root == nil {
			continue
		}
		for _, a := range i.Root.Actions {
			if a.Test != "" && a.Done.IsZero() {
				tests = append(tests, a.Test)
			}
		}
	}
	return tests
}

// stockEvery is how often an inventory is taken.
const stockEvery = time.Hour

// StockDue reports whether it is time for an inventory. The last one was not
// begun in the future, whatever a clock said.
func (s State) StockDue(now time.Time) bool {
	since := now.Sub(s.Diagnosed.Stocked)
	return since >= stockEvery || since < -clockSlack
}

// LeaseDiagnosis notes that a run makes a diagnosis, so that no other one does.
func (s *State) LeaseDiagnosis(run string, until time.Time) {
	s.Diagnosed.By, s.Diagnosed.Until = run, until
}

// clone copies what a diagnosis left.
func (d Diagnosed) clone() Diagnosed {
	c := d
	c.Failing, c.Recent = maps.Clone(d.Failing), slices.Clone(d.Recent)
	return c
}

// clone copies a root so far as steps change it.
func (r *Root) clone() *Root {
	if r == nil {
		return nil
	}
	c := *r
	c.Actions = slices.Clone(r.Actions)
	return &c
}
