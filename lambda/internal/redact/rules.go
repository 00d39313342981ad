package redact

import (
	"regexp"
	"strings"
	"sync"
)

// rule recognises one shape of secret.
type rule struct {
	name string
	// hints are in lower case. A text that holds none of them cannot match,
	// so the pattern is neither compiled nor tried.
	hints []string
	// pattern marks the secret by its first group that matched, or is the
	// secret as a whole if it has no group.
	pattern func() *regexp.Regexp
	// harmless, if set, tells a match that is no secret after all.
	harmless func(match, secret string) bool
}

func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// rules is the closed table of shapes. A value that is cut off matches too:
// the text may be the beginning of a longer one.
var rules = [...]rule{
	{
		name:    "private key",
		hints:   []string{"private key"},
		pattern: lazily(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY-----|.*)`),
	},
	{
		name:    "AWS access key",
		hints:   []string{"akia", "asia", "abia", "acca"},
		pattern: lazily(`\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}`),
	},
	{
		name:    "JSON Web Token",
		hints:   []string{"eyj"},
		pattern: lazily(`eyJ[A-Za-z0-9_=-]{8,}(?:\.[A-Za-z0-9_=-]*)*`),
	},
	{
		name:    "vendor token",
		hints:   []string{"gh", "github_pat_", "glpat-", "xox", "sk_live_", "sk-", "hooks.slack.com"},
		pattern: lazily(`\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w-]{16,}|\bxox[a-z]-[\w-]{8,}|\bsk_live_\w{8,}|\bsk-[\w-]{20,}|hooks\.slack\.com/(?:services|workflows|triggers)/([\w/-]+)`),
	},
	{
		name:     "authorization",
		hints:    []string{"bearer", "basic", "digest", "negotiate", "authorization"},
		pattern:  lazily(`(?i)\b(?:bearer|basic|digest|negotiate|authorization["']?\s*[:=]\s*["']?[\w-]+)(?:\s|%20|\+)+([A-Za-z0-9._~+/=-]{4,})`),
		harmless: func(_, secret string) bool { return isProse(secret) || isChallenge(secret) },
	},
	{
		name:    "cookie",
		hints:   []string{"cookie"},
		pattern: lazily(`(?i)\b(?:set-)?cookie2?["']?\s*[:=]\s*["']?([^\r\n"']+)`),
	},
	{
		name: "named value",
		hints: []string{"pass", "pwd", "secret", "token", "key", "credential", "authorization", "session",
			"signature", "connectionstring", "connection_string", "connection-string"},
		pattern: lazily(`(?i)arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:([^\s"'&<>]+)|(?:` + // the name of a secret, which is none
			`pass(?:word|wd|phrase)?|pwd|secret|token|credential|authorization|session[_.-]?id|signature|connection[_-]?string|` +
			`(?:api|access|private|account|signing|encryption|master|secret|shared|subscription|license)[_.-]?key(?:[_.-]?id)?` +
			`)s?(?:\\*["'])?\s*[:=]\s*(?:` +
			`\\+["']((?s:.*?))(?:\\+["']|$)|` + // JSON inside a JSON string
			`"((?s:[^"\\]|\\.|\\$)*)|` +
			`'([^']*)|` +
			`(\[[^\]]*\]?)|` +
			`([^\s"'&<>{\[\\][^\s"'&<>]*))`),
		harmless: func(match, secret string) bool {
			return isProse(secret) || strings.HasPrefix(strings.ToLower(match), "arn:")
		},
	},
	{
		name:     "URL parameter",
		hints:    []string{"?", "&"},
		pattern:  lazily(`[?&;][\w.~%-]+=([^&\s"'<>#]+)`),
		harmless: func(match, _ string) bool { return !tellingParameter(match) },
	},
	{
		name:    "URL user",
		hints:   []string{"://"},
		pattern: lazily(`://[^\s/?#"'<>@:]*:([^\s/?#"'<>]*)@|://([^\s/?#"'<>:]+)@`),
	},
}

// findKnown returns where s holds something that looks like a secret.
func findKnown(s string) []span {
	lower := strings.ToLower(s)
	var spans []span
	for i := range rules {
		r := &rules[i]
		if r.hinted(lower) {
			spans = append(spans, r.find(s)...)
		}
	}
	return spans
}

func (r *rule) hinted(lower string) bool {
	for _, hint := range r.hints {
		if strings.Contains(lower, hint) {
			return true
		}
	}
	return false
}

func (r *rule) find(s string) []span {
	var spans []span
	for at := 0; at < len(s); {
		m := r.pattern().FindStringSubmatchIndex(s[at:])
		if m == nil {
			break
		}
		found := secretOf(m)
		if r.harmless != nil && r.harmless(s[at+m[0]:at+m[1]], s[at+found.from:at+found.to]) {
			// The harmless value may be the name of the next one, as in
			// "authorization: token=abc".
			at += max(found.from, m[0]+1)
			continue
		}
		spans = append(spans, span{at + found.from, at + found.to})
		at += max(found.to, m[0]+1)
	}
	return spans
}

// secretOf picks the first group that matched, or the whole match.
func secretOf(m []int) span {
	for i := 2; i < len(m); i += 2 {
		if m[i] >= 0 {
			return span{m[i], m[i+1]}
		}
	}
	return span{m[0], m[1]}
}

// prose are words that follow a telling name in sentences and JSON without
// being a secret; masking them would hide why a request was refused.
var prose = map[string]bool{
	"": true, "null": true, "nil": true, "none": true, "true": true, "false": true, "undefined": true, "redacted": true, "[redacted]": true,
	"required": true, "missing": true, "invalid": true, "expired": true, "is": true, "not": true, "was": true, "must": true,
	"bearer": true, "basic": true, "digest": true, "negotiate": true, "aws4-hmac-sha256": true,
	"realm": true, "auth": true, "authentication": true, "authorization": true, "scheme": true,
	"token": true, "tokens": true, "credentials": true, "error": true, "access": true,
}

func isProse(s string) bool {
	return prose[strings.ToLower(strings.TrimRight(s, ".,;:!?=})] \t\r\n"))]
}

// isChallenge recognises what a server asks for, as opposed to what a client
// answers.
func isChallenge(s string) bool { return strings.HasPrefix(strings.ToLower(s), "realm=") }
