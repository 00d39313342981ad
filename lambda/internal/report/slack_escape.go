package report

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// mrkdwn is text as Slack shows exactly that text, in at most limit
// characters. Slack has no escape for its marks, so a mark becomes a character
// that looks like it: a sign too many costs nothing at night, a text that
// seems to come from us does. "&", "<" and ">" have entities, and with them no
// mention, command or link can be written.
func mrkdwn(s string, limit int) string {
	s = emoji().ReplaceAllStringFunc(s, func(found string) string {
		if found[0] != ':' {
			return found // an ARN, which has to stay as it is
		}
		return "∶" + found[1:len(found)-1] + "∶"
	})
	s = lookalikes.Replace(s)
	return entities(unemphasised(s), limit)
}

var (
	// emoji finds the names of pictures: a green circle in a text from outside
	// could say that all is well. A name has a letter, a time of day has not.
	emoji = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:|:[0-9_+-]*[a-z][a-z0-9_+'-]*:`)
	})
	lookalikes = strings.NewReplacer("`", "ˋ", "*", "∗", "~", "∼", "@", "＠")
)

// unemphasised replaces underscores that begin or end a word, which would make
// it italic; those inside a name stay, so that it can be copied.
func unemphasised(s string) string {
	if !strings.Contains(s, "_") {
		return s
	}
	r := []rune(s)
	for from := 0; from < len(r); from++ {
		to := from
		for to < len(r) && r[to] == '_' {
			to++
		}
		inside := from > 0 && to < len(r) && isAlphanumeric(r[from-1]) && isAlphanumeric(r[to])
		for ; from < to; from++ {
			if !inside {
				r[from] = 'ˍ'
			}
		}
	}
	return string(r)
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// entities escapes what Slack takes for its own syntax. It cuts between two
// characters, never inside an entity.
func entities(s string, limit int) string {
	var b strings.Builder
	at, n := 0, 0 // where the text ends if it has to be cut
	for _, r := range s {
		text := string(r)
		switch r {
		case '&':
			text = "&amp;"
		case '<':
			text = "&lt;"
		case '>':
			text = "&gt;"
		}
		if n += length(text); n > limit {
			if limit < 1 {
				return ""
			}
			return strings.TrimRight(b.String()[:at], " ") + "…"
		}
		b.WriteString(text)
		if n <= limit-1 {
			at = b.Len()
		}
	}
	return b.String()
}

// slackCode is text in the type of code, in which nothing has a meaning.
func slackCode(s string, limit int) string {
	return "`" + entities(strings.ReplaceAll(s, "`", "ˋ"), limit-2) + "`"
}

// slackLink is an address that can be clicked, with an escaped label or none.
func slackLink(address, label string) string {
	address = strings.ReplaceAll(address, "&", "&amp;")
	if label == "" {
		return "<" + address + ">"
	}
	return "<" + address + "|" + strings.ReplaceAll(label, "|", "¦") + ">"
}

// isLink reports whether an address may be offered for a click: http or https,
// without a user, nothing in it that is masked or ends a link early.
func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		len(s) <= 300 && !strings.ContainsAny(s, "<>|\"`* …[]\\") && strings.Trim(s, printable) == ""
}

// printable is ASCII without the space: an address in other letters can look
// like another one.
var printable = func() string {
	var b strings.Builder
	for c := '!'; c <= '~'; c++ {
		b.WriteRune(c)
	}
	return b.String()
}()
