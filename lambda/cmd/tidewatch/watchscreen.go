package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// watchScreen watches on a terminal until the user quits.
func watchScreen(ctx context.Context, s streams, w *watcher, screen screen) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newWatchModel(w, screen)
	m.probe = func(progress func(done, total int)) (report.Run, error) { return w.round(ctx, progress) }
	program := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(s.in), tea.WithOutput(s.out), tea.WithEnvironment(os.Environ()))
	_, err := program.Run()
	// The screen is gone; its last report stays.
	if m.rounds > 0 {
		_, _ = io.WriteString(s.out, strings.Join(m.lines, "\n")+"\n")
	}
	// Quitting by a signal is quitting.
	if errors.Is(err, tea.ErrProgramKilled) || errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}

// watchModel is the state of the screen. It is changed by Update alone.
type watchModel struct {
	watcher *watcher
	probe   func(progress func(done, total int)) (report.Run, error) // one round
	palette report.Palette
	now     func() time.Time
	done    *atomic.Int64 // probes of the round under way

	width, height int
	history       *history
	run           report.Run // the last round
	unkept        error      // why its state could not be kept; nil: it was
	rounds        int
	running       bool
	due           time.Time // of the next round
	lines         []string  // the report of the last round, as the screen shows it
	top           int       // the first line shown
}

type (
	tick      struct{}
	roundDone struct {
		run    report.Run
		unkept error // why it could not be kept
	}
)

// tickPeriod is how often the countdown is redrawn.
const tickPeriod = 250 * time.Millisecond

func newWatchModel(w *watcher, screen screen) *watchModel {
	return &watchModel{
		watcher: w, palette: report.Palette{On: screen.color}, now: time.Now, done: new(atomic.Int64),
		width: screen.width, height: 24, history: newHistory(),
	}
}

// Init starts the first round and the clock.
func (m *watchModel) Init() tea.Cmd { return tea.Batch(m.start(), nextTick()) }

func nextTick() tea.Cmd { return tea.Tick(tickPeriod, func(time.Time) tea.Msg { return tick{} }) }

// start begins a round unless one is under way.
func (m *watchModel) start() tea.Cmd {
	if m.running {
		return nil
	}
	m.running = true
	m.done.Store(0)
	return func() tea.Msg {
		run, err := m.probe(func(done, _ int) { m.done.Store(int64(done)) })
		return roundDone{run, err}
	}
}

// Update takes in what happened.
func (m *watchModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.layOut()
	case tick:
		if !m.running && !m.now().Before(m.due) {
			return m, tea.Batch(m.start(), nextTick())
		}
		return m, nextTick()
	case roundDone:
		m.running = false
		m.run, m.unkept = msg.run, msg.unkept
		m.rounds++
		m.due = m.watcher.next(msg.run.Started, m.now())
		m.history.observe(msg.run)
		m.layOut()
	case tea.KeyPressMsg:
		return m, m.key(msg.String())
	}
	return m, nil
}

func (m *watchModel) key(name string) tea.Cmd {
	page := max(1, m.body()-2)
	switch name {
	case "q", "ctrl+c":
		return tea.Quit
	case "r":
		return m.start()
	case "down", "j":
		m.scroll(1)
	case "up", "k":
		m.scroll(-1)
	case "pgdown", "space", "ctrl+f":
		m.scroll(page)
	case "pgup", "ctrl+b":
		m.scroll(-page)
	case "home", "g":
		m.scroll(-len(m.lines))
	case "end", "G":
		m.scroll(len(m.lines))
	}
	return nil
}

// layOut writes the report for the size of the screen.
func (m *watchModel) layOut() {
	if m.rounds == 0 {
		return
	}
	var b strings.Builder
	options := report.TextOptions{
		Color: m.palette.On, Width: m.width, Fold: foldOver,
		Note: func(r *result.Result) string { return m.history.note(r.Key, m.now()) },
	}
	// A strings.Builder takes everything.
	_ = report.Text(&b, m.run, options)
	if m.unkept != nil {
		for _, line := range report.Wrap("! incidents could not be kept: "+redact.Visible(m.unkept.Error()), m.width) {
			b.WriteString(m.palette.Uneasy(line) + "\n")
		}
	}
	m.lines = m.lines[:0]
	for line := range strings.Lines(b.String()) {
		m.lines = append(m.lines, ansi.Truncate(strings.TrimSuffix(line, "\n"), m.width, "…"))
	}
	m.scroll(0)
}

func (m *watchModel) scroll(by int) {
	m.top = max(0, min(m.top+by, len(m.lines)-m.body()))
}
