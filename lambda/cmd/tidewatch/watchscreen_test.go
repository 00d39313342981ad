package main

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// clock is a watchModel with a clock that the test moves.
func modelAt(now *time.Time) *watchModel {
	m := newWatchModel(&watcher{total: 3, every: time.Minute}, screen{terminal: true, width: 80})
	m.now = func() time.Time { return *now }
	m.probe = func(progress func(done, total int)) (report.Run, error) {
		progress(2, 3)
		return roundOf(*now, map[string]result.Class{"a": "", "b": "tcp.refused", "c": "degraded"}), nil
	}
	return m
}

func view(m *watchModel) string { return ansi.Strip(m.View().Content) }

// finish runs the command of a round and takes its result in.
func finish(t *testing.T, m *watchModel, command tea.Cmd) {
	t.Helper()
	if command == nil {
		t.Fatal("no round was started")
	}
	m.Update(command())
}

func TestWatchModel(t *testing.T) {
	now := start
	m := modelAt(&now)
	round := m.start()
	if got := view(m); !strings.Contains(got, "first round") || !strings.Contains(got, "probing: 0 of 3") {
		t.Errorf("before the first round:\n%s", got)
	}
	if m.start() != nil {
		t.Error("a second round starts beside the first")
	}
	finish(t, m, round)
	now = now.Add(18 * time.Second)
	got := view(m)
	for _, want := range []string{"2 of 3 healthy · 1 degraded · 1 failing", "round 1 at 03:12:07 · next in 42 s", "since the start", "tcp.refused"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	m.probe = func(func(done, total int)) (report.Run, error) {
		run := roundOf(now, map[string]result.Class{"a": "", "b": "", "c": ""})
		run.Incidents = []*incident.Incident{{ID: "INC-1", Title: "b: it failed", State: incident.Monitoring, Severity: incident.SEV2, Opened: now, Recovered: now}}
		return run, nil
	}
	finish(t, m, m.key("r"))
	if got := view(m); !strings.Contains(got, "3 of 3 healthy · 1 incident ") || !strings.Contains(got, "SEV2  INC-1  b: it failed") || !strings.Contains(got, "since 03:12:25") {
		t.Errorf("after r:\n%s", got)
	}
}

func TestWatchModelStartsRoundsByTheClock(t *testing.T) {
	now := start
	m := modelAt(&now)
	finish(t, m, m.start())
	m.Update(tick{})
	if m.running {
		t.Error("a round starts before it is due")
	}
	now = now.Add(time.Minute)
	m.Update(tick{})
	if !m.running {
		t.Error("no round starts when it is due")
	}
}

func TestWatchModelScrolls(t *testing.T) {
	now := start
	m := modelAt(&now)
	finish(t, m, m.start())
	m.Update(tea.WindowSizeMsg{Width: 40, Height: 6})
	lines := len(m.lines)
	for _, tt := range []struct {
		key string
		top int
	}{
		{"up", 0}, {"down", 1}, {"j", 2}, {"k", 1}, {"end", lines - 3}, {"down", lines - 3}, {"pgup", lines - 4}, {"home", 0}, {"space", 1}, {"x", 1},
	} {
		if m.key(tt.key); m.top != tt.top {
			t.Errorf("after %s the first line is %d, want %d", tt.key, m.top, tt.top)
		}
	}
	if got := view(m); strings.Count(got, "\n") != 5 {
		t.Errorf("6 lines of a screen hold\n%s", got)
	}
	for line := range strings.Lines(view(m)) {
		if ansi.StringWidth(strings.TrimSuffix(line, "\n")) > 40 {
			t.Errorf("%q is too wide", line)
		}
	}
	m.Update(tea.WindowSizeMsg{Width: 200, Height: 100})
	if m.top != 0 {
		t.Error("a larger screen leaves lines hidden")
	}
	m.Update(tea.WindowSizeMsg{Width: 1, Height: 1})
	_ = view(m) // must not panic
}

func TestWatchModelQuits(t *testing.T) {
	now := start
	for _, key := range []string{"q", "ctrl+c"} {
		command := modelAt(&now).key(key)
		if command == nil {
			t.Fatalf("%s does nothing", key)
		}
		if _, quits := command().(tea.QuitMsg); !quits {
			t.Errorf("%s does not quit", key)
		}
	}
	// Some terminals send it before what an arrow key sends.
	if modelAt(&now).key("esc") != nil {
		t.Error("esc quits")
	}
}

func TestWatchOnATerminal(t *testing.T) {
	s := onTerminal(t, 100, 30, nil, "watch", "--config", endpoints(t, target(t), "ok", "down"))
	s.await("next in")
	s.await("answered 503 Service Unavailable")
	if _, err := s.terminal.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if status := s.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	if out := s.text(); !strings.Contains(out, "\x1b[?1049h") || !strings.Contains(out, "\x1b[?1049l") || strings.Contains(out, "\x1b]11;?") {
		t.Errorf("the alternate screen is not entered and left, or the background is asked for:\n%q", out)
	}
	if _, left, _ := strings.Cut(s.text(), "\x1b[?1049l"); !strings.Contains(ansi.Strip(left), "answered 503 Service Unavailable") || !strings.Contains(left, "1 of 2 healthy") {
		t.Errorf("the last report does not stay on the screen:\n%q", left)
	}
}
