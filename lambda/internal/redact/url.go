package redact

import (
	"net/url"
	"strings"
)

// URL returns a URL as it may be shown: the password of its user part and the
// values of telling parameters are masked, everything else stays as written,
// whether or not it parses.
func URL(s string) string {
	if isBland(s) {
		return s
	}
	if strings.ContainsAny(s, "@?#") {
		s = maskUser(s)
		s = maskParameters(s)
	}
	return Text(s)
}

// isBland reports whether a URL is made of nothing but the characters of
// ordinary hosts and paths, so that it need not be searched: most are, and
// every result shows one.
func isBland(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '-' || c > ':') && c != '_' {
			return false
		}
	}
	return !strings.Contains(s, "hooks.")
}

// maskUser masks the password before the last @ of the authority, or the
// user name if it stands alone: then it is a token more often than a name.
func maskUser(s string) string {
	start := strings.Index(s, "://")
	if start < 0 {
		return s
	}
	start += len("://")
	end := len(s)
	if i := strings.IndexAny(s[start:], "/?#"); i >= 0 {
		end = start + i
	}
	at := strings.LastIndexByte(s[start:end], '@')
	if at < 0 {
		return s
	}
	user, _, found := strings.Cut(s[start:start+at], ":")
	if found {
		return s[:start] + user + ":" + Mask + s[start+at:]
	}
	return s[:start] + Mask + s[start+at:]
}

// maskParameters masks telling values of the query and of the fragment,
// which OAuth uses like a query.
func maskParameters(s string) string {
	i := strings.IndexAny(s, "?#")
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for i < len(s) {
		b.WriteByte(s[i]) // ? # & or ;
		i++
		end := len(s)
		if n := strings.IndexAny(s[i:], "?#&;"); n >= 0 {
			end = i + n
		}
		b.WriteString(maskParameter(s[i:end]))
		i = end
	}
	return b.String()
}

func maskParameter(s string) string {
	name, value, found := strings.Cut(s, "=")
	if !found || value == "" || !telling(name) {
		return s
	}
	return name + "=" + Mask
}

// tellingParameter is telling for a match such as "&sig=abc".
func tellingParameter(match string) bool {
	name, _, _ := strings.Cut(match[1:], "=")
	return telling(name)
}

// tellingNames are names of parameters that carry a secret, without
// separators and in lower case; tellingEnds are ends of such names.
var (
	tellingNames = map[string]bool{"code": true, "sig": true, "auth": true, "pass": true, "pw": true, "jwt": true, "sid": true, "sso": true}
	tellingEnds  = [...]string{"token", "key", "keyid", "secret", "password", "passwd", "pwd", "passphrase", "signature",
		"credential", "credentials", "authorization", "sessionid", "assertion"}
)

var separators = strings.NewReplacer("-", "", "_", "", ".", "", " ", "", "[", "", "]", "")

// telling reports whether the name of a parameter says that its value is
// secret.
func telling(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	name = separators.Replace(strings.ToLower(name))
	if tellingNames[name] {
		return true
	}
	for _, end := range tellingEnds {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
