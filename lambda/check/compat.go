package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Verdict is how a key of Gatus fares here.
type Verdict string

// The verdicts.
const (
	Supported Verdict = "supported" // as in Gatus
	Adapted   Verdict = "adapted"   // works, with the difference that its note tells
	Ignored   Verdict = "ignored"   // accepted, without effect
	Rejected  Verdict = "rejected"  // refused, with a reason and what to write instead
	Ours      Verdict = "ours"      // not known to Gatus
)

// KeyUse is one key of the file, or one value such as icmp:// that has its own
// verdict.
type KeyUse struct {
	Key   string // such as endpoints[].client.timeout
	Count int    // how often it takes effect; a merged key counts wherever it is merged
	Note  string // the difference, the reason, what to write instead
}

// Compat tells which keys of a file work here, ordered as in the reference.
type Compat struct {
	Supported, Adapted, Ignored, Rejected, Ours []KeyUse
}

// of returns the list that holds the keys of a verdict.
func (c *Compat) of(v Verdict) *[]KeyUse {
	switch v {
	case Adapted:
		return &c.Adapted
	case Ignored:
		return &c.Ignored
	case Rejected:
		return &c.Rejected
	case Ours:
		return &c.Ours
	}
	return &c.Supported
}

// String returns the summary as a few lines: counts first, then every key that
// does not simply work.
func (c Compat) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "keys: %d supported, %d adapted, %d ignored, %d rejected, %d of Tidewatch\n",
		len(c.Supported), len(c.Adapted), len(c.Ignored), len(c.Rejected), len(c.Ours))
	for _, v := range []Verdict{Adapted, Ignored, Rejected} {
		for _, k := range *c.of(v) {
			fmt.Fprintf(&b, "  %-8s  %s (%s)", v, k.Key, times(k.Count))
			if k.Note != "" {
				b.WriteString(": " + k.Note)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// times puts a count into words.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// compat sums up the keys that were used, and adds the values that have a
// verdict of their own.
func (r *reader) compat() Compat {
	var c Compat
	for _, s := range r.schema {
		for i := range s.Keys {
			k := &s.Keys[i]
			if n := r.used[k]; n > 0 {
				list := c.of(k.Verdict)
				note := k.Note
				if k.Verdict == Adapted {
					note = cmp.Or(note, k.Doc)
				}
				*list = append(*list, KeyUse{Key: k.Path, Count: n, Note: note})
			}
		}
	}
	for _, u := range r.values {
		list := c.of(u.verdict)
		i := slices.IndexFunc(*list, func(k KeyUse) bool { return k.Key == u.Key })
		if i < 0 {
			*list = append(*list, u.KeyUse)
			continue
		}
		(*list)[i].Count++
	}
	return c
}

// valueUse is the use of a value that has its own verdict.
type valueUse struct {
	KeyUse
	verdict Verdict
}

// noteValue counts a value that has its own verdict.
func (r *reader) noteValue(key, note string, v Verdict) {
	r.values = append(r.values, valueUse{KeyUse{Key: key, Count: 1, Note: note}, v})
}
