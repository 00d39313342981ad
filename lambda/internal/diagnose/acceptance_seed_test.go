package diagnose

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// The environment of the report that an engineer wrote by hand, as far as
// names, load balancers, rules, target groups and the network behind them go.
const (
	seedMain     = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/hokusai-main-development/1"
	seedRegistry = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/hokusai-registry-development/2"
	seedAPI      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/hokusai-api-tg-development/1"
	seedRegAPI   = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/hokusai-reg-api-development/2"
	seedMLflow   = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/hokusai-reg-mlflow-development/3"
)

func seedForward(priority int, path, group string) topology.Rule {
	return topology.Rule{ARN: "r", Priority: priority, Conditions: []topology.Condition{{Field: "path-pattern", Values: []string{path}}}, Actions: []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: group, Weight: 1}}}}}
}

func seedDefault() topology.Rule {
	return topology.Rule{Default: true, Actions: []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: 404, ContentType: "text/plain", Body: "Not Found"}}}}
}

func seed() *topology.Snapshot {
	s := &topology.Snapshot{Version: topology.SnapshotVersion, Region: "us-east-1"}
	zone := know([]topology.Zone{{ID: "Z1", Name: "hokus.ai"}}, "route53:ListHostedZonesByName")
	for host, to := range map[string]string{"api": "main-1", "platform": "main-1", "registry": "registry-2"} {
		s.Zones.Put(host+".hokus.ai", zone)
		s.Records.Put("Z1|"+host+".hokus.ai", know([]topology.Record{{Name: host + ".hokus.ai", Type: "A", Alias: to + ".us-east-1.elb.amazonaws.com"}}, "route53:ListResourceRecordSets"))
	}
	s.Zones.Put("mlflow.hokus.ai", zone)
	s.Records.Put("Z1|mlflow.hokus.ai", topology.AbsentFact[[]topology.Record]("route53:ListResourceRecordSets", noon))
	s.LoadBalancers.Put("", know([]topology.LoadBalancer{
		{ARN: seedMain, Name: "hokusai-main-development", DNSName: "main-1.us-east-1.elb.amazonaws.com", Type: "application", Scheme: "internet-facing", VPC: "vpc-1", Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-main"}},
		{ARN: seedRegistry, Name: "hokusai-registry-development", DNSName: "registry-2.us-east-1.elb.amazonaws.com", Type: "application", Scheme: "internet-facing", VPC: "vpc-1", Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-registry"}},
	}, "elasticloadbalancing:DescribeLoadBalancers"))
	for _, lb := range []string{seedMain, seedRegistry} {
		s.LoadBalancerSettings.Put(lb, know(topology.BalancerAttributes{IdleTimeout: time.Minute}, "elasticloadbalancing:DescribeLoadBalancerAttributes"))
		s.Listeners.Put(lb, know([]topology.Listener{{ARN: lb + "/443", Port: 443, Protocol: "HTTPS"}, {ARN: lb + "/80", Port: 80, Protocol: "HTTP"}}, "elasticloadbalancing:DescribeListeners"))
		s.Rules.Put(lb+"/80", know([]topology.Rule{{Default: true, Actions: []topology.Action{{Type: "redirect", Redirect: &topology.Redirect{Protocol: "HTTPS", Host: "#{host}", Port: "443", Path: "/#{path}", Status: 301}}}}}, "elasticloadbalancing:DescribeRules"))
	}
	s.Rules.Put(seedMain+"/443", know([]topology.Rule{seedForward(100, "/api/v1/*", seedAPI), seedDefault()}, "elasticloadbalancing:DescribeRules"))
	s.Rules.Put(seedRegistry+"/443", know([]topology.Rule{
		seedForward(50, "/mlflow/*", seedMLflow), seedForward(90, "/health", seedRegAPI), seedForward(105, "/api/mlflow*", seedRegAPI), seedForward(110, "/api/*", seedRegAPI), seedDefault(),
	}, "elasticloadbalancing:DescribeRules"))
	check := topology.HealthCheck{Path: "/health/alb", Port: "traffic-port", Timeout: 5 * time.Second, Interval: 30 * time.Second, Matcher: "200"}
	s.TargetGroups.Put("", know([]topology.TargetGroup{
		{ARN: seedAPI, Name: "hokusai-api-tg-development", Port: 8001, TargetType: "ip", VPC: "vpc-1", Protocol: "HTTP", Health: check},
		{ARN: seedRegAPI, Name: "hokusai-reg-api-development", Port: 8001, TargetType: "ip", VPC: "vpc-1", Protocol: "HTTP", Health: check},
		{ARN: seedMLflow, Name: "hokusai-reg-mlflow-development", Port: 5000, TargetType: "ip", VPC: "vpc-1", Protocol: "HTTP", Health: check},
	}, "elasticloadbalancing:DescribeTargetGroups"))
	silent := know([]topology.Target{{ID: "10.0.1.76", Port: 8001, State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out"}}, "elasticloadbalancing:DescribeTargetHealth")
	s.TargetHealth.Put(seedAPI, silent)
	s.TargetHealth.Put(seedRegAPI, silent)
	seedTask(s)
	return s
}

// seedTask is the one task of the API, in both of its target groups.
func seedTask(s *topology.Snapshot) {
	s.InterfacesByAddress.Put("10.0.1.76", know(topology.Interface{ID: "eni-task", Address: "10.0.1.76", VPC: "vpc-1", Subnet: "subnet-a", SecurityGroups: []string{"sg-task"}}, "ec2:DescribeNetworkInterfaces"))
	out := []topology.SecurityRule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}
	for _, id := range []string{"sg-main", "sg-registry"} {
		s.SecurityGroups.Put(id, know(topology.SecurityGroup{ID: id, Out: out}, "ec2:DescribeSecurityGroups"))
	}
	s.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{ID: "sg-task", Out: out, In: []topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8001, Group: "sg-main"}, {Protocol: "tcp", From: 8001, To: 8001, Group: "sg-registry"}}}, "ec2:DescribeSecurityGroups"))
	s.Subnets.Put("subnet-a", know(topology.Subnet{ID: "subnet-a", VPC: "vpc-1", CIDR: "10.0.1.0/24"}, "ec2:DescribeSubnets"))
	s.Dials.Put("10.0.1.76:8001", topology.KnownFact(topology.Dial{Took: time.Millisecond}, "", noon))
	s.ServiceNames.Put("dev", know([]string{"hokusai-api-development"}, "ecs:ListServices"))
	s.Services.Put("dev|hokusai-api-development", know(topology.Service{Cluster: "dev", Name: "hokusai-api-development", Desired: 1, Running: 1, TaskDefinition: taskDefARN, Balancers: []topology.ServiceBalancer{{TargetGroup: seedAPI, Container: "api", Port: 8001}, {TargetGroup: seedRegAPI, Container: "api", Port: 8001}}}, "ecs:DescribeServices"))
	s.RunningTasks.Put("dev|hokusai-api-development", know([]topology.Task{{ID: "t1", Address: "10.0.1.76"}}, "ecs:DescribeTasks"))
	s.TaskDefinitions.Put(taskDefARN, know(topology.TaskDefinition{ARN: taskDefARN, Family: "hokusai-api-development", Revision: 115, Containers: []topology.ContainerDefinition{{Name: "api", Ports: []int{8001}, LogGroup: "/ecs/api", LogPrefix: "ecs"}}}, "ecs:DescribeTaskDefinition"))
	s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Count: 1, Last: noon, Sample: "INFO:     Started server process [1]"}}, "logs:FilterLogEvents"))
}

// at puts a symptom at another host and path.
func seedAt(s Symptom, host, path string) Symptom {
	s.Endpoint.Host, s.Endpoint.Path, s.Endpoint.Key = host+".hokus.ai", path, host+path
	if s.Answer.Status == 404 {
		s.Answer.Body = "Not Found"
	}
	return s
}

func seed404(host, path string) Symptom { return seedAt(notFound(path), host, path) }

func seed504(host, path string, after time.Duration) Symptom {
	return seedAt(gateway504(path, after), host, path)
}

var seedPaths = []string{"/health", "/api/mlflow", "/api/mlflow/health", "/api/mlflow/version", "/api/2.0/mlflow/registered-models/list"}

// seedAll is everything that failed, with the time of the slow probe.
func seedAll(after time.Duration) []Symptom {
	all := []Symptom{seed404("api", "/health"), seed404("api", "/"), seed404("platform", "/"), seed504("api", "/api/v1/health", after)}
	for _, path := range seedPaths {
		all = append(all, seed504("registry", path, after))
	}
	return append(all, Symptom{Endpoint: Endpoint{Key: "mlflow/", Host: "mlflow.hokus.ai", Path: "/", Port: 443, Scheme: "https", Critical: true}, Class: result.DNSNXDomain, Phase: result.PhaseDNS, At: noon})
}
