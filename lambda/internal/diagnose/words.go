package diagnose

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// counted is a number with its noun.
func counted(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// lasting is a time in a unit that people can imagine.
func lasting(d time.Duration) string {
	switch {
	case d < 3*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 3*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

// measured is how long an answer took, as exactly as it says something.
func measured(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// listed names up to three and counts the rest.
func listed(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

// logged is a line of a log as evidence: how often it came, and where and when.
func logged(p topology.LogPattern) string {
	text := fmt.Sprintf("%s × %q in %s", count(p), p.Sample, cmp.Or(p.Stream, p.Group, "the log"))
	if !p.First.IsZero() && p.First.Before(p.Last) {
		text += ", first at " + clock(p.First)
	}
	return text + ", last at " + clock(p.Last)
}

// count says how often a line came, where not all were read: at least.
func count(p topology.LogPattern) string {
	if p.More {
		return fmt.Sprintf("at least %d", p.Count)
	}
	return fmt.Sprint(p.Count)
}
