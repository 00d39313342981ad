package report

import (
	"strings"
)

// The layout of a mail: plain text, in columns that no client breaks again.
const (
	mailWidth = 76
	mailLabel = 13 // columns of the labels
)

// mail writes the plain text: first who is hurt, since when and what to do,
// then the details.
func (d *draft) mail() string {
	var m mailText
	m.paragraph(d.head+": "+d.title, "")
	if d.lead != "" {
		m.gap()
		m.paragraph(d.lead, "")
	}
	m.rows(d.impact)
	if len(d.impact) > 0 && len(d.steps) > 0 {
		m.line("")
	}
	for _, r := range d.steps {
		m.row(r, "")
	}
	for _, s := range d.sections {
		m.section(s)
	}
	m.rows(d.about)
	m.gap()
	for _, r := range d.footer {
		m.paragraph(r.text, "")
		m.line("  " + r.code)
	}
	m.paragraph(strings.Join(d.signature(), " · "), "")
	return strings.TrimRight(m.String(), "\n") + "\n"
}

// mailText collects lines.
type mailText struct{ strings.Builder }

func (m *mailText) line(text string) {
	m.WriteString(strings.TrimRight(text, " ") + "\n")
}

// gap leaves one line empty.
func (m *mailText) gap() { m.line("") }

// paragraph writes text wrapped, each line behind the indentation. Nothing
// from outside ever begins a line that looks like one of ours: what follows a
// break is indented as what stands before it.
func (m *mailText) paragraph(text, indentation string) {
	for _, line := range Wrap(text, mailWidth-len(indentation)) {
		m.line(indentation + line)
	}
}

func (m *mailText) rows(rows []row) {
	if len(rows) == 0 {
		return
	}
	m.gap()
	for _, r := range rows {
		m.row(r, "")
	}
}

// row writes a label and what belongs to it. Links and commands stay whole,
// so that they can be clicked or copied.
func (m *mailText) row(r row, indentation string) {
	label := indentation + fit(r.label, mailLabel)
	below := strings.Repeat(" ", len(indentation)+mailLabel)
	for _, line := range Wrap(r.text, mailWidth-len(below)) {
		m.line(label + line)
		label = below
	}
	for _, whole := range []string{r.link, r.code} {
		if whole != "" {
			m.line(label + whole)
			label = below
		}
	}
}

func (m *mailText) section(s section) {
	m.gap()
	m.paragraph(s.heading, "")
	if s.inline {
		names := make([]string, 0, len(s.items)+1)
		for _, it := range s.items {
			names = append(names, it.name)
		}
		if s.more > 0 {
			names = append(names, andMore(s.more))
		}
		m.paragraph(strings.Join(names, ", "), "  ")
		return
	}
	for i, it := range s.items {
		if i > 0 && len(it.rows) > 0 {
			m.gap()
		}
		m.paragraph(strings.TrimSpace(it.name+"  "+it.note), "  ")
		m.paragraph(it.text, "    ")
		if it.address != "" {
			m.line("    " + it.address)
		}
		for _, r := range it.rows {
			m.row(r, "    ")
		}
	}
	if s.isOfIncidents() && s.more > 0 {
		m.gap()
	}
	if len(s.ids) > 0 {
		m.paragraph(s.leftByName(), "  ")
		return
	}
	m.paragraph(s.left(s.more), "  ")
}
