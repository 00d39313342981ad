package report

import "github.com/clipperhouse/displaywidth"

// terminal measures text by what it takes on a terminal, colours not counted.
var terminal = displaywidth.Options{ControlSequences: true}

// style is how text looks, by the numbers that terminals know for it.
type style string

const (
	bold   style = "1"
	faint  style = "2"
	green  style = "32"
	yellow style = "33"
	red    style = "31"
)

// Palette colours text, or leaves it alone. It uses only the colours of the
// terminal's own theme, which suit its background without asking for it.
type Palette struct{ On bool }

func (p Palette) styled(s style, text string) string {
	if !p.On || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[m"
}

// Strong is for headings.
func (p Palette) Strong(text string) string { return p.styled(bold, text) }

// Quiet is for what need not be read at first.
func (p Palette) Quiet(text string) string { return p.styled(faint, text) }

// Good is for what is as it should be.
func (p Palette) Good(text string) string {
	return p.styled(green, text)
}

// Uneasy is for what deserves a look.
func (p Palette) Uneasy(text string) string {
	return p.styled(yellow, text)
}

// Bad is for what is broken.
func (p Palette) Bad(text string) string {
	return p.styled(bold+";"+red, text)
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
