package main

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/internal/report"
)

// headLines are the lines above the report: how things are, what can be done,
// and an empty one.
const headLines = 3

// body is how many lines are left for the report.
func (m *watchModel) body() int { return max(1, m.height-headLines) }

// View draws the screen: the head, then the part of the report that fits.
func (m *watchModel) View() tea.View {
	shown := m.lines[m.top:min(len(m.lines), m.top+m.body())]
	head := m.spread(m.tally(), m.activity()) + "\n" + m.palette.Quiet(ansi.Truncate(m.keys(), m.width, "…"))
	v := tea.NewView(head + "\n\n" + strings.Join(shown, "\n"))
	v.AltScreen = true
	v.WindowTitle = "tidewatch"
	return v
}

// tally says how things were in the last round.
func (m *watchModel) tally() string {
	if m.rounds == 0 {
		return "first round"
	}
	tally := report.Count(m.run.Results)
	said := tally.String()
	if n := len(m.run.Incidents); n > 0 {
		said += " · " + counted(n, "incident")
	}
	switch {
	case tally.Failing > 0:
		return m.palette.Bad(said)
	case tally.Degraded+tally.Unjudged > 0:
		return m.palette.Uneasy(said)
	}
	return m.palette.Good(said)
}

// activity says what happens, or what happens next.
func (m *watchModel) activity() string {
	if m.running {
		return fmt.Sprintf("probing: %d of %d", m.done.Load(), m.watcher.total)
	}
	left := report.Lasted(m.due.Sub(m.now()))
	return fmt.Sprintf("round %d at %s · next in %s", m.rounds, m.run.Started.Local().Format(time.TimeOnly), left)
}

// keys says what the keys do, and whether there is more to see.
func (m *watchModel) keys() string {
	keys := "r probe now · q quit"
	if hidden := len(m.lines) - m.body(); hidden > 0 {
		keys += fmt.Sprintf(" · ↑ ↓ scroll, %s above, %s below", counted(m.top, "line"), counted(max(0, hidden-m.top), "line"))
	}
	return keys
}

// spread puts one text to the left of a line and the other to the right, or
// only as much of the left one as fits.
func (m *watchModel) spread(left, right string) string {
	gap := m.width - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 2 {
		return ansi.Truncate(left+" · "+right, m.width, "…")
	}
	return left + strings.Repeat(" ", gap) + right
}
