package diagnose

import (
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

const (
	plainARN       = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/main/1/80"
	otherGroupARN  = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/2"
	certificateARN = "arn:aws:acm:us-east-1:123456789012:certificate/c1"
	serviceARN     = "arn:aws:ecs:us-east-1:123456789012:service/dev/"
	registryARN    = "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1"
)

// calm is an environment in which all is well, with what looks odd and is not:
// a redirect on port 80, a default that refuses, an empty group that gets
// nothing, a target that is leaving, an address outside of the VPC, ranges of
// addresses, a validation long done.
func calm() *topology.Snapshot {
	s := sample()
	s.LoadBalancers.Put("", know([]topology.LoadBalancer{{
		ARN: balancerARN, Name: "main", DNSName: "main-1.us-east-1.elb.amazonaws.com", Type: "application", Scheme: "internet-facing", VPC: "vpc-1",
		Zones: []string{"us-east-1a"}, Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-main"},
	}}, elb+"DescribeLoadBalancers"))
	s.Listeners.Put(balancerARN, know([]topology.Listener{
		{ARN: listenerARN, LoadBalancer: balancerARN, Port: 443, Protocol: "HTTPS", Certificates: []string{certificateARN}},
		{ARN: plainARN, LoadBalancer: balancerARN, Port: 80, Protocol: "HTTP"},
	}, elb+"DescribeListeners"))
	s.ListenerCertificates.Put(listenerARN, know([]topology.ListenerCertificate{{ARN: certificateARN, Default: true}}, elb+"DescribeListenerCertificates"))
	s.Certificates.Put(certificateARN, know(ends(200*24*time.Hour), "acm:DescribeCertificate"))
	s.Rules.Put(listenerARN, know([]topology.Rule{
		forward(10, groupARN, "/api/v1/*"),
		{Priority: 20, Conditions: paths("/web/*"), Actions: []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: groupARN, Weight: 100}, {Group: otherGroupARN, Weight: 0}}}}},
		answers(0, 404),
	}, elb+"DescribeRules"))
	s.Rules.Put(plainARN, know([]topology.Rule{{Default: true, Actions: []topology.Action{{Type: "redirect", Redirect: &topology.Redirect{Protocol: "HTTPS", Host: "#{host}", Port: "443", Path: "/#{path}", Status: 301}}}}}, elb+"DescribeRules"))
	check := topology.HealthCheck{Enabled: true, Protocol: "HTTP", Port: "traffic-port", Path: "/health", Matcher: "200-399"}
	s.TargetGroups.Put("", know([]topology.TargetGroup{
		{ARN: groupARN, Name: "api", Protocol: "HTTP", Port: 8001, TargetType: "ip", VPC: "vpc-1", LoadBalancers: []string{balancerARN}, Health: check},
		{ARN: otherGroupARN, Name: "web", Protocol: "HTTP", Port: 8001, TargetType: "ip", VPC: "vpc-1", LoadBalancers: []string{balancerARN}, Health: check},
	}, elb+"DescribeTargetGroups"))
	s.TargetHealth.Put(groupARN, know([]topology.Target{
		{ID: "10.0.1.76", Port: 8001, Zone: "us-east-1a", State: "healthy"},
		{ID: "10.0.1.99", Port: 8001, Zone: "us-east-1a", State: "draining", Reason: "Target.DeregistrationInProgress"},
		{ID: "192.168.7.7", Port: 8001, Zone: "all", State: "healthy"},
	}, elb+"DescribeTargetHealth"))
	s.TargetHealth.Put(otherGroupARN, know([]topology.Target{}, elb+"DescribeTargetHealth"))
	s.ServiceNames.Put("dev", know([]string{"api", "mlflow"}, ecs+"ListServices"))
	network := topology.TaskNetwork{Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-task"}}
	s.Services.Put("dev|api", know(topology.Service{ARN: serviceARN + "api", Cluster: "dev", Name: "api", Desired: 1, Running: 1, TaskDefinition: taskDefARN, Balancers: []topology.ServiceBalancer{{TargetGroup: groupARN}}, Network: network}, ecs+"DescribeServices"))
	s.Services.Put("dev|mlflow", know(topology.Service{ARN: serviceARN + "mlflow", Cluster: "dev", Name: "mlflow", Desired: 1, Running: 1, Registries: []topology.Registry{{ARN: registryARN}}, Network: network}, ecs+"DescribeServices"))
	s.RunningTasks.Put("dev|api", know([]topology.Task{{ID: "t1", Address: "10.0.1.76"}}, ecs+"DescribeTasks"))
	s.RunningTasks.Put("dev|mlflow", know([]topology.Task{{ID: "t2", Address: "10.0.3.77"}}, ecs+"DescribeTasks"))
	s.InterfacesByAddress.Put("10.0.1.76", know(topology.Interface{ID: "eni-task", Address: "10.0.1.76", VPC: "vpc-1", SecurityGroups: []string{"sg-task"}}, ec2+"DescribeNetworkInterfaces"))
	s.Subnets.Put("subnet-a", know(topology.Subnet{ID: "subnet-a", VPC: "vpc-1", CIDR: "10.0.1.0/24"}, ec2+"DescribeSubnets"))
	s.VPCs.Put("vpc-1", know(topology.VPC{ID: "vpc-1", Owner: "123456789012", CIDRs: []string{"10.0.0.0/16"}}, ec2+"DescribeVpcs"))
	s.DiscoveryServices.Put("", know([]topology.DiscoveryService{{ID: "srv-1", ARN: registryARN, Name: "mlflow", Namespace: "dev.local"}}, "servicediscovery:ListServices"))
	s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{{ID: "i", Address: "10.0.3.77"}}, "servicediscovery:ListInstances"))
	calls(s, "MLFLOW_TRACKING_URI", "mlflow.dev.local", 5000)
	defined := s.TaskDefinitions[taskDefARN].Value
	defined.Containers[0].Variables = append(defined.Containers[0].Variables,
		topology.Variable{Name: "NO_PROXY", Address: &topology.HostPort{Host: "10.0.0.5"}}, topology.Variable{Name: "METADATA_HOST", Address: &topology.HostPort{Host: "169.254.170.2"}},
		topology.Variable{Name: "LOCAL_URL", Address: &topology.HostPort{Host: "127.0.0.1", Port: 80}}, topology.Variable{Name: "UPSTREAM", Address: &topology.HostPort{Host: "8.8.8.8", Port: 53}})
	return s
}

func paths(all ...string) []topology.Condition {
	return []topology.Condition{{Field: "path-pattern", Values: all}}
}

func forward(priority int, group string, patterns ...string) topology.Rule {
	return topology.Rule{Priority: priority, Default: len(patterns) == 0, Conditions: paths(patterns...), Actions: []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: group, Weight: 1}}}}}
}

func answers(priority, status int, patterns ...string) topology.Rule {
	return topology.Rule{Priority: priority, Default: len(patterns) == 0, Conditions: paths(patterns...), Actions: []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: status}}}}
}

func rules(s *topology.Snapshot, listener string, all ...topology.Rule) {
	s.Rules.Put(listener, know(all, elb+"DescribeRules"))
}

// ends is a certificate of ACM that has so long to live.
func ends(after time.Duration) topology.Certificate {
	return topology.Certificate{ARN: certificateARN, Domain: "api.hokus.ai", Names: []string{"api.hokus.ai"}, Type: "AMAZON_ISSUED", Status: "ISSUED", Eligibility: "ELIGIBLE", NotAfter: noon.Add(after), InUseBy: []string{balancerARN}}
}

// calls has a variable of api lead to an address.
func calls(s *topology.Snapshot, variable, host string, port int) {
	d := s.TaskDefinitions[taskDefARN].Value
	d.Containers = slices.Clone(d.Containers)
	d.Containers[0].Variables = []topology.Variable{{Name: variable, Address: &topology.HostPort{Host: host, Port: port}}}
	s.TaskDefinitions.Put(taskDefARN, know(d, ecs+"DescribeTaskDefinition"))
}

// change edits a fact that is known.
func change[T any](table topology.Table[T], key string, how func(*T)) {
	f := table[key]
	how(&f.Value)
	table[key] = f
}

func latents(t *testing.T, s *topology.Snapshot) []Finding {
	t.Helper()
	found := Latents(Input{Now: noon, Clusters: []string{"dev"}, Facts: s})
	for _, f := range found {
		if f.Role != Latent || f.Level != Proven || f.Severity == 0 || len(f.Actions) == 0 || len(f.Verify) == 0 || f.Actions[0].Done.Key != f.Key {
			t.Errorf("not complete: %+v", f)
		}
		for _, e := range f.Evidence {
			if e.ID == "" || e.Source == "" || e.At.IsZero() {
				t.Errorf("%s: evidence %+v", f.Key, e)
			}
		}
		if len(f.Evidence) == 0 || !slices.Contains(Gravity, f.Code) {
			t.Errorf("%s has no evidence, or no place in the order", f.Key)
		}
	}
	return found
}

func keysOf(found []Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, f.Key)
	}
	return all
}
