package main

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// history remembers in which state each endpoint is, and since when, for as
// long as the process lives.
type history struct {
	states map[string]since // by key
}

// since is a state and when it was first seen.
type since struct {
	state string
	at    time.Time
	first bool // since the first round: when it began is not known
}

// change is one endpoint that is in another state than in the round before.
type change struct {
	result *result.Result
	was    since // zero in the first round
}

func newHistory() *history { return &history{states: map[string]since{}} }

// observe takes a round in and returns what changed, in its order. In the
// first round everything that is not healthy counts as a change.
func (h *history) observe(run report.Run) []change {
	var changes []change
	first := len(h.states) == 0
	for i := range run.Results {
		r := &run.Results[i]
		state := report.State(r)
		was, known := h.states[r.Key]
		if known && was.state == state {
			continue
		}
		h.states[r.Key] = since{state: state, at: run.Started, first: first}
		if known || !r.Healthy || r.Degraded {
			changes = append(changes, change{result: r, was: was})
		}
	}
	return changes
}

// note says since when an endpoint is in its state, as a short column.
func (h *history) note(key string, now time.Time) string {
	s, ok := h.states[key]
	switch {
	case !ok:
		return ""
	case s.first:
		return "since the start"
	case now.Sub(s.at) < 20*time.Hour:
		return "since " + s.at.Local().Format("15:04:05")
	}
	return "since " + s.at.Local().Format("2 Jan 15:04")
}
