package condition

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// globPart is a stretch of a pattern between stars: a text to look for, which
// takes time in proportion to what is searched, or elements to try at each
// byte of it.
type globPart struct {
	afterStar bool
	literal   []byte
	elements  []globElement // nil: literal
}

// globElement is a byte, or a class of characters.
type globElement struct {
	b     byte
	class *class
}

// maxSearched is how many elements may be tried at each byte of a text.
const maxSearched = 256

func newGlobPart(afterStar bool, text string) globPart {
	p := globPart{afterStar: afterStar}
	var e globElement
	hasClass := false
	for text != "" {
		e, text = cutElement(text)
		p.elements = append(p.elements, e)
		hasClass = hasClass || e.class != nil
	}
	if hasClass {
		return p
	}
	for _, e := range p.elements {
		p.literal = append(p.literal, e.b)
	}
	p.elements = nil
	return p
}

func cutElement(pattern string) (e globElement, rest string) {
	switch pattern[0] {
	case '[':
		class, rest := cutClass(pattern[1:])
		return globElement{class: class}, rest
	case '?':
		return globElement{class: anyCharacter}, pattern[1:]
	case '\\':
		pattern = pattern[1:]
	}
	return globElement{b: pattern[0]}, pattern[1:]
}

func (p globPart) empty() bool { return len(p.literal)+len(p.elements) == 0 }

// reach is how many bytes of a text the part matches at most.
func (p globPart) reach() int { return len(p.literal) + utf8.UTFMax*len(p.elements) }

// matchSuffix reports whether the part matches an end of the text.
func (p globPart) matchSuffix(text []byte) bool {
	if p.elements == nil {
		return bytes.HasSuffix(text, p.literal)
	}
	for i := range text {
		if size, ok := p.matchPrefix(text[i:]); ok && i+size == len(text) {
			return true
		}
	}
	return false
}

// find returns the end of the first match of the part that begins in the first
// bytes of the text; -1 without one.
func (p globPart) find(text []byte, first int) int {
	if p.elements == nil {
		if i := bytes.Index(text, p.literal); i >= 0 {
			return i + len(p.literal)
		}
		return -1
	}
	for i := range first {
		if size, ok := p.matchPrefix(text[i:]); ok {
			return i + size
		}
	}
	return -1
}

// matchPrefix matches the part with the beginning of the text, and returns how
// much of it.
func (p globPart) matchPrefix(text []byte) (size int, ok bool) {
	if p.elements == nil {
		return len(p.literal), bytes.HasPrefix(text, p.literal)
	}
	for _, e := range p.elements {
		if size >= len(text) {
			return 0, false
		}
		c := text[size]
		switch {
		case e.class == nil && e.b != c:
			return 0, false
		case e.class == nil || c < utf8.RuneSelf && e.class.ascii[c]:
			size++
			continue
		case c < utf8.RuneSelf:
			return 0, false
		}
		r, n := utf8.DecodeRune(text[size:])
		if !e.class.has(r) {
			return 0, false
		}
		size += n
	}
	return size, true
}

// class is a set of characters.
type class struct {
	negated bool
	ranges  []runeRange         // in order and apart
	ascii   [utf8.RuneSelf]bool // what has says of these
}

type runeRange struct{ low, high rune }

var anyCharacter = newClass(true, nil)

func newClass(negated bool, ranges []runeRange) *class {
	slices.SortFunc(ranges, func(a, b runeRange) int { return cmp.Compare(a.low, b.low) })
	c := &class{negated: negated}
	for _, r := range ranges {
		if last := len(c.ranges) - 1; last >= 0 && r.low <= c.ranges[last].high {
			c.ranges[last].high = max(r.high, c.ranges[last].high)
		} else if r.low <= r.high {
			c.ranges = append(c.ranges, r)
		}
	}
	for r := range c.ascii {
		c.ascii[r] = c.has(rune(r))
	}
	return c
}

func (c *class) has(r rune) bool {
	_, in := slices.BinarySearchFunc(c.ranges, r, func(in runeRange, r rune) int {
		switch {
		case in.high < r:
			return -1
		case in.low > r:
			return 1
		default:
			return 0
		}
	})
	return in != c.negated
}

// cutClass reads what follows "[", and returns the pattern after its "]".
func cutClass(pattern string) (c *class, rest string) {
	pattern, negated := strings.CutPrefix(pattern, "^")
	var ranges []runeRange
	for len(ranges) == 0 || pattern[0] != ']' {
		var r runeRange
		r.low, pattern = classRune(pattern)
		r.high = r.low
		if pattern[0] == '-' {
			r.high, pattern = classRune(pattern[1:])
		}
		ranges = append(ranges, r)
	}
	return newClass(negated, ranges), pattern[1:]
}

func classRune(pattern string) (rune, string) {
	if pattern[0] == '\\' {
		pattern = pattern[1:]
	}
	r, size := utf8.DecodeRuneInString(pattern)
	return r, pattern[size:]
}
