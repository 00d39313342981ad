package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

func TestByUrgency(t *testing.T) {
	over := &incident.Incident{ID: "over", State: incident.Resolved, Severity: incident.SEV1, Opened: now}
	in := append([]*incident.Incident{over}, troubles()...)
	var ids []string
	for _, i := range ByUrgency(in) {
		ids = append(ids, i.ID)
	}
	if got, want := strings.Join(ids, " "), "INC-0228-8 INC-0301-11 INC-0301-10 INC-0301-9 over"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if in[0] != over {
		t.Error("the list that was passed in was sorted")
	}
}

func TestAbout(t *testing.T) {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for want, i := range map[string]incident.Incident{
		"open since 03:12 UTC":                     {State: incident.Open, Opened: now},
		"open since 03:10 UTC, 2 min":              {State: incident.Open, Opened: ago(2 * time.Minute)},
		"open since 27 Feb 03:12 UTC, 2 d":         {State: incident.Reopened, Opened: ago(48 * time.Hour)},
		"open since 03:12 UTC · acknowledged":      {State: incident.Open, Opened: now, Acked: now},
		"open since 03:12 UTC · acknowledged by e": {State: incident.Open, Opened: now, Acked: now, AckedBy: "e"},
		"open since 03:12 UTC · flapping":          {State: incident.Open, Opened: now, Flapping: true, Snoozed: now},
		"open since 03:12 UTC · reopened once":     {State: incident.Open, Opened: now, Reopenings: 1},
		"good again since 03:11 UTC, 1 min · open since 03:02 UTC, 10 min": {
			State: incident.Monitoring, Opened: ago(10 * time.Minute), Recovered: ago(time.Minute),
		},
		"resolved 03:11 UTC, after 9 min · reopened 2 times": { // what people did has no effect any more
			State: incident.Resolved, Opened: ago(10 * time.Minute), Resolved: ago(time.Minute), Reopenings: 2, Acked: now, Flapping: true, Snoozed: now.Add(time.Hour),
		},
	} {
		if got := strings.ReplaceAll(about(&i, now), nbsp, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// A terminal is not flooded; a pipe loses nothing; where nothing is open
// nothing is said.
func TestManyIncidents(t *testing.T) {
	run := allHealthy()
	for _, form := range []string{text(t, run, TextOptions{Width: 80}), text(t, run, TextOptions{})} {
		if strings.Contains(form, "incident") {
			t.Errorf("a word about no incidents:\n%s", form)
		}
	}
	for n := range 40 {
		run.Incidents = append(run.Incidents, &incident.Incident{ID: fmt.Sprintf("INC-%d", n), Title: "web", State: incident.Open, Severity: incident.SEV2, Opened: now})
	}
	shown := text(t, run, TextOptions{Width: 80})
	if n := strings.Count(shown, "INC-"); n != shownIncidents || !strings.Contains(shown, "  and 28 more: see `tidewatch incidents`\n") {
		t.Errorf("%d incidents are shown:\n%s", n, shown)
	}
	if piped := text(t, run, TextOptions{}); strings.Count(piped, "INC-") != 40 || strings.Contains(piped, "more") {
		t.Errorf("a pipe gets\n%s", piped)
	}
}
