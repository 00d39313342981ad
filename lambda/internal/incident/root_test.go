package incident

import (
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestDiagnosisDue(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	policy := NewPolicy(Policy{Rules: []Rule{{Key: "a"}, {Key: "b"}, {Key: "muted", Muted: true}}})
	fails := func(class result.Class) *Endpoint { return &Endpoint{Failing: 1, Class: class} }
	test := &Incident{State: Open, Root: &Root{Actions: []Action{{Test: "finding_gone X"}}}}
	ago := func(all ...time.Duration) (times []time.Time) {
		for _, d := range all {
			times = append(times, now.Add(-d))
		}
		return times
	}
	seen := map[string]result.Class{"a": result.HTTPStatus}
	for name, c := range map[string]struct {
		state State
		want  bool
	}{
		"all good":             {State{Endpoints: map[string]*Endpoint{"a": {}}}, false},
		"a first failure":      {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus)}}, true},
		"what nobody is told":  {State{Endpoints: map[string]*Endpoint{"muted": fails(result.HTTPStatus)}}, false},
		"what is not known":    {State{Endpoints: map[string]*Endpoint{"a": {Failing: 1, Unknown: true}}}, false},
		"as a minute ago":      {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus)}, Diagnosed: Diagnosed{At: now.Add(-time.Minute), Failing: seen}}, false},
		"as five minutes ago":  {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus)}, Diagnosed: Diagnosed{At: now.Add(-5 * time.Minute), Failing: seen}}, true},
		"in another way":       {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPTimeout)}, Diagnosed: Diagnosed{At: now.Add(-time.Minute), Failing: seen}}, true},
		"another one too":      {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus), "b": fails(result.HTTPStatus)}, Diagnosed: Diagnosed{At: now, Failing: seen}}, true},
		"changes all the time": {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPTimeout)}, Diagnosed: Diagnosed{Failing: seen, Recent: ago(time.Minute, 2*time.Minute, 4*time.Minute)}}, false},
		"changed seldom":       {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPTimeout)}, Diagnosed: Diagnosed{Failing: seen, Recent: ago(time.Minute, 2*time.Minute, 6*time.Minute)}}, true},
		"somebody is at it":    {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus)}, Diagnosed: Diagnosed{By: "run", Until: now.Add(time.Second)}}, false},
		"somebody died at it":  {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus)}, Diagnosed: Diagnosed{By: "run", Until: now}}, true},
		"opened since":         {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus)}, Incidents: []*Incident{{State: Open, Opened: now}}, Diagnosed: Diagnosed{At: now.Add(-time.Minute), Failing: seen}}, true},
		"opened and explained": {State{Endpoints: map[string]*Endpoint{"a": fails(result.HTTPStatus)}, Incidents: []*Incident{{State: Open, Opened: now, Root: &Root{}}}, Diagnosed: Diagnosed{At: now.Add(-time.Minute), Failing: seen}}, false},
		"blind":                {State{Endpoints: map[string]*Endpoint{"a": {Unknown: true}}, Incidents: []*Incident{{State: Open, Opened: now, CheckerOf: "tcp"}}, Diagnosed: Diagnosed{At: now.Add(-time.Minute)}}, true},
		"blind and explained":  {State{Endpoints: map[string]*Endpoint{"a": {Unknown: true}}, Incidents: []*Incident{{State: Open, Opened: now, CheckerOf: "tcp", Root: &Root{}}}, Diagnosed: Diagnosed{At: now.Add(-time.Minute)}}, false},
		"recovered with tests": {State{Endpoints: map[string]*Endpoint{"a": {}}, Incidents: []*Incident{test}, Diagnosed: Diagnosed{Failing: seen}}, true},
		"recovered and ticked": {State{Endpoints: map[string]*Endpoint{"a": {}}, Incidents: []*Incident{test}}, false},
	} {
		if got := policy.DiagnosisDue(c.state, now); got != c.want {
			t.Errorf("%s: due %t, want %t", name, got, c.want)
		}
	}
}
