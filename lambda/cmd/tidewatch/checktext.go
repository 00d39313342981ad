package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// verdictKeys are the keys that share a verdict.
type verdictKeys struct {
	verdict check.Verdict
	keys    []check.KeyUse
}

// compatibility lists the keys by verdict, in the order of a report.
func compatibility(c check.Compat) []verdictKeys {
	return []verdictKeys{
		{check.Supported, c.Supported}, {check.Adapted, c.Adapted}, {check.Ignored, c.Ignored},
		{check.Rejected, c.Rejected}, {check.Ours, c.Ours},
	}
}

// checkText writes what was found about a configuration: what must be mended,
// what should be, what is good to know, and the verdict last.
func checkText(w io.Writer, found check.Report, endpoints int, screen screen) error {
	b := bufio.NewWriter(w)
	c := checkPrinter{Writer: b, palette: report.Palette{On: screen.color}, width: screen.width}
	c.section("errors", check.Error, found.Messages, c.palette.Bad)
	c.section("warnings", check.Warning, found.Messages, c.palette.Uneasy)
	c.section("good to know", check.Info, found.Messages, c.palette.Strong)
	c.compatibility(found.Compat)
	c.verdict(found, endpoints)
	return b.Flush()
}

type checkPrinter struct {
	*bufio.Writer
	palette report.Palette
	width   int
}

func (c checkPrinter) section(title string, level check.Level, messages check.Messages, color func(string) string) {
	if messages.Count(level) == 0 {
		return
	}
	fmt.Fprintln(c, color(title))
	for _, m := range messages {
		if m.Level == level {
			c.message(m)
		}
	}
	fmt.Fprintln(c)
}

// message writes one remark: its place as editors understand it, then what is
// the matter.
func (c checkPrinter) message(m check.Message) {
	place := m.File
	if m.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", m.File, m.Line, m.Column)
	}
	c.head(redact.Visible(place), redact.Visible(m.Path))
	text := m.Problem
	if m.Accepted != "" {
		text += "; accepted: " + m.Accepted
	}
	if m.Nearest != "" {
		text += fmt.Sprintf("; did you mean %q?", m.Nearest)
	}
	c.wrapped("      ", redact.Visible(text), plain)
}

// head writes a place in a file and a path in the configuration: beside each
// other, or on a terminal that is too narrow below each other.
func (c checkPrinter) head(place, path string) {
	if c.width == 0 || len("    ")+ansi.StringWidth(place+path) <= c.width {
		fmt.Fprintln(c, strings.TrimRight("  "+place+"  "+c.palette.Quiet(path), " "))
		return
	}
	c.wrapped("  ", place, plain)
	c.wrapped("    ", path, c.palette.Quiet)
}

func plain(text string) string { return text }

// leastRoom is how narrow text is wrapped, however narrow the terminal.
const leastRoom = 20

// wrapped writes text behind a label, on a terminal in lines that begin below
// each other.
func (c checkPrinter) wrapped(label, text string, color func(string) string) {
	column, room := ansi.StringWidth(label), 0
	if c.width > 0 {
		room = max(c.width-column, leastRoom)
	}
	for _, line := range report.Wrap(text, room) {
		fmt.Fprintln(c, label+color(line))
		label = strings.Repeat(" ", column)
	}
}

func (c checkPrinter) compatibility(compat check.Compat) {
	parts := compatibility(compat)
	counts := make([]string, 0, len(parts))
	total := 0
	for _, p := range parts {
		total += len(p.keys)
		counts = append(counts, fmt.Sprintf("%d\u00a0%s", len(p.keys), p.verdict))
	}
	if total == 0 {
		return
	}
	c.wrapped(c.palette.Strong("keys")+"  ", strings.Join(counts, "\u00a0· "), plain)
	for _, p := range parts {
		if len(p.keys) > 0 {
			c.verdictKeys(p)
		}
	}
	fmt.Fprintln(c)
}

// verdictKeys lists keys in running text, or one a line where each has its
// own explanation.
func (c checkPrinter) verdictKeys(p verdictKeys) {
	const column = 13
	label := fmt.Sprintf("  %-*s", column-2, p.verdict)
	var bare []string
	for _, k := range p.keys {
		if k.Note == "" {
			bare = append(bare, redact.Visible(k.Key))
			continue
		}
		c.wrapped(label, redact.Visible(fmt.Sprintf("%s: %s", k.Key, k.Note)), plain)
		label = strings.Repeat(" ", column)
	}
	c.wrapped(label, strings.Join(bare, ", "), c.palette.Quiet)
}

func (c checkPrinter) verdict(found check.Report, endpoints int) {
	tally := counted(endpoints, "endpoint")
	if found.Unread {
		fmt.Fprintln(c, c.palette.Bad("unreadable: nothing was checked"))
		return
	}
	switch found.Messages.Worst() {
	case check.Error:
		fmt.Fprintln(c, c.palette.Bad("invalid: "+counted(found.Messages.Count(check.Error), "error")))
	case check.Warning:
		warnings := counted(found.Messages.Count(check.Warning), "warning")
		fmt.Fprintln(c, c.palette.Uneasy("valid, with "+warnings+": "+tally))
	default:
		fmt.Fprintln(c, c.palette.Good("valid: "+tally))
	}
}
