package redact

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSnippet(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		limit      int
		want       string
	}{
		{"empty", "", 0, ""},
		{"short", "not found\n", 0, "not found"},
		{"html", "<html>\n  <h1>502</h1>\n</html>", 0, "<html> <h1>502</h1> </html>"},
		{"cut", "abcdef", 4, "abcd…"},
		{"cut at a rune", "abcé", 4, "abc…"},
		{"escape", "\x1b]0;owned\a", 0, "␛]0;owned␇"},
		{"latin", "caf\xe9 au lait, s'il vous plait", 0, `caf\xe9 au lait, s'il vous plait`},
		{"nul", "ab\x00cd", 0, "binary, 5 bytes"},
		{"gzip", "\x1f\x8b\x08\xff\xff\xee\xdd", 0, "binary, 7 bytes"},
		{"secret before the cut", `{"token":"0123456789"}`, 16, `{"token":"[redac…`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Snippet([]byte(tt.body), tt.limit); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSnippetBounds(t *testing.T) {
	got := Snippet(bytes.Repeat([]byte("ä"), 1<<20), 0)
	if quoted := strings.TrimSuffix(got, "…"); len(quoted) != Quoted {
		t.Errorf("%d bytes quoted, want %d", len(quoted), Quoted)
	}
}

// A secret that lies across the end of what is read must not be shown by its
// first half, even where everything before it was masked away.
func TestSnippetSecretAcrossTheWindow(t *testing.T) {
	const secret = "0123456789abcdefghij"
	for shift := range len(secret) + 1 {
		key := "-----BEGIN PRIVATE KEY-----" + strings.Repeat("A", window-shift-60) + "-----END PRIVATE KEY-----"
		body := key + strings.Repeat(" ", window-shift-len(key)) + secret + strings.Repeat("z", 500)
		got := Snippet([]byte(body), 0, secret)
		if strings.Contains(got, secret[:4]) {
			t.Fatalf("shift %d: %q shows a part of the secret", shift, got)
		}
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add("sw0rdfish", "user=", "&x=1", 20)
	f.Add("a b\nc", "{\"", "\x1b[31m\x00", 5)
	f.Add("redacted", "x[", "]", 300)
	f.Add(`qu"o<te`, "password=", "", 12)
	f.Add("[red", "ab", "Bearer abcdefgh", 12)
	f.Fuzz(func(t *testing.T, secret, before, after string, limit int) {
		if len(secret) < minSecret || strings.Contains(Mask, secret) || limit > 1<<20 {
			t.Skip()
		}
		got := Snippet([]byte(before+secret+after), limit, secret)
		if strings.Contains(got, secret) && !strings.HasPrefix(got, "binary, ") {
			t.Errorf("secret %q in %q", secret, got)
		}
		if !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
		if text := Text(before+secret+after, secret); strings.Contains(text, secret) {
			t.Errorf("secret %q in %q", secret, text)
		}
		if Visible(got) != got {
			t.Errorf("something invisible is left in %q", got)
		}
	})
}

// FuzzNamed plants a value where its surroundings tell that it is secret.
func FuzzNamed(f *testing.F) {
	f.Add("s3cr3tvalue", uint8(0))
	f.Add("ABCDEFGHIJKLMNOP", uint8(5))
	around := [...][2]string{
		{`{"password":"`, `"}`}, {`{"api_key": "`, `","a":1}`}, {"token=", "&a=b"}, {"Authorization: Bearer ", "\r\n"},
		{"https://bob:", "@example.com/"}, {"https://e.com/?sig=", "#a"}, {"Cookie: sid=", "; Path=/"},
		{"-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----"}, {`{\"secret\":\"`, `\"}`},
	}
	f.Fuzz(func(t *testing.T, secret string, place uint8) {
		if len(secret) < 6 || isProse(secret) || strings.Trim(secret, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != "" {
			t.Skip()
		}
		a := around[int(place)%len(around)]
		if strings.Contains(Mask+a[0]+a[1], secret) {
			t.Skip()
		}
		if got := Text("x " + a[0] + secret + a[1] + " y"); strings.Contains(got, secret) {
			t.Errorf("%q in %q", secret, got)
		}
	})
}
