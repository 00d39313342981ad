package report

import (
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
)

// considered is how many bytes of one text are looked at. What is shown is
// much shorter; the rest lets a secret at the cut be recognised as a whole.
const considered = 2 << 10

// clean makes a text fit for a message: one line, no secrets, nothing that a
// reader can not see, at most limit characters.
func clean(s string, limit int) string {
	if len(s) > considered {
		s = s[:considered]
	}
	return cut(redact.Text(strings.TrimSpace(s)), limit)
}

// foreign is clean for a text that others wrote, such as what an endpoint
// answered: in addition, no address in it becomes a link under the reader's
// finger.
func foreign(s string, limit int) string {
	return cut(defang.Replace(clean(s, limit)), limit)
}

var defang = strings.NewReplacer("://", "[:]//", "www.", "www[.]", "WWW.", "WWW[.]")

// cut shortens a text to limit characters, an ellipsis included. A character
// outside the basic plane counts as two, as it does for receivers that count
// in UTF-16; so the limit holds for them and for those that count runes.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	at, n := 0, 0 // where the text ends if it has to be cut
	for i, r := range s {
		if n += units(r); n > limit {
			return strings.TrimRight(s[:at], " ") + "…"
		}
		if n <= limit-1 {
			at = i + len(string(r))
		}
	}
	return s
}

// units is how many characters a rune counts.
func units(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// length counts a text as cut does.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += units(r)
	}
	return n
}

// few cleans the first texts of a list and leaves out empty ones and
// repetitions. The number says how many are not in it.
func few(list []string, l limits) ([]string, int) {
	shown, seen := []string{}, map[string]bool{}
	for i, s := range list {
		if len(shown) == l.items {
			return shown, len(list) - i
		}
		if s = clean(s, l.text); s != "" && !seen[s] {
			seen[s] = true
			shown = append(shown, s)
		}
	}
	return shown, 0
}
