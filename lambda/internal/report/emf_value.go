package report

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// emfStates are the words for states in fields, and emfLevels the log levels of
// endpoints.
var (
	emfStates = [...]string{failing: "failing", unjudged: "unjudged", degraded: "degraded", healthy: "healthy"}
	emfLevels = [...]string{failing: "ERROR", unjudged: "WARN", degraded: "WARN", healthy: "INFO"}
)

// emfTime is RFC 3339 with milliseconds.
const emfTime = "2006-01-02T15:04:05.000Z07:00"

// Bounds of what is written, in bytes. They keep a line far below 200 KB, and
// below what CloudWatch takes as the value of a dimension or as a namespace.
const (
	maxEMFText      = 1000
	maxEMFLabels    = 50
	maxEMFLabel     = 250
	maxEMFDimension = 1024
	maxEMFNamespace = 255
)

func emfBit(b bool) *int {
	n := 0
	if b {
		n = 1
	}
	return &n
}

// emfMillis is a duration that was measured, or nil.
func emfMillis(d time.Duration) *result.Millis {
	if d < time.Microsecond {
		return nil
	}
	m := result.Millis(d)
	return &m
}

func emfText(s string) string { return redact.Cut(redact.Visible(s), maxEMFText, false) }

// labels are an endpoint's, bounded, and without secrets: unlike what stands
// in a result they come straight from the configuration.
func (e *emfWriter) labels(labels map[string]string) map[string]string {
	if len(labels) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(labels))
	clean := make(map[string]string, len(labels))
	for _, name := range names[:min(len(names), maxEMFLabels)] {
		shown := redact.Snippet([]byte(name), maxEMFLabel, e.env.Secrets...)
		clean[shown] = redact.Snippet([]byte(labels[name]), maxEMFLabel, e.env.Secrets...)
	}
	return clean
}

// emfGroupName is the dimension of a group. Endpoints without a group share
// one, in which no group of the configuration is meant to be.
func emfGroupName(group string) string { return emfDimension(group, "(none)") }

// emfDimension makes a text one that CloudWatch takes as the value of a
// dimension: printable ASCII, not empty, no colon in front, not too long; what was
// cut keeps a mark of its own, so that two endpoints never share metrics.
func emfDimension(s, empty string) string {
	var b strings.Builder
	for i, r := range strings.TrimSpace(strings.ToValidUTF8(s, "\ufffd")) {
		switch {
		case r > '~', r < ' ', r == ':' && i == 0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	switch clean := b.String(); {
	case clean == "":
		return empty
	case len(clean) > maxEMFDimension:
		h := fnv.New64a()
		h.Write([]byte(s))
		mark := fmt.Sprintf("~%016x", h.Sum64())
		return clean[:maxEMFDimension-len(mark)] + mark
	default:
		return clean
	}
}

// emfNamespace makes a text one that CloudWatch takes as a namespace.
func emfNamespace(s string) string {
	clean := strings.TrimLeft(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-/#: ", r):
			return r
		}
		return '_'
	}, strings.TrimSpace(s)), ": ")
	if clean == "" {
		return "Tidewatch"
	}
	return clean[:min(len(clean), maxEMFNamespace)]
}
