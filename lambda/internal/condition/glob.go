package condition

import (
	"io"
	"strings"
)

// glob is a well-formed pattern of [path.Match] without "/", for texts that are
// read piece by piece.
type glob []globPart

// parseGlob cuts the pattern at its stars.
func parseGlob(pattern string) glob {
	var g glob
	for pattern != "" {
		rest := strings.TrimLeft(pattern, "*")
		end := globPartEnd(rest)
		g = append(g, newGlobPart(len(rest) < len(pattern), rest[:end]))
		pattern = rest[end:]
	}
	return g
}

func globPartEnd(pattern string) int {
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			inClass = true
		case ']':
			inClass = false
		case '*':
			if !inClass {
				return i
			}
		}
	}
	return len(pattern)
}

// match decides as [path.Match] does about the text without any "/".
func (g glob) match(text io.Reader) bool {
	longest := 0
	for _, part := range g {
		longest = max(longest, part.reach())
	}
	w := window{from: text, room: make([]byte, longest+4096)}
	for i, part := range g {
		switch {
		case !part.afterStar:
			size, ok := part.matchPrefix(w.fill(part.reach()))
			if !ok {
				return false
			}
			w.skip(size)
		case part.empty():
			return true
		case i == len(g)-1:
			return part.matchSuffix(w.tail(part.reach()))
		case !w.skipPast(part):
			return false
		}
	}
	return len(w.fill(1)) == 0
}

// window is the part of a text that is being matched.
type window struct {
	from   io.Reader
	room   []byte
	unread []byte // a part of room
	ended  bool
}

// fill returns what is to be matched next: at least so many bytes, unless the
// text ends before.
func (w *window) fill(n int) []byte {
	if len(w.unread) < n && !w.ended {
		w.unread = w.room[:copy(w.room, w.unread)]
	}
	for len(w.unread) < n && !w.ended {
		have := len(w.unread)
		read, err := w.from.Read(w.room[have:])
		w.unread, w.ended = w.room[:have], err != nil
		for _, c := range w.room[have : have+read] {
			if c != '/' {
				w.unread = append(w.unread, c)
			}
		}
	}
	return w.unread
}

func (w *window) skip(n int) { w.unread = w.unread[n:] }

// tail returns the end of the text, at most so many bytes.
func (w *window) tail(n int) []byte {
	for {
		text := w.fill(n + 1)
		w.skip(max(len(text)-n, 0))
		if w.ended {
			return w.unread
		}
	}
}

// skipPast skips to the end of the first match of the part.
func (w *window) skipPast(part globPart) bool {
	reach := part.reach()
	for {
		text := w.fill(reach)
		first := len(text)
		if !w.ended {
			first -= reach - 1
		}
		if end := part.find(text, first); end >= 0 {
			w.skip(end)
			return true
		}
		w.skip(first)
		if w.ended {
			return false
		}
	}
}
