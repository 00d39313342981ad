package report

import (
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// tellTime is when a message is read: when it is sent, or when it happened if
// it is in time.
func tellTime(n *incident.Notice) time.Time {
	if n.Late != nil && n.Late.Told.After(n.At) {
		return n.Late.Told
	}
	return n.At
}

// byNow is how an incident is when a late message tells of it; of one that is
// in time nothing is said.
func byNow(n *incident.Notice, id string) incident.ByNow {
	if n.Late == nil {
		return incident.ByNow{}
	}
	return n.Late.Of(id)
}

// isPast reports whether a message tells of something that is no more, although
// it is not about its end.
func isPast(n *incident.Notice, b incident.ByNow) bool {
	return n.Kind != incident.KindResolved && b.IsGood()
}

// isBack reports whether a message tells of an end that did not last.
func isBack(n *incident.Notice, b incident.ByNow) bool {
	return n.Kind == incident.KindResolved && b.State != "" && b.State != incident.Resolved
}

// outdated counts the incidents of a late message that are not as it tells.
func outdated(n *incident.Notice) int {
	if n.Late == nil || n.Incident == nil {
		return 0
	}
	if n.Kind == incident.KindResolved {
		return incidents(n.Incident) - n.Late.Over()
	}
	return n.Late.Over()
}

// isOver reports whether nothing of what a message is about is open any more.
func isOver(n *incident.Notice) bool {
	if n.Kind == incident.KindResolved {
		return outdated(n) == 0
	}
	return n.Incident != nil && outdated(n) == incidents(n.Incident)
}

// lateHead begins the title of a late message: with that it is, and with what
// makes it untrue by now.
func lateHead(n *incident.Notice) string {
	if n.Late == nil {
		return ""
	}
	if n.Incident == nil {
		return "Late: "
	}
	b, all, over := byNow(n, n.Incident.ID), incidents(n.Incident), outdated(n)
	word := "over"
	if n.Kind == incident.KindResolved {
		word = "failing again"
	}
	switch {
	case over > 0 && over < all:
		return fmt.Sprintf("Late, %d of %d %s: ", over, all, word)
	case over > 0 && all > 1:
		return fmt.Sprintf("Late, all %d %s: ", all, word)
	case over > 0:
		return "Late, " + word + sinceTime(n, b) + ": "
	case all == 1 && isPast(n, b):
		return "Late, good" + sinceTime(n, b) + ": "
	}
	return "Late: "
}

// sinceTime is since when an incident is as it is by now; "" if that is not
// known.
func sinceTime(n *incident.Notice, b incident.ByNow) string {
	t := b.Again
	if b.IsGood() {
		t = b.Good
	}
	if t.IsZero() {
		return ""
	}
	return " since " + clock(t, tellTime(n))
}

// late says before anything else that a message is late, as of when it is, and
// how it stands by now.
func (d *draft) late() {
	n := d.source
	if n.Late == nil {
		return
	}
	text := fmt.Sprintf("Told %s late: it says how it was at %s.", elapsed(d.now.Sub(n.At)), clock(n.At, d.now))
	if f := n.Incident; f != nil {
		text += " " + d.standing(f)
	}
	d.lead = strings.TrimSpace(text + " " + d.lead)
}

// standing says in a sentence how the incidents of a message are by now.
func (d *draft) standing(f *incident.Facts) string {
	if !d.isShared() {
		return "By now " + d.standingOf(byNow(d.source, f.ID)) + "."
	}
	switch over, all := d.source.Late.Over(), incidents(f); over {
	case 0:
		return fmt.Sprintf("None of the %d incidents is over by now.", all)
	case all:
		return fmt.Sprintf("All %d incidents are over by now.", all)
	default:
		return fmt.Sprintf("Over by now: %d of the %d incidents.", over, all)
	}
}

// standingOf says how an incident is by now.
func (d *draft) standingOf(b incident.ByNow) string {
	text, since := "it is still open", sinceTime(d.source, b)
	switch {
	case b.State == incident.Resolved:
		text = "it is over" + since
	case b.State == incident.Monitoring:
		text = "all of it is good" + since + ", and it is watched until that is sure"
	case !b.Again.IsZero():
		text = "it fails again" + since + ", after it was over"
	case isBack(d.source, b):
		text = "it is open again"
	}
	if b.Into != "" {
		text = "it is part of " + clean(b.Into, 60) + ": " + text
	}
	return text
}

// failed says when something was broken that a late message tells of as if it
// was broken still.
func (d *draft) failed(first time.Time, b incident.ByNow) (label, text string) {
	from := clock(first, d.now)
	switch {
	case !b.Again.IsZero() || b.Into != "" || isPast(d.source, b) && b.Good.IsZero():
		return "Since", from // for how long can not be said in one figure
	case isPast(d.source, b):
		return "Failed", fmt.Sprintf("%s, from %s to %s", elapsed(b.Good.Sub(first)), from, clock(b.Good, d.now))
	}
	return "Since", from + ", for " + elapsed(d.now.Sub(first))
}

// then marks the heading of a list that is as old as the message.
func (d *draft) then() string {
	if d.source.Late == nil {
		return ""
	}
	return " at " + clock(d.source.At, d.now)
}
