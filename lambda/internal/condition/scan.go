package condition

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// maxNesting is how deeply JSON may be nested, as in encoding/json.
const maxNesting = 10000

// nesting remembers of each open bracket whether it is that of an array.
type nesting struct {
	arrays [(maxNesting + 63) / 64]uint64
	depth  int
}

// open adds a bracket; false where that is too deep.
func (n *nesting) open(array bool) bool {
	if n.depth == maxNesting {
		return false
	}
	word, bit := n.depth/64, uint64(1)<<(n.depth%64)
	n.arrays[word] &^= bit
	if array {
		n.arrays[word] |= bit
	}
	n.depth++
	return true
}

// inArray reports whether the innermost open bracket is that of an array.
func (n *nesting) inArray() bool {
	at := n.depth - 1
	return at >= 0 && n.arrays[at/64]>>(at%64)&1 == 1
}

// walk reads a JSON text once, from left to right, and remembers of it only
// where the path led.
type walk struct {
	nesting
	text []byte
	path []step
	at   int

	on    int  // how many of the open brackets, from the outermost, the path leads through
	index int  // of the element, where the innermost bracket is an array that the path leads through
	hit   bool // the value that begins here is one that the path leads through or to

	start, level int // where the value that the path leads to began, while it lasts, and its depth
	found        []byte
}

// locate returns the JSON text of the value that the path leads to, nil if
// there is none, and whether the whole text is one JSON value. Of a key that
// comes twice the last counts.
func locate(text []byte, path []step) (found []byte, valid bool) {
	w := walk{text: text, path: path, hit: true, start: -1}
	for w.value() {
		more, ok := w.next()
		if !ok {
			return nil, false
		}
		if !more {
			return w.found, true
		}
	}
	return nil, false
}

// value reads a scalar; or brackets, until it has read a scalar or stands at
// the end of an empty pair.
func (w *walk) value() bool {
	for w.at < len(w.text) {
		if w.hit && w.depth == len(w.path) {
			w.start, w.level = w.at, w.depth
		}
		opening := w.text[w.at]
		if opening != '[' && opening != '{' {
			w.at = scalarEnd(w.text, w.at)
			return w.at >= 0
		}
		array := opening == '['
		if !w.open(array) {
			return false
		}
		if w.hit && w.depth <= len(w.path) && w.path[w.depth-1].indexed == array {
			w.on, w.index = w.depth, 0
		}
		w.at = skipSpace(w.text, w.at+1)
		if w.at < len(w.text) && w.text[w.at] == closing(array) {
			return true
		}
		if !w.element() {
			return false
		}
	}
	return false
}

// element goes to the next value inside the innermost bracket: past its key.
func (w *walk) element() bool {
	onPath := w.on == w.depth
	if w.inArray() {
		w.hit = onPath && w.index == w.path[w.depth-1].index
		return true
	}
	if w.at >= len(w.text) || w.text[w.at] != '"' {
		return false
	}
	end := stringEnd(w.text, w.at)
	if end < 0 {
		return false
	}
	w.hit = onPath && isKey(w.text[w.at+1:end-1], w.path[w.depth-1].key)
	if w.hit {
		w.found = nil
	}
	w.at = skipSpace(w.text, end)
	if w.at >= len(w.text) || w.text[w.at] != ':' {
		return false
	}
	w.at = skipSpace(w.text, w.at+1)
	return true
}

// next goes from the end of a value to the beginning of the next one, out of
// the brackets that end here. There is no more after the outermost value.
func (w *walk) next() (more, ok bool) {
	for {
		if w.start >= 0 && w.depth == w.level {
			w.found, w.start = w.text[w.start:w.at], -1
		}
		w.at = skipSpace(w.text, w.at)
		if w.depth == 0 {
			return false, w.at == len(w.text)
		}
		if w.at >= len(w.text) {
			return false, false
		}
		switch w.text[w.at] {
		case ',':
			w.at = skipSpace(w.text, w.at+1)
			if w.on == w.depth {
				w.index++
			}
			return true, w.element()
		case closing(w.inArray()):
			w.at++
			w.leave()
		default:
			return false, false
		}
	}
}

// leave closes the innermost bracket. If the path led through it, it led there
// by the index of the element of the array around it.
func (w *walk) leave() {
	if w.on == w.depth {
		w.on--
		if w.on > 0 {
			w.index = w.path[w.on-1].index
		}
	}
	w.depth--
}

func closing(array bool) byte {
	if array {
		return ']'
	}
	return '}'
}

func skipSpace(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
		at++
	}
	return at
}

// scalarEnd returns the index after the string, number or word that begins at
// the index; -1 if none does.
func scalarEnd(text []byte, at int) int {
	switch c := text[at]; {
	case c == '"':
		return stringEnd(text, at)
	case c == '-' || isDigit(c):
		return numberEnd(text, at)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(text)-at >= len(word) && string(text[at:at+len(word)]) == word {
			return at + len(word)
		}
	}
	return -1
}

// stringEnd returns the index after the string that begins at the index; -1 if
// it is malformed.
func stringEnd(text []byte, at int) int {
	for at++; at < len(text); at++ {
		switch c := text[at]; {
		case c == '"':
			return at + 1
		case c < ' ':
			return -1
		case c == '\\':
			at++
			if at >= len(text) || bytes.IndexByte([]byte(`"\/bfnrtu`), text[at]) < 0 {
				return -1
			}
			if text[at] == 'u' {
				if _, ok := hex4(text, at+1); !ok {
					return -1
				}
				at += 4
			}
		}
	}
	return -1
}

// numberEnd returns the index after the number that begins at the index; -1 if
// it is malformed.
func numberEnd(text []byte, at int) int {
	if text[at] == '-' {
		at++
	}
	whole := at
	if at = digitsEnd(text, at); at == whole {
		return -1
	}
	if text[whole] == '0' {
		at = whole + 1
	}
	if at < len(text) && text[at] == '.' {
		fraction := at + 1
		if at = digitsEnd(text, fraction); at == fraction {
			return -1
		}
	}
	if at < len(text) && (text[at] == 'e' || text[at] == 'E') {
		at++
		if at < len(text) && (text[at] == '+' || text[at] == '-') {
			at++
		}
		exponent := at
		if at = digitsEnd(text, exponent); at == exponent {
			return -1
		}
	}
	return at
}

func digitsEnd(text []byte, at int) int {
	for at < len(text) && isDigit(text[at]) {
		at++
	}
	return at
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// hex4 reads the four hexadecimal digits at the index.
func hex4(text []byte, at int) (r rune, ok bool) {
	if len(text)-at < 4 {
		return 0, false
	}
	for _, c := range text[at : at+4] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// escapes are the escapes of one letter and what they stand for.
var escapes = [...]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// firstRune reads the first character of the inside of a valid JSON string,
// and how many bytes spell it. What is no character is U+FFFD.
func firstRune(inside []byte) (r rune, size int) {
	if inside[0] != '\\' {
		return utf8.DecodeRune(inside)
	}
	if inside[1] != 'u' {
		return rune(escapes[inside[1]]), 2
	}
	r, _ = hex4(inside, 2)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(inside) >= 12 && inside[6] == '\\' && inside[7] == 'u' {
		low, _ := hex4(inside, 8)
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// isKey reports whether the inside of a JSON string is the key.
func isKey(inside []byte, key string) bool {
	for key != "" && len(inside) > 0 {
		if inside[0] != '\\' && inside[0] < utf8.RuneSelf {
			if inside[0] != key[0] {
				return false
			}
			inside, key = inside[1:], key[1:]
			continue
		}
		want, keySize := utf8.DecodeRuneInString(key)
		got, size := firstRune(inside)
		if got != want || want == utf8.RuneError && keySize == 1 {
			return false
		}
		inside, key = inside[size:], key[keySize:]
	}
	return key == "" && len(inside) == 0
}

// compareStrings orders the insides of two JSON strings as Go orders what they
// stand for.
func compareStrings(a, b []byte) int {
	for len(a) > 0 && len(b) > 0 {
		x, sizeX := firstRune(a)
		y, sizeY := firstRune(b)
		if x != y {
			return int(x - y)
		}
		a, b = a[sizeX:], b[sizeY:]
	}
	return len(a) - len(b)
}

// elements counts the elements of a valid JSON array.
func elements(array []byte) int {
	if array[skipSpace(array, 1)] == ']' {
		return 0
	}
	count, depth := 1, 0
	for at := 0; at < len(array); at++ {
		switch array[at] {
		case '"':
			at = stringEnd(array, at) - 1
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 1 {
				count++
			}
		}
	}
	return count
}
