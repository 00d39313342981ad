package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestEpisodes(t *testing.T) {
	of := func(kinds ...incident.Kind) *incident.Incident {
		i := &incident.Incident{ID: "INC-1", Title: "web/a", State: incident.Open, Severity: incident.SEV2, Opened: start}
		for n, kind := range kinds {
			i.History = append(i.History, incident.Moment{At: start.Add(time.Duration(n) * time.Minute), Kind: kind, Reason: "why"})
		}
		return i
	}
	var e episodes
	acked := of(incident.KindOpened, incident.KindReminder)
	acked.Acked, acked.AckedBy, acked.Snoozed = start, "ann", start.Add(time.Hour)
	watched := of(incident.KindOpened, incident.KindReminder, incident.KindMonitoring)
	watched.State, watched.Acked = incident.Monitoring, start
	for n, step := range []struct {
		open []*incident.Incident
		want string
	}{
		{nil, ""},
		{[]*incident.Incident{of(incident.KindOpened)}, "INC-1 SEV2 opened, why: web/a"},
		{[]*incident.Incident{of(incident.KindOpened)}, ""},
		{[]*incident.Incident{acked}, "INC-1 SEV2 is acknowledged by ann: web/a|INC-1 SEV2 is snoozed until " + start.Add(time.Hour).UTC().Format(time.RFC3339) + ": web/a"},
		{[]*incident.Incident{watched}, "INC-1 SEV2 monitoring, why: web/a"},
		{nil, "INC-1 SEV2 is over after 5 min 0 s: web/a"},
	} {
		got := strings.Join(e.observe(report.Run{Started: start.Add(time.Duration(n) * time.Minute), Incidents: step.open}), "|")
		if got != step.want {
			t.Errorf("round %d: got  %s\nwant %s", n, got, step.want)
		}
	}
	var late episodes
	if got := late.observe(report.Run{Started: start.Add(time.Minute), Incidents: []*incident.Incident{watched}}); len(got) != 1 || got[0] != "INC-1 SEV2 is monitoring for 1 min 0 s: web/a" {
		t.Errorf("open before the watch: %q", got)
	}
}

// A state that cannot be kept is told once, and nothing is said of incidents
// meanwhile.
func TestWatchWithoutAState(t *testing.T) {
	l := lines{history: newHistory()}
	run := roundOf(start, map[string]result.Class{"a": ""})
	run.Incidents = []*incident.Incident{{ID: "INC-1", Title: "a", State: incident.Open, Opened: start}}
	log := l.round(run, nil)
	for _, why := range []error{errors.New("full"), errors.New("full"), errors.New("locked"), nil} {
		run := roundOf(start, map[string]result.Class{"a": ""})
		if why == nil {
			run.Incidents = []*incident.Incident{{ID: "INC-1", Title: "a", State: incident.Open, Opened: start}}
		}
		log += l.round(run, why)
	}
	if strings.Count(log, "incidents could not be kept: full\n") != 1 || strings.Count(log, "locked\n") != 1 || strings.Contains(log, "is over") || strings.Count(log, "INC-1") != 1 {
		t.Error(log)
	}
}
