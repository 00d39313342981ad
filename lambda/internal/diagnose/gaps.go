package diagnose

import (
	"cmp"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// missed is a hint that could not be read.
type missed struct {
	want   topology.Want
	status topology.Status
	hop    Hop
}

// regret makes gaps of the hints that could not be read, where the way ends
// for want of them.
func (w *walk) regret() {
	for _, m := range w.missed {
		w.note(m.want, m.status)
	}
}

func (w *walk) note(want topology.Want, s topology.Status) {
	if s.Pending() {
		w.want(want)
		return
	}
	if !s.Unreadable() || slices.ContainsFunc(w.gaps, func(g Gap) bool { return g.Want == want }) {
		return
	}
	w.gaps = append(w.gaps, gapOf(want, s, w.hop))
}

func gapOf(want topology.Want, s topology.Status, at Hop) Gap {
	info, _ := want.Kind.Info()
	return Gap{
		Subject: subject(want), Action: cmp.Or(s.Action, info.Action), Why: s.Why, Detail: s.Detail,
		Limits: info.Tells, Hop: at, Want: want,
	}
}

func subject(want topology.Want) string {
	if want.Key == "" {
		return string(want.Kind)
	}
	return string(want.Kind) + " " + want.Key
}

// gapsUpTo are those that a conclusion at a hop rests on.
func (w *walk) gapsUpTo(h Hop) []Gap {
	var found []Gap
	for _, g := range w.gaps {
		if g.Hop <= h {
			found = append(found, g)
		}
	}
	return found
}

func gapsOf(walks []*walk) []Gap {
	all := []Gap{}
	seen := map[topology.Want]bool{}
	for _, w := range walks {
		of := slices.Clone(w.gaps)
		for _, c := range w.candidates {
			of = append(of, c.gaps...)
		}
		for _, g := range of {
			if !seen[g.Want] {
				seen[g.Want] = true
				all = append(all, g)
			}
		}
	}
	return all
}

// notRead are the gaps, and then the hints that AWS did not give: each call once
// for what it would have told.
func notRead(walks []*walk) []Gap {
	all := gapsOf(walks)
	for _, w := range walks {
		for _, g := range w.unhinted() {
			if !slices.ContainsFunc(all, func(have Gap) bool { return have.Action == g.Action && have.Why == g.Why && have.Limits == g.Limits }) {
				all = append(all, g)
			}
		}
	}
	return all
}

// unhinted are the hints that AWS did not give. Probes that cannot be made from
// where the checker stands are missed by nobody.
func (w *walk) unhinted() []Gap {
	var all []Gap
	for _, m := range w.missed {
		if g := gapOf(m.want, m.status, m.hop); g.Action != "" && g.Why != topology.Unsupported {
			all = append(all, g)
		}
	}
	return all
}
