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
	head := "  " + redact.Visible(place)
	if m.Path != "" {
		head += "  " + c.palette.Quiet(redact.Visible(m.Path))
	}
	fmt.Fprintln(c, head)
	text := m.Problem
	if m.Accepted != "" {
		text += "; accepted: " + m.Accepted
	}
	if m.Nearest != "" {
		text += fmt.Sprintf("; did you mean %q?", m.Nearest)
	}
	c.indented(redact.Visible(text), 6)
}

// indented writes text below a column, wrapped on a terminal.
func (c checkPrinter) indented(text string, column int) {
	margin := strings.Repeat(" ", column)
	fmt.Fprintln(c, margin+c.hanging(text, column))
}

// hanging wraps text that begins at a column, on a terminal.
func (c checkPrinter) hanging(text string, column int) string {
	if c.width == 0 {
		return text
	}
	return strings.ReplaceAll(ansi.Wordwrap(text, max(c.width-column, 20), ""), "\n", "\n"+strings.Repeat(" ", column))
}

func (c checkPrinter) compatibility(compat check.Compat) {
	parts := compatibility(compat)
	counts := make([]string, 0, len(parts))
	total := 0
	for _, p := range parts {
		total += len(p.keys)
		counts = append(counts, fmt.Sprintf("%d %s", len(p.keys), p.verdict))
	}
	if total == 0 {
		return
	}
	fmt.Fprintf(c, "%s  %s\n", c.palette.Strong("keys"), strings.Join(counts, " · "))
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
	var plain []string
	for _, k := range p.keys {
		if k.Note == "" {
			plain = append(plain, redact.Visible(k.Key))
			continue
		}
		fmt.Fprintln(c, label+c.hanging(redact.Visible(fmt.Sprintf("%s: %s", k.Key, k.Note)), column))
		label = strings.Repeat(" ", column)
	}
	if len(plain) > 0 {
		fmt.Fprintln(c, label+c.palette.Quiet(c.hanging(strings.Join(plain, ", "), column)))
	}
}

func (c checkPrinter) verdict(found check.Report, endpoints int) {
	tally := counted(endpoints, "endpoint")
	switch found.Messages.Worst() {
	case check.Error:
		fmt.Fprintln(c, c.palette.Bad("invalid: "+counted(found.Messages.Count(check.Error), "error")))
	case check.Warning:
		faults := counted(found.Messages.Count(check.Warning), "latent fault")
		fmt.Fprintln(c, c.palette.Uneasy("valid, with "+faults+": "+tally))
	default:
		fmt.Fprintln(c, c.palette.Good("valid: "+tally))
	}
}
