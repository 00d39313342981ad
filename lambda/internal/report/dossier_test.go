package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// dossiers have an incident of which everything is known, those of other
// reports, and one that is over.
func dossiers() []Dossier {
	at := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	whole := incident.Incident{
		ID: "INC-0301-12", Key: "api|http.status", Group: "api", Class: result.HTTPStatus, Cause: result.HTTPTimeout,
		Title: "api: 3 endpoints, an answer came with another status than wanted", State: incident.Reopened, Severity: incident.SEV1,
		FirstFailure: at(62), Opened: at(60), Reopenings: 1, Acked: at(30), AckedBy: "ann", Snoozed: now.Add(2 * time.Hour), Flapping: true, Silent: true,
		Previous: incident.Past{ID: "INC-0227-3", Resolved: at(3 * 24 * 60)}, DeployID: "ecs-svc/7", DeployOf: "prod/shop", Deployed: at(64),
		Endpoints: []string{"api/orders", "api/billing", "api/gone"}, Dependents: []string{"web/home"},
		History: []incident.Moment{
			{At: at(60), Kind: incident.KindOpened, Reason: incident.ReasonThreshold, Told: true},
			{At: at(40), Kind: incident.KindResolved, Reason: incident.ReasonStayedGood, Told: true},
			{At: at(35), Kind: incident.KindReopened, Reason: incident.ReasonCameBack, Told: true},
			{At: at(34), Kind: incident.KindAffected, Reason: incident.ReasonJoined},
		},
	}
	whole.Root, whole.Key = rootOfMessages(), rootOfMessages().Key
	whole.Root.Actions[0].Done = at(5)
	over := incident.Incident{
		ID: "INC-0228-4", Key: "db|tcp.refused", Class: result.TCPRefused, Title: "db: the host answered that nothing listens on the port", State: incident.Resolved,
		Severity: incident.SEV2, FirstFailure: at(24 * 60), Opened: at(24*60 - 1), Recovered: at(23 * 60), Resolved: at(23*60 - 5), Endpoints: []string{"db/main"},
	}
	all := []Dossier{{whole, []Member{
		{Key: "api/orders", Known: &incident.Endpoint{Failing: 2, Since: at(62), Class: result.HTTPTimeout, Phase: result.PhaseTTFB, Error: "api.example.com:443 (192.0.2.10:443) accepted the request but sent no answer within 10s"}, UsersLose: "placing orders", Owner: "shop", Runbook: "https://wiki.example.com/orders"},
		{Key: "api/billing", Known: &incident.Endpoint{Since: at(2), Degraded: true}, UsersLose: "invoices", Owner: "shop"},
		{Key: "api/gone"},
		{Key: "web/home", Dependent: true, Known: &incident.Endpoint{Unknown: true}, UsersLose: "everything"},
	}}}
	for _, i := range ByUrgency(troubles()) {
		all = append(all, Dossier{Incident: *i, Members: []Member{{Key: "a", Known: &incident.Endpoint{Since: at(1)}}}})
	}
	return append(all, Dossier{over, []Member{{Key: "db/main", Known: &incident.Endpoint{Since: at(23 * 60)}}}})
}

func dossierForms(t *testing.T, width int, color bool) map[string]string {
	t.Helper()
	all := dossiers()
	options := TextOptions{Width: width, Color: color}
	forms := map[string]string{}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"list":   func(b *bytes.Buffer) error { return DossiersText(b, all, now, options) },
		"show":   func(b *bytes.Buffer) error { return DossierText(b, all[0], now, options) },
		"over":   func(b *bytes.Buffer) error { return DossierText(b, all[len(all)-1], now, options) },
		"nobody": func(b *bytes.Buffer) error { return DossiersText(b, nil, now, options) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		forms[name] = b.String()
	}
	return forms
}

func TestDossierGolden(t *testing.T) {
	for width, suffix := range map[int]string{80: "080.txt", 100: "100.txt", 0: "pipe.txt"} {
		for name, text := range dossierForms(t, width, false) {
			golden(t, "dossier/"+name+"."+suffix, []byte(text))
		}
	}
	var list, one bytes.Buffer
	if err := DossiersJSON(&list, "prod", dossiers()); err != nil {
		t.Fatal(err)
	}
	if err := DossierJSON(&one, dossiers()[0]); err != nil {
		t.Fatal(err)
	}
	golden(t, "dossier/list.json", list.Bytes())
	golden(t, "dossier/show.json", one.Bytes())
}

func TestDossierTextKeepsToTheWidth(t *testing.T) {
	for width := 60; width <= 160; width += 5 {
		coloured := dossierForms(t, width, true)
		for name, text := range dossierForms(t, width, false) {
			if ansi.Strip(coloured[name]) != text {
				t.Errorf("%s at %d columns: colour changes more than colour", name, width)
			}
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if ansi.StringWidth(line) > width && !strings.Contains(line, "://") || strings.HasSuffix(line, " ") || strings.Contains(line, nbsp) || strings.Contains(line, "\x1b") {
					t.Errorf("%s at %d columns: %q", name, width, line)
				}
			}
		}
	}
}

func TestDossiersFollowTheirSchema(t *testing.T) {
	definition, err := jsonschema.UnmarshalJSON(bytes.NewReader(IncidentsSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("incidents.json", definition); err != nil {
		t.Fatal(err)
	}
	s := c.MustCompile("incidents.json")
	var list, none, one bytes.Buffer
	for b, write := range map[*bytes.Buffer]func() error{
		&list: func() error { return DossiersJSON(&list, "prod", dossiers()) },
		&none: func() error { return DossiersJSON(&none, "prod", nil) },
		&one:  func() error { return DossierJSON(&one, dossiers()[0]) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		if err := validate(s, b.Bytes()); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(none.String(), `"incidents": []`) {
		t.Errorf("no incidents: %s", none.String())
	}
	for old, with := range map[string]string{
		`"told": true`: `"told": 1`, `"state": "failing"`: `"state": "bad"`, `"history": [`: `"history": null, "x": [`, `"by": "ann"`: `"by": ""`, `"began"`: `"start"`,
	} {
		changed := strings.Replace(one.String(), old, with, 1)
		if changed == one.String() || json.Valid([]byte(changed)) && validate(s, []byte(changed)) == nil {
			t.Errorf("accepted with %s instead of %s", with, old)
		}
	}
}

// What endpoints have in common is said once, and what depends on them says
// nothing of what broke.
func TestTogether(t *testing.T) {
	members := dossiers()[0].Members
	if got := together(members, func(m *Member) string { return m.Owner }); !slices.Equal(got, []string{"shop"}) {
		t.Errorf("%q", got)
	}
	if got := together(members, func(m *Member) string { return m.UsersLose }); !slices.Equal(got, []string{"placing orders", "invoices"}) {
		t.Errorf("%q", got)
	}
}

// Of an incident of very many endpoints those that fail are shown, the others
// counted, and what happened still stands below.
func TestLongDossiersAreBounded(t *testing.T) {
	d := dossiers()[0]
	for i := range 200 {
		d.Members = append([]Member{{Key: fmt.Sprintf("api/fine-%d", i), Known: &incident.Endpoint{Since: now}}}, d.Members...)
	}
	var b bytes.Buffer
	if err := DossierText(&b, d, now, TextOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"✗ api/orders", "… and 164 more: --output json has all", "history"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\n"); n > 100 {
		t.Errorf("%d lines", n)
	}
}
