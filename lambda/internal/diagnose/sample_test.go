package diagnose

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	balancerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/main/1"
	listenerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/main/1/443"
	groupARN    = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/api/1"
	taskDefARN  = "arn:aws:ecs:us-east-1:123456789012:task-definition/api:115"
)

func know[T any](value T, action string) topology.Fact[T] {
	return topology.KnownFact(value, action, noon)
}

// sample is a load balancer with one rule, /api/v1/*, to one target of an ECS
// service that calls 10.0.3.219:5000. All is well in it: the target's security
// group admits the load balancer, and the address belongs to an interface.
func sample() *topology.Snapshot {
	s := &topology.Snapshot{Version: topology.SnapshotVersion, Region: "us-east-1"}
	s.Zones.Put("api.hokus.ai", know([]topology.Zone{{ID: "Z1", Name: "hokus.ai"}}, "route53:ListHostedZonesByName"))
	s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Alias: "main-1.us-east-1.elb.amazonaws.com"}}, "route53:ListResourceRecordSets"))
	s.LoadBalancers.Put("", know([]topology.LoadBalancer{{ARN: balancerARN, Name: "main", DNSName: "main-1.us-east-1.elb.amazonaws.com", Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-main"}}}, "elasticloadbalancing:DescribeLoadBalancers"))
	s.LoadBalancerSettings.Put(balancerARN, know(topology.BalancerAttributes{IdleTimeout: time.Minute}, "elasticloadbalancing:DescribeLoadBalancerAttributes"))
	s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, LoadBalancer: balancerARN, Port: 443, Protocol: "HTTPS"}}, "elasticloadbalancing:DescribeListeners"))
	s.Rules.Put(listenerARN, know([]topology.Rule{
		{Priority: 10, Conditions: []topology.Condition{{Field: "path-pattern", Values: []string{"/api/v1/*"}}}, Actions: []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: groupARN, Weight: 1}}}}},
		{Default: true, Actions: []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: 404, ContentType: "text/plain", Body: "not found"}}}},
	}, "elasticloadbalancing:DescribeRules"))
	s.TargetGroups.Put("", know([]topology.TargetGroup{{ARN: groupARN, Name: "api", Port: 8001, TargetType: "ip"}}, "elasticloadbalancing:DescribeTargetGroups"))
	s.TargetHealth.Put(groupARN, know([]topology.Target{{ID: "10.0.1.76", Port: 8001, State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out"}}, "elasticloadbalancing:DescribeTargetHealth"))
	s.InterfacesByAddress.Put("10.0.1.76", know(topology.Interface{ID: "eni-task", Address: "10.0.1.76", Subnet: "subnet-a", SecurityGroups: []string{"sg-task"}}, "ec2:DescribeNetworkInterfaces"))
	s.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{ID: "sg-task", In: []topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8001, Group: "sg-main"}}, Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
	s.SecurityGroups.Put("sg-main", know(topology.SecurityGroup{ID: "sg-main", In: []topology.SecurityRule{{Protocol: "tcp", From: 443, To: 443, CIDR: "0.0.0.0/0"}}, Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
	s.Subnets.Put("subnet-a", know(topology.Subnet{ID: "subnet-a", CIDR: "10.0.1.0/24"}, "ec2:DescribeSubnets"))
	s.ServiceNames.Put("dev", know([]string{"api"}, "ecs:ListServices"))
	s.Services.Put("dev|api", know(topology.Service{Cluster: "dev", Name: "api", Desired: 1, Running: 1, TaskDefinition: taskDefARN, Balancers: []topology.ServiceBalancer{{TargetGroup: groupARN}}}, "ecs:DescribeServices"))
	s.RunningTasks.Put("dev|api", know([]topology.Task{{ID: "t1", Address: "10.0.1.76"}}, "ecs:DescribeTasks"))
	s.TaskDefinitions.Put(taskDefARN, know(topology.TaskDefinition{ARN: taskDefARN, Family: "api", Revision: 115, Containers: []topology.ContainerDefinition{{
		Name: "api", LogGroup: "/ecs/api", LogPrefix: "ecs",
		Variables: []topology.Variable{{Name: "MLFLOW_TRACKING_URI", Address: &topology.HostPort{Host: "10.0.3.219", Port: 5000}}},
	}}}, "ecs:DescribeTaskDefinition"))
	s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Count: 214, Last: noon, Sample: "Connection to 10.0.3.219 timed out. (connect timeout=120)", Address: &topology.HostPort{Host: "10.0.3.219"}}}, "logs:FilterLogEvents"))
	s.Dials.Put("10.0.1.76:8001", topology.KnownFact(topology.Dial{Took: 3 * time.Millisecond}, "", noon))
	s.InterfacesByAddress.Put("10.0.3.219", know(topology.Interface{ID: "eni-mlflow", Address: "10.0.3.219", Subnet: "subnet-a", SecurityGroups: []string{"sg-mlflow"}}, "ec2:DescribeNetworkInterfaces"))
	s.SecurityGroups.Put("sg-mlflow", know(topology.SecurityGroup{ID: "sg-mlflow", In: []topology.SecurityRule{{Protocol: "tcp", From: 5000, To: 5000, Group: "sg-task"}}}, "ec2:DescribeSecurityGroups"))
	s.StoppedTasks.Put("dev|api", know([]topology.Task{}, "ecs:DescribeTasks"))
	s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{{ID: "i", Address: "10.0.3.77"}}, "servicediscovery:ListInstances"))
	s.DiscoveryServices.Put("", know([]topology.DiscoveryService{{ID: "srv-1", Name: "mlflow", Namespace: "dev.local"}}, "servicediscovery:ListServices"))
	return s
}

func staleAddress(s *topology.Snapshot) {
	s.InterfacesByAddress.Put("10.0.3.219", topology.AbsentFact[topology.Interface]("ec2:DescribeNetworkInterfaces", noon))
}

func closedGroup(s *topology.Snapshot) {
	s.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{ID: "sg-task", In: []topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8001, Group: "sg-old"}}, Out: []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}, "ec2:DescribeSecurityGroups"))
}

func endpoint(path string) Endpoint {
	return Endpoint{Key: "api" + path, Kind: "http", Scheme: "https", Host: "api.hokus.ai", Port: 443, Path: path, Limit: 5 * time.Second, Critical: true}
}

// gateway504 is what a load balancer answers after some time.
func gateway504(path string, after time.Duration) Symptom {
	return Symptom{Endpoint: endpoint(path), Class: result.HTTPStatus, Phase: result.PhaseAssert, At: noon, Answer: topology.Answer{
		Status: 504, Server: "awselb/2.0", ContentType: "text/html", Body: "<html><center><h1>504 Gateway Time-out</h1></center></html>", Took: after, Limit: 70 * time.Second,
	}}
}

func notFound(path string) Symptom {
	return Symptom{Endpoint: endpoint(path), Class: result.HTTPStatus, Phase: result.PhaseAssert, At: noon, Answer: topology.Answer{
		Status: 404, Server: "awselb/2.0", ContentType: "text/plain; charset=utf-8", Body: "not found", Took: 20 * time.Millisecond,
	}}
}

func cutShort(path string) Symptom {
	return Symptom{Endpoint: endpoint(path), Class: result.HTTPTimeout, Phase: result.PhaseTTFB, At: noon, Answer: topology.Answer{Took: 5 * time.Second, Limit: 5 * time.Second}}
}

func caseOf(s *topology.Snapshot, symptoms ...Symptom) Input {
	return Input{Now: noon, Clusters: []string{"dev"}, Symptoms: symptoms, Facts: s}
}
