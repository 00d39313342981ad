package awsapi

import (
	"errors"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

func TestReports(t *testing.T) {
	t.Parallel()
	s, _, raw := newStore(t)
	if _, err := s.Report(t.Context(), "R-1"); !errors.Is(err, incident.ErrNoReport) {
		t.Fatalf("of an empty table: %v", err)
	}
	body := `{"id":"R-1","findings":["` + strings.Repeat("long ", 20_000) + `"]}`
	if err := s.KeepReport(t.Context(), incident.Report{ID: "R-1", Body: []byte(body), Text: "in words", Expires: today.AddDate(0, 3, 0)}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Report(t.Context(), "R-1"); err != nil || strings.TrimSpace(string(got)) != body {
		t.Errorf("%d bytes of %d, %v", len(got), len(body), err)
	}
	kept := items(t, raw, s.table)[reportPrefix+"R-1"]
	if text(kept[attrText]) != "in words" {
		t.Errorf("the words beside it: %q", text(kept[attrText]))
	}
	if expires, ok := number(kept[attrExpires]); !ok || expires != today.AddDate(0, 3, 0).Unix() {
		t.Errorf("expires %d", expires)
	}
	if err := s.KeepReport(t.Context(), incident.Report{ID: "R-0", Body: []byte("{}"), Expires: today.AddDate(0, 0, -1)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Report(t.Context(), "R-0"); !errors.Is(err, incident.ErrNoReport) {
		t.Errorf("an expired one: %v", err)
	}
	if records, err := s.Records(t.Context(), 10); err != nil || len(records) != 0 {
		t.Errorf("reports are taken for incidents: %v, %v", records, err)
	}
	const link = "https://us-east-1.console.aws.amazon.com/dynamodbv2/home?region=us-east-1#edit-item?"
	if got := s.ReportLink("R-1"); !strings.HasPrefix(got, link) || !strings.Contains(got, "sk=report%23R-1") {
		t.Errorf("link %s", got)
	}
	for region, want := range map[string]string{"eusc-de-east-1": "https://eusc-de-east-1.console.amazonaws-eusc.eu/dynamodbv2/home?region=eusc-de-east-1#", "us-iso-east-1": ""} {
		s.client = &Client{config: Config{Region: region}}
		if got := s.ReportLink("R-1"); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("in %s it is %q", region, got)
		}
	}
}
