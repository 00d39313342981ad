package pipeline

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// savedCase is a scenario as --save would keep it, with a fact of each kind of
// probe.
func savedCase(t testing.TB, name string) string {
	t.Helper()
	s, err := scenario.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	in := s.Case("us-east-1")
	if s.EngineOnly() {
		diagnose.Rounds(in, s.Fetch)
	}
	text, err := json.Marshal(Case{Input: in})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReadCaseRefuses(t *testing.T) {
	good := savedCase(t, "engine-dead-address")
	if _, err := ReadCase([]byte(good)); err != nil {
		t.Fatal(err)
	}
	changed := func(path string, value any) string {
		var parts map[string]any
		if err := json.Unmarshal([]byte(good), &parts); err != nil {
			t.Fatal(err)
		}
		at := parts
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			next, _ := at[name].(map[string]any)
			if list, ok := at[name].([]any); ok {
				next, _ = list[0].(map[string]any)
			}
			at = next
		}
		at[names[len(names)-1]] = value
		text, _ := json.Marshal(parts)
		return string(text)
	}
	for text, want := range map[string]string{
		`nothing`:                              "the whole: expected JSON of the form",
		`{}`:                                   "facts: expected what was read, got nothing",
		changed("symptoms", []any{}):           "symptoms: expected what was seen of at least one endpoint, got none",
		changed("symptoms", nil):               "symptoms: expected what was seen of at least one endpoint, got none",
		changed("symptoms.class", "http.odd"):  `symptoms[0].class: expected a class of failure, such as http.status, of what is not healthy, got "http.odd"`,
		changed("symptoms.endpoint.key", ""):   "symptoms[0].endpoint.key: expected GROUP/NAME, got nothing",
		changed("symptoms.endpoint.port", "x"): "symptoms.endpoint.port: expected a whole number, got a JSON string",
		changed("now", nil):                    "now: expected when it was seen, got nothing",
		changed("weather", "fine"):             `the whole: expected only names that this version knows, got the name "weather"`,
		changed("doubt", map[string]any{"controls": "odd"}):                  `doubt.controls: expected "answered", "silent" or none, got "odd"`,
		changed("facts.version", 9):                                          "facts.version: expected 1, got 9",
		changed("facts.target_groups.x", map[string]any{"state": "odd"}):     `facts.target_groups["x"].state: expected`,
		changed("facts.target_groups", map[string]any{"": map[string]any{}}): `facts.target_groups[""].why: expected one of denied`,
	} {
		_, err := ReadCase([]byte(text))
		if _, ok := errors.AsType[*topology.Place](err); !ok || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Whatever stands in a file: it is refused, or it is diagnosed and reported in
// every form, and the report of what is written again is the same.
func FuzzReadCase(f *testing.F) {
	for _, name := range []string{"engine-dead-address", "d11-no-rule", "d35-no-route"} {
		f.Add(savedCase(f, name))
	}
	for _, facts := range hostile {
		f.Add(`{"now":"2026-03-01T12:00:05Z","clusters":["dev"],"symptoms":[{"endpoint":{"key":"api/health","scheme":"https","host":"api.hokus.ai","port":443,"path":"/","limit":5},"class":"http.status","phase":"assert","at":"2026-03-01T12:00:00Z","answer":{"status":504,"took":-1,"limit":0}}],"facts":{"version":1,"region":"r",` + facts + `}}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ReadCase([]byte(text))
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		d := Replay(c)
		shown, err := report.DiagnosisJSON(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{report.DiagnosisText(d), report.DiagnosisMarkdown(d), report.DiagnosisSlack(d)} {
			if text == "" {
				t.Error("a report is empty")
			}
		}
		if c, err = ReadCase(again); err != nil {
			t.Fatalf("%v: %s", err, again)
		}
		if now, _ := report.DiagnosisJSON(Replay(c)); string(now) != string(shown) {
			t.Errorf("%s\nbecame\n%s", shown, now)
		}
	})
}

// hostile are facts that AWS does not tell, and a file can.
var hostile = []string{
	`"load_balancers":{"":{"state":"known","value":[{"arn":"lb","dns_name":"main"},{"arn":"lb","dns_name":""}]}},"zones":{"api.hokus.ai":{"state":"known","value":[{"id":"Z","name":""},{"id":"Z","name":"hokus.ai"}]}},"records":{"Z|api.hokus.ai":{"state":"known","value":[{"name":"api.hokus.ai","type":"A","alias":"main"}]}},"listeners":{"lb":{"state":"known","value":[{"arn":"l","load_balancer":"other","port":443,"protocol":"HTTPS","default_actions":[]}]}},"rules":{"l":{"state":"known","value":[{"priority":-1,"conditions":[{"field":"path-pattern"},{"field":"query-string","query":[{}]},{"field":"http-header","regex":["["]}],"actions":[]},{"default":true,"actions":[{"type":"fixed-response"},{"type":"redirect"},{"type":"forward","groups":[{"group":"tg","weight":-9223372036854775808}]}],"transforms":[{"type":"url-rewrite","regex":"(","replace":"$9"}]}]}}`,
	`"load_balancers":{"":{"state":"known","value":[{"arn":"lb","dns_name":"main","security_groups":["sg"],"subnets":["s"],"zones":[]}]}},"zones":{"api.hokus.ai":{"state":"known","value":[{"id":"Z","name":"hokus.ai"}]}},"records":{"Z|api.hokus.ai":{"state":"known","value":[{"type":"A","alias":"main"}]}},"listeners":{"lb":{"state":"known","value":[{"arn":"l","port":443}]}},"rules":{"l":{"state":"known","value":[{"default":true,"actions":[{"type":"forward","groups":[{"group":"tg","weight":1}]}]}]}},"target_groups":{"":{"state":"known","value":[{"arn":"tg","health":{"port":"x","matcher":"-,9-1"},"target_type":"ip"}]}},"target_health":{"tg":{"state":"known","value":[{"id":"nowhere","port":-7,"state":"unhealthy","reason":"Target.Timeout"},{"id":"::1","port":99999,"state":"odd"}]}},"security_groups":{"sg":{"state":"known","value":{"in":[{"protocol":"tcp","from":70000,"to":-1,"cidr":"x/99"},{"protocol":"","group":"sg"}]}}},"subnets":{"s":{"state":"known","value":{"cidr":"no"}}},"network_acls":{"":{"state":"known","value":[{"entries":[{"cidr":"","protocol":"x"}]}]}},"route_tables":{"":{"state":"known","value":[{"main":true,"routes":[{"destination":"","target":""}]}]}},"interfaces_by_address":{"nowhere":{"state":"known","value":{"elsewhere":[{"elsewhere":[{}]}]}}}`,
	`"service_names":{"dev":{"state":"known","value":["","api"]}},"services":{"dev|api":{"state":"known","value":{"deployments":[{}],"events":[{}],"balancers":[{"target_group":"tg"}],"desired":-1,"running":9}}},"running_tasks":{"dev|api":{"state":"known","value":[{"containers":[{}]}]}},"stopped_tasks":{"dev|api":{"state":"known","value":[{"stopped":"9999-12-31T23:59:59Z","containers":[{"exit":-1,"reason":"CannotPullContainerError"}]}]}},"task_definitions":{"":{"state":"known","value":{"containers":[{"variables":[{"name":"A","address":{"host":"","port":-1}}]}]}}},"logs":{"|":{"state":"known","value":[{"count":-3,"sample":"` + "`" + `\u0000\u2028*_<@U1>","address":null}]}},"certificates":{"":{"state":"known","value":{"validations":[{}]}}},"own_network":{"":{"state":"known","value":{"subnets":[""]}}},"databases":{"":{"state":"known","value":[{}]}},"dial":{"":{"state":"known","value":{"took":-1}}},"slow":{"api/health":{"state":"known","value":{"status":504,"took":9223372036854775807,"limit":-1}}}`,
}
