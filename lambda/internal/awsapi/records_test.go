package awsapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

var today = time.Now().UTC().Truncate(time.Second)

func record(id string, opened time.Time, expires time.Time) incident.Record {
	return incident.Record{
		Incident: incident.Incident{ID: id, Title: "about " + id, Opened: opened, State: incident.Open},
		Expires:  expires,
	}
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
	t.Parallel()
	s, _, _ := newStore(t)
	later := today.AddDate(0, 3, 0)
	keep(t, s,
		record("b", today.Add(-time.Hour), later), record("old", today.AddDate(0, 0, -40), today.Add(-time.Second)),
		record("c", today.Add(time.Millisecond), time.Time{}), record("a", today.AddDate(0, 0, -30), later))
	keep(t, s.client.Store(s.table, "staging"), record("other", today, later))
	save(t, s, stateWith(1), 0)
	for limit, want := range map[int][]string{0: nil, 2: {"c", "b"}, 9: {"c", "b", "a"}} {
		records, err := s.Records(t.Context(), limit)
		if err != nil || !slices.Equal(ids(records), want) {
			t.Errorf("limit %d: %v, error %v", limit, ids(records), err)
		}
	}
}

func TestRecordIsReplaced(t *testing.T) {
	t.Parallel()
	s, _, raw := newStore(t)
	r := record("a", today, today.AddDate(0, 3, 0))
	keep(t, s, r)
	r.Incident.State = incident.Resolved
	keep(t, s, r)
	records, err := s.Records(t.Context(), 10)
	if err != nil || len(records) != 1 || records[0].Incident.State != incident.Resolved {
		t.Errorf("records %+v, error %v", records, err)
	}
	for sort, i := range items(t, raw, s.table) {
		if expires, ok := number(i[attrExpires]); !ok || expires != r.Expires.Unix() || text(i[attrID]) != "a" {
			t.Errorf("item %s expires at %d: %v", sort, expires, ok)
		}
	}
	// The same incident with another opening is shown once, as it is now.
	r.Incident.Opened = today.Add(time.Hour)
	keep(t, s, r)
	if records, _ := s.Records(t.Context(), 10); len(records) != 1 || !records[0].Incident.Opened.Equal(r.Incident.Opened) {
		t.Errorf("records %v", records)
	}
}

// Of two runs at once, the one that decided first may write last.
func TestLateRecordDoesNotReplace(t *testing.T) {
	t.Parallel()
	s, _, _ := newStore(t)
	early := record("a", today, today.AddDate(0, 3, 0))
	late := early
	late.Incident.State, late.Expires = incident.Resolved, early.Expires.Add(10*time.Millisecond)
	keep(t, s, late, early)
	if records, err := s.Records(t.Context(), 10); err != nil || len(records) != 1 || records[0].Incident.State != incident.Resolved {
		t.Errorf("records %+v, error %v", records, err)
	}
}

func TestRecordsOverPages(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	for i := range 130 {
		keep(t, s, record(fmt.Sprint(i), today.Add(time.Duration(i)*time.Minute), today.AddDate(1, 0, 0)))
	}
	door.Asked()
	records, err := s.Records(t.Context(), 120)
	if err != nil || len(records) != 120 || records[0].Incident.ID != "129" || records[119].Incident.ID != "10" {
		t.Errorf("%d records, error %v", len(records), err)
	}
	if asked := door.Asked(); len(asked) != 2 {
		t.Errorf("%d requests", len(asked))
	}
}

func TestDamagedRecordHidesNoOther(t *testing.T) {
	t.Parallel()
	s, _, raw := newStore(t)
	keep(t, s, record("a", today, time.Time{}), record("b", today, time.Time{}))
	for sort, i := range items(t, raw, s.table) {
		if strings.HasSuffix(sort, "#b") {
			i[attrData] = str("what is this")
			overwrite(t, raw, s.table, i)
		}
	}
	records, err := s.Records(t.Context(), 10)
	sentence(t, err, "a kept incident in table "+s.table+", environment prod (sk=record#", "#b): the state is damaged")
	if !errors.Is(err, incident.ErrDamaged) || !slices.Equal(ids(records), []string{"a"}) {
		t.Errorf("records %v, error %v", ids(records), err)
	}
}

func TestRecordsFail(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	door.Set(mototest.Always("dynamodb:Query", mototest.Refuse(400, "AccessDeniedException", "no")))
	_, err := s.Records(t.Context(), 10)
	sentence(t, err, "listing incidents in table", "its policy needs dynamodb:Query")
	door.Set(mototest.Always("dynamodb:PutItem", mototest.Refuse(400, "ThrottlingException", "no")))
	sentence(t, s.Keep(t.Context(), record("x-1", today, today)), "keeping incident x-1 in table", "takes no more requests")
}
