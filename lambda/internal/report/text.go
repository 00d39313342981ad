package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// TextOptions say what the reader's screen can do.
type TextOptions struct {
	Color bool // SGR sequences of the sixteen colours of the terminal's own theme
	Width int  // columns; 0: nothing is wrapped or shortened
	// Note fills one more column, behind the time; nil: there is none.
	Note func(*result.Result) string
	Fold int // with more results than this, healthy ones are summed up by group; 0: never
}

// Text writes a run for a terminal or a log: a table by group, failures first,
// each with what is known about it; then where to look; then one line that
// sums up.
func Text(w io.Writer, run Run, options TextOptions) error {
	b := bufio.NewWriter(w)
	t := newTable(run, options)
	groups := groupsOf(run.Results)
	for i := range groups {
		t.group(b, &groups[i], len(groups))
	}
	t.whereToLook(b, classesOf(run.Results))
	t.summary(b)
	return b.Flush()
}

// table is the layout of one report.
type table struct {
	run     Run
	palette Palette
	noteOn  func(*result.Result) string
	width   int
	fold    bool
	name    int // columns of the names
	word    int // columns of the states
	note    int // columns of the notes
	detail  int // column at which sentences and facts begin
	beside  bool
}

// The layout: a row is glyph, name, state, time; the sentence stands beside
// them where enough columns are left, else below.
const (
	indent   = 2
	gap      = 2
	timeCols = 10
	// roomy is how many columns a sentence needs to stand beside its row.
	roomy = 48
	below = 6 // column of the sentence where it stands below
	// Names longer than this are shortened on a screen, to shortestName if
	// the screen is narrow.
	longestName  = 32
	shortestName = 12
	labelCols    = 12
)

func newTable(run Run, options TextOptions) *table {
	t := &table{run: run, palette: Palette{On: options.Color}, width: options.Width, noteOn: options.Note}
	t.fold = options.Fold > 0 && len(run.Results) > options.Fold
	t.word = len("degraded")
	for i := range run.Results {
		r := &run.Results[i]
		if t.fold && stateOf(r) == healthy {
			continue
		}
		t.name = max(t.name, ansi.StringWidth(redact.Visible(r.Name)))
		t.word = max(t.word, len(State(r)))
		if options.Note != nil {
			t.note = max(t.note, gap+ansi.StringWidth(options.Note(r)))
		}
	}
	others := indent + 2 + gap + t.word + gap + timeCols + t.note
	if t.width > 0 {
		t.name = min(t.name, longestName, max(t.width-others, shortestName))
	}
	t.detail = others + t.name + gap
	t.beside = t.width == 0 || t.width-t.detail >= roomy
	if !t.beside {
		t.detail = below
	}
	return t
}

func (t *table) group(b *bufio.Writer, g *group, groups int) {
	if title := g.title(groups); title != "" {
		fmt.Fprintf(b, "%s  %s\n", t.palette.Strong(redact.Visible(title)), t.palette.Quiet(g.tally.String()))
	}
	var folded []*result.Result
	for _, r := range g.results {
		if t.fold && stateOf(r) == healthy {
			folded = append(folded, r)
			continue
		}
		t.row(b, r)
	}
	if len(folded) > 0 {
		t.folded(b, folded)
	}
	b.WriteByte('\n')
}

// row writes one endpoint, with its sentence and facts if it needs attention.
func (t *table) row(b *bufio.Writer, r *result.Result) {
	s := stateOf(r)
	head := strings.Repeat(" ", indent) + t.palette.state(s, glyphs[s]) + " " +
		t.palette.name(s, fit(redact.Visible(r.Name), t.name)) + strings.Repeat(" ", gap) +
		t.palette.state(s, fit(State(r), t.word)) + strings.Repeat(" ", gap) +
		fmt.Sprintf("%*s", timeCols, duration(time.Duration(r.Duration)))
	if t.note > 0 {
		head += strings.Repeat(" ", gap) + t.palette.Quiet(fit(t.noteOn(r), t.note-gap))
	}
	lines := t.lines(r)
	if t.beside && len(lines) > 0 {
		head += strings.Repeat(" ", gap) + lines[0]
		lines = lines[1:]
	}
	b.WriteString(strings.TrimRight(head, " ") + "\n")
	for _, line := range lines {
		b.WriteString(strings.Repeat(" ", t.detail) + line + "\n")
	}
}

// lines are the sentence and the facts, wrapped to the columns they have.
func (t *table) lines(r *result.Result) []string {
	lines := t.wrap(happened(r), 0)
	for _, f := range factsOf(r, t.run.Started) {
		for i, line := range t.wrap(f.text, labelCols) {
			label := ""
			if i == 0 {
				label = f.label
			}
			lines = append(lines, t.palette.Quiet(fit(label, labelCols))+line)
		}
	}
	return lines
}

// wrap breaks text into the columns that are left of the detail column. Long
// words, mostly URLs, stay whole: a terminal wraps them without breaking what
// is copied.
func (t *table) wrap(text string, less int) []string {
	if text == "" {
		return nil
	}
	text = t.wrapAt(text, t.detail+less)
	return strings.Split(strings.ReplaceAll(text, nbsp, " "), "\n")
}

// wrapAt wraps text that begins at a column.
func (t *table) wrapAt(text string, column int) string {
	if t.width == 0 {
		return text
	}
	return ansi.Wordwrap(text, max(t.width-column, 20), "")
}

// folded sums up the healthy endpoints of a group.
func (t *table) folded(b *bufio.Writer, results []*result.Result) {
	slowest := results[0]
	for _, r := range results {
		if r.Duration > slowest.Duration {
			slowest = r
		}
	}
	fmt.Fprintf(b, "  %s %d healthy  %s\n", t.palette.state(healthy, glyphs[healthy]), len(results),
		t.palette.Quiet(fmt.Sprintf("slowest %s in %s", redact.Visible(slowest.Name), duration(time.Duration(slowest.Duration)))))
}

// whereToLook tells once for each class that occurred what it means.
func (t *table) whereToLook(b *bufio.Writer, classes []result.ClassInfo) {
	if len(classes) == 0 {
		return
	}
	b.WriteString(t.palette.Strong("where to look") + "\n")
	for _, info := range classes {
		at := indent + t.word + gap
		text := t.wrapAt(info.Meaning+"; look at "+info.Look, at)
		text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", at))
		fmt.Fprintf(b, "  %s  %s\n", fit(string(info.Class), t.word), text)
	}
	b.WriteByte('\n')
}

func (t *table) summary(b *bufio.Writer) {
	if !t.run.TimingsTrusted {
		note := "! timings are not trusted: this machine was too busy to measure them; what is called slow may be fast"
		b.WriteString(t.palette.state(degraded, strings.ReplaceAll(t.wrapAt(note, indent), "\n", "\n  ")) + "\n")
	}
	tally := Count(t.run.Results)
	s := healthy
	switch {
	case tally.Failing > 0:
		s = failing
	case tally.Degraded+tally.Unjudged > 0:
		s = degraded
	}
	fmt.Fprintf(b, "%s %s\n", t.palette.state(s, tally.String()), t.palette.Quiet("· "+duration(t.run.Duration)))
}

// fit pads text to a column, or shortens it where it does not fit.
func fit(text string, columns int) string {
	n := ansi.StringWidth(text)
	if n > columns {
		text = ansi.Truncate(text, columns, "…")
		n = ansi.StringWidth(text)
	}
	return text + strings.Repeat(" ", max(0, columns-n))
}
