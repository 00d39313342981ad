package report

import "strings"

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

// underlines make headings stand out in text without colours.
var underlines = map[int]string{1: "=", 2: "-"}

func (k *block) plain(b *strings.Builder, width int) {
	switch {
	case k.heading != "":
		b.WriteString(k.heading + "\n" + strings.Repeat(underlines[k.level], min(length(k.heading), 80)) + "\n")
	case k.link != "":
		b.WriteString(k.text + " " + k.link + "\n") // whole, to be opened
	case k.text != "":
		for _, line := range Wrap(k.text, width) {
			b.WriteString(line + "\n")
		}
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

// plainRow writes a row of a table as an entry: its first columns lead, the
// others follow with their names, as many on a line as fit.
func (k *block) plainRow(b *strings.Builder, row []cell, width int) {
	var lead []string
	for _, c := range row[:k.leads] {
		if c.text != "" {
			lead = append(lead, c.text)
		}
	}
	mark := "- "
	if number := row[0].text; strings.Trim(number, "0123456789") == "" && len(lead) > 1 {
		mark, lead = number+". ", lead[1:]
	}
	cell{text: strings.Join(lead, " ")}.plain(b, mark, width)
	const indentation, between = "    ", "   "
	line := ""
	flush := func() {
		cell{text: line}.plain(b, indentation, width)
		line = ""
	}
	for i, c := range row[k.leads:] {
		if c == (cell{}) {
			continue
		}
		if c.text != "" {
			c.text = k.head[k.leads+i] + ": " + c.text
		}
		if both := line + between + c.text; line != "" && c.code == "" && terminal.String(indentation+both) <= width {
			line = both
			continue
		}
		flush()
		if line = c.text; c.code != "" {
			c.plain(b, indentation, width)
			line = ""
		}
	}
	flush()
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
