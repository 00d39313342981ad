package condition

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
)

// seeds are conditions of every shape, for the fuzzers to vary.
func seeds() []string {
	texts := []string{
		"", "[STATUS]", "[STATUS]==200", "len([BODY].a == 1", "[BODY] == pat(*a == b*)", "pat(*(v*) == [BODY]",
		"[BODY].a[-1] == [1 2]", "[BODY].a < [BODY].b", "[body][0][1].x != 0x10", "a < b == c", "[BODY] == matches((a|b)+)",
		"[CERTIFICATE_EXPIRATION] > 1d12h", `[BODY].a\.b == ü`, "[HEADERS].x == any(a, b)", "[CONNECTED] != TRUE", " == ",
	}
	for _, info := range Placeholders() {
		texts = append(texts, info.Example)
	}
	for _, info := range Functions() {
		texts = append(texts, info.Example)
	}
	return texts
}

func FuzzParse(f *testing.F) {
	for _, text := range seeds() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			wrong, ok := errors.AsType[*SyntaxError](err)
			if !ok || wrong.Problem == "" || wrong.Offset < 0 || wrong.Offset > len(text) {
				t.Fatalf("Parse(%q): %#v", text, err)
			}
			return
		}
		if c.String() != text {
			t.Fatalf("String() of %q is %q", text, c)
		}
		for _, l := range c.Lints() {
			if l.Offset < 0 || l.Offset > len(text) || l.Problem == "" {
				t.Fatalf("lint of %q: %+v", text, l)
			}
		}
		c.AssertsDisconnected()
	})
}

func FuzzEvaluate(f *testing.F) {
	for _, text := range seeds() {
		f.Add(text, []byte(`{"a":[1,"x"],"b":{"c":1.5}}`), "v", 200, int64(time.Second))
	}
	f.Add("[BODY].a == 1", []byte("\x1b[2J\xff"), "\n", 0, int64(-1))
	f.Fuzz(func(t *testing.T, text string, body []byte, header string, status int, took int64) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		span := Measured(time.Duration(took))
		o := &Observation{
			Connected: status > 0, Status: status, Body: body, Header: map[string][]string{"X": {header}},
			ResponseTime: span, CertificateExpiration: span, DomainExpiration: span,
		}
		got := c.Evaluate(o)
		if got.Healthy && got.Display != text {
			t.Fatalf("%q is healthy but shows %q", text, got.Display)
		}
		resolved := c.Resolve(o)
		if resolved.Healthy != got.Healthy || !got.Healthy && resolved.Display != got.Display {
			t.Fatalf("%q: evaluated %+v, resolved %+v", text, got, resolved)
		}
		if again := c.Evaluate(o); again != got {
			t.Fatalf("%q: first %+v, then %+v", text, got, again)
		}
		if len(resolved.Display) > len(text)+5000 {
			t.Fatalf("%q shows %d bytes", text, len(resolved.Display))
		}
		if strings.ContainsFunc(resolved.Display, unicode.IsControl) && !strings.ContainsFunc(text, unicode.IsControl) {
			t.Fatalf("%q shows control characters: %q", text, resolved.Display)
		}
	})
}

func FuzzBodyPath(f *testing.F) {
	for _, path := range []string{"", ".a", "[0]", ".a[0].b", ".[0]", `.a\.b`, "[-1]", "[99999999999999999999]", ".a."} {
		f.Add(path, []byte(`{"a":[{"b":null}],"a.b":1e5}`))
		f.Add(path, []byte(`[[1,[]],"x"]`))
		for _, body := range differences {
			f.Add(path, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		steps, err := parsePath(piece{path, 0})
		if err != nil {
			if err.Offset < 0 || err.Offset > len(path) {
				t.Fatalf("%q: offset %d", path, err.Offset)
			}
			return
		}
		o := page(string(body))
		checkAgainstTree(t, o, steps)
		if !bytes.Equal(o.Body, body) {
			t.Fatal("the body was changed")
		}
	})
}

func FuzzGlob(f *testing.F) {
	for _, pattern := range globs {
		f.Add(pattern, []byte("all systems/healthy \xc3/\xa9 größer"))
	}
	f.Fuzz(func(t *testing.T, pattern string, text []byte) { checkGlob(t, pattern, text) })
}
