package filestate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

var today = time.Now().UTC().Truncate(time.Second)

func record(id string, opened, expires time.Time) incident.Record {
	return incident.Record{Incident: incident.Incident{ID: id, Opened: opened, State: incident.Open}, Expires: expires}
}

func keep(t *testing.T, s *Store, records ...incident.Record) {
	t.Helper()
	for _, r := range records {
		if err := s.Keep(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(records []incident.Record) (all []string) {
	for _, r := range records {
		all = append(all, r.Incident.ID)
	}
	return all
}

func TestRecordsNewestFirst(t *testing.T) {
	s := newStore(t)
	if records, err := s.Records(t.Context(), 9); err != nil || len(records) != 0 {
		t.Errorf("without any: %v, error %v", records, err)
	}
	later := today.AddDate(0, 3, 0)
	keep(t, s,
		record("b/1 ü", today.Add(-time.Hour), later), record("soon", today, today.Add(time.Minute)),
		record("c", today.Add(time.Second), time.Time{}), record("a", today.AddDate(0, 0, -30), later))
	s.now = func() time.Time { return today.Add(time.Hour) } // "soon" has expired
	for limit, want := range map[int][]string{0: nil, 2: {"c", "b/1 ü"}, 9: {"c", "b/1 ü", "a"}} {
		records, err := s.Records(t.Context(), limit)
		if err != nil || !slices.Equal(ids(records), want) {
			t.Errorf("limit %d: %v, error %v", limit, ids(records), err)
		}
	}
	keep(t, s, record("d", today, later))
	if names, _ := s.names(); len(names) != 4 {
		t.Errorf("what has expired is still there: %v", names)
	}
}

// Of two runs at once, the one that decided first may write last.
func TestLateRecordDoesNotReplace(t *testing.T) {
	s := newStore(t)
	early := record("a", today, today.AddDate(0, 3, 0))
	late := early
	late.Incident.State, late.Expires = incident.Resolved, early.Expires.Add(time.Millisecond)
	keep(t, s, late, early)
	if records, err := s.Records(t.Context(), 10); err != nil || len(records) != 1 || records[0].Incident.State != incident.Resolved {
		t.Errorf("records %+v, error %v", records, err)
	}
}

func TestRecordIsReplaced(t *testing.T) {
	s := newStore(t)
	r := record("a", today, time.Time{})
	keep(t, s, r)
	r.Incident.State = incident.Resolved
	keep(t, s, r)
	if records, err := s.Records(t.Context(), 9); err != nil || len(records) != 1 || records[0].Incident.State != incident.Resolved {
		t.Errorf("%+v, error %v", records, err)
	}
	r.Incident.Opened = today.Add(time.Hour)
	keep(t, s, r)
	if records, _ := s.Records(t.Context(), 9); len(records) != 1 || !records[0].Incident.Opened.Equal(r.Incident.Opened) {
		t.Errorf("%+v", records)
	}
}

func TestRecordsAreBounded(t *testing.T) {
	s := newStore(t)
	keep(t, s, record("first", today.AddDate(0, 0, -1), time.Time{}))
	for i := range maxRecords {
		name := today.Add(time.Duration(i)*time.Second).Format(recordTime) + fmt.Sprintf("-%d.json", i)
		if err := os.WriteFile(filepath.Join(s.records(), name), []byte(fmt.Sprintf(`{"incident":{"id":"%d"}}`, i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keep(t, s, record("last", today.AddDate(0, 0, 1), time.Time{}))
	records, err := s.Records(t.Context(), 2*maxRecords)
	if err != nil || len(records) != maxRecords || records[0].Incident.ID != "last" || slices.Contains(ids(records), "first") {
		t.Errorf("%d records, error %v", len(records), err)
	}
}

func TestDamagedRecordHidesNoOther(t *testing.T) {
	s := newStore(t)
	keep(t, s, record("a", today, time.Time{}))
	damaged := filepath.Join(s.records(), "20260101T000000.000Z-x.json")
	if err := os.WriteFile(damaged, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	keep(t, s, record("b", today.Add(time.Hour), time.Time{}))
	records, err := s.Records(t.Context(), 9)
	sentence(t, err, damaged+" is damaged: it is not JSON of the expected form")
	if !slices.Equal(ids(records), []string{"b", "a"}) {
		t.Errorf("records %v", ids(records))
	}
	if _, err := os.Stat(damaged); errors.Is(err, os.ErrNotExist) {
		t.Error("it was deleted")
	}
}
