package filestate

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

func TestReports(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "env.json"))
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	if _, err := s.Report(t.Context(), "R-1"); !errors.Is(err, incident.ErrNoReport) {
		t.Fatalf("of an empty store: %v", err)
	}
	for _, id := range []string{"R-1", "R-2", "../R-3"} {
		if err := s.KeepReport(t.Context(), incident.Report{ID: id, Body: []byte(`{"id":"` + id + `"}`), Expires: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"R-1", "R-2", "../R-3"} {
		if body, err := s.Report(t.Context(), id); err != nil || string(body) != `{"id":"`+id+`"}` {
			t.Errorf("%s: %s, %v", id, body, err)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(s.reports())); err != nil || len(entries) != 1 {
		t.Errorf("an id left its directory: %v, %v", entries, err)
	}
	now = now.Add(time.Hour)
	if _, err := s.Report(t.Context(), "R-1"); !errors.Is(err, incident.ErrNoReport) {
		t.Errorf("an expired one: %v", err)
	}
	if err := os.WriteFile(s.reportFile("R-2"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Report(t.Context(), "R-2"); !errors.Is(err, incident.ErrDamaged) {
		t.Errorf("a damaged one: %v", err)
	}
}

func TestOldReportsAreDeleted(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "env.json"))
	if err := os.MkdirAll(s.reports(), 0o700); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for n := range maxReports + 5 {
		id := "R-" + at.Add(time.Duration(n)*time.Second).Format("20060102T150405Z")
		if err := os.WriteFile(s.reportFile(id), []byte(`{"expires":"2099-01-01T00:00:00Z","report":{}}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.KeepReport(t.Context(), incident.Report{ID: "R-20990101T000000Z", Body: []byte("{}"), Expires: at.AddDate(100, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(s.reports())
	if err != nil || len(entries) != maxReports || entries[0].Name() != "R-20260301T120006Z.json" {
		t.Errorf("%d left, the oldest %s, %v", len(entries), entries[0].Name(), err)
	}
}
