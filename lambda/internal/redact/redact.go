// Package redact makes text from outside fit to be shown: answers of
// endpoints, error texts, URLs. Secrets become [redacted], and control
// characters become visible, so that neither a log nor a terminal nor a chat
// room is told more than it should be. It is pure, and costs no regular
// expression where the text holds nothing that could be a secret.
package redact

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// Mask stands where a secret stood.
const Mask = "[redacted]"

// minSecret is the length below which a given secret is not looked for: it
// would mask half of every text and protect nothing.
const minSecret = 4

// Text returns s with the given secrets and everything that looks like one
// masked, and with control characters made visible. A secret is also found
// in the forms in which servers echo it: escaped for JSON, HTML or a URL, or
// in base64.
func Text(s string, secrets ...string) string {
	return guarded(s, len(s), forms(secrets))
}

// guarded redacts s and returns what its first limit bytes became. Making
// control characters visible can put a secret together that was not in the
// raw text ("a\nb" becomes "a b"), so the text is masked again afterwards.
func guarded(s string, limit int, secrets []string) string {
	masked := mask(s, limit, secrets)
	clean := Visible(masked)
	if clean != masked {
		clean = mask(clean, len(clean), secrets)
	}
	for _, secret := range secrets {
		// A mask and its neighbours can spell a secret, too. Then nothing
		// is shown at all.
		if strings.Contains(clean, secret) {
			return Mask
		}
	}
	return clean
}

// forms lists the ways in which the secrets may be written in an answer.
func forms(secrets []string) []string {
	var out []string
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		raw := base64.RawStdEncoding.EncodeToString([]byte(s))
		out = append(out, s, quoted(s, true), quoted(s, false),
			html.EscapeString(s), url.QueryEscape(s), url.PathEscape(s),
			raw, base64.RawURLEncoding.EncodeToString([]byte(s)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// quoted returns the inside of the JSON string of s.
func quoted(s string, escapeHTML bool) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	_ = e.Encode(s) // a string always encodes
	return strings.Trim(b.String(), "\"\n")
}

// span is a stretch of bytes that must not be shown.
type span struct{ from, to int }

// mask replaces every secret that starts in the first limit bytes of s. The
// rest of s is there to recognise those secrets as a whole, and is dropped.
func mask(s string, limit int, secrets []string) string {
	spans := merge(append(findGiven(s, secrets), findKnown(s)...))
	if len(spans) == 0 {
		return s[:limit]
	}
	var b strings.Builder
	at := 0
	for _, sp := range spans {
		if sp.from >= limit {
			break
		}
		b.WriteString(s[at:sp.from])
		b.WriteString(Mask)
		at = sp.to
	}
	if at < limit {
		b.WriteString(s[at:limit])
	}
	return b.String()
}

func findGiven(s string, secrets []string) []span {
	var spans []span
	for _, secret := range secrets {
		for at := 0; ; {
			i := strings.Index(s[at:], secret)
			if i < 0 {
				break
			}
			spans = append(spans, span{at + i, at + i + len(secret)})
			// Occurrences may overlap; the next one starts a byte later.
			at += i + 1
		}
	}
	return spans
}

// merge sorts spans and joins those that touch, so that two secrets that
// overlap leave nothing of either.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	out := spans[:0]
	for _, sp := range spans {
		if last := len(out) - 1; last >= 0 && sp.from <= out[last].to {
			out[last].to = max(out[last].to, sp.to)
			continue
		}
		out = append(out, sp)
	}
	return out
}
