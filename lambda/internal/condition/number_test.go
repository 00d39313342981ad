package condition

import (
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"1s": time.Second, "500ms": 500 * time.Millisecond, "7d": 7 * day, "1d12h": 36 * time.Hour, "2w": 14 * day,
		"1.5d": 36 * time.Hour, "-1d": -day, "+2h": 2 * time.Hour, "1w1d1h1m1s1ms": 8*day + time.Hour + time.Minute + 1001*time.Millisecond,
		"5us": 5 * time.Microsecond, "5µs": 5 * time.Microsecond,
	} {
		if got, _, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s: got %v %t", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "-", "5", "0", "d", "1y", "1 d", "1d ", "5mz", "1..5h", ".h", "--1s", "1D", "d1", "1d2",
		"106752d", "106751d24h", "99999999999999999999d", strings.Repeat("1s", 300),
	} {
		if got, _, ok := parseDuration(text); ok {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
}

func TestNumbersInOrder(t *testing.T) {
	t.Parallel()
	ascending := [][]string{
		{"-1e999999"}, {"-36893488147419103233"}, {"-2"}, {"-1.5", "-15e-1"}, {"-1e-9"},
		{"0", "-0", "0.0", "00", "0e9", "-0e-9"}, {"1e-2147483648"}, {"0.1", ".1", "1e-1", "0.10"}, {"0.11"},
		{"1", "1.", "1.0", "01", "+1", "0x1", "0b1", "0.1E1"}, {"7", "007"}, {"8", "010", "0o10"}, {"9", "09", "9.0"}, {"9.99"}, {"10", "1e1"},
		{"255", "0xff", "0XFF", "0x_ff"}, {"1000", "1_000", "1e3", "1000.000"}, {"9007199254740992"}, {"9007199254740993"},
		{"36893488147419103232", "0x20000000000000000"}, {"36893488147419103233"}, {"1e400"}, {"1e401"},
	}
	for i, low := range ascending {
		for j, high := range ascending {
			for _, a := range low {
				for _, b := range high {
					x, okX := parseNumber(a)
					y, okY := parseNumber(b)
					want := min(max(i-j, -1), 1)
					if got := x.compare(y); !okX || !okY || got != want {
						t.Errorf("%s against %s: got %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func TestNotNumbers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "-", "+", ".", "e", "e5", "1e", "1e+", "NaN", "Inf", "-inf", "0x", "0xg", "0b2", "1__0", "_1", "1_", "1.2.3", "1,5",
		" 1", "1 ", "1e99999999999", "0x1p4", "--1", "1-", "١", strings.Repeat("1", 401),
	} {
		if got, ok := parseNumber(text); ok {
			t.Errorf("%q is accepted as %+v", text, got)
		}
	}
}

func TestPrintNumber(t *testing.T) {
	t.Parallel()
	nines := strings.Repeat("9", 300)
	for text, want := range map[string]string{
		"0": "0", "-0": "-0", "-0.0": "-0", "0.00e7": "0", "1.0": "1", "1.50": "1.5", "-10.0": "-10", "100": "100", "0.10": "0.1",
		"1e3": "1000", "1E+3": "1000", "1.5e3": "1500", "12.50e0": "12.5", "125e-1": "12.5", "-5e-1": "-0.5", "10e-3": "0.01",
		"12345678901234567890123": "12345678901234567890123", "12345678901234567890123e2": "1234567890123456789012300",
		"1e20": "100000000000000000000", "1e21": "1e+21", "1e-21": "0.000000000000000000001", "1e-22": "1e-22",
		"-1.50E30": "-1.5e+30", "1e999999": "1e+999999", "1e99999999999": "1e99999999999",
		nines + ".0": nines, nines + nines + "e1": nines + nines + "e1",
	} {
		if got := string(printNumber([]byte(text))); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// A number is one number however the answer spells it.
func TestNumbersOfJSON(t *testing.T) {
	t.Parallel()
	check(t, page(`{"one":1.0,"k":1e3,"x":1.50,"list":[1.0,2.0],"o":{"n":2.50},"zero":-0.0,"big":12345678901234567890.0,`+
		`"text":"1.50"}`), []verdict{
		{"[BODY].one == any(1, 2)", true, ""},
		{"[BODY].one == pat(1)", true, ""},
		{"[BODY].one == matches(^1$)", true, ""},
		{"len([BODY].one) == 1", true, ""},
		{"[BODY].one == 1", true, ""},
		{"[BODY].one == 1.00", true, ""},
		{"[BODY].one != 1e0", false, "[BODY].one (1) != 1e0"},
		{"[BODY].k == any(1000)", true, ""},
		{"[BODY].k == 0x3e8", true, ""},
		{"[BODY].x == any(1.5)", true, ""},
		{"[BODY].x == 1.500", true, ""},
		{"[BODY].x == [BODY].text", false, "[BODY].x (1.5) == [BODY].text (1.50)"},
		{"[BODY].list == [1 2]", true, ""},
		{"[BODY].list[0] == [BODY].one", true, ""},
		{`[BODY].o == {"n":2.5}`, true, ""},
		{"[BODY].zero == 0", true, ""},
		{"[BODY].big == 12345678901234567890", true, ""},
		{"[BODY].big == any(12345678901234567890)", true, ""},
	})
}

// A text that looks like a number is a text to == and !=, or two different
// versions or hashes would be equal.
func TestTextThatLooksLikeANumber(t *testing.T) {
	t.Parallel()
	const body = `{"sha":"0e462097","version":"1.10","s":"12e3","k":"1000","hex":"0x10","big":"36893488147419103233",` +
		`"n":12000,"zero":0,"day":"09"}`
	o := page(body)
	o.Header = map[string][]string{"Etag": {"0e462097"}, "X-Version": {"1.10"}, "X-Limit": {"200.0"}}
	check(t, o, []verdict{
		{"[BODY].sha == 0e830400", false, "[BODY].sha (0e462097) == 0e830400"},
		{"[BODY].sha != 0e830400", true, ""},
		{"0e830400 == [BODY].sha", false, "0e830400 == [BODY].sha (0e462097)"},
		{"[BODY].sha == 0e462097", true, ""},
		{"[BODY].sha == 0", false, "[BODY].sha (0e462097) == 0"},
		{"[BODY].sha == [BODY].zero", false, "[BODY].sha (0e462097) == [BODY].zero (0)"},
		{"[BODY].version == 1.1", false, "[BODY].version (1.10) == 1.1"},
		{"[BODY].version == 1.10", true, ""},
		{"[BODY].s == 12000", false, "[BODY].s (12e3) == 12000"},
		{"[BODY].s == [BODY].n", false, "[BODY].s (12e3) == [BODY].n (12000)"},
		{"[BODY].k == 1_000", true, ""},
		{"[BODY].hex == 16", true, ""},
		{"[BODY].big == 0x20000000000000001", true, ""},
		{"[BODY].day == 09", true, ""},
		{"[BODY].day == 9", false, "[BODY].day (09) == 9"},
		{"[HEADERS].etag == 0e830400", false, "[HEADERS].etag (0e462097) == 0e830400"},
		{"[HEADERS].etag == [BODY].sha", true, ""},
		{"[HEADERS].x-version == 1.1", false, "[HEADERS].x-version (1.10) == 1.1"},
		{"[HEADERS].x-limit == [STATUS]", true, ""},
		{"[BODY].s > 11999", true, ""},
		{"[BODY].version <= 1.1", true, ""},
	})
	check(t, page("1.10"), []verdict{
		{"[BODY] == 1.1", false, "[BODY] (1.10) == 1.1"},
		{"[BODY] >= 1.1", true, ""},
	})
}

func TestIntegersOfDecimals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "-0.0": 0, "200": 200, "2e2": 200, "-15.0": -15, "9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63,
	} {
		d, _ := parseNumber(text)
		if got, ok := d.integer(); !ok || got != want {
			t.Errorf("%s: got %d %t", text, got, ok)
		}
	}
	for _, text := range []string{"0.5", "200.01", "9223372036854775808", "1e30", "1e-30"} {
		d, _ := parseNumber(text)
		if got, ok := d.integer(); ok {
			t.Errorf("%s is taken for %d", text, got)
		}
	}
}
