package report

import (
	"bufio"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// table is the layout of one report.
type table struct {
	run     Run
	palette Palette
	noteOn  func(*result.Result) string
	width   int
	fold    bool
	name    int // columns of the names
	word    int // columns of the states
	note    int // columns of the notes, with the gap before them; 0: there are none
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
	// Names longer than longestName are shortened unless a third of the
	// screen holds them; on a narrow screen, to no less than shortestName.
	longestName  = 32
	shortestName = 12
	// A note that has fewer columns than shortestNote says nothing.
	shortestNote = 14
	labelCols    = 12
	// leastRoom is how narrow wrapped text may get, however narrow the screen.
	leastRoom = 20
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
		t.name = max(t.name, terminal.String(redact.Visible(r.Name)))
		t.word = max(t.word, len(State(r)))
		if options.Note != nil {
			t.note = max(t.note, gap+terminal.String(options.Note(r)))
		}
	}
	others := indent + 2 + gap + t.word + gap + timeCols
	t.limit(others)
	t.detail = others + t.note + t.name + gap
	t.beside = t.width == 0 || t.width-t.detail >= roomy
	if !t.beside {
		t.detail = below
	}
	return t
}

// limit caps the columns of names and notes, where the others of a row take as
// many. In a pipe nothing is shortened, but the rows of short names do not
// make room for one that is very long.
func (t *table) limit(others int) {
	if t.width == 0 {
		t.name = min(t.name, longestName)
		return
	}
	if room := t.width - others - shortestName; t.note > room {
		t.note = room
		if t.note < gap+shortestNote {
			t.note = 0
		}
	}
	room := t.width - others - t.note
	longest := max(longestName, min(t.width/3, room-gap-roomy))
	t.name = min(t.name, longest, max(room, shortestName))
}

// nameOf is the name of an endpoint as its column shows it.
func (t *table) nameOf(r *result.Result) string {
	name := redact.Visible(r.Name)
	if t.width == 0 && terminal.String(name) > t.name {
		return name
	}
	return fit(name, t.name)
}

// shortens reports whether the column does not show the whole name.
func (t *table) shortens(r *result.Result) bool {
	return t.width > 0 && terminal.String(redact.Visible(r.Name)) > t.name
}

// wrap breaks text that begins at a column, and each further line of which
// does, into lines that end within the screen.
func (t *table) wrap(text string, column int) []string {
	room := 0
	if t.width > 0 {
		room = max(t.width-column, leastRoom)
	}
	return Wrap(text, room)
}

// painted is text and how it is coloured.
type painted struct {
	text  string
	paint func(string) string
}

// pair writes two texts beside each other from a column on, or the second one
// below the first, further in, where they do not fit.
func (t *table) pair(b *bufio.Writer, left, right painted, column int) {
	margin := strings.Repeat(" ", column)
	if both := left.text + right.text; t.width == 0 || column+terminal.String(both) <= t.width {
		b.WriteString(margin + left.paint(left.text) + right.paint(right.text) + "\n")
		return
	}
	for _, line := range t.wrap(left.text, column) {
		b.WriteString(margin + left.paint(line) + "\n")
	}
	margin += strings.Repeat(" ", indent)
	for _, line := range t.wrap(right.text, column+indent) {
		b.WriteString(margin + right.paint(line) + "\n")
	}
}

// fit pads text to a column, or shortens it where it does not fit. An escape
// such as \u202e is shown whole or not at all.
func fit(text string, columns int) string {
	n := terminal.String(text)
	if n > columns {
		text = redact.TrimEscape(terminal.TruncateString(text, max(0, columns-1), "")) + "…"
		n = terminal.String(text)
	}
	return text + strings.Repeat(" ", max(0, columns-n))
}
