package redact

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Quoted is how many bytes of a body are shown at most where nothing else is
// asked for.
const Quoted = 300

// window is how much of a body is considered for a quote. It is more than what
// is quoted, because masking can make a long text short, and little enough
// that a thousand failures at once stay cheap.
const window = 4 << 10

// Snippet quotes the beginning of a body on one line: at most limit bytes
// (Quoted if limit is not positive) and an ellipsis where something follows.
// Secrets are masked before the cut, so half a secret is not shown either. A
// body that is not text is described instead: "binary, 512 bytes".
func Snippet(body []byte, limit int, secrets ...string) string {
	if limit <= 0 {
		limit = Quoted
	}
	shown := min(len(body), max(window, limit))
	if isBinary(body[:shown]) {
		return fmt.Sprintf("binary, %d bytes", len(body))
	}
	known := forms(secrets)
	// A secret that begins in what is shown may end behind it: more is read,
	// to recognise it.
	head := body[:min(len(body), shown+longest(known)+margin)]
	text := guarded(string(head), shown, known)
	return Cut(text, limit, shown < len(body))
}

// margin is longer than any shape of secret needs to be recognised by its
// beginning.
const margin = 256

func longest(secrets []string) int {
	n := 0
	for _, s := range secrets {
		n = max(n, len(s))
	}
	return n
}

// Cut returns s if it has at most limit bytes, and else its beginning up to
// the end of a rune or of an escape, with an ellipsis. More says that s itself
// was cut.
func Cut(s string, limit int, more bool) string {
	if len(s) <= limit && !more {
		return s
	}
	end := min(limit, len(s))
	if end == len(s) {
		return s + "…"
	}
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return TrimEscape(s[:end]) + "…"
}

// isBinary reports whether a body is better described than quoted: it holds a
// NUL, or more than a fifth of it is neither text nor white space.
func isBinary(body []byte) bool {
	odd := 0
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		switch {
		case r == 0:
			return true
		case r == utf8.RuneError && size == 1 && utf8.FullRune(body[i:]),
			unicode.IsControl(r) && !breaksLine(r):
			odd++
		}
		i += size
	}
	return odd*5 > len(body)
}
