package incident

import (
	"fmt"
	"slices"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// watcher remembers what was told, and checks what must be true of every step.
type watcher struct {
	ids  map[string]bool
	told map[string]Kind // by incident: the last of opened, resolved and reopened
}

func (w *watcher) step(t *testing.T, p *Policy, in Input, before, after State, transitions []Transition) {
	again, other := p.Step(decodedOr(t, before), in)
	if string(encoded(t, again)) != string(encoded(t, after)) || string(encoded(t, other)) != string(encoded(t, transitions)) {
		t.Error("the same state from its JSON, and the same round, decide something else")
	}
	if kept := encoded(t, after); string(encoded(t, decoded(t, kept))) != string(kept) {
		t.Error("the state is another one after its JSON")
	}
	w.incidents(t, p, after)
	w.outbox(t, before, after, transitions)
	for _, tr := range transitions {
		w.transition(t, p, in, after, tr)
	}
	w.posts(t, after, transitions)
}

// posts: what begins in one step is told in one message, and so is what happens
// to incidents of one thread. It names all of them and nothing twice.
func (w *watcher) posts(t *testing.T, s State, transitions []Transition) {
	shared, beginnings, threads := map[string][]string{}, 0, map[string]bool{}
	for _, tr := range transitions {
		if tr.Shared != "" {
			shared[tr.Shared] = append(shared[tr.Shared], tr.Incident)
		}
	}
	for _, tr := range transitions {
		if tr.Notice == nil || tr.Incident == "" {
			continue
		}
		f, others := tr.Notice.Incident, shared[tr.Notice.ID]
		delete(shared, tr.Notice.ID)
		if isNew(tr.Kind) && s.Incident(tr.Incident).isProbed() {
			beginnings++
		}
		if said := f.Thread + string(tr.Kind); !isNew(tr.Kind) && slices.Contains(Shared, tr.Kind) && threads[said] {
			t.Errorf("two messages of one step say the same of one thread: %s", tr.Notice.ID)
		} else {
			threads[said] = true
		}
		named := map[string]bool{f.ID: true}
		for _, other := range f.With {
			if named[other.ID] || !slices.Contains(others, other.ID) || other.Severity < f.Severity || s.Incident(other.ID).Silent || s.Incident(other.ID).Thread != f.Thread {
				t.Errorf("%s is told with %s", other.ID, tr.Notice.ID)
			}
			named[other.ID] = true
		}
		for _, other := range f.AlsoOpen {
			if named[other.ID] || slices.Contains(others, other.ID) {
				t.Errorf("%s names %s twice", tr.Notice.ID, other.ID)
			}
		}
		if len(f.With)+f.WithMore != len(others) {
			t.Errorf("%s names %d and leaves out %d, of %v", tr.Notice.ID, len(f.With), f.WithMore, others)
		}
	}
	if beginnings > 1 || len(shared) > 0 {
		t.Errorf("%d messages say what began; %v are told by messages that are not there", beginnings, shared)
	}
}

func decodedOr(t *testing.T, s State) State {
	if s.Version == 0 {
		return s
	}
	return decoded(t, encoded(t, s))
}

// incidents: never two active ones with one key, no endpoint in two of them,
// none without endpoints.
func (w *watcher) incidents(t *testing.T, p *Policy, s State) {
	keys, members := map[string]bool{}, map[string]bool{}
	for _, i := range s.Incidents {
		if i.State == Resolved {
			continue
		}
		if keys[i.Key] {
			t.Errorf("two active incidents have the key %s", i.Key)
		}
		keys[i.Key] = true
		if i.isProbed() && len(i.Endpoints) == 0 || i.Severity < SEV1 || i.Severity > SEV4 || i.Title == "" {
			t.Errorf("%s is hollow: %+v", i.ID, i)
		}
		for _, key := range i.Endpoints {
			kind := fmt.Sprint(i.Unjudged, key)
			if members[kind] || p.rule(key) == nil {
				t.Errorf("%s is in two incidents of a kind, or in no configuration", key)
			}
			members[kind] = true
		}
	}
}

// outbox: what was there stays in front, but for what a newer message about the
// incident says better; what is new follows in the order of the transitions.
func (w *watcher) outbox(t *testing.T, before, after State, transitions []Transition) {
	var want, got []string
	dropped := func(n *Notice) bool {
		again := func(tr Transition) bool {
			return tr.Notice != nil && tr.Notice.Incident != nil && n.Incident != nil && slices.Contains(tr.Notice.Incident.about(), n.Incident.ID) && (tr.Kind == n.Kind || n.Kind == KindReminder)
		}
		passing := []Kind{KindReminder, KindFlapping, KindSeverityUp, KindCause}
		return after.Pending(n.ID) == nil && n.ClaimedBy == "" && slices.Contains(passing, n.Kind) && slices.ContainsFunc(transitions, again)
	}
	for _, n := range before.Outbox {
		if !dropped(n) {
			want = append(want, n.ID)
		}
	}
	for _, tr := range transitions {
		if tr.Notice == nil {
			continue
		}
		want = append(want, tr.Notice.ID)
		if w.ids[tr.Notice.ID] {
			t.Errorf("the id %s was used before", tr.Notice.ID)
		}
		w.ids[tr.Notice.ID] = true
		if !slices.Contains(Published, tr.Kind) {
			t.Errorf("%s is told", tr.Kind)
		}
	}
	for _, n := range after.Outbox {
		got = append(got, n.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("outbox %v, want %v", got, want)
	}
}

// transition: nothing is resolved that was not told to be open, nothing is
// opened twice, and nothing is resolved that is not known to be good.
func (w *watcher) transition(t *testing.T, p *Policy, in Input, s State, tr Transition) {
	if tr.Reason == "" || tr.Kind == "" {
		t.Errorf("%+v has no reason", tr)
	}
	n := slices.IndexFunc(s.Incidents, func(i *Incident) bool { return i.ID == tr.Incident })
	if n < 0 {
		if tr.Incident != "" {
			t.Errorf("%s is not in the state", tr.Incident)
		}
		return
	}
	i, last := s.Incidents[n], w.told[tr.Incident]
	if tr.Told() {
		w.sequence(t, i, last, tr)
	}
	if tr.Notice != nil {
		bounded := []int{len(tr.Notice.Incident.Endpoints), len(tr.Notice.Incident.Dependents), len(tr.Notice.Incident.AlsoOpen), len(tr.Notice.Incident.With)}
		if slices.Max(bounded) > MaxFacts || tr.Notice.Incident.Thread != i.Thread {
			t.Errorf("%s is not bounded, or in another thread than its incident", tr.Notice.ID)
		}
	}
	if noted := slices.Contains(s.Unrecorded, i.ID); !noted && tr.Kind != KindSuppressed {
		t.Errorf("the record of %s is not to be written after %s", i.ID, tr.Kind)
	}
	if tr.Kind == KindResolved && i.isProbed() {
		if i.Resolved.Sub(i.Recovered) < watchFor {
			t.Errorf("%s was resolved %s after it recovered", i.ID, i.Resolved.Sub(i.Recovered))
		}
		for _, key := range i.Endpoints {
			if e := s.Endpoints[key]; e.Failing > 0 || e.Unknown || e.Passing < p.rule(key).SuccessThreshold {
				t.Errorf("%s was resolved while %s is %+v", i.ID, key, e)
			}
		}
	}
	if judged := func(r result.Result) bool { return r.Class.Judged() }; i.isProbed() && in.Diagnosis == nil && !slices.ContainsFunc(in.Results, judged) {
		if slices.Contains([]Kind{KindOpened, KindReopened, KindAffected, KindRelapsed, KindAfterQuiet}, tr.Kind) {
			t.Errorf("%s %s in a round that says nothing", i.ID, tr.Kind)
		}
	}
}

// sequence: per incident opened comes first and once, reopened only after
// resolved, and nothing else is told of what is resolved.
func (w *watcher) sequence(t *testing.T, i *Incident, last Kind, tr Transition) {
	opens := slices.Contains([]Kind{KindOpened, KindAfterQuiet, KindChecker}, tr.Kind)
	switch {
	case opens && last != "":
		t.Errorf("%s was opened after %s", i.ID, last)
	case tr.Kind == KindResolved && (last == "" || last == KindResolved):
		t.Errorf("%s was resolved after %q", i.ID, last)
	case tr.Kind == KindReopened:
		// Its resolution, or all there was before, may have been silent.
	case !opens && last == KindResolved:
		t.Errorf("%s: %s of what is resolved", i.ID, tr.Kind)
	case i.Thread == "" || i.Told.IsZero() || i.Notices == 0 || !slices.ContainsFunc(i.History, func(m Moment) bool { return m.Told && m.Kind == tr.Kind }):
		t.Errorf("%s was told, and does not remember it: %+v", i.ID, i)
	}
	if opens || tr.Kind == KindFlapping && last == "" || tr.Kind == KindReopened || tr.Kind == KindResolved {
		w.told[i.ID] = tr.Kind
	}
}
