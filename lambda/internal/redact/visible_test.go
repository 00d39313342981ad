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
	for _, in := range []string{"\x1b[31m \n \n x", "\u202e\xff", " \t a"} {
		if once := Visible(in); Visible(once) != once {
			t.Errorf("%q becomes %q, then %q", in, once, Visible(once))
		}
	}
}
