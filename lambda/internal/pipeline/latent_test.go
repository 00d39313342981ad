package pipeline

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// summaryOf is the daily summary among what was published: its bodies.
func (s *theatre) summaryOf(t *testing.T, nth int) (mail, slack string, latent []struct{ Key, Do, Since, Severity string }) {
	t.Helper()
	var bodies struct{ Email, Lambda, SQS, Default string }
	var payload struct {
		Kind    string
		Summary struct {
			Latent []struct{ Key, Do, Since, Severity string }
		}
	}
	for _, p := range s.posts.all() {
		if err := json.Unmarshal([]byte(p.Body), &bodies); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(bodies.SQS), &payload); err != nil {
			t.Fatal(err)
		}
		if payload.Kind == "summary" {
			if nth--; nth == 0 {
				return bodies.Email, bodies.Default, payload.Summary.Latent
			}
		}
	}
	t.Fatalf("there are not so many summaries among %d messages", len(s.posts.all()))
	return "", "", nil
}

// What is wrong in the environment of the seed although nothing fails comes
// from the inventory into the daily summary, with what to do and since when;
// what only the last inventory saw waits for the next, and what was told
// yesterday is not new today.
func TestLatentFaultsReachTheSummary(t *testing.T) {
	loose := false
	s := openTheatre(t, "accept-a", "health", 2, fine, func(body string) string {
		body = strings.ReplaceAll(body, "1798761600", "4102444800") // a certificate that does not end soon
		if loose {
			body = strings.Replace(body, "<HttpCode>200</HttpCode>", "<HttpCode>200-499</HttpCode>", 1)
		}
		return body
	})
	s.Latent = diagnose.Latents
	day := s.now.Truncate(24*time.Hour).AddDate(0, 0, 1)
	s.now = day.Add(5 * time.Hour)
	s.beat(t, time.Minute)
	s.beat(t, time.Hour)
	loose = true
	s.beat(t, 59*time.Minute+59*time.Second) // not an hour yet: no inventory
	s.beat(t, time.Second)                   // at 7:01 it sees what is new
	s.beat(t, time.Hour)                     // the summary of 8:00 comes before the inventory of this hour
	const stale = "DEP_STALE_IP/hokusai-api-development/10.0.3.219:5000"
	mail, text, latent := s.summaryOf(t, 1)
	if len(latent) != 1 || latent[0].Key != stale || latent[0].Severity != "SEV4" || latent[0].Since != day.Add(5*time.Hour+time.Minute).Format(time.RFC3339) {
		t.Errorf("first summary: %+v\n%s", latent, s.log)
	}
	for _, words := range []string{"Not noticed yet: 1 fault, 1 new", "new, since 05:01 UTC", "10.0.3.219:5000", "Do: attach the service that answers for", "mlflow.hokusai-development.local"} {
		if !strings.Contains(mail, words) && !strings.Contains(strings.Join(strings.Fields(mail), " "), words) {
			t.Errorf("the mail does not say %q:\n%s", words, mail)
		}
	}
	if text == "" || strings.Contains(mail, "200-499") {
		t.Errorf("it tells what only one inventory saw:\n%s", mail)
	}
	s.beat(t, 23*time.Hour) // it may have missed inventories
	s.beat(t, time.Hour)
	mail, _, latent = s.summaryOf(t, 2)
	if len(latent) != 2 || latent[0].Key != stale || latent[1].Key != "TG_MATCHER_HIDES_ERRORS/200-499" {
		t.Errorf("second summary: %+v", latent)
	}
	if mail = strings.Join(strings.Fields(mail), " "); !strings.Contains(mail, "2 faults") || !strings.Contains(mail, "since "+day.Format("2 Jan")+" 05:01 UTC") || strings.Contains(mail, "new, since "+day.Format("2 Jan")+" 05:01") {
		t.Errorf("the second mail:\n%s", mail)
	}
	if n := len(s.state(t).Incidents); n > 0 {
		t.Errorf("%d incidents", n)
	}
}

// While the action that decides is denied nothing is found, and what had been
// found before keeps its time.
func TestLatentFaultsThatCannotBeRead(t *testing.T) {
	s := openTheatre(t, "accept-a", "health", 2, fine, func(body string) string { return strings.ReplaceAll(body, "1798761600", "4102444800") })
	s.Latent = diagnose.Latents
	s.beat(t, time.Minute)
	before := s.state(t).Latents
	s.aws.Deny("ecs:DescribeTaskDefinition")
	s.beat(t, time.Hour)
	during := s.state(t).Latents
	if len(before.Found) != 1 || len(during.Found) != 0 || during.Seen[before.Found[0].Key] != (incident.Sighting{First: before.At, Last: before.At}) {
		t.Errorf("%+v, then %+v", before, during)
	}
}
