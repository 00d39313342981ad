package check

import (
	"slices"
	"strings"
	"unicode"
)

// The words that tell a secret by its name, for headers and variables alike.
// The rules that mask URLs and answers have their own, in redact.
var (
	// secretWords tell it wherever they stand, even inside another word.
	secretWords = []string{"token", "secret", "password", "passwd", "passphrase", "passcode", "key", "credential"}
	// secretEnds are too short for that: a part of the name must end in one,
	// as in DB_PASS, dbPass, PGPASS and OAUTH.
	secretEnds = []string{
		"pass", "pwd", "auth", "bearer", "jwt", "dsn", "session", "cookie", "signature", "private",
		"sessionid", "authorization", "authentication",
	}
	// notSecret are words with such an end that are none.
	notSecret = []string{"bypass", "compass", "overpass", "underpass", "trespass"}
	// placeWords end the names of what belongs to a session or a login and is
	// no secret, as AUTH_URL: without it, reports could not say where.
	placeWords = []string{
		"host", "hostname", "port", "ip", "addr", "address", "domain", "subnet", "zone", "region", "url", "uri",
		"endpoint", "service", "timeout", "ttl", "enabled",
	}
)

// namesSecret reports whether a header or variable of that name is a secret,
// as far as names tell.
func namesSecret(name string) bool {
	if name == "PWD" || name == "OLDPWD" {
		return false // the working directory, in every shell
	}
	lower := strings.ToLower(name)
	for _, word := range secretWords {
		if strings.Contains(lower, word) {
			return true
		}
	}
	parts := nameParts(name)
	if len(parts) > 1 && slices.Contains(placeWords, parts[len(parts)-1]) {
		return false
	}
	return slices.ContainsFunc(parts, endsInSecret)
}

// endsInSecret judges one part of a name, in the plural too.
func endsInSecret(part string) bool {
	part = strings.TrimRight(part, "0123456789")
	return !slices.Contains(notSecret, part) && slices.ContainsFunc(secretEnds, func(end string) bool {
		return strings.HasSuffix(part, end) || strings.HasSuffix(part, end+"s")
	})
}

// nameParts splits a name at what is neither letter nor digit and where camel
// case starts a word, in lower case: dbPass, DB_PASS and db-pass are alike.
func nameParts(name string) []string {
	var parts []string
	runes, start := []rune(name), 0
	end := func(i int) {
		if i > start {
			parts = append(parts, strings.ToLower(string(runes[start:i])))
		}
	}
	for i, c := range runes {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			end(i)
			start = i + 1
		case unicode.IsUpper(c) && startsWord(runes, i):
			end(i)
			start = i
		}
	}
	end(len(runes))
	return parts
}

// startsWord reports whether the capital at i starts a word: the P of dbPass
// and the T of JWTToken do.
func startsWord(runes []rune, i int) bool {
	if i == 0 {
		return false
	}
	return !unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
