package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

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
// each with what is known about it; then where to look, and the incidents that
// are open; then one line that sums up.
func Text(w io.Writer, run Run, options TextOptions) error {
	b := bufio.NewWriter(w)
	t := newTable(run, options)
	groups := groupsOf(run.Results)
	for i := range groups {
		t.group(b, &groups[i], len(groups))
	}
	t.whereToLook(b, classesOf(run.Results))
	t.incidents(b)
	t.summary(b)
	return b.Flush()
}

func (t *table) group(b *bufio.Writer, g *group, groups int) {
	if title := g.title(groups); title != "" {
		t.pair(b, painted{redact.Visible(title), t.palette.Strong}, painted{"  " + g.tally.String(), t.palette.Quiet}, 0)
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
		t.palette.name(s, t.nameOf(r)) + strings.Repeat(" ", gap) +
		t.palette.state(s, fit(State(r), t.word)) + strings.Repeat(" ", gap) +
		fmt.Sprintf("%*s", timeCols, Duration(time.Duration(r.Duration)))
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
	lines := t.wrap(happened(r), t.detail)
	facts := factsOf(r, t.run.Started)
	if t.shortens(r) {
		facts = slices.Insert(facts, 0, fact{"key", redact.Visible(r.Key)})
	}
	for _, f := range facts {
		for i, line := range t.wrap(f.text, t.detail+labelCols) {
			label := ""
			if i == 0 {
				label = f.label
			}
			lines = append(lines, t.palette.Quiet(fit(label, labelCols))+line)
		}
	}
	return lines
}

// folded sums up the healthy endpoints of a group.
func (t *table) folded(b *bufio.Writer, results []*result.Result) {
	slowest := results[0]
	for _, r := range results {
		if r.Duration > slowest.Duration {
			slowest = r
		}
	}
	color := func(text string) string { return t.palette.state(healthy, glyphs[healthy]) + text }
	t.pair(b, painted{fmt.Sprintf(" %d healthy", len(results)), color},
		painted{fmt.Sprintf("  slowest %s in %s", redact.Visible(slowest.Name), Duration(time.Duration(slowest.Duration))), t.palette.Quiet}, indent)
}

// whereToLook tells once for each class that occurred what it means.
func (t *table) whereToLook(b *bufio.Writer, classes []result.ClassInfo) {
	if len(classes) == 0 {
		return
	}
	b.WriteString(t.palette.Strong("where to look") + "\n")
	for _, info := range classes {
		class := string(info.Class)
		for _, line := range t.wrap(info.Meaning+"; look at "+info.Look, indent+t.word+gap) {
			fmt.Fprintf(b, "  %s  %s\n", fit(class, t.word), line)
			class = ""
		}
	}
	b.WriteByte('\n')
}

func (t *table) summary(b *bufio.Writer) {
	if !t.run.TimingsTrusted {
		margin := ""
		for _, line := range t.wrap("! timings are not trusted: this machine was too busy to measure them; what is called slow may be fast", indent) {
			b.WriteString(margin + t.palette.state(degraded, line) + "\n")
			margin = strings.Repeat(" ", indent)
		}
	}
	tally := Count(t.run.Results)
	s := healthy
	switch {
	case tally.Failing > 0:
		s = failing
	case tally.Degraded+tally.Unjudged > 0:
		s = degraded
	}
	t.pair(b, painted{tally.String(), func(text string) string { return t.palette.state(s, text) }},
		painted{" · " + Duration(t.run.Duration), t.palette.Quiet}, 0)
}
