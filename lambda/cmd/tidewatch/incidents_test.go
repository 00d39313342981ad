package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// began is when the incidents of these tests were opened.
var began = time.Now().UTC().Add(-time.Hour).Truncate(time.Second)

// withIncidents puts one open incident, one that was resolved just now, and one
// that has left the state into a store.
func withIncidents(t *testing.T, store pipeline.Store) {
	t.Helper()
	of := func(id string, state incident.Phase) incident.Incident {
		i := incident.Incident{
			ID: id, Key: "web|" + id, Title: "web/down: it failed", Class: result.HTTPStatus, State: state, Severity: incident.SEV2,
			FirstFailure: began, Opened: began, Changed: began, Endpoints: []string{"web/down"},
			History: []incident.Moment{{At: began, Kind: incident.KindOpened, Reason: incident.ReasonThreshold, Told: true}},
		}
		if state == incident.Resolved {
			i.Resolved = began.Add(20 * time.Minute)
		}
		return i
	}
	open, late, old := of("INC-1125-3", incident.Open), of("INC-1125-2", incident.Resolved), of("INC-1120-1", incident.Resolved)
	late.Opened, old.Opened = began.Add(-time.Minute), began.Add(-time.Hour)
	state := incident.State{
		Version: incident.Version, Updated: began, Incidents: []*incident.Incident{&late, &open},
		Endpoints: map[string]*incident.Endpoint{"web/down": {Failing: 2, Since: began, Class: result.HTTPStatus, Error: "answered 503"}},
	}
	if _, err := store.Save(t.Context(), state, 0); err != nil {
		t.Fatal(err)
	}
	for _, i := range []incident.Incident{open, of("INC-1125-2", incident.Open), old} { // the second one is out of date
		if i.ID == late.ID {
			i.Opened = late.Opened
		}
		if err := store.Keep(t.Context(), incident.NewRecord(i, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
}

// counter is the desk over one store.
type counter struct {
	t     *testing.T
	store pipeline.Store
	env   map[string]string
	place string
	file  string
}

// run adds the flags that name configuration and state.
func (c *counter) run(args ...string) outcome {
	c.t.Helper()
	return tidewatchIn(c.t.Context(), c.env, append([]string{"incidents"}, append(args, c.place, "--config", c.file)...)...)
}

// incident is how the store has it.
func (c *counter) incident(id string) (now incident.Incident, record incident.Incident) {
	c.t.Helper()
	state, _, err := c.store.Load(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	records, err := c.store.Records(c.t.Context(), 99)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, r := range records {
		if r.Incident.ID == id {
			record = r.Incident
		}
	}
	return *lookup(state, id), record
}

const desks = `endpoints:
  - {name: down, group: web, url: "http://127.0.0.1:1/", conditions: ["[STATUS] == 200"], users-lose: reading, owner: web-team, runbook: "https://wiki.example.com/down"}
`

// counters are the same incidents in a file and in a table.
func counters(t *testing.T, check func(t *testing.T, c *counter)) {
	t.Run("file", func(t *testing.T) {
		path, place := stateFileIn(t)
		store := filestate.Open(path)
		withIncidents(t, store)
		check(t, &counter{t, store, nil, place, configFile(t, desks)})
	})
	t.Run("table", func(t *testing.T) {
		env := signedIn(t)
		table, store := newTable(t)
		withIncidents(t, store)
		check(t, &counter{t, store, env, "--state=dynamodb:" + table, configFile(t, desks)})
	})
}

func TestIncidentsList(t *testing.T) {
	counters(t, func(t *testing.T, c *counter) {
		whole := c.run()
		if got := c.run("list"); got != whole || whole.status != 0 || whole.err != "" {
			t.Errorf("%+v is not %+v", got, whole)
		}
		if order := idsIn(whole.out); order != "INC-1125-3 INC-1125-2 INC-1120-1" {
			t.Errorf("%s in\n%s", order, whole.out)
		}
		for limit, want := range map[string]string{"0": "INC-1125-3", "1": "INC-1125-3 INC-1125-2", "2": "INC-1125-3 INC-1125-2 INC-1120-1"} {
			if got := c.run("--limit", limit); idsIn(got.out) != want {
				t.Errorf("--limit %s: %s", limit, got.out)
			}
		}
		if got := c.run("list", "--all", "--limit", "0"); strings.Count(got.out, "INC-") != 3 {
			t.Errorf("--all: %s", got.out)
		}
		var doc struct {
			Environment string
			Incidents   []struct{ ID, State string }
		}
		got := c.run("--output", "json")
		if err := json.Unmarshal([]byte(got.out), &doc); err != nil || doc.Environment != "default" || len(doc.Incidents) != 3 || doc.Incidents[1].State != "resolved" {
			t.Errorf("%+v, error %v", doc, err)
		}
		followsIncidentsSchema(t, got.out)
	})
}

// idsIn are the ids that begin an entry of a list.
func idsIn(text string) string {
	var ids []string
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[0], "SEV") {
			ids = append(ids, fields[1])
		}
	}
	return strings.Join(ids, " ")
}

func followsIncidentsSchema(t *testing.T, text string) {
	t.Helper()
	definition, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.IncidentsSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("incidents.json", definition); err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("incidents.json").Validate(document); err != nil {
		t.Error(err)
	}
}

func TestIncidentsShow(t *testing.T) {
	counters(t, func(t *testing.T, c *counter) {
		got := c.run("show", "inc-1125-3")
		for _, want := range []string{"SEV2  INC-1125-3  web/down: it failed\n", "open since ", "✗ web/down  failing since ", "http.status: answered 503\n",
			"users lose     reading\n", "owner          web-team\n", "runbook        https://wiki.example.com/down\n", "opened, the failure threshold was reached · message\n"} {
			if !strings.Contains(got.out, want) {
				t.Errorf("no %q in\n%s", want, got.out)
			}
		}
		if got := c.run("show", "INC-1120-1"); got.status != 0 || !strings.Contains(got.out, "resolved ") {
			t.Errorf("from the records: %+v", got)
		}
		followsIncidentsSchema(t, c.run("show", "INC-1125-3", "--output", "json").out)
		if got := c.run("show", "INC-9"); got.status != statusFailed || got.err != "tidewatch: there is no incident \"INC-9\"; open are INC-1125-3\n" {
			t.Errorf("%+v", got)
		}
	})
}

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

func TestIncidentsWithoutAny(t *testing.T) {
	_, place := stateFileIn(t)
	config := configFile(t, desks)
	if got := tidewatch(t, "incidents", place, "--config", config); got.status != 0 || got.out != "no incident is open\n" || got.err != "" {
		t.Errorf("%+v", got)
	}
	if got := tidewatch(t, "incidents", place, "--config", config, "--output", "json"); !strings.Contains(got.out, `"incidents": []`) {
		t.Errorf("%+v", got)
	}
	got := tidewatch(t, "incidents", "ack", "INC-1", place, "--config", config)
	if got.status != statusFailed || got.err != "tidewatch: there is no incident \"INC-1\"; none is open, and those that are resolved are listed by `tidewatch incidents --all`\n" {
		t.Errorf("%+v", got)
	}
	got = tidewatch(t, "incidents", "--state", "file:"+config, "--config", config)
	if got.status != statusFailed || !strings.Contains(got.err, "the state is damaged") {
		t.Errorf("%+v", got)
	}
	if got := tidewatch(t, "incidents", "--config", configFile(t, "endpoints: 5\n")); got.status != statusFailed || !strings.Contains(got.err, "the configuration has 1 error\n") {
		t.Errorf("%+v", got)
	}
}

// hasty is a store that others change between loading and saving, a few times.
type hasty struct {
	pipeline.Store
	changes int
	keeps   error
}

func (h *hasty) Save(ctx context.Context, s incident.State, revision int64) (int64, error) {
	if h.changes > 0 {
		h.changes--
		theirs, at, err := h.Load(ctx)
		if err != nil {
			return 0, err
		}
		theirs.Counter++
		if _, err := h.Store.Save(ctx, theirs, at); err != nil {
			return 0, err
		}
	}
	return h.Store.Save(ctx, s, revision)
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
