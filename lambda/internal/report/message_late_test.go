package report

import (
	"maps"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// later is when the late samples are told.
func later(minutes int) time.Time { return night.Add(time.Duration(minutes) * time.Minute) }

// late makes a sample late: what was made at night is told 58 minutes later,
// when its incident is as now says.
func late(sample string, now incident.ByNow, others ...incident.ByNow) func() incident.Notice {
	return func() incident.Notice {
		n := messageSamples[sample]()
		n.Late = &incident.Late{Told: later(58)}
		if n.Incident != nil {
			now.Incident = n.Incident.ID
			n.Late.Now = append([]incident.ByNow{now}, others...)
		}
		return n
	}
}

var (
	stillOpen = incident.ByNow{State: incident.Open}
	isOverBy  = incident.ByNow{State: incident.Resolved, Good: later(30), Resolved: later(35)}
	companion = func(b incident.ByNow) incident.ByNow { b.Incident = companions(1)[0].ID; return b }
)

// lateSamples are told as messageSamples are, but late.
var lateSamples = map[string]func() incident.Notice{
	"late-opened":               late("opened", stillOpen),
	"late-opened-over":          late("opened", isOverBy),
	"late-opened-over-proven":   late("opened-proven", isOverBy),
	"late-opened-good":          late("opened", incident.ByNow{State: incident.Monitoring, Good: later(55)}),
	"late-opened-again":         late("opened", incident.ByNow{State: incident.Reopened, Again: later(50)}),
	"late-opened-forgotten":     late("opened-alone", incident.ByNow{State: incident.Resolved}),
	"late-opened-part":          late("opened", incident.ByNow{State: incident.Open, Into: "INC-0301-1"}),
	"late-opened-with-one":      late("opened-with-one", stillOpen, companion(stillOpen)),
	"late-opened-with-one-over": late("opened-with-one", stillOpen, companion(isOverBy)),
	"late-opened-with-all-over": late("opened-with-one", isOverBy, companion(isOverBy)),
	"late-reminder":             late("reminder", stillOpen),
	"late-reminder-over":        late("reminder", isOverBy),
	"late-reminder-both-over":   late("reminder-with-one", isOverBy, companion(isOverBy)),
	"late-cause-changed-over":   late("cause-changed", isOverBy),
	"late-flapping-over":        late("flapping", isOverBy),
	"late-checker-over":         late("checker-trouble", isOverBy),
	"late-resolved":             late("resolved", incident.ByNow{State: incident.Resolved, Good: before(6), Resolved: night}),
	"late-resolved-again":       late("resolved", incident.ByNow{State: incident.Reopened, Again: later(50)}),
	"late-deployment-failed":    late("deployment-failed", isOverBy),
	"late-deployment-verified":  late("deployment-verified", incident.ByNow{}),
	"late-summary":              late("summary", incident.ByNow{}),
	"late-hostile":              late("hostile", isOverBy),
}

func init() { maps.Copy(messageSamples, lateSamples) }

// What is over by now is not told as open, in any format; and whatever is late
// says in its title and in its first words that it is.
func TestLateMessagesSayHowItIsNow(t *testing.T) {
	for name, sample := range lateSamples {
		n := sample()
		m := Compose(n)
		b, q := parts(t, m)
		var p payload
		strict(t, b.Lambda, &p)
		texts := map[string]string{"mail": strings.Join(strings.Fields(b.Email), " "), "chat": q.Content.Title + "\n" + q.Content.Description + strings.Join(q.Content.NextSteps, "\n"), "subject": m.Subject, "subject of the payload": p.Subject}
		for format, text := range texts {
			said := strings.Contains(text, "Told 58 min late: it says how it was at 03:12") || strings.HasPrefix(format, "subject")
			if !strings.Contains(text, "Late") || !said {
				t.Errorf("%s: the %s does not say that it is late:\n%s", name, format, text)
			}
			if n.Incident != nil && isOver(&n) {
				for _, word := range []string{"just now", "still open", "Do first", "eminder in", "acknowledged it", "ack INC", "Next steps", "Users lose ", "Users lose:"} {
					if strings.Contains(text, word) && name != "late-hostile" { // who says so as its own words
						t.Errorf("%s: over, but the %s says %q:\n%s", name, format, word, text)
					}
				}
			}
		}
		if n.Incident == nil {
			continue
		}
		now := n.Late.Now[0]
		if p.Incident.State != string(now.State) || p.Late.Incidents[0].State != string(now.State) || p.Late.Told != stamp(later(58)) || p.Late.Seconds != 58*60 || p.At != stamp(night) {
			t.Errorf("%s: the payload has %+v, incident %s", name, p.Late, p.Incident.State)
		}
		if now.IsGood() && (p.Incident.Resolved != stamp(now.Resolved) || p.Incident.Recovered != stamp(now.Good)) {
			t.Errorf("%s: the payload has it good since %s, resolved %s", name, p.Incident.Recovered, p.Incident.Resolved)
		}
	}
}

// How long something lasted is counted to its end, or else to when it is told.
func TestLateDurations(t *testing.T) {
	for name, want := range map[string][]string{
		"late-opened":        {"Late: SEV1 opened: ", "03:09 UTC, for 1 h 1 min\n", "By now it is still open.", "as of 1 Mar 2026 03:12 UTC, told 04:10 UTC"},
		"late-opened-over":   {"Late, over since 03:42 UTC: SEV1 opened: ", "33 min, from 03:09 UTC to 03:42 UTC\n", "By now it is over since 03:42 UTC."},
		"late-opened-good":   {"Late, good since 04:07 UTC: SEV1 opened: ", "58 min, from 03:09 UTC to 04:07 UTC\n"},
		"late-opened-again":  {"Late: SEV1 opened: ", "Since        03:09 UTC\n", "it fails again since 04:02 UTC, after it was over."},
		"late-opened-part":   {"Late: SEV1 opened: ", "it is part of INC-0301-1: it is still open."},
		"late-reminder":      {"Late: SEV1 still open after 3 h 2 min: ", "01:08 UTC, for 3 h 2 min\n"},
		"late-reminder-over": {"Late, over since 03:42 UTC: SEV1 reminder: ", "2 h 34 min, from 01:08 UTC to 03:42 UTC\n"},
		"late-resolved":      {"Late: Resolved after 23 h 36 min (was SEV1): ", "23 h 36 min, from 28 Feb 03:30 UTC to 03:06 UTC\n", "All of it is good again."},
		"late-resolved-again": {
			"Late, failing again since 04:02 UTC: Resolved after 23 h 36 min (was SEV1): ", "it fails again since 04:02 UTC, after it was over.",
		},
		"late-opened-with-one-over": {"Late, 1 of 2 over: SEV1 opened with 1 more: ", "Over by now: 1 of the 2 incidents.", "By now       it is over since 03:42 UTC"},
		"late-opened-with-all-over": {"Late, all 2 over: SEV1 opened with 1 more: ", "All 2 incidents are over by now."},
		"late-opened-forgotten":     {"Late, over: SEV2 opened: ", "By now it is over.", "Since        03:10 UTC\n"},
	} {
		b, _ := parts(t, Compose(lateSamples[name]()))
		unbroken := strings.Join(strings.Fields(b.Email), " ")
		for _, text := range want {
			if !strings.Contains(unbroken+" ", strings.Join(strings.Fields(text), " ")) {
				t.Errorf("%s: %q is missing in\n%s", name, text, b.Email)
			}
		}
	}
	if b, _ := parts(t, Compose(lateSamples["late-resolved-again"]())); strings.Contains(b.Email, "All of it is good again") {
		t.Errorf("what fails again is told as good:\n%s", b.Email)
	}
}

// However much a late message has to say, it obeys the limits.
func TestLateAndHuge(t *testing.T) {
	for _, sample := range []string{"huge", "huge-shared", "opened-with-eleven", "resolved-with-eleven", "secrets"} {
		for _, now := range []incident.ByNow{stillOpen, isOverBy, {State: incident.Reopened, Again: later(50), Into: strings.Repeat("I", 500)}} {
			obeys(t, Compose(late(sample, now, companion(now))()))
		}
	}
}

// A clock that went back makes no message from before it happened.
func TestToldBeforeItHappened(t *testing.T) {
	n := lateSamples["late-opened-over"]()
	n.Late.Told = before(90)
	m := Compose(n)
	obeys(t, m)
	if b, _ := parts(t, m); !strings.Contains(b.Email, "Told less than a minute late") {
		t.Errorf("it says\n%s", b.Email)
	}
}
