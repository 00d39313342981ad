package report

import "strings"

// nbsp keeps a number and its unit on one line; it is not written.
const nbsp = "\u00a0"

// Wrap breaks text into lines of at most width columns, at spaces only: names
// with hyphens, addresses and commands stay whole, so that they can be copied,
// and are longer than a line if they must. A no-break space keeps two words on
// one line, and is written as a space. A width of 0 breaks nothing; empty text
// has no lines. Escape sequences take no columns.
func Wrap(text string, width int) []string {
	if text == "" {
		return nil
	}
	if width <= 0 {
		return []string{strings.ReplaceAll(text, nbsp, " ")}
	}
	var lines []string
	line, columns := "", 0
	for word := range strings.SplitSeq(text, " ") {
		n := terminal.String(word)
		switch {
		case line == "": // a second space where a line ended is dropped
			line, columns = word, n
		case columns+1+n > width:
			lines = append(lines, finished(line))
			line, columns = word, n
		default:
			line, columns = line+" "+word, columns+1+n
		}
	}
	if line = finished(line); line != "" {
		lines = append(lines, line)
	}
	return lines
}

func finished(line string) string {
	return strings.ReplaceAll(strings.TrimRight(line, " "), nbsp, " ")
}
