package topology

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAFactNobodyAskedForIsPendingAndNotAbsent(t *testing.T) {
	var s Snapshot
	for _, info := range Kinds {
		if got := s.Status(Want{Kind: info.Kind}); !got.Pending() || got.State == Absent || got.Unreadable() {
			t.Errorf("%s: %+v", info.Kind, got)
		}
	}
	if s.Status(Want{Kind: "weather"}).Why != Unsupported {
		t.Error("a kind that does not exist would be asked for again and again")
	}
}

// Every kind has a table of its own whose JSON name is the kind, and a want
// that failed or is missing comes back as that and as nothing else.
func TestEveryKindHasItsTable(t *testing.T) {
	for _, info := range Kinds {
		s := Snapshot{Version: SnapshotVersion}
		s.Fail(Want{Kind: info.Kind, Key: "a"}, Denied, "not authorized")
		s.Fail(Want{Kind: info.Kind, Key: "b"}, NotLookedUp, "")
		s.Missing(Want{Kind: info.Kind, Key: "c"}, noon)
		s.FailAt(Want{Kind: info.Kind, Key: "d"}, "iam:Other", Throttled, "")
		if got := s.Status(Want{Kind: info.Kind, Key: "d"}); got.Why != Throttled || got.Action != "iam:Other" {
			t.Errorf("%s: failed at another action came back as %+v", info.Kind, got)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `"`+string(info.Kind)+`":{"a"`) {
			t.Errorf("%s is not in %s", info.Kind, text)
		}
		again, err := Read(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Status(Want{Kind: info.Kind, Key: "a"}); got.Why != Denied || got.Action != info.Action || got.State != Unknown || got.Pending() {
			t.Errorf("%s: denied came back as %+v", info.Kind, got)
		}
		if got := again.Status(Want{Kind: info.Kind, Key: "b"}); got.Pending() {
			t.Errorf("%s: a failure without a reason would be asked again", info.Kind)
		}
		if got := again.Status(Want{Kind: info.Kind, Key: "c"}); got.State != Absent || !got.At.Equal(noon) {
			t.Errorf("%s: absent came back as %+v", info.Kind, got)
		}
	}
	tables := 0
	for field := range reflect.TypeFor[Snapshot]().Fields() {
		if field.Type.Kind() == reflect.Map {
			tables++
		}
	}
	if tables != len(Kinds) {
		t.Errorf("%d tables for %d kinds", tables, len(Kinds))
	}
}

func TestKindsAreComplete(t *testing.T) {
	action := regexp.MustCompile(`^[a-z0-9]+:[A-Z][A-Za-z]+$`)
	seen := map[Kind]bool{}
	for _, info := range Kinds {
		if seen[info.Kind] || info.Tells == "" {
			t.Errorf("%+v is incomplete or twice", info)
		}
		seen[info.Kind] = true
		for _, name := range append([]string{info.Action}, info.Also...) {
			if name != "" && !action.MatchString(name) {
				t.Errorf("%s: %q is no action", info.Kind, name)
			}
		}
	}
}

func TestSnapshotSurvivesItsSavedForm(t *testing.T) {
	one := 1
	s := Snapshot{Version: SnapshotVersion, Region: "us-east-1", From: noon}
	s.StoppedTasks.Put(Key("c", "s"), KnownFact([]Task{{ID: "t", Created: noon, Containers: []Container{{Name: "api", Exit: &one}, {Name: "sidecar"}}}}, "ecs:DescribeTasks", noon))
	s.InterfacesByAddress.Put("10.0.3.219", AbsentFact[Interface]("ec2:DescribeNetworkInterfaces", noon))
	s.Rules.Put("l", KnownFact([]Rule{{Default: true, Actions: []Action{{Type: "fixed-response", Fixed: &Fixed{Status: 404}}}}}, "elasticloadbalancing:DescribeRules", noon))
	s.Slow.Put("registry/api", KnownFact(Answer{Status: 504, Took: time.Minute}, "", noon))
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s, *again) {
		t.Errorf("%+v\nbecame\n%+v", s, *again)
	}
}

// What is refused is named with its path, what is expected there and what is.
func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":2}`:              "version: expected 1, got 2",
		`{}`:                         "version: expected 1, got nothing",
		`{"version":1,"wheather":1}`: "wheather: expected a kind of fact that this version knows, got a name that it does not",
		`[]`:                         "the whole: expected an object, got a JSON array",
		``:                           "the whole: expected JSON of the form that tidewatch diagnose --save writes, got EOF",
		`{"version":1} {}`:           "the whole: expected one JSON value, got something behind it",
		`{"version":1,"region":7}`:   "region: expected a text, got a JSON number",
		`{"version":1,"rules":[]}`:   "rules: expected an object, got a JSON array",
		`{"version":1,"rules":{"l":{"state":"maybe"}}}`:                                     `rules["l"].state: expected "known", "absent" or, with "why", none, got "maybe"`,
		`{"version":1,"rules":{"l":{"state":"known"}}}`:                                     `rules["l"].value: expected what is known, got nothing`,
		`{"version":1,"rules":{"l":{"state":"known","value":null}}}`:                        `rules["l"].value: expected what is known, got nothing`,
		`{"version":1,"rules":{"l":{"state":"absent","value":[]}}}`:                         `rules["l"].value: expected none of a fact that is not known, got one`,
		`{"version":1,"rules":{"l":{}}}`:                                                    `rules["l"].why: expected one of denied, throttled,`,
		`{"version":1,"rules":{"l":{"why":"tired"}}}`:                                       `got "tired"`,
		`{"version":1,"rules":{"l":{"state":"known","value":[{"priority":"x"}]}}}`:          `rules["l"].value.priority: expected a whole number, got a JSON string`,
		`{"version":1,"rules":{"l":{"state":"known","value":[{"prio":1}]}}}`:                `rules["l"].value: expected only names that this version knows, got the name "prio"`,
		`{"version":1,"lookup":{"n":{"state":"known","value":["10.0.0.1","nowhere"]}}}`:     `lookup["n"].value: expected JSON of the form`,
		`{"version":1,"slow":{"e":{"state":"known","value":{"took":1,"limit":1},"x":true}}`: `JSON of the form`,
	} {
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A known fact has a value in the file, even where that says as little as it
// can; one that nobody asked for is not written as if somebody had.
func TestKnownFactsKeepTheirValue(t *testing.T) {
	s := Snapshot{Version: SnapshotVersion}
	s.Rules.Put("l", KnownFact[[]Rule](nil, "", noon))
	s.Dials.Put("10.0.0.1:1", KnownFact(Dial{}, "", noon))
	s.LoadBalancerSettings.Put("lb", KnownFact(BalancerAttributes{}, "", noon))
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, w := range []Want{{Kind: Rules, Key: "l"}, {Kind: Dials, Key: "10.0.0.1:1"}, {Kind: LoadBalancerSettings, Key: "lb"}} {
		if got := again.Status(w); got.State != Known || !got.At.Equal(noon) {
			t.Errorf("%s: %+v", w.Kind, got)
		}
	}
}

// Entries of a network ACL are looked through in the order of their numbers,
// in whatever order somebody has written them down.
func TestReadSortsEntries(t *testing.T) {
	s, err := Read([]byte(`{"version":1,"network_acls":{"vpc":{"state":"known","value":[{"id":"a","subnets":[],"entries":[{"number":32767},{"number":100,"allow":true},{"number":90}]}]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	for _, e := range s.NetworkACLs.Of("vpc").Value[0].Entries {
		order = append(order, e.Number)
	}
	if !slices.Equal(order, []int{90, 100, 32767}) {
		t.Errorf("%v", order)
	}
}

func TestLookups(t *testing.T) {
	if lb, ok := BalancerByName([]LoadBalancer{{Name: "a", DNSName: "A-1.us-east-1.elb.amazonaws.com"}}, "dualstack.a-1.us-east-1.elb.amazonaws.com."); !ok || lb.Name != "a" {
		t.Error("an alias writes the name in its own way")
	}
	tables := []RouteTable{{ID: "main", Main: true}, {ID: "own", Subnets: []string{"subnet-b"}}}
	for subnet, want := range map[string]string{"subnet-a": "main", "subnet-b": "own"} {
		if got, ok := RoutesOf(tables, subnet); !ok || got.ID != want {
			t.Errorf("%s: %+v", subnet, got)
		}
	}
	if _, ok := RoutesOf(nil, "subnet-a"); ok {
		t.Error("no table is no table")
	}
	if _, ok := ACLOf([]NetworkACL{{ID: "acl", Subnets: []string{"subnet-a"}}}, "subnet-b"); ok {
		t.Error("an ACL of another subnet")
	}
}
