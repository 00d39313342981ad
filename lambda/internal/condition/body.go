package condition

import (
	"bytes"
	"io"
	"slices"
	"unicode/utf8"
)

// body is what an observation remembers of its body, so that each path is
// followed once however many conditions it occurs in. It never holds the JSON
// as a tree, which takes many times the room of its text.
type body struct {
	raw     []byte // what it was made from
	text    []byte // without surrounding space
	whole   *value // the text as a value, once it was read
	invalid bool   // the text is known not to be one JSON value
	places  []*place
}

// place is where a path leads in a body.
type place struct {
	path   []step
	json   []byte // nil: nowhere
	seen   *value // once it was read
	length int    // elements of an array; -1: not counted
}

// body returns the memory of the present body; another body, as in a copied
// observation, is another memory.
func (o *Observation) body() *body {
	if o.parsed == nil || !sameBytes(o.parsed.raw, o.Body) {
		o.parsed = &body{raw: o.Body, text: bytes.TrimSpace(o.Body)}
	}
	return o.parsed
}

// sameBytes reports whether two slices are the same stretch of memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// value is the body as it stands.
func (b *body) value() value {
	if b.whole == nil {
		b.whole = plainText(b.text)
	}
	return *b.whole
}

// find follows the path into the JSON value. It finds nothing in a body that
// is not JSON, where a key meets anything but an object, where an index meets
// anything but an array, and in null. (Gatus returns the whole array for a key
// that meets an array, which compares with nothing anyone writes.)
func (b *body) find(path []step) (*place, bool) {
	if b.invalid {
		return nil, false
	}
	i := slices.IndexFunc(b.places, func(p *place) bool { return slices.Equal(p.path, path) })
	if i < 0 {
		json, valid := locate(b.text, path)
		if !valid {
			b.invalid = true
			return nil, false
		}
		if len(json) > 0 && json[0] == 'n' { // null
			json = nil
		}
		i = len(b.places)
		b.places = append(b.places, &place{path: path, json: json, length: -1})
	}
	return b.places[i], b.places[i].json != nil
}

// elements counts the elements of an array; false where the place is none.
func (p *place) elements() (int, bool) {
	if p.json[0] != '[' {
		return 0, false
	}
	if p.length < 0 {
		p.length = elements(p.json)
	}
	return p.length, true
}

// value is the text that the JSON value is compared as: see [printer].
func (p *place) value() value {
	if p.seen == nil {
		p.seen = jsonText(p.json)
	}
	return *p.seen
}

// Of a text longer than any condition no more is held than is ever shown. A
// number is never that long either.
const heldOfLong = max(4*(shownCharacters+1), maxNumber+1)

// long is a text that no literal can equal, being longer than a condition can
// be. It stays in the body and is read piece by piece.
type long struct {
	body  []byte
	json  bool // the text is not the body's but what is printed of it
	count int  // characters; 0: not counted
}

// plainText is the value of a text that the body holds as it is.
func plainText(text []byte) *value {
	if len(text) <= maxText {
		return &value{s: string(text)}
	}
	return &value{s: string(text[:heldOfLong]), long: &long{body: text}}
}

// jsonText is the value of a JSON text.
func jsonText(json []byte) *value {
	switch c := json[0]; {
	case c == '"' && bytes.IndexByte(json, '\\') < 0 && utf8.Valid(json):
		return plainText(json[1 : len(json)-1])
	case c == '-' || isDigit(c):
		number := plainText(printNumber(json))
		number.exact = true
		return number
	case c != '"' && c != '[' && c != '{':
		return plainText(json)
	}
	var text []byte
	for p := newPrinter(json); ; {
		piece := p.next()
		if piece == nil {
			return &value{s: string(text)}
		}
		if len(text)+len(piece) > maxText {
			text = append(text, piece[:min(len(piece), heldOfLong)]...)
			return &value{s: string(text[:heldOfLong]), long: &long{body: json, json: true}}
		}
		text = append(text, piece...)
	}
}

// open begins to read the text.
func (l *long) open() io.Reader {
	if l.json {
		return newPrinter(l.body)
	}
	return bytes.NewReader(l.body)
}

// characters counts the characters of the text.
func (l *long) characters() int {
	if l.count > 0 {
		return l.count
	}
	if !l.json {
		l.count = utf8.RuneCount(l.body)
		return l.count
	}
	for p := newPrinter(l.body); ; {
		piece := p.next()
		if piece == nil {
			return l.count
		}
		l.count += utf8.RuneCount(piece)
	}
}
