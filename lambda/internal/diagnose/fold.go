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
		switch deeper := slices.ContainsFunc(fits, func(o fit) bool { return !o.onward() && o.hop() > f.hop() }); {
		case f.aside, f.onward() && deeper, f.trails(fits):
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
	return f.sure && len(f.inferred) == 0 && len(f.gaps) == 0 && len(f.walk.gapsUpTo(f.hop())) == 0
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
	return cover(claims, open), unexplained
}

// cover takes the widest cause until no claim is open.
func cover(claims []claim, open map[int]bool) (causes []*cause) {
	tallies := tally(claims)
	for len(open) > 0 {
		best := widest(tallies, open)
		c := &cause{key: best.key}
		for _, i := range best.in {
			if open[i] && c.take(claims[i]) {
				delete(open, i)
			}
		}
		causes = append(causes, c)
	}
	return causes
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

// spread is what a cause would explain.
type spread struct {
	key string
	in  []int // claims that have it as an option, in order
	hop []Hop // where on the way it is for each
}

// tally has the spread of every option of claims.
func tally(claims []claim) []*spread {
	byKey := map[string]*spread{}
	var all []*spread
	for i, c := range claims {
		for _, f := range c.options {
			key := f.key()
			s := byKey[key]
			if s == nil {
				s = &spread{key: key}
				byKey[key], all = s, append(all, s)
			}
			s.in, s.hop = append(s.in, i), append(s.hop, f.hop())
		}
	}
	return all
}

// left is how many open claims a cause would explain, and where it is on the
// way of the first.
func (s *spread) left(open map[int]bool) (count int, hop Hop) {
	for at := len(s.in) - 1; at >= 0; at-- {
		if open[s.in[at]] {
			count, hop = count+1, s.hop[at]
		}
	}
	return count, hop
}

// widest explains most of the open claims.
func widest(tallies []*spread, open map[int]bool) *spread {
	var best *spread
	most, first := 0, Hop(0)
	for _, s := range tallies {
		count, hop := s.left(open)
		if order := cmp.Or(cmp.Compare(most, count), cmp.Compare(hop, first)); best == nil || order < 0 || order == 0 && s.key < best.key {
			best, most, first = s, count, hop
		}
	}
	return best
}

func notExplained(w *walk) Unexplained {
	u := Unexplained{Endpoint: w.symptom.Endpoint.Key, Saw: saw(w), RuledOut: []RuledOut{}, Contradictions: w.disagrees}
	if note, look := w.stopped(); note != "" {
		u.Saw, u.Look = u.Saw+"; "+note, look
	}
	for _, c := range w.cleared {
		u.RuledOut = append(u.RuledOut, RuledOut{Code: c.code, Statement: c.evidence.Statement})
	}
	return u
}

// saw puts what was seen in a few words.
func saw(w *walk) string {
	s := w.seen
	if s.answer.Status != 0 {
		return fmt.Sprintf("status %d after %s", s.answer.Status, measured(s.answer.Took))
	}
	return fmt.Sprintf("%s: %s", s.class, result.Describe(s.class))
}
