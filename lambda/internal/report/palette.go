package report

import "github.com/charmbracelet/x/ansi"

// Palette colours text, or leaves it alone. It uses only the colours of the
// terminal's own theme, which suit its background without asking for it.
type Palette struct{ On bool }

func (p Palette) styled(s ansi.Style, text string) string {
	if !p.On || text == "" {
		return text
	}
	return s.Styled(text)
}

// Strong is for headings.
func (p Palette) Strong(text string) string { return p.styled(ansi.Style{}.Bold(), text) }

// Quiet is for what need not be read at first.
func (p Palette) Quiet(text string) string { return p.styled(ansi.Style{}.Faint(), text) }

// Good is for what is as it should be.
func (p Palette) Good(text string) string {
	return p.styled(ansi.Style{}.ForegroundColor(ansi.Green), text)
}

// Uneasy is for what deserves a look.
func (p Palette) Uneasy(text string) string {
	return p.styled(ansi.Style{}.ForegroundColor(ansi.Yellow), text)
}

// Bad is for what is broken.
func (p Palette) Bad(text string) string {
	return p.styled(ansi.Style{}.Bold().ForegroundColor(ansi.Red), text)
}

// state colours text by what it is about.
func (p Palette) state(s state, text string) string {
	switch s {
	case failing:
		return p.Bad(text)
	case degraded, unjudged:
		return p.Uneasy(text)
	}
	return p.Good(text)
}

// name makes the names of failing endpoints stand out.
func (p Palette) name(s state, text string) string {
	if s == failing {
		return p.Strong(text)
	}
	return text
}
