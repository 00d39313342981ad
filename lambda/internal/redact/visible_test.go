package redact

import "testing"

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"plain  text":         "plain  text",
		"a\r\n\t b":           "a b",
		"a \n b":              "a b",
		"\n{\n  \"a\": 1\n}":  "{ \"a\": 1 }",
		"\x1b[31mred\x1b[0m":  "␛[31mred␛[0m",
		"bell\a del\x7f":      "bell␇ del␡",
		"c1 \u009b31m":        `c1 \u009b31m`,
		"rtl \u202eevil":      `rtl \u202eevil`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"👩\u200d🚀 🏳️\u200d🌈":  "👩\u200d🚀 🏳️\u200d🌈",
		"👩🏽\u200d💻":           "👩🏽\u200d💻",
		"🚀\u200d":             `🚀\u200d`,
		"🚀\u200d\u200d🚀":      `🚀\u200d\u200d🚀`,
		"\u200d🚀":             `\u200d🚀`,
		"pass\u200d🚀":         `pass\u200d🚀`,
		"$\u200d^":            `$\u200d^`,
		"🚀\u200d\x1b":         `🚀\u200d␛`,
		"tag \U000e0041":      `tag \U000e0041`,
		"bad \xff\xfe":        `bad \xff\xfe`,
		"Grüße, 日本 ✓":         "Grüße, 日本 ✓",
		"no\u00a0break space": "no break space",
		"sep\u2028arated":     "sep arated",
		"replaced \ufffd":     "replaced \ufffd",
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestVisibleTwiceIsOnce(t *testing.T) {
	for _, in := range []string{"\x1b[31m \n \n x", "\u202e\xff", " \t a", "👩\u200d🚀\u200d", "\x1b\u200d🚀", "🚀\n\u200d🚀"} {
		if once := Visible(in); Visible(once) != once {
			t.Errorf("%q becomes %q, then %q", in, once, Visible(once))
		}
	}
}

// Wherever a text is cut, no part of an escape is left.
func TestTrimEscape(t *testing.T) {
	const text = `a\u202eb\xffc\U000e0041d\`
	want := map[string]bool{"": true, "a": true, `a\u202e`: true, `a\u202eb`: true, `a\u202eb\xff`: true, `a\u202eb\xffc`: true,
		`a\u202eb\xffc\U000e0041`: true, `a\u202eb\xffc\U000e0041d`: true}
	for end := range len(text) + 1 {
		if got := TrimEscape(text[:end]); !want[got] {
			t.Errorf("TrimEscape(%q) = %q", text[:end], got)
		}
	}
	if got := Snippet([]byte("answer \u202e and more"), len("answer ")+3); got != "answer …" {
		t.Errorf("a snippet ends inside an escape: %q", got)
	}
}
