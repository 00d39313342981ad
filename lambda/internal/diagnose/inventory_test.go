package diagnose

import (
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestInventorySince(t *testing.T) {
	later := noon.Add(time.Hour)
	for name, c := range map[string]struct {
		change func(*topology.Snapshot)
		want   []string
	}{
		"nothing": {func(*topology.Snapshot) {}, nil},
		"a rule is gone": {func(s *topology.Snapshot) {
			rules := s.Rules[listenerARN].Value
			s.Rules.Put(listenerARN, know(rules[1:], "a"))
		}, []string{"rules of main:443: 10 is gone, was path-pattern /api/v1/* → forward api (weight 1)"}},
		"a deployment": {func(s *topology.Snapshot) {
			service := s.Services["dev|api"].Value
			service.TaskDefinition = "arn:aws:ecs:us-east-1:123456789012:task-definition/api:116"
			s.Services.Put("dev|api", know(service, "a"))
			defined := s.TaskDefinitions[taskDefARN].Value
			defined.Containers = slices.Clone(defined.Containers)
			defined.Containers[0].Variables = []topology.Variable{{Name: "MLFLOW_TRACKING_URI", Address: &topology.HostPort{Host: "mlflow.dev.local", Port: 5000}}}
			s.TaskDefinitions.Put(service.TaskDefinition, know(defined, "a"))
		}, []string{
			"configuration of api: MLFLOW_TRACKING_URI was leads to 10.0.3.219:5000, is leads to mlflow.dev.local:5000",
			"service api: task definition was api:115, is api:116",
		}},
		"another record": {func(s *topology.Snapshot) {
			s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Alias: "other.elb.amazonaws.com"}}, "a"))
		}, []string{"records of api.hokus.ai: A was main-1.us-east-1.elb.amazonaws.com, is other.elb.amazonaws.com"}},
		// What cannot be read any more has not gone away.
		"denied": {func(s *topology.Snapshot) {
			s.Rules = nil
			s.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, topology.Denied, "")
			s.ServiceNames = nil
			s.Fail(topology.Want{Kind: topology.ServiceNames, Key: "dev"}, topology.Throttled, "")
			s.LoadBalancers = nil
			s.Fail(topology.Want{Kind: topology.LoadBalancers}, topology.Budget, "")
		}, nil},
	} {
		before, facts := TakeInventory(sample(), noon), sample()
		c.change(facts)
		now := TakeInventory(facts, later)
		now.Since(before)
		var got []string
		for _, change := range now.Changes {
			got = append(got, change.What)
			if change.From != noon || change.To != later {
				t.Errorf("%s: from %s to %s", name, change.From, change.To)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Changes are kept for a while, and not without bound.
func TestInventoryKeepsChanges(t *testing.T) {
	before := Inventory{At: noon, Scopes: map[string]map[string]string{}}
	for range 2 * mostAlterations {
		before.Changes = append(before.Changes, Alteration{To: noon, What: "x"})
	}
	soon := Inventory{At: noon.Add(time.Hour)}
	soon.Since(before)
	if len(soon.Changes) != mostAlterations {
		t.Errorf("%d changes", len(soon.Changes))
	}
	late := Inventory{At: noon.Add(keepAlterations)}
	late.Since(before)
	if len(late.Changes) != 0 {
		t.Errorf("%d changes of long ago", len(late.Changes))
	}
}

// What an inventory wants comes to an end, whatever is answered.
func TestStockWants(t *testing.T) {
	stock, from := Stock{Clusters: []string{"dev", "gone"}, Hosts: []string{"api.hokus.ai"}}, sample()
	s := &topology.Snapshot{}
	for round := 0; ; round++ {
		wants := stock.Wants(s)
		if len(wants) == 0 {
			break
		}
		if round == 10 {
			t.Fatalf("still wanted: %v", wants)
		}
		for _, want := range wants {
			if !s.Copy(from, want) {
				s.Fail(want, topology.Denied, "")
			}
		}
	}
	if v := TakeInventory(s, noon); v.Scopes["rules of main:443"]["default"] != " → fixed-response 404" || v.Scopes["service api"]["task definition"] != "api:115" {
		t.Errorf("%v", v.Scopes)
	}
}

// Two clusters have a service of one name, and a private and a public zone the
// same host: each is an item of its own, and nothing is taken for a change.
func TestInventoryOfTheSameNames(t *testing.T) {
	s := sample()
	s.ServiceNames.Put("prod", know([]string{"api"}, "ecs:ListServices"))
	other := s.Services.Of("dev|api").Value
	other.Cluster, other.TaskDefinition = "prod", "arn:aws:ecs:us-east-1:123456789012:task-definition/api:7"
	s.Services.Put("prod|api", know(other, "ecs:DescribeServices"))
	s.Records.Put("ZP|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Values: []string{"10.0.1.9"}}}, "route53:ListResourceRecordSets"))
	before := TakeInventory(s, noon)
	for range 50 {
		now := TakeInventory(s, noon.Add(time.Hour))
		if now.Since(before); len(now.Changes) != 0 {
			t.Fatalf("nothing has changed: %v", now.Changes)
		}
	}
	for scope, item := range map[string][2]string{
		"service dev/api":               {"task definition", "api:115"},
		"service prod/api":              {"task definition", "api:7"},
		"records of api.hokus.ai in ZP": {"A", "10.0.1.9"},
	} {
		if got := before.Scopes[scope][item[0]]; got != item[1] {
			t.Errorf("%s: %q", scope, got)
		}
	}
}
