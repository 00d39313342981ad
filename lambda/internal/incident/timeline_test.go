package incident

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// leastTimelines keeps a moved directory from passing as an empty one.
const leastTimelines = 60

// TestTimelines plays every file of testdata/timelines: round by round, each
// transition with its reason, and what messages said. The state goes through
// its JSON between rounds. Every timeline is played twice: with each state
// saved, and with only those that are worth it; nobody may see a difference.
func TestTimelines(t *testing.T) {
	files, err := filepath.Glob("testdata/timelines/*.yaml")
	if err != nil || len(files) < leastTimelines {
		t.Fatalf("%d timelines, %v; want at least %d", len(files), err, leastTimelines)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			line := readTimeline(t, file)
			t.Run("every state saved", func(t *testing.T) { line.play(t, false) })
			t.Run("states worth it saved", func(t *testing.T) { line.play(t, true) })
		})
	}
}

// TestEveryKindIsTold: nothing is called published that no timeline publishes.
func TestEveryKindIsTold(t *testing.T) {
	files, err := filepath.Glob("testdata/timelines/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	told, silent := map[Kind]bool{}, map[Kind]bool{}
	for _, file := range files {
		for _, expected := range readTimeline(t, file).expected {
			for _, line := range expected {
				how, rest, _ := strings.Cut(line, " ")
				kind, _, _ := strings.Cut(rest, " ")
				kind = strings.TrimSuffix(kind, ":")
				told[Kind(kind)] = told[Kind(kind)] || how != "~"
				silent[Kind(kind)] = silent[Kind(kind)] || how == "~"
			}
		}
	}
	for _, kind := range Published {
		if !told[kind] {
			t.Errorf("no timeline tells of %s", kind)
		}
	}
	for kind, is := range told {
		if is && !slices.Contains(Published, kind) {
			t.Errorf("%s is told, and not called published", kind)
		}
	}
	for _, kind := range []Kind{KindPending, KindSuppressed, KindAffected, KindSeverity, KindMonitoring, KindRelapsed, KindSteady, KindClosed, KindDone} {
		if !silent[kind] {
			t.Errorf("no timeline has %s", kind)
		}
	}
}

// play runs a timeline and compares it with what it expects.
func (l *timeline) play(t *testing.T, sparing bool) {
	kept, now := []byte(nil), time.Time{}
	policy := l.policy(t)
	for round := 1; round <= l.last; round++ {
		now = l.next(t, round, now)
		in := Input{Now: now, Run: fmt.Sprint("run-", round), Started: now, TimingsTrusted: true}
		state := decoded(t, kept)
		for _, event := range l.events[round] {
			state = l.apply(t, event, policy, state, &in)
		}
		in.Results = l.results(round, in.Started)
		before := encoded(t, state)
		found := in.Diagnosis
		in.Diagnosis = nil
		after, transitions := policy.Step(state, in)
		if found != nil {
			found.Failing = policy.Failing(after, in.Now)
			var more []Transition
			after, more = policy.Step(after, Input{Now: in.Now, Run: in.Run, Started: in.Started, Diagnosis: found})
			transitions = append(transitions, more...)
		}
		if unchanged := encoded(t, state); string(before) != string(unchanged) {
			t.Fatalf("round %d: the step changed the state that it was given\n%s\n%s", round, before, unchanged)
		}
		if got, want := shown(after, transitions), l.expected[round]; !slices.Equal(got, want) {
			t.Errorf("round %d, %s:\n got\n  %s\n want\n  %s", round, now.Format(time.RFC3339), strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
		for _, f := range l.facts[round] {
			f.hold(t, round, transitions)
		}
		sent := after.Claim(in.Run, in.Now, in.Now.Add(time.Minute))
		after.MarkLate(sent, in.Now)
		for _, n := range after.Outbox {
			if n.Late != nil {
				t.Errorf("round %d: %s is told at once, and says that it is late: %+v", round, n.ID, n.Late)
			}
		}
		after.Sent(sent)
		if !sparing || len(sent) > 0 || kept == nil || WorthSaving(decoded(t, kept), after) {
			kept = encoded(t, after)
		}
	}
}

// shown writes transitions as timelines expect them:
//
//   - opened #1 [web/a web/b] SEV2 (db/x): the failure threshold was reached
//
// with + for what is told, & for what the message of another one tells too, and
// ~ for what nobody is told; the incident's number, its endpoints (or the one
// that it is about), its severity and dependents.
func shown(s State, transitions []Transition) []string {
	var lines []string
	for _, tr := range transitions {
		words := []string{"~", string(tr.Kind)}
		switch {
		case tr.Notice != nil:
			words[0] = "+"
		case tr.Shared != "":
			words[0] = "&"
		}
		i := slices.IndexFunc(s.Incidents, func(i *Incident) bool { return i.ID == tr.Incident })
		if i >= 0 {
			words = append(words, "#"+tr.Incident[strings.LastIndexByte(tr.Incident, '-')+1:])
		}
		switch {
		case tr.Endpoint != "":
			words = append(words, tr.Endpoint)
		case i >= 0 && (s.Incidents[i].isProbed() || s.Incidents[i].Unjudged):
			words = append(words, fmt.Sprint(s.Incidents[i].Endpoints))
		}
		if i >= 0 {
			words = append(words, fmt.Sprintf("SEV%d", s.Incidents[i].Severity))
			if dependents := s.Incidents[i].Dependents; len(dependents) > 0 {
				words = append(words, "("+strings.Join(dependents, " ")+")")
			}
		}
		lines = append(lines, strings.Join(words, " ")+": "+string(tr.Reason))
	}
	return lines
}

// hold looks a fact up in the notice of its kind.
func (f fact) hold(t *testing.T, round int, transitions []Transition) {
	kind, number, _ := strings.Cut(f.kind, "#")
	for _, tr := range transitions {
		if string(tr.Kind) != kind || tr.Notice == nil || !strings.HasSuffix(tr.Incident, number) {
			continue
		}
		var value any
		if err := json.Unmarshal(encoded(t, tr.Notice), &value); err != nil {
			t.Fatal(err)
		}
		for name := range strings.SplitSeq(f.path, ".") {
			value = member(value, name)
		}
		got := "absent"
		if text, ok := value.(string); ok {
			got = text
		} else if value != nil {
			got = string(encoded(t, value))
		}
		if got == f.want {
			return
		}
		t.Errorf("round %d: %s of the notice %s is %s, want %s", round, f.path, tr.Notice.ID, got, f.want)
		return
	}
	t.Errorf("round %d: no notice of kind %s", round, f.kind)
}

// member is a field of an object or an element of a list; nil: there is none.
func member(value any, name string) any {
	switch v := value.(type) {
	case map[string]any:
		return v[name]
	case []any:
		var n int
		if _, err := fmt.Sscan(name, &n); err == nil && n < len(v) {
			return v[n]
		}
	}
	return nil
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decoded reads a state that was kept; nothing kept is the zero State.
func decoded(t testing.TB, data []byte) State {
	t.Helper()
	if data == nil {
		return State{}
	}
	s, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
