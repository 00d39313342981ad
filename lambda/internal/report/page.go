package report

import (
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

func (p *page) table(head []string, rows [][]cell) {
	for _, row := range rows {
		for i := range row {
			row[i].text, row[i].code = shown(row[i].text), shown(row[i].code)
		}
	}
	p.blocks = append(p.blocks, block{head: head, rows: rows})
}

func (p *page) list(items ...cell) {
	for i := range items {
		items[i].text, items[i].code = shown(items[i].text), shown(items[i].code)
	}
	if len(items) > 0 {
		p.blocks = append(p.blocks, block{items: items})
	}
}

func (p *page) code(commands []string) {
	var whole []string
	for _, c := range commands {
		whole = append(whole, shown(c))
	}
	if len(whole) > 0 {
		p.blocks = append(p.blocks, block{commands: whole})
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

// plain writes the page as text of that many columns; 0: nothing is wrapped.
func (p *page) plain(width int) string {
	var b strings.Builder
	for i := range p.blocks {
		if i > 0 && (p.blocks[i].level > 0 || p.blocks[i-1].level != 2) {
			b.WriteByte('\n')
		}
		p.blocks[i].plain(&b, width)
	}
	return b.String()
}

func (k *block) plain(b *strings.Builder, width int) {
	switch {
	case k.heading != "" && k.level == 1:
		b.WriteString(k.heading + "\n" + strings.Repeat("=", min(length(k.heading), 80)) + "\n")
	case k.heading != "":
		b.WriteString(k.heading + "\n")
	case k.link != "":
		b.WriteString(k.text + " " + k.link + "\n") // whole, to be opened
	case k.text != "":
		paragraph(b, k.text, "", width)
	case k.head != nil:
		for _, row := range k.rows {
			k.plainRow(b, row, width)
		}
	case k.commands != nil:
		for _, c := range k.commands {
			b.WriteString("  " + c + "\n")
		}
	default:
		for _, c := range k.items {
			c.plain(b, "- ", width)
		}
	}
}

// plainRow writes a row of a table as an entry: its first column leads, the
// others follow with their names.
func (k *block) plainRow(b *strings.Builder, row []cell, width int) {
	row[0].plain(b, "- ", width)
	for i, c := range row[1:] {
		if c == (cell{}) {
			continue
		}
		c.text = strings.TrimSpace(k.head[i+1] + ": " + c.text)
		c.plain(b, "    ", width)
	}
}

func (c cell) plain(b *strings.Builder, lead string, width int) {
	below := strings.Repeat(" ", len(lead))
	for i, line := range Wrap(c.text, max(width-len(lead), 0)) {
		if i > 0 {
			lead = below
		}
		b.WriteString(lead + line + "\n")
	}
	if c.code != "" {
		b.WriteString(below + c.code + "\n")
	}
}

func paragraph(b *strings.Builder, text, indentation string, width int) {
	for _, line := range Wrap(text, width) {
		b.WriteString(indentation + line + "\n")
	}
}
