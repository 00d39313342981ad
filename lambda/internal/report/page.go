package report

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
)

// page is a document before it has a form: Markdown and plain text are written
// from the same blocks, so they say the same.
type page struct{ blocks []block }

// block is one part of a page; exactly one of its parts is filled.
type block struct {
	level    int // of a heading
	heading  string
	text     string
	link     string   // of a text, behind it
	head     []string // of a table
	leads    int      // how many columns of a row lead it in plain text
	rows     [][]cell
	items    []cell   // of a list
	commands []string // each one to be copied
}

// cell is a text, or a command that must stay whole.
type cell struct {
	text, code string
}

func (p *page) heading(level int, text string) {
	p.blocks = append(p.blocks, block{level: level, heading: shown(text)})
}

// say adds a paragraph, if there is anything to say.
func (p *page) say(text string) {
	if text != "" {
		p.blocks = append(p.blocks, block{text: shown(text)})
	}
}

// link adds a paragraph that ends in an address of the configuration. One that
// could end its link early, or is none, is a text like any other.
func (p *page) link(label, address string) {
	plain := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	if address = shown(address); !plain || strings.ContainsAny(address, "<>\"'`\\ \t…[]") {
		p.say(label + " " + address)
		return
	}
	p.blocks = append(p.blocks, block{text: shown(label), link: address})
}

// mostEntries bounds every table, list and row of commands: what nobody reads
// to its end hides what follows. The JSON form has all of them.
const mostEntries = 40

// table adds a table of which the first column leads a row in plain text.
func (p *page) table(head []string, rows [][]cell) { p.tableOf(1, head, rows) }

// tableOf adds a table, if it has rows. In plain text the first columns lead a
// row, and the others follow with their names.
func (p *page) tableOf(leads int, head []string, rows [][]cell) {
	if len(rows) == 0 {
		return
	}
	kept := rows[:min(len(rows), mostEntries)]
	for _, row := range kept {
		for i := range row {
			row[i].text, row[i].code = shown(row[i].text), shown(row[i].code)
		}
	}
	p.blocks = append(p.blocks, block{head: head, leads: leads, rows: kept})
	p.left(len(rows))
}

func (p *page) list(items ...cell) {
	if len(items) == 0 {
		return
	}
	kept := items[:min(len(items), mostEntries)]
	for i := range kept {
		kept[i].text, kept[i].code = shown(kept[i].text), shown(kept[i].code)
	}
	p.blocks = append(p.blocks, block{items: kept})
	p.left(len(items))
}

func (p *page) code(commands []string) {
	var whole []string
	for _, c := range commands[:min(len(commands), mostEntries)] {
		whole = append(whole, shown(c))
	}
	if len(whole) > 0 {
		p.blocks = append(p.blocks, block{commands: whole})
		p.left(len(commands))
	}
}

// left says how many of so many entries are not shown.
func (p *page) left(all int) {
	if more := all - mostEntries; more > 0 {
		p.say(fmt.Sprintf("… %s: the JSON form has all %d.", andMore(more), all))
	}
}

// shown is text as any form may show it: on one line, and without what looks
// like a secret, wherever it came from.
func shown(text string) string { return redact.Text(text) }

func cells(texts ...string) []cell {
	row := make([]cell, 0, len(texts))
	for _, text := range texts {
		row = append(row, cell{text: text})
	}
	return row
}

// markdown writes the page as GitHub-flavoured Markdown.
func (p *page) markdown() string {
	var b strings.Builder
	for i, k := range p.blocks {
		if i > 0 {
			b.WriteByte('\n')
		}
		k.markdown(&b)
	}
	return b.String()
}

func (k *block) markdown(b *strings.Builder) {
	switch {
	case k.heading != "":
		b.WriteString(strings.Repeat("#", k.level) + " " + mdText(k.heading) + "\n")
	case k.link != "":
		b.WriteString(mdText(k.text) + " <" + k.link + ">\n")
	case k.text != "":
		b.WriteString(mdText(k.text) + "\n")
	case k.head != nil:
		b.WriteString("| " + strings.Join(k.head, " | ") + " |\n|" + strings.Repeat("---|", len(k.head)) + "\n")
		for _, row := range k.rows {
			for _, c := range row {
				b.WriteString("| " + strings.ReplaceAll(c.markdown(), "|", `\|`) + " ")
			}
			b.WriteString("|\n")
		}
	case k.commands != nil:
		b.WriteString("```sh\n" + strings.ReplaceAll(strings.Join(k.commands, "\n"), "```", "` ` `") + "\n```\n")
	default:
		for _, c := range k.items {
			b.WriteString("- " + c.markdown() + "\n")
		}
	}
}

func (c cell) markdown() string {
	text := mdText(c.text)
	if c.code != "" {
		text = strings.TrimSpace(text + " " + mdCode(c.code))
	}
	return text
}
