package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// sections make the generated sections of the README, by name.
var sections = map[string]func(t *testing.T, document string) string{
	"access":        func(*testing.T, string) string { return "\n" + access.Markdown() + "\n" },
	"classes":       func(*testing.T, string) string { return classesSection() },
	"commands":      func(*testing.T, string) string { return commandsSection() },
	"conditions":    func(*testing.T, string) string { return conditionsSection() },
	"configuration": func(*testing.T, string) string { return "\n" + check.Manual() + "\n" },
	"mistakes":      mistakesSection,
}

// markdownTable sets rows of cells, the first of which is the head.
func markdownTable(rows ...[]string) string {
	var b strings.Builder
	b.WriteString("\n")
	for i, row := range rows {
		for _, cell := range row {
			cell = strings.Join(strings.Fields(cell), " ")
			b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String() + "\n"
}

func inCode(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func classesSection() string {
	rows := [][]string{{"Class", "What happened", "Where to look first"}}
	for c := range result.Classes() {
		rows = append(rows, []string{inCode(string(c.Class)), c.Meaning, c.Look})
	}
	return markdownTable(rows...)
}

func conditionsSection() string {
	var units []string
	// A unit is told in the table by its name, and below how it is written.
	unit := func(text string) string {
		name, _, explained := strings.Cut(text, " such as ")
		if explained && !slices.Contains(units, text) {
			units = append(units, text)
		}
		return name
	}
	placeholders := [][]string{{"Placeholder", "What it is", "Compared with", "Example"}}
	for _, p := range condition.Placeholders() {
		placeholders = append(placeholders, []string{inCode(string(p.Name)), p.Meaning, unit(p.Unit), inCode(p.Example)})
	}
	functions := [][]string{{"Function", "What it does", "Compared with", "Example"}}
	for _, f := range condition.Functions() {
		functions = append(functions, []string{inCode(f.Name + "()"), f.Meaning, unit(f.Unit), inCode(f.Example)})
	}
	text := markdownTable(placeholders...) + strings.TrimPrefix(markdownTable(functions...), "\n")
	for _, u := range units {
		text += "A " + u + ".\n\n"
	}
	return text
}

func commandsSection() string {
	var b strings.Builder
	b.WriteString("\n")
	for _, c := range allCommands(newRoot(streams{})) {
		use := strings.TrimPrefix(c.CommandPath()+strings.TrimPrefix(c.Use, c.Name()), "tidewatch ")
		fmt.Fprintf(&b, "### `tidewatch %s`\n\n%s\n", use, withoutStatus(c))
		if c.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", strings.ReplaceAll(strings.TrimSpace(c.Example), "\n  ", "\n"))
		}
		b.WriteString(flagsTable(c) + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// allCommands are those below a command, each followed by its own.
func allCommands(above *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range above.Commands() {
		all = append(append(all, c), allCommands(c)...)
	}
	return all
}

// withoutStatus is the help of a command without its exit status, which the
// README has in a table.
func withoutStatus(c *cobra.Command) string {
	if c.Long == "" {
		return c.Short + "."
	}
	text, _, _ := strings.Cut(c.Long, "\n\nExit status:")
	return text
}

func flagsTable(c *cobra.Command) string {
	rows := [][]string{{"Flag", "Default", "What it does"}}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		rows = append(rows, []string{inCode(strings.TrimSpace("--" + f.Name + " " + value)), inCode(written(f)), usage})
	})
	if len(rows) == 1 {
		return ""
	}
	return strings.TrimSuffix(markdownTable(rows...), "\n")
}

// written is the default of a flag as one would write it. The default of a
// flag that is zero is told by its text.
func written(f *pflag.Flag) string {
	switch f.DefValue {
	case "0", "0s", "[]", "false":
		return ""
	}
	return f.DefValue
}

// columns is how wide the README shows what a terminal shows.
const columns = 100

// mistakesSection checks the file with mistakes that the README shows.
func mistakesSection(t *testing.T, document string) string {
	const name = "mistakes.yaml"
	_, found := check.Load(check.Source{Name: name, Data: []byte(fileOf(t, document, name))})
	var b strings.Builder
	if err := checkText(&b, found, 0, screen{terminal: true, width: columns}); err != nil {
		t.Fatal(err)
	}
	return "\n```\n" + b.String() + "```\n\n"
}
