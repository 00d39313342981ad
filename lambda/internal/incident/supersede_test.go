package incident

import (
	"fmt"
	"slices"
	"testing"
)

// superseded returns which of some messages still wait once the last of them is
// made, by number.
func superseded(all ...*Notice) (left []int) {
	p := &step{state: State{Outbox: slices.Clone(all)}, transitions: []Transition{{Notice: all[len(all)-1]}}}
	p.supersede()
	for k, n := range all {
		if slices.Contains(p.state.Outbox, n) {
			left = append(left, k)
		}
	}
	return left
}

// change is a message about incidents, the first of them with facts.
func change(kind Kind, sequence int, reason Reason, ids ...string) *Notice {
	n := &Notice{ID: fmt.Sprint(ids[0], sequence), Kind: kind, Reason: reason, Sequence: sequence, At: after(sequence), Incident: &Facts{ID: ids[0], Severity: SEV2}}
	for _, id := range ids[1:] {
		n.Incident.With = append(n.Incident.With, WithFact{ID: id, Severity: SEV2})
	}
	return n
}

// TestWhatStaysUntilItIsTold: nothing takes the place of a beginning, of what
// stands for many, or of a message about an incident that it does not name.
func TestWhatStaysUntilItIsTold(t *testing.T) {
	gathered := change(KindReminder, 1, ReasonGathered, "a")
	gathered.Incident.Gathered = true
	out := change(KindReminder, 1, "", "a")
	out.Tried = true
	counts := change(KindReminder, 1, "", "a")
	counts.Incident.WithMore = 1
	const otherClass, changed = ReasonOtherClass, ReasonCauseChanged
	for name, c := range map[string]struct {
		waiting []*Notice
		left    []int
	}{
		"a beginning":                  {[]*Notice{change(KindFlapping, 1, "", "a"), change(KindFlapping, 2, "", "a")}, []int{0, 1}},
		"not a beginning":              {[]*Notice{change(KindFlapping, 2, "", "a"), change(KindFlapping, 3, "", "a")}, []int{1}},
		"of another kind":              {[]*Notice{change(KindFlapping, 2, "", "a"), change(KindSeverityUp, 3, "", "a")}, []int{0, 1}},
		"gathered":                     {[]*Notice{gathered, change(KindReminder, 2, "", "a")}, []int{0, 1}},
		"what may be out":              {[]*Notice{out, change(KindReminder, 2, "", "a")}, []int{0, 1}},
		"about more":                   {[]*Notice{change(KindReminder, 1, "", "a", "b"), change(KindReminder, 2, "", "a")}, []int{0, 1}},
		"about some without names":     {[]*Notice{counts, change(KindReminder, 2, "", "a", "b")}, []int{0, 1}},
		"about less":                   {[]*Notice{change(KindReminder, 1, "", "b"), change(KindReminder, 2, "", "a", "b")}, []int{1}},
		"a cause":                      {[]*Notice{change(KindCause, 2, changed, "a"), change(KindCause, 3, changed, "a")}, []int{1}},
		"a class":                      {[]*Notice{change(KindCause, 2, otherClass, "a"), change(KindCause, 3, otherClass, "a")}, []int{1}},
		"a cause is not a class":       {[]*Notice{change(KindCause, 2, otherClass, "a"), change(KindCause, 3, changed, "a")}, []int{0, 1}},
		"a cause of another":           {[]*Notice{change(KindCause, 2, changed, "b"), change(KindCause, 3, changed, "a")}, []int{0, 1}},
		"a cause of several":           {[]*Notice{change(KindCause, 2, changed, "a"), change(KindCause, 3, changed, "a", "b")}, []int{0, 1}},
		"several causes of the same":   {[]*Notice{change(KindCause, 2, changed, "a", "b"), change(KindCause, 3, changed, "a", "b")}, []int{0, 1}},
		"a reminder before it is over": {[]*Notice{change(KindReminder, 2, "", "a"), change(KindResolved, 3, "", "a")}, []int{1}},
		"what happened before its end": {[]*Notice{change(KindSeverityUp, 2, "", "a"), change(KindResolved, 3, "", "a")}, []int{0, 1}},
	} {
		if left := superseded(c.waiting...); !slices.Equal(left, c.left) {
			t.Errorf("%s: %v wait, want %v", name, left, c.left)
		}
	}
}

// TestChangedFromWhatWasTold: of two changes of a cause, or of a severity, that
// become one, it is told what was so before the first.
func TestChangedFromWhatWasTold(t *testing.T) {
	found, changed := change(KindCause, 2, ReasonCauseFound, "a"), change(KindCause, 3, ReasonCauseChanged, "a")
	changed.Incident.CauseBefore = "what nobody was told"
	superseded(found, changed)
	if changed.Reason != ReasonCauseFound || changed.Incident.CauseBefore != "" {
		t.Errorf("%s, instead of %q; want it found, since nobody was told of another", changed.Reason, changed.Incident.CauseBefore)
	}
	first, second := change(KindCause, 2, ReasonOtherClass, "a"), change(KindCause, 3, ReasonOtherClass, "a")
	first.Incident.ClassBefore, second.Incident.ClassBefore = "tcp.timeout", "http.status"
	superseded(first, second)
	if second.Incident.ClassBefore != "tcp.timeout" || second.Reason != ReasonOtherClass {
		t.Errorf("%s from %s; want from tcp.timeout", second.Reason, second.Incident.ClassBefore)
	}
	raised, again := change(KindSeverityUp, 2, ReasonWorse, "a"), change(KindSeverityUp, 3, "because of the cause", "a")
	raised.Incident.Before = SEV4
	superseded(raised, again)
	if again.Reason != ReasonWorse || again.Incident.Before != SEV4 {
		t.Errorf("raised from SEV%d, %s", again.Incident.Before, again.Reason)
	}
	reminder, over := change(KindReminder, 2, "", "a"), change(KindResolved, 3, "", "a")
	reminder.Incident.Before, reminder.Incident.ClassBefore = SEV4, "tcp.timeout"
	if superseded(reminder, over); over.Incident.Before != 0 || over.Incident.ClassBefore != "" || !over.since().Equal(after(2)) {
		t.Errorf("an end in place of a reminder says what was before: %+v, since %s", over.Incident, over.since())
	}
}
