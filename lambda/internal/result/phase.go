package result

import (
	"strconv"
	"time"
)

// Phase is a stretch of one probe, in the order in which a request passes
// them. Reaching a phase proves every phase before it.
type Phase string

// The phases of a probe. Assert is where an answer is held against the
// conditions; it has no duration.
const (
	PhaseDNS    Phase = "dns"
	PhaseTCP    Phase = "tcp"
	PhaseTLS    Phase = "tls"
	PhaseWrite  Phase = "write"
	PhaseTTFB   Phase = "ttfb"
	PhaseBody   Phase = "body"
	PhaseAssert Phase = "assert"
)

// MeasuredPhases are the phases that have a duration, in order.
var MeasuredPhases = [...]Phase{PhaseDNS, PhaseTCP, PhaseTLS, PhaseWrite, PhaseTTFB, PhaseBody}

// Timings holds how long each phase took. A phase that did not happen is
// absent, never zero: a zero would be averaged into somebody's percentile.
type Timings struct {
	took [len(MeasuredPhases)]time.Duration
	seen [len(MeasuredPhases)]bool
}

// Add notes that a phase took d; a phase that happens again (a redirect, a
// second address) adds to what it took before. Phases without a duration are
// ignored.
func (t *Timings) Add(p Phase, d time.Duration) {
	for i, m := range MeasuredPhases {
		if m == p {
			t.took[i] += max(d, 0)
			t.seen[i] = true
		}
	}
}

// Get returns how long a phase took, and whether it happened at all.
func (t Timings) Get(p Phase) (time.Duration, bool) {
	for i, m := range MeasuredPhases {
		if m == p {
			return t.took[i], t.seen[i]
		}
	}
	return 0, false
}

// MarshalJSON writes {"dns":1.234,…} in milliseconds, only phases that
// happened, in their order.
func (t Timings) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 96)
	b = append(b, '{')
	for i, p := range MeasuredPhases {
		if !t.seen[i] {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, p...)
		b = append(b, '"', ':')
		b = Millis(t.took[i]).appendTo(b)
	}
	return append(b, '}'), nil
}

// Millis is a duration that JSON shows as milliseconds with microsecond
// precision.
type Millis time.Duration

// MarshalJSON writes the duration as a number of milliseconds.
func (m Millis) MarshalJSON() ([]byte, error) { return m.appendTo(nil), nil }

func (m Millis) appendTo(b []byte) []byte {
	us := time.Duration(m).Round(time.Microsecond).Microseconds()
	return strconv.AppendFloat(b, float64(us)/1000, 'f', -1, 64)
}
