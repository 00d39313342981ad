package condition

import (
	"cmp"
	"io"
	"slices"
	"sort"
	"unicode/utf8"
)

// printer prints a valid JSON value piece by piece as the text that it is
// compared as: strings as they are, numbers by [printNumber], arrays as Go
// prints them, `[1 2 3]`, with objects as `map[key:value]`; an object outside
// arrays as JSON without spaces. The keys of an object are in order, of a key
// that comes twice the last counts; but an object with more than maxMembers
// members, those of objects in it included, is printed as it is written.
type printer struct {
	nesting
	json     []byte
	at       int
	asJSON   bool // not as Go prints
	inString bool

	members   []member // of the outermost object, if printed in order
	current   int32    // the member that is being printed
	outermost int      // the depth inside the outermost object; 0: in no object
	siblings  []int32  // for sorting

	piece   []byte // what a Read has left
	scratch [8]byte
}

const maxMembers = 1024

// member is one member of an object. They are listed as they are written,
// those of an inner object behind the member that it is in.
type member struct {
	start  int32 // where its key begins
	next   int32 // the member to print after it; of the last, where the object closes, as ^index
	parent int32 // the member that its object is in
	first  int32 // the member of its object that is written first; of that one, the one that is printed first
}

func newPrinter(json []byte) *printer { return &printer{json: json, asJSON: json[0] == '{'} }

// Read makes a reader of the printer.
func (p *printer) Read(to []byte) (int, error) {
	n := copy(to, p.piece)
	p.piece = p.piece[n:]
	for n < len(to) {
		piece := p.next()
		if piece == nil {
			if n > 0 {
				break
			}
			return 0, io.EOF
		}
		copied := copy(to[n:], piece)
		n += copied
		if copied < len(piece) {
			p.piece = piece[copied:]
		}
	}
	return n, nil
}

var (
	goEmpty, jsonEmpty = []byte("map[]"), []byte("{}")
	goOpen, goNull     = []byte("map["), []byte("<nil>")
	goClose            = []byte("]")
	goComma, jsonComma = []byte(" "), []byte(",")
)

// pick returns what is printed as JSON, or as Go prints.
func (p *printer) pick(json, other []byte) []byte {
	if p.asJSON {
		return json
	}
	return other
}

// next returns the next piece, never an empty one, which holds until the next
// call; nil at the end. A piece ends between characters.
func (p *printer) next() []byte {
	for {
		if p.inString {
			if piece := p.nextOfString(); len(piece) > 0 {
				return piece
			}
			continue
		}
		p.at = skipSpace(p.json, p.at)
		if p.at >= len(p.json) {
			return nil
		}
		if p.json[p.at] != '"' {
			return p.token()
		}
		p.at++
		p.inString = true
		if p.asJSON {
			return p.json[p.at-1 : p.at]
		}
	}
}

// token prints anything but a string.
func (p *printer) token() []byte {
	from := p.at
	c := p.json[from]
	switch c {
	case '{':
		return p.openObject()
	case '[':
		p.open(true)
		p.at++
	case ']':
		p.depth--
		p.at++
	case ':':
		p.at++
	case ',', '}':
		if !p.inArray() {
			return p.endMember(c)
		}
		p.at++
	default:
		p.at = scalarEnd(p.json, from)
		switch {
		case c == 'n':
			return p.pick(p.json[from:p.at], goNull)
		case c == '-' || isDigit(c):
			return printNumber(p.json[from:p.at])
		}
	}
	if c == ',' {
		return p.pick(p.json[from:p.at], goComma)
	}
	return p.json[from:p.at]
}

func (p *printer) openObject() []byte {
	from := p.at
	p.at = skipSpace(p.json, p.at+1)
	if p.json[p.at] == '}' {
		p.at++
		return p.pick(jsonEmpty, goEmpty)
	}
	p.open(false)
	if p.outermost == 0 {
		p.outermost, p.current = p.depth, -1
		p.list()
	}
	if len(p.members) > 0 {
		written := sort.Search(len(p.members), func(i int) bool { return int(p.members[i].start) >= p.at })
		p.current = p.members[written].first
		p.at = int(p.members[p.current].start)
	}
	return p.pick(p.json[from:from+1], goOpen)
}

// endMember goes on from the end of a member to the next one, or closes the
// object.
func (p *printer) endMember(c byte) []byte {
	from := p.at
	if len(p.members) > 0 {
		m := p.members[p.current]
		if m.next >= 0 {
			p.current, p.at = m.next, int(p.members[m.next].start)
			return p.pick(jsonComma, goComma)
		}
		from, c, p.current = int(^m.next), '}', m.parent
	}
	p.at = from + 1
	if c == ',' {
		return p.pick(p.json[from:p.at], goComma)
	}
	if p.depth == p.outermost {
		p.outermost, p.members = 0, p.members[:0]
	}
	p.depth--
	return p.pick(p.json[from:p.at], goClose)
}

// list lists the members of the outermost object, whose first key is next, in
// the order in which they are printed. Too many are not listed.
func (p *printer) list() {
	count := countMembers(p.json[p.at:])
	if count > maxMembers {
		return
	}
	p.members = slices.Grow(p.members, count)
	p.siblings = slices.Grow(p.siblings[:0], count)
	outside := p.depth - 1
	current := p.add(int32(p.at), -1, -1)
	for at := p.at; p.depth > outside; {
		switch at = skipSpace(p.json, at); p.json[at] {
		case '[':
			p.open(true)
			at++
		case '{':
			if at = skipSpace(p.json, at+1); p.json[at] == '}' {
				at++
				continue
			}
			p.open(false)
			current = p.add(int32(at), current, -1)
		case ',':
			at = skipSpace(p.json, at+1)
			if p.inArray() {
				continue
			}
			before := current
			current = p.add(int32(at), p.members[before].parent, p.members[before].first)
			p.members[before].next = current
		case '}':
			p.sort(p.members[current].first, current, int32(at))
			current = p.members[current].parent
			p.depth--
			at++
		case ']':
			p.depth--
			at++
		case ':':
			at++
		default:
			at = scalarEnd(p.json, at)
		}
	}
	p.depth = p.outermost
}

// countMembers counts the members of a valid object, from its first key on,
// and those of the objects in it, but no further than to one too many.
func countMembers(object []byte) int {
	count, depth := 0, 1
	for at := 0; depth > 0 && count <= maxMembers; at++ {
		switch object[at] {
		case '"':
			at = stringEnd(object, at) - 1
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ':':
			count++
		}
	}
	return count
}

// add lists a member; first is -1 for the one written first.
func (p *printer) add(start, parent, first int32) int32 {
	i := int32(len(p.members))
	if first < 0 {
		first = i
	}
	p.members = append(p.members, member{start: start, parent: parent, first: first})
	return i
}

// sort links the members of an object, from first to last as written, in the
// order of their keys. Of equal keys it keeps the last.
func (p *printer) sort(first, last, closing int32) {
	p.siblings = p.siblings[:0]
	for i := first; ; i = p.members[i].next {
		p.siblings = append(p.siblings, i)
		if i == last {
			break
		}
	}
	slices.SortFunc(p.siblings, func(i, j int32) int {
		return cmp.Or(compareStrings(p.key(i), p.key(j)), int(i-j))
	})
	next := ^closing
	for k := len(p.siblings) - 1; k >= 0; k-- {
		i := p.siblings[k]
		if k+1 < len(p.siblings) && compareStrings(p.key(i), p.key(p.siblings[k+1])) == 0 {
			continue
		}
		p.members[i].next, next = next, i
	}
	p.members[first].first = next
}

// key is the inside of the key of a member.
func (p *printer) key(i int32) []byte {
	start := int(p.members[i].start)
	return p.json[start+1 : stringEnd(p.json, start)-1]
}

// nextOfString prints a part of a string: of what needs no change as much as
// there is, else one character. It prints nothing at the end of a string,
// unless as JSON.
func (p *printer) nextOfString() []byte {
	from := p.at
	for {
		c := p.json[p.at]
		if c == '"' || c == '\\' {
			break
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRune(p.json[p.at:])
			if r == utf8.RuneError && size == 1 || p.asJSON && (r == '\u2028' || r == '\u2029') {
				break
			}
		}
		p.at += size
	}
	if p.at > from {
		return p.json[from:p.at]
	}
	if p.json[from] == '"' {
		p.at++
		p.inString = false
		if p.asJSON {
			return p.json[from:p.at]
		}
		return nil
	}
	r, size := firstRune(p.json[from:])
	p.at += size
	if p.asJSON {
		return appendEscaped(p.scratch[:0], r)
	}
	return utf8.AppendRune(p.scratch[:0], r)
}

// appendEscaped spells a character inside a JSON string as encoding/json does.
// (Gatus also writes < as \u003c, which no one expects.)
func appendEscaped(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	switch {
	case r == '"' || r == '\\':
		return append(b, '\\', byte(r))
	case r == '\u2028' || r == '\u2029':
		return append(append(b, `\u202`...), digits[r&0xf])
	case r >= ' ':
		return utf8.AppendRune(b, r)
	}
	for _, letter := range []byte("bfnrt") {
		if rune(escapes[letter]) == r {
			return append(b, '\\', letter)
		}
	}
	return append(append(b, `\u00`...), digits[r>>4], digits[r&0xf])
}
