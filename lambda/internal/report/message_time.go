package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// elapsed writes how long something has lasted, to the minute: what people
// compare with a clock.
func elapsed(d time.Duration) string {
	const day = 24 * time.Hour
	d = max(d, 0).Truncate(time.Minute)
	hours, minutes := d%day/time.Hour, d%time.Hour/time.Minute
	var parts []string
	if days := d / day; days > 0 {
		parts, minutes = append(parts, fmt.Sprintf("%d d", days)), 0
	}
	if hours > 0 {
		parts = append(parts, fmt.Sprintf("%d h", hours))
	}
	if minutes > 0 {
		parts = append(parts, fmt.Sprintf("%d min", minutes))
	}
	if len(parts) == 0 {
		return "less than a minute"
	}
	return strings.Join(parts, " ")
}

// clock writes a time as it is said on the day of now: 03:10 UTC, or with the
// date where it is another day.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format("15:04 UTC")
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04 UTC")
	}
	return t.Format("2 Jan 2006 15:04 UTC")
}

// lasted is how long an incident has hurt: from the first failure, not from
// when it was noticed, to the first good answer, or to now.
func lasted(f *incident.Facts, now time.Time) (time.Duration, time.Time) {
	end := now
	for _, t := range []time.Time{f.Resolved, f.Recovered} {
		if !t.IsZero() && f.State == incident.Resolved {
			end = t
		}
	}
	if f.FirstFailure.IsZero() {
		return 0, end
	}
	return max(end.Sub(f.FirstFailure), 0), end
}

// percent writes an uptime. It is cut off, not rounded: 100 % is said only
// where nothing at all was lost.
func percent(p float64) string {
	switch {
	case math.IsNaN(p) || p < 0:
		return "unknown"
	case p >= 100:
		return "100 %"
	}
	return fmt.Sprintf("%.2f %%", math.Floor(p*100+1e-9)/100)
}

func percents(p [3]float64) string {
	return percent(p[0]) + " · " + percent(p[1]) + " · " + percent(p[2])
}

// counted writes a number with its noun: 1 endpoint, 2 endpoints.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
