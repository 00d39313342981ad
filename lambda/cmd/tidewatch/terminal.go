package main

import (
	"os"
	"strconv"

	"golang.org/x/term"
)

// screen is what is known about where a stream goes.
type screen struct {
	terminal bool
	color    bool
	width    int // columns; 0 if this is no terminal
}

// unknownWidth is assumed of a terminal that does not tell.
const unknownWidth = 80

// screenOf looks at a stream. Nothing is asked of the terminal itself: an
// answer would arrive among what the user types.
func (s streams) screenOf(stream any) screen {
	file, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return screen{}
	}
	found := screen{terminal: true, width: unknownWidth}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		found.width = width
	} else if columns, _ := s.env("COLUMNS"); columns != "" {
		if n, err := strconv.Atoi(columns); err == nil && n > 0 {
			found.width = n
		}
	}
	noColor, _ := s.env("NO_COLOR")
	found.color = noColor == "" && !s.dumb()
	return found
}

// dumb reports whether the terminal cannot even move its cursor.
func (s streams) dumb() bool {
	name, _ := s.env("TERM")
	return name == "dumb"
}
