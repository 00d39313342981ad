package diagnose

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Cases that look like a cause and are another: each says what must not be
// concluded or advised, and what must.

func gatewaySays(status int) Symptom {
	s := gateway504("/api/v1/health", 20*time.Millisecond)
	s.Answer.Status, s.Answer.Body = status, fmt.Sprintf("<html><center><h1>%d</h1></center></html>", status)
	return s
}

func answered(path string, status int, server, body string) Symptom {
	s := notFound(path)
	s.Answer.Status, s.Answer.Server, s.Answer.Body, s.Answer.ContentType = status, server, body, "text/html"
	return s
}

func ruled(s *topology.Snapshot, rules ...topology.Rule) {
	for i := range rules {
		rules[i].ARN = fmt.Sprintf("arn:rule/%d", rules[i].Priority)
	}
	s.Rules.Put(listenerARN, know(rules, "elasticloadbalancing:DescribeRules"))
}

func when(field string, values ...string) topology.Condition {
	return topology.Condition{Field: field, Values: values}
}

var (
	toAPI  = []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: groupARN, Weight: 1}}}}
	refuse = []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: 403, Body: "forbidden"}}}
)

func targets(s *topology.Snapshot, all ...topology.Target) {
	s.TargetHealth.Put(groupARN, know(all, "elasticloadbalancing:DescribeTargetHealth"))
}

// concluded is the first cause; a zero one if there is none.
func concluded(in Input) Finding {
	for _, f := range Rounds(in, func(*topology.Snapshot, []topology.Want) {}).Findings {
		if f.Role == Cause {
			return f
		}
	}
	return Finding{}
}

func refusing(port int) topology.Target {
	return topology.Target{ID: "10.0.1.76", Port: port, State: "unhealthy", Reason: "Target.FailedHealthChecks", Description: "Health checks failed"}
}

// The ports of hosts, of other containers and of metrics are not that of the
// application, so they prove nothing.
func TestWhosePort(t *testing.T) {
	log := func(container, line string) func(*topology.Snapshot) {
		return func(s *topology.Snapshot) {
			s.Logs.Put("/ecs/api|ecs/"+container, know([]topology.LogPattern{{Count: 1, Last: noon, Sample: line}}, "logs:FilterLogEvents"))
		}
	}
	for name, c := range map[string]struct {
		port       int
		kind, id   string
		containers []topology.ContainerDefinition
		log        func(*topology.Snapshot)
	}{
		"host":      {32771, "instance", "i-1", []topology.ContainerDefinition{{Name: "web", Ports: []int{8080}}}, log("web", "")},
		"container": {80, "ip", "10.0.1.76", []topology.ContainerDefinition{{Name: "web", Ports: []int{80}}, {Name: "app", LogGroup: "/ecs/api", LogPrefix: "ecs"}}, log("app", "Uvicorn running on http://127.0.0.1:8000")},
		"metrics":   {80, "ip", "10.0.1.76", []topology.ContainerDefinition{{Name: "web", Ports: []int{80}, LogGroup: "/ecs/api", LogPrefix: "ecs"}}, log("web", "metrics listening on :9090")},
	} {
		s := sample()
		s.TargetGroups.Put("", know([]topology.TargetGroup{{ARN: groupARN, Name: "api", Port: 80, TargetType: c.kind}}, "elasticloadbalancing:DescribeTargetGroups"))
		bad := refusing(c.port)
		bad.ID = c.id
		targets(s, bad)
		s.Services.Put("dev|api", know(topology.Service{Cluster: "dev", Name: "api", Desired: 1, Running: 1, TaskDefinition: taskDefARN, Balancers: []topology.ServiceBalancer{{TargetGroup: groupARN, Container: "web"}}}, "ecs:DescribeServices"))
		s.TaskDefinitions.Put(taskDefARN, know(topology.TaskDefinition{ARN: taskDefARN, Containers: c.containers}, "ecs:DescribeTaskDefinition"))
		c.log(s)
		if f := concluded(caseOf(s, gatewaySays(502))); f.Level == Proven || len(f.Actions) > 0 && f.Actions[0].Command != "" {
			t.Errorf("%s: %s %s: %s (%s)", name, f.Code, f.Level, f.Sentence, f.Actions[0].Command)
		}
	}
}

// What a network of caches answers is not the application's error.
func TestEdgeAnswers(t *testing.T) {
	s := sample()
	targets(s, topology.Target{ID: "10.0.1.76", Port: 8001, State: "healthy"})
	x := answered("/api/v1/health", 502, "CloudFront", "The request could not be satisfied")
	if f := concluded(caseOf(s, x)); f.Code == App5xx {
		t.Errorf("got %s %s: %s", f.Code, f.Level, f.Sentence)
	}
	x.Answer.Server = "uvicorn" // passes through with its own name
	if f := concluded(caseOf(s, x)); f.Code != App5xx {
		t.Errorf("got %s, want %s", f.Code, App5xx)
	}
}

// A redirect from 80 to 443 is no loop by itself: what it leads to leads back.
func TestRedirectElsewhereIsNoLoop(t *testing.T) {
	s := sample()
	plain := listenerARN + "80"
	s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, Port: 443, Protocol: "HTTPS"}, {ARN: plain, Port: 80, Protocol: "HTTP"}}, "elasticloadbalancing:DescribeListeners"))
	x := answered("/api/v1/health", 301, "awselb/2.0", "")
	x.Class, x.Endpoint.Scheme, x.Endpoint.Port = result.HTTPRedirectLoop, "http", 80
	for port, want := range map[string]Code{"443": "", "80": RuleDefaultFixed} {
		to := topology.Redirect{Protocol: map[string]string{"443": "HTTPS", "80": "HTTP"}[port], Host: "#{host}", Port: port, Path: "/#{path}", Status: 301}
		s.Rules.Put(plain, know([]topology.Rule{{Default: true, Actions: []topology.Action{{Type: "redirect", Redirect: &to}}}}, "elasticloadbalancing:DescribeRules"))
		if f := concluded(caseOf(s, x)); f.Code != want {
			t.Errorf("to %s: got %q %s, want %q", port, f.Code, f.Sentence, want)
		}
	}
}

// No command opens to everybody what is kept for some, or puts a mask where a
// secret stands.
func TestGuardedRulesStayGuarded(t *testing.T) {
	secret := topology.Condition{Field: "http-header", Header: "X-Origin-Verify", Values: []string{redact.Mask}}
	other := topology.Rule{Default: true, Actions: refuse}
	login := []topology.Action{{Type: "authenticate-oidc", Order: 1}, {Type: "forward", Order: 2, Groups: toAPI[0].Groups}}
	for name, rules := range map[string][]topology.Rule{
		"addresses": {{Priority: 10, Conditions: []topology.Condition{when("host-header", "api.hokus.ai"), when("source-ip", "198.51.100.0/24")}, Actions: toAPI}, other},
		"secret":    {{Priority: 10, Conditions: []topology.Condition{when("host-header", "api.hokus.ai"), secret}, Actions: toAPI}, other},
		"near miss": {{Priority: 10, Conditions: []topology.Condition{when("path-pattern", "/api/*"), {Field: "query-string", Query: []topology.QueryPair{{Key: "token", Value: redact.Mask}}}}, Actions: toAPI}, other},
		"refused":   {{Priority: 1, Conditions: []topology.Condition{when("path-pattern", "/api*")}, Actions: refuse}, {Priority: 10, Conditions: []topology.Condition{when("path-pattern", "/*")}, Actions: toAPI}, other},
		"no later":  {{Priority: 1, Conditions: []topology.Condition{when("path-pattern", "/api*")}, Actions: refuse}, {Default: true, Actions: toAPI}},
		"login":     {other},
	} {
		s := sample()
		ruled(s, rules...)
		if name == "login" {
			s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, Port: 443, Protocol: "HTTPS"}, {ARN: "other", Port: 8443, Protocol: "HTTPS"}}, "elasticloadbalancing:DescribeListeners"))
			s.Rules.Put("other", know([]topology.Rule{{Priority: 5, Conditions: []topology.Condition{when("path-pattern", "/api*")}, Actions: login}}, "elasticloadbalancing:DescribeRules"))
		}
		x := answered("/api", 403, "awselb/2.0", "forbidden")
		x.Answer.ContentType = "text/plain"
		x.Endpoint.Query = "token=" + redact.Mask
		f := concluded(caseOf(s, x))
		if f.Code == "" {
			t.Errorf("%s: no cause", name)
		}
		for _, a := range f.Actions {
			if a.Command != "" {
				t.Errorf("%s: %s: %s", name, a.Do, a.Command)
			}
		}
	}
}

// Nobody is sent to a record of weight 0, and of several that are used nobody
// knows which answered.
func TestSeveralRecords(t *testing.T) {
	none, some := 0, 10
	record := func(set, alias string, weight *int) topology.Record {
		return topology.Record{Name: "api.hokus.ai", Type: "A", Alias: alias, Set: set, Weight: weight}
	}
	const main, green = "main-1.us-east-1.elb.amazonaws.com", "green-1.us-east-1.elb.amazonaws.com"
	for name, c := range map[string]struct {
		records []topology.Record
		want    Level
	}{
		"one":       {[]topology.Record{record("a", main, &some)}, Proven},
		"unused":    {[]topology.Record{record("a", green, &none), record("b", main, &some)}, Proven},
		"elsewhere": {[]topology.Record{record("a", main, &none), record("b", green, &some)}, ""},
		"several":   {[]topology.Record{record("a", main, &some), record("b", green, &some)}, Likely},
	} {
		s := sample()
		s.Records.Put("Z1|api.hokus.ai", know(c.records, "route53:ListResourceRecordSets"))
		if f := concluded(caseOf(s, notFound("/x"))); f.Level != c.want {
			t.Errorf("%s: got %q %s, want %q", name, f.Level, f.Sentence, c.want)
		}
	}
}

// A database that a service is named like is not that service's task.
func TestManagedAddressIsNoStrangersOne(t *testing.T) {
	for _, host := range []string{"hokus-mlflow.abc.us-east-1.rds.amazonaws.com", "mlflow.abc.cache.amazonaws.com"} {
		s := sample()
		at := &topology.HostPort{Host: host, Port: 5432}
		s.TaskDefinitions.Put(taskDefARN, know(topology.TaskDefinition{ARN: taskDefARN, Containers: []topology.ContainerDefinition{{Name: "api", LogGroup: "/ecs/api", LogPrefix: "ecs", Variables: []topology.Variable{{Name: "STORE", Address: at}}}}}, "ecs:DescribeTaskDefinition"))
		s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Count: 9, Last: noon, Sample: "timed out: " + host, Address: at}}, "logs:FilterLogEvents"))
		s.ServiceNames.Put("dev", know([]string{"api", "mlflow"}, "ecs:ListServices"))
		s.Services.Put("dev|mlflow", know(topology.Service{Cluster: "dev", Name: "mlflow", Desired: 1, Running: 1}, "ecs:DescribeServices"))
		s.RunningTasks.Put("dev|mlflow", know([]topology.Task{{ID: "m", Address: "10.0.1.90"}}, "ecs:DescribeTasks"))
		s.StoppedTasks.Put("dev|mlflow", know([]topology.Task{}, "ecs:DescribeTasks"))
		s.Databases.Put("", know([]topology.Database{{ID: "hokus-mlflow", Status: "available", Host: host, Port: 5432}}, "rds:DescribeDBInstances"))
		s.Lookups.Put(host, topology.KnownFact([]netip.Addr{netip.MustParseAddr("10.0.1.50")}, "", noon))
		s.InterfacesByAddress.Put("10.0.1.50", know(topology.Interface{ID: "eni-store", Address: "10.0.1.50", Subnet: "subnet-a"}, "ec2:DescribeNetworkInterfaces"))
		if f := concluded(caseOf(s, gateway504("/api/v1/health", time.Minute))); f.Code == DepStaleAddress {
			t.Errorf("%s: %s: %s", f.Code, f.Level, f.Sentence)
		}
	}
}

// A firewall before the internet gateway is a way in, and a group that admits
// others on the port is not opened to everybody.
func TestDoorsThatSomebodyChose(t *testing.T) {
	open := topology.ACLEntry{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}
	out := open
	out.Egress = true
	x := Symptom{Endpoint: endpoint("/"), Class: result.TCPTimeout, Phase: result.PhaseTCP, At: noon, Address: "203.0.113.9:443"}
	good := Symptom{Endpoint: endpoint("/good"), Healthy: true, At: noon, Address: "203.0.113.10:443"}
	look := func(target string, rule topology.SecurityRule) Finding {
		s := sample()
		s.LoadBalancers.Put("", know([]topology.LoadBalancer{{ARN: balancerARN, Name: "main", Scheme: "internet-facing", VPC: "vpc-1", DNSName: "main-1.us-east-1.elb.amazonaws.com", Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-main"}}}, "elasticloadbalancing:DescribeLoadBalancers"))
		s.NetworkACLs.Put("vpc-1", know([]topology.NetworkACL{{ID: "acl-1", Subnets: []string{"subnet-a"}, Entries: []topology.ACLEntry{open, out}}}, "ec2:DescribeNetworkAcls"))
		s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-1", Main: true, Routes: []topology.Route{{Destination: "0.0.0.0/0", Target: target, State: "active"}}}}, "ec2:DescribeRouteTables"))
		s.SecurityGroups.Put("sg-main", know(topology.SecurityGroup{ID: "sg-main", In: []topology.SecurityRule{rule}}, "ec2:DescribeSecurityGroups"))
		return concluded(caseOf(s, x, good))
	}
	everybody := topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, CIDR: "0.0.0.0/0"}
	for target, want := range map[string]Code{"vpce-1": "", "nat-1": LBSubnetRoute} {
		if f := look(target, everybody); f.Code != want {
			t.Errorf("%s: got %q %s, want %q", target, f.Code, f.Sentence, want)
		}
	}
	f := look("igw-1", topology.SecurityRule{Protocol: "tcp", From: 443, To: 443, Group: "sg-vpn"})
	if f.Code != LBSecurityGroup || strings.Contains(f.Actions[0].Command, "0.0.0.0/0") {
		t.Errorf("got %s: %v", f.Code, f.Actions)
	}
}

// Interfaces are looked for by their addresses of IPv4, so that nobody has one
// of IPv6 says nothing.
func TestTargetsOfSix(t *testing.T) {
	s := sample()
	const at = "2600:1f18:1::76"
	targets(s, topology.Target{ID: at, Port: 8001, State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out"})
	s.InterfacesByAddress.Put(at, topology.AbsentFact[topology.Interface]("ec2:DescribeNetworkInterfaces", noon))
	if f := concluded(caseOf(s, gateway504("/api/v1/health", 10*time.Second))); f.Code == GroupStaleTarget || f.Code == NetTargetGroup {
		t.Errorf("got %s %s: %s", f.Code, f.Level, f.Sentence)
	}
	s = calm()
	change(s.TargetGroups, "", func(all *[]topology.TargetGroup) {
		for _, g := range *all {
			s.TargetHealth.Put(g.ARN, know([]topology.Target{{ID: at, Port: g.Port, State: "healthy"}}, elb+"DescribeTargetHealth"))
		}
	})
	change(s.VPCs, "vpc-1", func(v *topology.VPC) { v.CIDRs = append(v.CIDRs, "2600:1f18:1::/56") })
	s.InterfacesByAddress.Put(at, topology.AbsentFact[topology.Interface](ec2+"DescribeNetworkInterfaces", noon))
	for _, f := range latents(t, s) {
		if f.Code == GroupStaleTarget {
			t.Errorf("though nothing fails: %s", f.Sentence)
		}
	}
}

// What happened to tasks once explains nothing of now.
func TestOldTroubleOfTasks(t *testing.T) {
	exit := 137
	killed := topology.Task{ID: "t0", TaskDefinition: taskDefARN, Stopped: noon.Add(-28 * time.Minute), StopCode: "EssentialContainerExited", Containers: []topology.Container{{Name: "api", Exit: &exit, Reason: "OutOfMemoryError: killed"}}}
	other := topology.Task{ID: "t0", Stopped: noon.Add(-time.Hour), StoppedReason: "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/other/9)"}
	good := topology.Target{ID: "10.0.1.76", Port: 8001, State: "healthy"}
	mismatch := topology.Target{ID: "10.0.1.76", Port: 8002, State: "unhealthy", Reason: "Target.ResponseCodeMismatch", Description: "Health checks failed with these codes: [404]"}
	s := sample()
	targets(s, good)
	s.StoppedTasks.Put("dev|api", know([]topology.Task{killed}, "ecs:DescribeTasks"))
	if f := concluded(caseOf(s, gatewaySays(502))); f.Level == Proven {
		t.Errorf("killed once: %s %s: %s", f.Code, f.Level, f.Sentence)
	}
	targets(s, good, mismatch)
	s.StoppedTasks.Put("dev|api", know([]topology.Task{other}, "ecs:DescribeTasks"))
	if f := concluded(caseOf(s, gatewaySays(502))); f.Code == GroupHealth404 {
		t.Errorf("one of two is healthy: %s %s: %s", f.Code, f.Level, f.Sentence)
	}
	targets(s)
	s.StoppedTasks.Put("dev|api", know([]topology.Task{}, "ecs:DescribeTasks"))
	for age, want := range map[time.Duration]Code{500 * time.Hour: GroupEmpty, time.Hour: ECSDeployFailed} {
		s.Services.Put("dev|api", know(topology.Service{Cluster: "dev", Name: "api", Desired: 1, TaskDefinition: taskDefARN, Balancers: []topology.ServiceBalancer{{TargetGroup: groupARN}},
			Deployments: []topology.Deployment{{Status: "PRIMARY", Rollout: "COMPLETED", TaskDefinition: taskDefARN, Created: noon.Add(-900 * time.Hour)}},
			Events:      []topology.Event{{At: noon.Add(-age), Text: "deployment failed: tasks failed to start. rolling back to deployment ecs-svc/0."}}}, "ecs:DescribeServices"))
		if f := concluded(caseOf(s, gatewaySays(503))); f.Code != want {
			t.Errorf("rolled back %s ago: got %s %s, want %s", age, f.Code, f.Sentence, want)
		}
	}
}

// Where other name servers may have the answer, its absence here proves nothing.
func TestOtherNameServers(t *testing.T) {
	x := Symptom{Endpoint: endpoint("/"), Class: result.DNSNoData, Phase: result.PhaseDNS, At: noon}
	s := sample()
	s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "NS", Values: []string{"ns1.example.org"}}}, "route53:ListResourceRecordSets"))
	if f := concluded(caseOf(s, x)); f.Code != "" {
		t.Errorf("delegated: %s %s: %s", f.Code, f.Level, f.Sentence)
	}
	s.Zones.Put("api.hokus.ai", know([]topology.Zone{{ID: "Z1", Name: "hokus.ai"}, {ID: "Z2", Name: "hokus.ai"}}, "route53:ListHostedZonesByName"))
	s.Records.Put("Z1|api.hokus.ai", topology.AbsentFact[[]topology.Record]("route53:ListResourceRecordSets", noon))
	if f := concluded(caseOf(s, x)); f.Code != DNSNoRecord || f.Level != Likely {
		t.Errorf("two zones: got %s %s, want %s likely", f.Code, f.Level, DNSNoRecord)
	}
}

// An endpoint of which nothing is known now is not good again.
func TestUnknownIsNotFixed(t *testing.T) {
	in := caseOf(sample(), Symptom{Endpoint: endpoint("/other"), Healthy: true, At: noon})
	in.Previous = []Finding{{Code: RuleDefaultFixed, Key: "RULE_DEFAULT_FIXED/main:443", Role: Cause, Explains: []string{"api/x"}}}
	if out := Rounds(in, func(*topology.Snapshot, []topology.Want) {}); len(out.Fixed) > 0 {
		t.Errorf("called fixed: %s", out.Fixed[0].Key)
	}
	in.Symptoms[0].Endpoint.Key = "api/x"
	if out := Rounds(in, func(*topology.Snapshot, []topology.Want) {}); len(out.Fixed) != 1 {
		t.Error("it is good, and not called fixed")
	}
}

// A checker without a way out still hears what is inside of its network.
func TestBlindCheckerHearsInside(t *testing.T) {
	refused := Symptom{Endpoint: endpoint("/"), Class: result.TCPRefused, Phase: result.PhaseTCP, At: noon, Address: "10.0.1.76:443"}
	away := Symptom{Endpoint: endpoint("/away"), Class: result.TCPTimeout, Phase: result.PhaseTCP, At: noon, Address: "203.0.113.9:443"}
	in := caseOf(sample(), refused, away)
	in.Doubt = Doubt{Controls: Silent}
	out := Rounds(in, func(*topology.Snapshot, []topology.Want) {})
	for _, f := range out.Findings {
		if f.Code == SelfNoEgress && strings.Join(f.Explains, " ") != "api/away" {
			t.Errorf("hides %v, want api/away", f.Explains)
		}
	}
	if len(out.Unexplained) != 1 || out.Unexplained[0].Endpoint != "api/" {
		t.Errorf("unexplained %v, want api/", out.Unexplained)
	}
}

// A body that calls itself an error adds nothing to the status of one, and a
// plain false may mean something else.
func TestBodiesThatSayLittle(t *testing.T) {
	s := sample()
	targets(s, topology.Target{ID: "10.0.1.76", Port: 8001, State: "healthy"})
	x := answered("/api/v1/health", 404, "uvicorn", `{"status":"error","message":"not found"}`)
	if f := concluded(caseOf(s, x)); f.Code == AssertDegradedBody {
		t.Errorf("%s %s: %s", f.Code, f.Level, f.Sentence)
	}
	x = answered("/api/v1/health", 200, "uvicorn", `{"status":"ok","checks":{"debug":false}}`)
	x.Healthy, x.Class = true, ""
	if f := concluded(caseOf(s, x)); f.Level == Proven {
		t.Errorf("%s %s: %s", f.Code, f.Level, f.Sentence)
	}
}

// The resolver of a VPC is inside of it: that a name gets no answer is not for
// want of a route to the internet, where AWS answers.
func TestNamesNeedNoRouteOut(t *testing.T) {
	s := sample()
	s.OwnNetwork.Put("", know(topology.Checker{VPC: "vpc-1", Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-main"}}, "lambda:GetFunctionConfiguration"))
	s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb-1", Main: true, Routes: []topology.Route{{Destination: "10.0.0.0/16", Target: "local", State: "active"}}}}, "ec2:DescribeRouteTables"))
	s.NetworkACLs.Put("vpc-1", know([]topology.NetworkACL{{ID: "acl-1", Subnets: []string{"subnet-a"}, Entries: []topology.ACLEntry{{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}, {Number: 100, Egress: true, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}}}}, "ec2:DescribeNetworkAcls"))
	s.VPCs.Put("vpc-1", know(topology.VPC{ID: "vpc-1", DNSSupport: true, DNSHostnames: true}, "ec2:DescribeVpcs"))
	s.VPCEndpoints.Put("vpc-1", know([]topology.Endpoint{{Type: "Interface", State: "available"}}, "ec2:DescribeVpcEndpoints"))
	in := caseOf(s, Symptom{Endpoint: endpoint("/"), Class: result.DNSServFail, Phase: result.PhaseDNS, At: noon})
	in.Doubt.Controls = Answered
	if out := Rounds(in, func(*topology.Snapshot, []topology.Want) {}); out.blind() || len(out.Unexplained) != 1 {
		t.Errorf("it is taken for the checker's own network: %v", out.Findings)
	}
}
