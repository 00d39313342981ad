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
