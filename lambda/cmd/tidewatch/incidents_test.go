package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

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
	follows(t, report.IncidentsSchema, text)
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
