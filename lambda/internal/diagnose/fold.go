package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// cause is one root cause with all that it explains.
type cause struct {
	key     string
	fits    []fit // one for each endpoint
	effects []fit // broken hops that are its consequence
	rivals  []fit // that fit as well
}

// claim is what one walk offers as its explanation: the candidates of which
// one is the cause, and those that are only its consequences.
type claim struct {
	options []fit
	effects []fit
}

// claimOf picks the first broken hop that fits. One whose reason lies further
// on gives way to what lies there. Only if the first is not certain may one
// behind it be the cause as well.
func claimOf(fits []fit) claim {
	var c claim
	for _, f := range fits {
		switch deeper := slices.ContainsFunc(fits, func(o fit) bool { return !o.mode().Onward && o.hop() > f.hop() }); {
		case f.aside, f.mode().Onward && deeper, f.trails(fits):
			c.effects = append(c.effects, f)
		case len(c.options) == 0 || !certain(c.options[0]):
			c.options = append(c.options, f)
		}
	}
	return c
}

// trails reports whether a fit is the consequence of another one.
func (f fit) trails(fits []fit) bool {
	return slices.ContainsFunc(fits, func(o fit) bool {
		return o.key() != f.key() && (f.last && !o.last || slices.Contains(f.follows, o.code))
	})
}

// certain: the state alone makes what was seen inevitable.
func certain(f fit) bool {
	return f.sure && len(f.inferred) == 0 && len(f.walk.gapsUpTo(f.hop())) == 0
}

// fold chooses the smallest set of causes that explains every failing
// endpoint which has an explanation: each time the one that explains most,
// then the one that is first on the way, then by name.
func fold(all [][]fit, walks []*walk) ([]*cause, []Unexplained) {
	claims := make([]claim, len(all))
	open := map[int]bool{}
	unexplained := []Unexplained{}
	for i, fits := range all {
		claims[i] = claimOf(fits)
		if len(claims[i].options) == 0 {
			if walks[i].symptom.Healthy {
				continue // nothing failed, so there is nothing to explain
			}
			unexplained = append(unexplained, notExplained(walks[i]))
			continue
		}
		open[i] = true
	}
	var causes []*cause
	for len(open) > 0 {
		c := &cause{key: widest(claims, open)}
		for i := range claims {
			if open[i] && c.take(claims[i]) {
				delete(open, i)
			}
		}
		causes = append(causes, c)
	}
	return causes, unexplained
}

// take adds a claim if one of its options is this cause.
func (c *cause) take(from claim) bool {
	at := slices.IndexFunc(from.options, func(f fit) bool { return f.key() == c.key })
	if at < 0 {
		return false
	}
	c.fits = append(c.fits, from.options[at])
	c.effects = append(c.effects, from.effects...)
	for i, f := range from.options {
		if i != at {
			c.rivals = append(c.rivals, f)
		}
	}
	return true
}

// widest is the key that explains most of the open claims.
func widest(claims []claim, open map[int]bool) string {
	type tally struct {
		key   string
		hop   Hop
		count int
	}
	counts := map[string]*tally{}
	for i, c := range claims {
		if !open[i] {
			continue
		}
		for _, f := range c.options {
			t := counts[f.key()]
			if t == nil {
				t = &tally{key: f.key(), hop: f.hop()}
				counts[f.key()] = t
			}
			t.count++
		}
	}
	var all []*tally
	for _, t := range counts {
		all = append(all, t)
	}
	return slices.MinFunc(all, func(a, b *tally) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.hop, b.hop), cmp.Compare(a.key, b.key))
	}).key
}

func notExplained(w *walk) Unexplained {
	u := Unexplained{Endpoint: w.symptom.Endpoint.Key, Saw: saw(w), RuledOut: []RuledOut{}}
	for _, c := range w.cleared {
		u.RuledOut = append(u.RuledOut, RuledOut{Code: c.code, Statement: c.evidence.Statement})
	}
	return u
}

// saw puts what was seen in a few words.
func saw(w *walk) string {
	s := w.seen
	if s.answer.Status != 0 {
		return fmt.Sprintf("status %d after %.1f s", s.answer.Status, s.answer.Took.Seconds())
	}
	return fmt.Sprintf("%s: %s", s.class, result.Describe(s.class))
}
