package diagnose

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// cluster lists services besides others, all of which are read when asked for.
func cluster(others int, s *topology.Snapshot) {
	names := []string{"api"}
	for i := range others {
		names = append(names, fmt.Sprintf("a-worker-%d", i))
	}
	s.ServiceNames.Put("dev", know(names, "ecs:ListServices"))
}

// wantedServices are those that a case asks for.
func wantedServices(out Output) (keys []string) {
	for _, w := range out.Wants {
		if w.Kind == topology.Services {
			keys = append(keys, w.Key)
		}
	}
	return keys
}

func TestServicesAreLookedForByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		group    string
		services []string
		first    string
	}{
		{"hokusai-api-tg", []string{"hokusai-web", "hokusai-api"}, "hokusai-api"},
		{"API_blue", []string{"web-blue-old", "api"}, "api"},
		{"api", []string{"api-of-others", "api"}, "api"},
		{"nothing", []string{"web"}, "web"},
	} {
		services := slices.Clone(c.services)
		for i := range 30 {
			services = append(services, fmt.Sprintf("some-thing-else-%d", i))
		}
		turns := inTurn(services, c.group)
		if len(turns) != 2 || len(turns[0]) != 10 || len(turns[1]) != len(services)-10 || turns[0][0] != c.first {
			t.Errorf("%s: %v", c.group, turns)
		}
		all := slices.Concat(turns...)
		slices.Sort(all)
		slices.Sort(services)
		if !slices.Equal(all, services) {
			t.Errorf("%s: of %v there are %v", c.group, services, all)
		}
	}
	if few := []string{"b", "api"}; len(inTurn(few, "api")) != 1 || !slices.Equal(inTurn(few, "api")[0], few) {
		t.Errorf("two services: %v", inTurn(few, "api"))
	}
}

// Among many services the one that is named like the group is enough, and all
// are asked for where it is none of those named like it.
func TestOnlyLikelyServicesAreRead(t *testing.T) {
	t.Parallel()
	s := sample()
	closedGroup(s)
	cluster(99, s)
	first := wantedServices(Diagnose(caseOf(s, gateway504("/api/v1/health", 10*time.Second))))
	if len(first) != 9 || slices.Contains(first, "dev|api") { // which the sample has already
		t.Errorf("it asks for %v", first)
	}
	for _, key := range first {
		s.Services.Put(key, know(topology.Service{Cluster: "dev", Name: topology.Parts(key)[1]}, "ecs:DescribeServices"))
	}
	out := Diagnose(caseOf(s, gateway504("/api/v1/health", 10*time.Second)))
	if rest := wantedServices(out); len(rest) != 0 {
		t.Errorf("the service is known, and it asks for %v", rest)
	}
	only(t, out, NetTargetGroup, Cause)

	s.Services.Put("dev|api", know(topology.Service{Cluster: "dev", Name: "api"}, "ecs:DescribeServices")) // feeds another group
	if rest := wantedServices(Diagnose(caseOf(s, gateway504("/api/v1/health", 10*time.Second)))); len(rest) != 90 {
		t.Errorf("it is none of those, and it asks for %d others", len(rest))
	}
}

// A target that no task of the likely services has may be a task of any other:
// all are read before it is called a stranger.
func TestStrangersNeedAllServices(t *testing.T) {
	t.Parallel()
	s := sample()
	cluster(99, s)
	s.RunningTasks.Put("dev|api", know([]topology.Task{{ID: "t1", Address: "10.0.1.99"}}, "ecs:DescribeTasks"))
	for i := range 99 {
		s.Services.Put(fmt.Sprintf("dev|a-worker-%d", i), know(topology.Service{Cluster: "dev", Name: fmt.Sprintf("a-worker-%d", i)}, "ecs:DescribeServices"))
	}
	last := inTurn(s.ServiceNames.Of("dev").Value, "api")[1][89]
	s.Services.Put("dev|"+last, topology.Fact[topology.Service]{})
	out := Diagnose(caseOf(s, gateway504("/api/v1/health", 10*time.Second)))
	if wants := wantedServices(out); !slices.Contains(wants, "dev|"+last) {
		t.Errorf("it asks for %v", wants)
	}
	for _, f := range out.Findings {
		if f.Code == GroupStaleTarget {
			t.Errorf("before %s was read: %s", last, f.Sentence)
		}
	}
}
