package check

import (
	"strconv"
	"strings"
	"time"
)

// What the readers of numbers with units accept.
const (
	acceptedDuration = "a number with a unit such as 500ms, 10s, 5m"
	acceptedSize     = "bytes with a unit such as 512KiB, 1MiB, from 1B to 16MiB"
	acceptedClock    = "hours and minutes such as 08:00, 23:30"
)

// maxBody is the largest body that is read from an answer: a thousand probes
// share the memory of one function.
const maxBody = 16 << 20

// unitWords are the units that people write and Go does not know.
var unitWords = map[string]struct {
	factor int64
	unit   string
}{
	"":  {1, "s"},
	"s": {1, "s"}, "sec": {1, "s"}, "secs": {1, "s"}, "second": {1, "s"}, "seconds": {1, "s"},
	"m": {1, "m"}, "min": {1, "m"}, "mins": {1, "m"}, "minute": {1, "m"}, "minutes": {1, "m"},
	"h": {1, "h"}, "hr": {1, "h"}, "hrs": {1, "h"}, "hour": {1, "h"}, "hours": {1, "h"},
	"ms": {1, "ms"}, "msec": {1, "ms"}, "millis": {1, "ms"}, "milliseconds": {1, "ms"},
	"d": {24, "h"}, "day": {24, "h"}, "days": {24, "h"},
	"w": {168, "h"}, "week": {168, "h"}, "weeks": {168, "h"},
}

// nearestDuration guesses which duration was meant, or returns "".
func nearestDuration(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), ""))
	if _, err := time.ParseDuration(text); err == nil && !strings.HasPrefix(text, "-") && text != "0" {
		return text
	}
	digits := strings.TrimLeft(text, "0123456789")
	n, err := strconv.ParseInt(text[:len(text)-len(digits)], 10, 32)
	u, known := unitWords[digits]
	if err != nil || !known {
		return ""
	}
	return strconv.FormatInt(n*u.factor, 10) + u.unit
}

// sizeUnits are the units of sizes, the longer suffixes first.
var sizeUnits = []struct {
	suffix string
	factor int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"KB", 1000}, {"MB", 1_000_000}, {"B", 1}, {"", 1},
}

// parseSize reads a number of bytes.
func parseSize(text string) (int64, bool) {
	for _, u := range sizeUnits {
		digits, found := strings.CutSuffix(text, u.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
		if err != nil || n < 1 || n*u.factor > maxBody {
			return 0, false
		}
		return n * u.factor, true
	}
	return 0, false
}

// parseClock reads HH:MM as the time since midnight.
func parseClock(text string) (time.Duration, bool) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}
