package topology

import (
	"encoding/json"
	"reflect"
	"regexp"
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

func TestReadRefusesWhatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":2}`:              "version 2",
		`{"version":1,"wheather":1}`: "wheather",
		`[]`:                         "diagnose --save",
		``:                           "diagnose --save",
	} {
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
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
