package diagnose

import (
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// The order in which AWS lists groups and subnets makes no other cause.
func TestACauseKeepsItsKeyWhateverTheOrder(t *testing.T) {
	keys := func(groups, subnets []string) (all []string) {
		s := reachable()
		change(s.LoadBalancers, "", func(lbs *[]topology.LoadBalancer) { (*lbs)[0].SecurityGroups, (*lbs)[0].Subnets = groups, subnets })
		for _, id := range groups {
			s.SecurityGroups.Put(id, know(topology.SecurityGroup{ID: id}, "ec2:DescribeSecurityGroups"))
		}
		putFrontRoutes(s, []topology.Route{{Destination: "10.0.0.0/16", Target: "local", State: "active"}})
		for _, f := range Diagnose(caseOf(s, unreached(result.TCPTimeout, "192.0.2.7:443"))).Findings {
			all = append(all, f.Key)
		}
		return all
	}
	one, other := keys([]string{"sg-a", "sg-b"}, []string{"subnet-a", "subnet-b"}), keys([]string{"sg-b", "sg-a"}, []string{"subnet-b", "subnet-a"})
	if len(one) < 1 || !slices.Equal(one, other) {
		t.Errorf("%v\n%v", one, other)
	}
}

// Two clusters may have a service of the same name: what is wrong with them is
// not one cause.
func TestServicesOfTheSameName(t *testing.T) {
	s := sample()
	s.ServiceNames.Put("prod", know([]string{"api"}, "ecs:ListServices"))
	for _, at := range []struct{ cluster, group string }{{"dev", groupARN}, {"prod", groupARN + "9"}} {
		v := s.Services.Of("dev|api").Value
		v.Cluster, v.Running, v.Balancers = at.cluster, 0, []topology.ServiceBalancer{{TargetGroup: at.group}}
		s.Services.Put(at.cluster+"|api", know(v, "ecs:DescribeServices"))
		s.RunningTasks.Put(at.cluster+"|api", know([]topology.Task{}, "ecs:DescribeTasks"))
		s.TargetHealth.Put(at.group, know([]topology.Target{}, "elasticloadbalancing:DescribeTargetHealth"))
		var stopped []topology.Task
		for n := range 3 {
			stopped = append(stopped, topology.Task{ID: "t", TaskDefinition: taskDefARN, StopCode: "EssentialContainerExited", Stopped: noon.Add(-time.Duration(n+1) * time.Minute), Containers: []topology.Container{{Name: "api", Exit: new(1)}}})
		}
		s.StoppedTasks.Put(at.cluster+"|api", know(stopped, "ecs:DescribeTasks"))
	}
	s.TargetGroups.Put("", know([]topology.TargetGroup{{ARN: groupARN, Name: "api", TargetType: "ip"}, {ARN: groupARN + "9", Name: "api-prod", TargetType: "ip"}}, "elasticloadbalancing:DescribeTargetGroups"))
	rules := s.Rules.Of(listenerARN).Value
	s.Rules.Put(listenerARN, know(append(rules, topology.Rule{Priority: 20, Conditions: []topology.Condition{{Field: "path-pattern", Values: []string{"/prod/*"}}}, Actions: []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: groupARN + "9", Weight: 1}}}}}), "elasticloadbalancing:DescribeRules"))
	down := gateway(503, 10*time.Millisecond)
	other := down
	other.Endpoint.Key, other.Endpoint.Path = "prod", "/prod/x"
	in := caseOf(s, down, other)
	in.Clusters = []string{"dev", "prod"}
	found := aboutEndpoints(Diagnose(in))
	if len(found) != 2 || found[0].Key == found[1].Key || found[0].Code != ECSCrashLoop || found[1].Code != ECSCrashLoop {
		t.Errorf("%s", asJSON(found))
	}
}
