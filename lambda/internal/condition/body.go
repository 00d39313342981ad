package condition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// body is what an observation remembers of its body, so that many conditions
// parse it once.
type body struct {
	raw    []byte // what it was made from
	text   string // without surrounding space
	parsed bool   // root and json are known
	json   bool   // the text is one JSON value
	root   any
}

// body returns the memory of the present body; another body, as in a copied
// observation, is another memory.
func (o *Observation) body() *body {
	if o.parsed == nil || !sameBytes(o.parsed.raw, o.Body) {
		o.parsed = &body{raw: o.Body, text: strings.TrimSpace(string(o.Body))}
	}
	return o.parsed
}

// sameBytes reports whether two slices are the same stretch of memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// find follows the path into the JSON value. It finds nothing in a body that
// is not JSON, where a key meets anything but an object, where an index meets
// anything but an array, and in null. (Gatus returns the whole array for a key
// that meets an array, which compares with nothing anyone writes.)
func (b *body) find(path []step) (any, bool) {
	if !b.parsed {
		b.root, b.json = decode(b.text)
		b.parsed = true
	}
	if !b.json {
		return nil, false
	}
	at := b.root
	for _, s := range path {
		switch container := at.(type) {
		case map[string]any:
			if s.indexed {
				return nil, false
			}
			at = container[s.key] // a missing key is nil, like null
		case []any:
			if !s.indexed || s.index < 0 || s.index >= len(container) {
				return nil, false
			}
			at = container[s.index]
		default:
			return nil, false
		}
	}
	return at, at != nil
}

// decode reads one JSON value and nothing after it. Numbers keep their
// spelling: 1000000 must not become 1e+06, nor an identifier lose digits. The
// decoder refuses nesting deeper than 10,000.
func decode(text string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var root any
	if d.Decode(&root) != nil {
		return nil, false
	}
	_, err := d.Token()
	return root, err == io.EOF
}

// jsonText is the text that a JSON value is compared as: strings and numbers
// as they are, arrays as Go prints them, `[1 2 3]`, objects as JSON without
// spaces, keys in order.
func jsonText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false) // Gatus writes < as \u003c, which no one expects
		if e.Encode(v) != nil {
			return ""
		}
		return strings.TrimSuffix(b.String(), "\n")
	case []any:
		return string(appendPrinted(nil, v))
	default:
		return fmt.Sprint(v)
	}
}

// appendPrinted prints a value inside an array as fmt does: maps too.
func appendPrinted(b []byte, v any) []byte {
	switch v := v.(type) {
	case []any:
		b = append(b, '[')
		for i, element := range v {
			if i > 0 {
				b = append(b, ' ')
			}
			b = appendPrinted(b, element)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, "map["...)
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ' ')
			}
			b = append(append(b, key...), ':')
			b = appendPrinted(b, v[key])
		}
		return append(b, ']')
	default:
		return fmt.Append(b, v)
	}
}
