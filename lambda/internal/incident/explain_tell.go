package incident

import (
	"fmt"
	"slices"
	"strings"
)

// giveRoot makes a cause that of an incident: its key, its title and its
// severity are those of the cause from then on.
func (t *step) giveRoot(i *Incident, c *Cause) {
	before := i.Root
	root := c.Root.clone()
	root.Found, root.Seen, root.Report, root.Link = t.in.Diagnosis.At, t.in.Diagnosis.At, t.in.Diagnosis.Report, t.in.Diagnosis.Link
	i.Root, i.Doubt = root, ""
	if before != nil && before.Key == c.Key {
		root.Found = before.Found
		root.keepDone(before)
		return
	}
	if i.Symptom == "" {
		i.Symptom = i.Key
	}
	i.Key, i.Changed = c.Key, t.in.Now
	if past := t.state.Last[c.Key]; past.ID != "" && past.ID != i.ID {
		i.Previous = past
	}
	switch {
	case t.opened[i.ID]:
		return // its first message says the cause
	case before != nil && root.sharpens(before):
		root.Found = before.Found
		i.Title = t.title(i)
		return // the same cause, seen better
	}
	t.found = append(t.found, foundCause{i, before, i.Severity})
}

// foundCause is an incident that has another cause than before.
type foundCause struct {
	incident *Incident
	before   *Root // nil: none was known
	severity Severity
}

// keepDone takes over which actions were seen done.
func (r *Root) keepDone(before *Root) {
	for k := range r.Actions {
		for _, old := range before.Actions {
			if old.Do == r.Actions[k].Do {
				r.Actions[k].Done = old.Done
			}
		}
	}
}

// nameCauses gives incidents the title and the severity of their new causes,
// now that it is settled which endpoints they have.
func (t *step) nameCauses() {
	for _, f := range t.found {
		if !f.incident.isProbed() {
			continue
		}
		f.incident.Title = t.title(f.incident)
		if now := t.severity(f.incident); now < f.incident.Severity {
			f.incident.Severity, f.incident.Lower = now, zero
		}
	}
}

// tellCauses tells which causes are known now, or are others.
func (t *step) tellCauses() {
	for _, f := range t.found {
		reason := ReasonCauseFound
		if f.before != nil {
			reason = ReasonCauseChanged
		}
		t.tellWith(KindCause, reason, f.incident, true, func(n *Notice) {
			if f.before != nil {
				n.Incident.CauseBefore = f.before.Sentence
			}
			if f.incident.Severity != f.severity {
				n.Incident.Before = f.severity
			}
		})
	}
}

// tick notes which actions of open incidents were seen done.
func (t *step) tick() {
	for _, i := range t.active() {
		if i.Root == nil {
			continue
		}
		for k := range i.Root.Actions {
			a := &i.Root.Actions[k]
			if a.Done.IsZero() && a.Test != "" && slices.Contains(t.in.Diagnosis.Done, a.Test) {
				a.Done, i.Changed = t.in.Diagnosis.At, t.in.Now
				t.add(KindDone, ReasonSeenDone, i, "")
			}
		}
	}
}

// causeTitle says what is broken, and what of.
func (t *step) causeTitle(i *Incident) string {
	keys := t.worstFirst(i)
	if len(keys) == 1 {
		return fmt.Sprintf("%s: %s", keys[0], i.Root.Title)
	}
	var groups []string
	for _, key := range keys {
		if group := t.rule(key).group(); !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	shown := min(len(groups), 3)
	who := strings.Join(groups[:shown], ", ")
	if len(groups) > shown {
		who += fmt.Sprintf(" and %d more", len(groups)-shown)
	}
	return fmt.Sprintf("%s: %d endpoints, %s", who, len(keys), i.Root.Title)
}
