package main

import (
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

var start = time.Date(2026, 3, 1, 3, 12, 7, 0, time.Local)

// roundOf makes a round in which each endpoint is in a state: "" is healthy.
func roundOf(at time.Time, states map[string]result.Class) report.Run {
	run := report.Run{Started: at, Duration: 1500 * time.Millisecond, TimingsTrusted: true}
	for _, key := range []string{"a", "b", "c"} {
		class, ok := states[key]
		if !ok {
			continue
		}
		r := result.Result{Key: key, Name: key, Healthy: class == "" || class == "degraded", Degraded: class == "degraded"}
		if !r.Healthy {
			r.Class, r.Error = class, "it failed\x1b[0m"
		}
		run.Results = append(run.Results, r)
	}
	return run
}

func TestHistory(t *testing.T) {
	h := newHistory()
	steps := []struct {
		after   time.Duration
		states  map[string]result.Class
		changed string
		note    string // of b
	}{
		{0, map[string]result.Class{"a": "", "b": "tcp.refused", "c": "degraded"}, "bc", "since the start"},
		{time.Minute, map[string]result.Class{"a": "", "b": "tcp.refused", "c": "degraded"}, "", "since the start"},
		{2 * time.Minute, map[string]result.Class{"a": "", "b": "tcp.timeout", "c": ""}, "bc", "since 03:14:07"},
		{3 * time.Minute, map[string]result.Class{"a": "http.status", "b": "", "c": ""}, "ab", "since 03:15:07"},
		{48 * time.Hour, map[string]result.Class{"a": "http.status", "b": "", "c": ""}, "", "since 1 Mar 03:15"},
	}
	for i, step := range steps {
		at := start.Add(step.after)
		var changed string
		for _, c := range h.observe(roundOf(at, step.states)) {
			changed += c.result.Key
		}
		if changed != step.changed {
			t.Errorf("step %d: changed %q, want %q", i, changed, step.changed)
		}
		if got := h.note("b", at); got != step.note {
			t.Errorf("step %d: %q, want %q", i, got, step.note)
		}
	}
	if got := h.note("unknown", start); got != "" {
		t.Errorf("an unknown endpoint: %q", got)
	}
}

func TestHistoryForgetsTheReportNotTheTime(t *testing.T) {
	h := newHistory()
	h.observe(roundOf(start, map[string]result.Class{"a": ""}))
	changes := h.observe(roundOf(start.Add(5*time.Minute), map[string]result.Class{"a": "tcp.reset"}))
	if len(changes) != 1 || changes[0].was.state != "healthy" || !changes[0].was.first || !changes[0].was.at.Equal(start) {
		t.Errorf("%+v", changes)
	}
}
