package incident

import (
	"cmp"
	"slices"
	"strings"
)

// What a cause is named after depends on what could be read: where the service
// behind a name is not known, the name stands for it; and where the way cannot
// be read to its end, the last thing that is seen to be broken stands for its
// reason. So a permission that is lost, or a call that is throttled, makes the
// same cause look like another one.

// knownAs is the incident that has a cause already as it was while more could
// be read, with what the cause explains; nil: none has.
func (t *step) knownAs(c *Cause, members []*Rule) *Incident {
	var known *Incident
	for _, rule := range members {
		i := t.holding(rule.Key)
		if i != nil && known != nil && i != known {
			return nil
		}
		known = cmp.Or(known, i)
	}
	if known == nil || !known.isProbed() || known.Root == nil || !known.Root.blurred(&c.Root) {
		return nil
	}
	return known
}

// blurred reports whether another root is this one, seen by a diagnosis that
// could read less.
func (r *Root) blurred(by *Root) bool {
	return r.Code != by.Code && by.Short && !r.Short || r.Code == by.Code && r.Key != by.Key && levels[by.Level] <= levels[r.Level] && by.readLess(r)
}

// sharpens reports whether a root is another one, seen by a diagnosis that
// could read more.
func (r *Root) sharpens(before *Root) bool {
	return r.Code == before.Code && r.Key != before.Key && levels[r.Level] >= levels[before.Level] && before.readLess(r) && !r.readLess(before)
}

// readLess reports whether something could not be read for a root that could
// be for another one.
func (r *Root) readLess(than *Root) bool {
	return slices.ContainsFunc(r.Gaps, func(gap string) bool {
		return !slices.ContainsFunc(than.Gaps, func(other string) bool { return unread(gap) == unread(other) })
	})
}

// unread is what a gap says could not be read, without the reason: see GapSentence.
func unread(gap string) string {
	what, _, _ := strings.Cut(gap, " (")
	return what
}
