package redact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns s on one line and with nothing in it that a terminal obeys
// or a reader cannot see: line breaks and tabs become one space, other
// control characters their picture (␛ for escape), invisible and
// direction-changing ones and bytes that are not UTF-8 their escape (\u202e,
// \xff). The joiners inside an emoji such as 👩‍🚀 stay, because without them it
// is two. Text that needs none of this is returned as it is, without a copy.
func Visible(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	broke := false // the last thing written is the space of a line break
	var last rune
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case breaksLine(r), broke && r == ' ':
			if !broke && b.Len() > 0 && !strings.HasSuffix(b.String(), " ") {
				b.WriteByte(' ')
			}
			broke, last = true, r
			i += size
			continue
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == joiner && joinable(last) && joinable(firstRune(s[i+size:])):
			b.WriteRune(r)
		default:
			b.WriteString(visibleRune(r))
		}
		broke, last = false, r
		i += size
	}
	if broke {
		return strings.TrimSuffix(b.String(), " ")
	}
	return b.String()
}

// joiner is the zero-width joiner, which makes one emoji of several.
const joiner = '\u200d'

// joinable reports whether an emoji may begin or end with r. Letters are not
// joined, so that no word is split by something that cannot be seen.
func joinable(r rune) bool {
	const firstSymbol, variation = '\u2190', '\ufe0f'
	return r == variation || r >= firstSymbol && r != utf8.RuneError && unicode.IsSymbol(r)
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// cutEscape finds the beginning of an escape at the end of a text.
var cutEscape = lazily(`\\(?:x[0-9a-f]?|u[0-9a-f]{0,3}|U[0-9a-f]{0,7})?$`)

// TrimEscape removes from the end of a text that was cut the part of an escape
// that is left there.
func TrimEscape(s string) string {
	if !strings.Contains(s[max(0, len(s)-len(`\U0010fff`)):], `\`) {
		return s
	}
	return cutEscape().ReplaceAllString(s, "")
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func breaksLine(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// pictures is the offset of the symbols for control characters in Unicode.
const pictures = 0x2400

func visibleRune(r rune) string {
	switch {
	case r < ' ':
		return string(pictures + r)
	case r == 0x7f:
		return "␡"
	case unicode.IsPrint(r):
		return string(r)
	case unicode.Is(unicode.Zs, r):
		return " "
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}
