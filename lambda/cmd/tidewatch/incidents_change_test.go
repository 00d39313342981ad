package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
)

func TestIncidentsAck(t *testing.T) {
	counters(t, func(t *testing.T, c *counter) {
		got := c.run("ack", "inc-1125-3", "--by", "ann")
		if got.status != 0 || got.out != "INC-1125-3 is acknowledged by ann: no reminders are sent, changes are told\n" {
			t.Errorf("%+v", got)
		}
		now, record := c.incident("INC-1125-3")
		if now.AckedBy != "ann" || record.AckedBy != "ann" || now.Acked.IsZero() || !now.Acked.Equal(record.Acked) {
			t.Errorf("%+v, record %+v", now, record)
		}
		env := map[string]string{"USER": "bob"}
		for name, value := range c.env {
			env[name] = value
		}
		c.env = env
		if got := c.run("ack", "INC-1125-3"); got.out != "INC-1125-3 is acknowledged by bob, as it was by ann: no reminders are sent, changes are told\n" {
			t.Errorf("%+v", got)
		}
		document := c.run("ack", "INC-1125-3", "--output", "json").out
		if followsIncidentsSchema(t, document); !strings.Contains(document, `"by": "bob"`) {
			t.Error(document)
		}
		for id, want := range map[string]string{
			"INC-1125-2": "incident INC-1125-2 is resolved; there is nothing to acknowledge\n",
			"inc-1120-1": "incident INC-1120-1 is over since " + began.Add(20*time.Minute).Format("2006-01-02 15:04 UTC") + "\n",
			"INC-9":      "there is no incident \"INC-9\"; open are INC-1125-3\n",
		} {
			if got := c.run("ack", id); got.status != statusFailed || got.out != "" || got.err != "tidewatch: "+want {
				t.Errorf("%s: %+v", id, got)
			}
		}
	})
}

func TestIncidentsSnooze(t *testing.T) {
	counters(t, func(t *testing.T, c *counter) {
		before := time.Now()
		got := c.run("snooze", "inc-1125-3", "1d2h")
		now, record := c.incident("INC-1125-3")
		if d := now.Snoozed.Sub(before); got.status != 0 || d < 26*time.Hour || d > 26*time.Hour+time.Minute || !record.Snoozed.Equal(now.Snoozed) {
			t.Errorf("%+v, until %s", got, now.Snoozed)
		}
		if want := "INC-1125-3 is snoozed until " + now.Snoozed.UTC().Format("2006-01-02 15:04 UTC") + ": only its end and a higher severity are told\n"; got.out != want {
			t.Errorf("got  %swant %s", got.out, want)
		}
		if got := c.run("snooze", "INC-1125-3", "8d"); got.status != statusFailed || !strings.Contains(got.err, "can not be snoozed for 192h0m0s; expected more than 0 and at most 168h0m0s") {
			t.Errorf("too long: %+v", got)
		}
		if got := c.run("snooze", "INC-1125-3", "0"); got.status != 0 || got.out != "INC-1125-3 is not snoozed any more: changes and reminders are told again\n" {
			t.Errorf("%+v", got)
		}
		if now, record := c.incident("INC-1125-3"); !now.Snoozed.IsZero() || !record.Snoozed.IsZero() {
			t.Errorf("still snoozed until %s, record %s", now.Snoozed, record.Snoozed)
		}
		if got := c.run("snooze", "INC-1125-2", "0"); got.status != statusFailed || got.err != "tidewatch: incident INC-1125-2 is resolved; there is nothing to snooze\n" {
			t.Errorf("%+v", got)
		}
	})
}

// hasty is a store that others change between loading and saving, a few times.
type hasty struct {
	pipeline.Store
	changes int
	keeps   error
}

func (h *hasty) Settle(ctx context.Context, s incident.State, revision int64) (int64, error) {
	if h.changes > 0 {
		h.changes--
		theirs, at, err := h.Load(ctx)
		if err != nil {
			return 0, err
		}
		theirs.Counter++
		if _, err := h.Store.Settle(ctx, theirs, at); err != nil {
			return 0, err
		}
	}
	return h.Store.Settle(ctx, s, revision)
}

func (h *hasty) Keep(ctx context.Context, r incident.Record) error {
	if h.keeps != nil {
		return h.keeps
	}
	return h.Store.Keep(ctx, r)
}

func TestChangesOfOthersStay(t *testing.T) {
	path, _ := stateFileIn(t)
	store := &hasty{Store: filestate.Open(path), keeps: errors.New("the disk is full")}
	withIncidents(t, store.Store)
	var out, stderr strings.Builder
	cfg, _, err := streams{err: &stderr, env: func(string) (string, bool) { return "", false }}.read(configFile(t, desks))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{streams: streams{out: &out, err: &stderr}, cfg: cfg, store: store, output: "text", now: time.Now()}
	store.changes = 3
	if err := d.acknowledge(t.Context(), "INC-1125-3", "ann"); err != nil {
		t.Fatal(err)
	}
	if s := kept(t, path); s.Counter != 3 || lookup(s, "INC-1125-3").AckedBy != "ann" {
		t.Errorf("%+v", s)
	}
	if want := "tidewatch: warning: it holds, but its record is old: the disk is full\n"; stderr.String() != want {
		t.Errorf("%q", stderr.String())
	}
	store.changes = changeTries
	if err := d.acknowledge(t.Context(), "INC-1125-3", "bob"); err == nil || !strings.Contains(err.Error(), "24 times in a row") {
		t.Errorf("%v", err)
	}
}

// brimful is a store whose state takes no decision any more, only marks.
type brimful struct{ pipeline.Store }

func (brimful) Save(context.Context, incident.State, int64) (int64, error) {
	return 0, incident.ErrFull
}

// What somebody does about an incident is no decision: it has room when the
// state is full, which is when it is needed.
func TestIncidentsChangeWhenTheStateIsFull(t *testing.T) {
	path, _ := stateFileIn(t)
	withIncidents(t, filestate.Open(path))
	var out, stderr strings.Builder
	cfg, _, err := streams{err: &stderr, env: func(string) (string, bool) { return "", false }}.read(configFile(t, desks))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	d := &desk{streams: streams{out: &out, err: &stderr}, cfg: cfg, store: brimful{filestate.Open(path)}, output: "text", now: now}
	if err := errors.Join(d.acknowledge(t.Context(), "INC-1125-3", "ann"), d.snooze(t.Context(), "INC-1125-3", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if i := lookup(kept(t, path), "INC-1125-3"); i.AckedBy != "ann" || !i.Snoozed.Equal(now.Add(time.Hour)) {
		t.Errorf("acknowledged by %q, snoozed until %s", i.AckedBy, i.Snoozed)
	}
}

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "30m": 30 * time.Minute, "1h30m": 90 * time.Minute, "2d": 48 * time.Hour, "1d12h": 36 * time.Hour, "0d": 0,
		"": -1, "5": -1, "d": -1, "-1h": -1, "1d-2h": -1, "1.5d": -1, "1dx": -1, "99999d": -1, "1h2d": -1,
	} {
		got, ok := parseSpan(text)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %s, %t", text, got, ok)
		}
	}
}
