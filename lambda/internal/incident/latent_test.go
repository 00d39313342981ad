package incident

import (
	"fmt"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

func latentFindings(keys ...string) (all []diagnose.Finding) {
	for _, key := range keys {
		all = append(all, diagnose.Finding{Code: diagnose.MatcherHides, Key: key, Severity: diagnose.S4, Sentence: "It is " + key + ".", Actions: []diagnose.Action{{Do: "look"}, {Do: "act"}}})
	}
	return all
}

// stocked is a state after an inventory at each time found some keys.
func stocked(p *Policy, s State, at time.Time, keys ...string) State {
	l := LatentsOf(latentFindings(keys...), at)
	s, _ = p.Step(s, Input{Now: at, Latents: &l})
	return s
}

func TestLatentsOverTime(t *testing.T) {
	p := NewPolicy(Policy{Environment: "test", Summary: SummaryTime{Never: true}})
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	told := func(s State, now time.Time) string {
		step := &step{Policy: p, in: Input{Now: now}, state: s}
		found, more := step.latentFacts()
		text := ""
		for _, f := range found {
			text += fmt.Sprintf("%s %s %s; ", f.Key, f.Since.Format("02T15"), f.Do)
		}
		return text + fmt.Sprint(more)
	}
	var s State
	for i, c := range []struct {
		after time.Duration // noon
		keys  []string
		want  string
	}{
		{0, []string{"a/1"}, "0"}, // one inventory is no proof that it stays
		{time.Hour, []string{"a/1", "b/2"}, "a/1 02T12 look; 0"},
		{2 * time.Hour, []string{"b/2"}, "b/2 02T13 look; 0"},
		{3 * time.Hour, []string{"a/1", "b/2"}, "a/1 02T12 look; b/2 02T13 look; 0"}, // back within a day: the same
		{4 * time.Hour, nil, "0"},
		{40 * time.Hour, []string{"a/1"}, "0"}, // back after more than a day: new
		{41 * time.Hour, []string{"a/1"}, "a/1 04T04 look; 0"},
	} {
		before := s.clone()
		s = stocked(p, s, noon.Add(c.after), c.keys...)
		if got := told(s, noon.Add(c.after+time.Minute)); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
		if i > 0 && before.Latents.At.Equal(s.Latents.At) {
			t.Errorf("%d: the state before was changed", i)
		}
	}
	if got := told(s, noon.Add(41*time.Hour+latentFor)); got != "0" {
		t.Errorf("without inventories for a day: %q", got)
	}
	s.Incidents = []*Incident{{State: Open, Root: &Root{Key: "c/1"}}}
	if got := told(s, noon.Add(41*time.Hour)); got != "0" {
		t.Errorf("what an incident is about is told as well: %q", got)
	}
}

// However much is wrong, what is kept and told is bounded, and the rest counted.
func TestLatentsAreBounded(t *testing.T) {
	p := NewPolicy(Policy{Environment: "test", Summary: SummaryTime{Never: true}})
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var s State
	for hour := range 30 { // each with other ones
		var keys []string
		for i := range 500 {
			keys = append(keys, fmt.Sprintf("code/%d", i))
		}
		keys[499] = fmt.Sprintf("code/of-hour-%d", hour)
		s = stocked(p, s, noon.Add(time.Duration(hour)*time.Hour), keys...)
	}
	if len(s.Latents.Found) != mostLatents || len(s.Latents.Seen) > mostSeen || s.Latents.More != 500-mostLatents {
		t.Errorf("%d kept, %d seen, %d more", len(s.Latents.Found), len(s.Latents.Seen), s.Latents.More)
	}
	step := &step{Policy: p, in: Input{Now: s.Latents.At}, state: s}
	if found, more := step.latentFacts(); len(found) != MaxFacts || len(found)+more != 500 {
		t.Errorf("%d told, %d more", len(found), more)
	}
}

// A state copied is a state of its own.
func TestLatentsAreCloned(t *testing.T) {
	s := State{Latents: LatentsOf(latentFindings("a/1"), time.Now())}
	c := s.clone()
	c.Latents.Found[0].Key, c.Latents.Seen["x"] = "b", Sighting{}
	if s.Latents.Found[0].Key != "a/1" || len(s.Latents.Seen) != 1 {
		t.Error("the clone shares what inventories found")
	}
}
