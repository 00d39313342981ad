package incident

import (
	"testing"
	"time"
)

func TestWindows(t *testing.T) {
	for _, test := range []struct {
		window, from, until string // from is the first minute in it, until the first after it
	}{
		{"10:00 1h", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"},
		{"23:30 2h", "2026-03-02T23:30:00Z", "2026-03-03T01:30:00Z"},
		{"23:30 2h UTC Mon", "2026-03-02T23:30:00Z", "2026-03-03T01:30:00Z"},
		{"12:01 3m Asia/Kolkata", "2026-03-02T06:31:00Z", "2026-03-02T06:34:00Z"},
		// Clocks go forward in Berlin at 01:00 UTC, and back at 01:00 UTC.
		{"01:30 2h Europe/Berlin Sun", "2026-03-29T00:30:00Z", "2026-03-29T02:30:00Z"},
		{"03:30 1h Europe/Berlin Sun", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"},
		{"23:30 2h Europe/Berlin Sat", "2026-03-28T22:30:00Z", "2026-03-29T00:30:00Z"},
		{"02:30 1h Europe/Berlin Sun", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}, // one of two
		{"03:30 1h Europe/Berlin Sun", "2026-10-25T02:30:00Z", "2026-10-25T03:30:00Z"},
		// A whole day that begins before a day of 23 hours reaches beyond it.
		{"23:30 24h America/New_York Sat", "2026-03-08T04:30:00Z", "2026-03-09T04:30:00Z"},
		// Clocks go forward at midnight: the 6th of September begins at 01:00.
		{"12:00 1h America/Santiago Sun", "2026-09-06T15:00:00Z", "2026-09-06T16:00:00Z"},
		{"23:30 1h America/Santiago Sat", "2026-09-06T03:30:00Z", "2026-09-06T04:30:00Z"},
	} {
		w := windows(t, []string{test.window})[0]
		from, until := at(t, test.from), at(t, test.until)
		for when, want := range map[time.Time]bool{
			from.Add(-time.Second): false, from: true, from.Add(until.Sub(from) / 2): true, until.Add(-time.Second): true, until: false,
		} {
			if got := w.holds(when); got != want {
				t.Errorf("%s holds at %s: %v", test.window, when.Format(time.RFC3339), got)
			}
		}
	}
}

func at(t *testing.T, text string) time.Time {
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}
