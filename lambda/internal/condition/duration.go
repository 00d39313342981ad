package condition

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// day is what a `d` in a duration means: expirations are counted in days of 24
// hours.
const day = 24 * time.Hour

// spanStyle is how a duration is shown: as the text that it is compared with.
type spanStyle uint8

const (
	styleMillis   spanStyle = iota // 1203
	styleDuration                  // 1.203s
	styleDays                      // 3d4h
)

// spanFormat is how finely a duration is compared, and how it is shown.
type spanFormat struct {
	resolution time.Duration
	style      spanStyle
}

// Times of a probe are whole milliseconds, as in Gatus; expirations are long.
var (
	inMillis  = spanFormat{time.Millisecond, styleMillis}
	inSeconds = spanFormat{time.Second, styleDuration}
)

// parseDuration reads the durations of Go, with d for days and w for weeks:
// 500ms, 1h30m, 7d, 1d12h. The style is the one in which it is written.
func parseDuration(s string) (time.Duration, spanStyle, bool) {
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if s == "" || len(s) > maxNumber {
		return 0, 0, false
	}
	total, style := time.Duration(0), styleDuration
	for s != "" {
		numberEnd := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if numberEnd <= 0 {
			return 0, 0, false
		}
		unitEnd := len(s)
		if i := strings.IndexAny(s[numberEnd:], ".0123456789"); i >= 0 {
			unitEnd = numberEnd + i
		}
		d, ok := parseUnit(s[:numberEnd], s[numberEnd:unitEnd])
		if !ok || d > math.MaxInt64-total {
			return 0, 0, false
		}
		if unit := s[numberEnd:unitEnd]; unit == "d" || unit == "w" {
			style = styleDays
		}
		total, s = total+d, s[unitEnd:]
	}
	if negative {
		total = -total
	}
	return total, style, true
}

func parseUnit(number, unit string) (time.Duration, bool) {
	factor := time.Duration(1)
	switch unit {
	case "d":
		unit, factor = "h", 24
	case "w":
		unit, factor = "h", 7*24
	}
	d, err := time.ParseDuration(number + unit)
	if err != nil || d > math.MaxInt64/factor {
		return 0, false
	}
	return d * factor, true
}

// formatSpan shows a duration in a style: milliseconds as a bare number, as
// Gatus shows times, or a duration without trailing zero parts.
func formatSpan(d time.Duration, style spanStyle) string {
	switch {
	case style == styleMillis:
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64)
	case style == styleDays && (d >= day || d <= -day):
		whole := strconv.FormatInt(int64(d/day), 10) + "d"
		if rest := (d % day).Abs(); rest != 0 {
			whole += formatSpan(rest, styleDuration)
		}
		return whole
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// floor rounds down to the resolution, so that what is shown is what was
// compared, and x < limit means the same before and after.
func floor(d, resolution time.Duration) time.Duration {
	rounded := d.Truncate(resolution)
	if rounded > d {
		rounded -= resolution
	}
	return rounded
}
