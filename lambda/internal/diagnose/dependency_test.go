package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// calling is the sample whose service calls this address, with this in its log.
func calling(variable string, to topology.HostPort, log ...string) *topology.Snapshot {
	s := sample()
	s.TaskDefinitions.Put(taskDefARN, know(topology.TaskDefinition{ARN: taskDefARN, Family: "api", Revision: 115, Containers: []topology.ContainerDefinition{{
		Name: "api", LogGroup: "/ecs/api", LogPrefix: "ecs", Variables: []topology.Variable{{Name: variable, Address: &to}},
	}}}, "ecs:DescribeTaskDefinition"))
	var lines []topology.LogPattern
	for _, l := range log {
		lines = append(lines, topology.LogPattern{Count: 9, Last: noon, Sample: l, Address: &topology.HostPort{Host: to.Host}})
	}
	s.Logs.Put("/ecs/api|ecs/api", know(lines, "logs:FilterLogEvents"))
	return s
}

// withMLflow adds a service mlflow that runs at an address.
func withMLflow(s *topology.Snapshot, address string, change func(*topology.Service)) {
	v := topology.Service{Cluster: "dev", Name: "mlflow", Desired: 1, Running: 1, TaskDefinition: "td/mlflow:7"}
	if change != nil {
		change(&v)
	}
	s.ServiceNames.Put("dev", know([]string{"api", "mlflow"}, "ecs:ListServices"))
	s.Services.Put("dev|mlflow", know(v, "ecs:DescribeServices"))
	s.RunningTasks.Put("dev|mlflow", know([]topology.Task{{ID: "m1", Address: address}}, "ecs:DescribeTasks"))
	s.StoppedTasks.Put("dev|mlflow", know([]topology.Task{}, "ecs:DescribeTasks"))
	s.TaskDefinitions.Put("td/mlflow:7", know(topology.TaskDefinition{ARN: "td/mlflow:7", Family: "mlflow", Revision: 7, Containers: []topology.ContainerDefinition{{Name: "mlflow", LogGroup: "/ecs/mlflow", LogPrefix: "ecs"}}}, "ecs:DescribeTaskDefinition"))
	s.Logs.Put("/ecs/mlflow|ecs/mlflow", know([]topology.LogPattern{}, "logs:FilterLogEvents"))
}

const timedOut = "Connection to 10.0.3.219 timed out. (connect timeout=120)"

var mlflowAt = topology.HostPort{Host: "10.0.3.219", Port: 5000}

// Who owns the address: nobody, somebody else, or the one that is meant.
func TestWhoOwnsTheAddress(t *testing.T) {
	late := gateway504("/api/v1/x", time.Minute)
	nobody := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
	staleAddress(nobody)
	withMLflow(nobody, "10.0.3.77", nil)
	f := only(t, Diagnose(caseOf(nobody, late)), DepStaleAddress, Cause)
	if f.Sentence != "api calls 10.0.3.219:5000, which no network interface owns; mlflow runs at 10.0.3.77" || f.Level != Likely {
		t.Errorf("%s %s", f.Level, f.Sentence)
	}
	if i := slices.IndexFunc(f.Advice, func(a NotAdvice) bool { return strings.Contains(a.What, "10.0.3.77") }); i < 0 || f.Advice[i].Evidence == "" {
		t.Errorf("an address that changes again is not warned of: %+v", f.Advice)
	}
	other := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
	withMLflow(other, "10.0.3.77", nil)
	if f := only(t, Diagnose(caseOf(other, late)), DepStaleAddress, Cause); !strings.Contains(f.Sentence, "no task of mlflow") {
		t.Error(f.Sentence)
	}
	right := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
	withMLflow(right, "10.0.3.219", nil)
	if got := causes(Diagnose(caseOf(right, late))); hasCode(got, DepStaleAddress) || hasCode(got, DepSecurityGroup) {
		t.Errorf("%v", got)
	}
	unread := calling("MLFLOW_TRACKING_URI", mlflowAt)
	unread.Fail(topology.Want{Kind: topology.InterfacesByAddress, Key: "10.0.3.219"}, topology.Denied, "")
	out := Diagnose(caseOf(unread, late))
	if hasCode(causes(out), DepStaleAddress) || len(out.Gaps) == 0 || strings.Contains(asJSON(out), "no network interface") {
		t.Errorf("unknown is not absent: %s", asJSON(out))
	}
}

func TestDependencyClosed(t *testing.T) {
	s := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
	withMLflow(s, "10.0.3.219", nil)
	s.SecurityGroups.Put("sg-mlflow", know(topology.SecurityGroup{ID: "sg-mlflow", In: []topology.SecurityRule{{Protocol: "tcp", From: 5000, To: 5000, Group: "sg-old"}}}, "ec2:DescribeSecurityGroups"))
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), DepSecurityGroup, Cause)
	if f.Level != Likely || !strings.Contains(f.Actions[0].Command, "--group-id sg-mlflow --protocol tcp --port 5000 --source-group sg-task") {
		t.Errorf("%s %+v", f.Level, f.Actions)
	}
	for what, other := range map[string]Symptom{"10 s": gateway504("/api/v1/x", 10*time.Second), "502": gateway5xx(502, 0), "404": byTheApp(404, "{}")} {
		if got := causes(Diagnose(caseOf(s, other))); hasCode(got, DepSecurityGroup) {
			t.Errorf("%s: %v", what, got)
		}
	}
	s.Fail(topology.Want{Kind: topology.SecurityGroups, Key: "sg-mlflow"}, topology.Denied, "")
	if out := Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))); hasCode(causes(out), DepSecurityGroup) || len(out.Gaps) == 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// An application that answers an error of its own for another reason is not
// explained by an address that nothing speaks of.
func TestADeadAddressThatNothingSpeaksOfExplainsNoError(t *testing.T) {
	s := calling("MLFLOW_TRACKING_URI", mlflowAt)
	staleAddress(s)
	s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Count: 3, Last: noon, Sample: "ValueError: HuggingFace token not configured"}}, "logs:FilterLogEvents"))
	out := Diagnose(caseOf(s, byTheApp(500, `{"detail":"HuggingFace token not configured"}`)))
	only(t, out, App5xx, Cause)
	only(t, out, DepStaleAddress, Next)
	late := Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute)))
	if f := only(t, late, DepStaleAddress, Cause); f.Level != Possible || len(f.Rivals) == 0 || f.Rivals[0].Decides == "" {
		t.Errorf("the log names something else: %s %+v", f.Level, f.Rivals)
	}
}

func TestDiscoveryNames(t *testing.T) {
	name := topology.HostPort{Host: "mlflow.dev.local", Port: 5000}
	line := "ERROR Failed to resolve 'mlflow.dev.local'"
	s := calling("MLFLOW_TRACKING_URI", name, line)
	withMLflow(s, "10.0.3.77", nil)
	s.DiscoveryServices.Put("", know([]topology.DiscoveryService{{ID: "srv-1", ARN: "arn:srv-1", Name: "mlflow", Namespace: "dev.local"}}, "servicediscovery:ListServices"))
	s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{}, "servicediscovery:ListInstances"))
	bad := byTheApp(500, `{"detail":"Internal Server Error"}`)
	f := only(t, Diagnose(caseOf(s, bad)), DiscoveryNoInstances, Cause)
	if !strings.Contains(f.Sentence, "the service mlflow is not attached to it") || !strings.Contains(f.Actions[0].Command, "--service-registries registryArn=arn:srv-1") || f.Actions[0].Done.Kind != HasInstances {
		t.Errorf("%s %+v", f.Sentence, f.Actions)
	}
	withMLflow(s, "10.0.3.77", func(v *topology.Service) { v.Registries = []topology.Registry{{ARN: "arn:other"}} })
	if f := only(t, Diagnose(caseOf(s, bad)), DiscoveryNoInstances, Cause); !strings.Contains(f.Actions[0].Command, "registryArn=arn:srv-1 registryArn=arn:other") {
		t.Errorf("what it is attached to would be lost: %s", f.Actions[0].Command)
	}
	if got := causes(Diagnose(caseOf(s, gateway5xx(502, 0)))); hasCode(got, DiscoveryNoInstances) {
		t.Errorf("%v", got)
	}
	s.Fail(topology.Want{Kind: topology.DiscoveryInstances, Key: "srv-1"}, topology.Denied, "")
	if out := Diagnose(caseOf(s, bad)); hasCode(causes(out), DiscoveryNoInstances) || strings.Contains(asJSON(out), "no instances") || len(out.Gaps) == 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// Where the service that should register does not run, the reason for that is
// the cause.
func TestNobodyRegistersBecauseNothingRuns(t *testing.T) {
	s := calling("MLFLOW_TRACKING_URI", topology.HostPort{Host: "mlflow.dev.local", Port: 5000}, "ERROR Failed to resolve 'mlflow.dev.local'")
	s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{}, "servicediscovery:ListInstances"))
	withMLflow(s, "", func(v *topology.Service) { v.Running = 0 })
	s.RunningTasks.Put("dev|mlflow", know([]topology.Task{}, "ecs:DescribeTasks"))
	crash := func(id string, ago int) topology.Task {
		return ended(id, ago, func(t *topology.Task) { t.TaskDefinition, t.StartedBy = "td/mlflow:7", "" })
	}
	s.StoppedTasks.Put("dev|mlflow", know([]topology.Task{crash("m1", 1), crash("m2", 5)}, "ecs:DescribeTasks"))
	f := only(t, Diagnose(caseOf(s, byTheApp(500, "{}"))), ECSCrashLoop, Cause)
	if f.Key != "ECS_CRASH_LOOP/mlflow" || f.Level != Likely {
		t.Errorf("%s %s", f.Level, f.Key)
	}
}

func TestDatabases(t *testing.T) {
	host := topology.HostPort{Host: "db.x.us-east-1.rds.amazonaws.com", Port: 5432}
	withStatus := func(status, line string) *topology.Snapshot {
		s := calling("DB_HOST", host, line)
		s.Databases.Put("", know([]topology.Database{{ID: "db", Engine: "postgres", Status: status, Host: host.Host, Port: 5432}}, "rds:DescribeDBInstances"))
		s.DatabaseEvents.Put("db", know([]topology.Event{}, "rds:DescribeEvents"))
		s.Lookups.Put(host.Host, topology.KnownFact([]netip.Addr{}, "", noon))
		return s
	}
	refused := "OperationalError: connection failed: Connection refused"
	bad := byTheApp(500, "{}")
	for status, do := range map[string]string{"storage-full": "give it more storage", "stopped": "start it", "odd-new-status": "find out from its events"} {
		if f := only(t, Diagnose(caseOf(withStatus(status, refused), bad)), DepDatabaseDown, Cause); !strings.Contains(f.Actions[0].Do, do) || f.Level != Likely {
			t.Errorf("%s: %s %+v", status, f.Level, f.Actions)
		}
	}
	for _, status := range []string{"available", "backing-up", "configuring-enhanced-monitoring", "configuring-log-exports", "configuring-iam-database-auth", "configuring-associated-roles"} {
		if got := causes(Diagnose(caseOf(withStatus(status, refused), bad))); hasCode(got, DepDatabaseDown) {
			t.Errorf("%s: %v", status, got)
		}
	}
	full := withStatus("available", "OperationalError: FATAL: too many connections for role")
	if f := only(t, Diagnose(caseOf(full, bad)), DepDatabaseDown, Cause); !strings.Contains(f.Actions[0].Do, "max_connections") {
		t.Errorf("%+v", f.Actions)
	}
	s := withStatus("stopped", refused)
	s.Fail(topology.Want{Kind: topology.Databases}, topology.Denied, "")
	if out := Diagnose(caseOf(s, bad)); hasCode(causes(out), DepDatabaseDown) || len(out.Gaps) == 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// What answers itself calls unwell is followed, and only that.
func TestAPartThatIsUnwellLeadsToItsDependency(t *testing.T) {
	s := calling("REDIS_HOST", topology.HostPort{Host: "10.0.3.219", Port: 6379})
	good := byTheApp(200, `{"status":"degraded","services":{"redis":{"status":"unhealthy"}}}`)
	good.Class, good.Healthy = "", true
	staleAddress(s)
	f := only(t, Diagnose(caseOf(s, good)), DepStaleAddress, Cause)
	if f.Level != Proven || f.Severity != S3 || len(f.Effects) != 1 || f.Effects[0].Code != AssertDegradedBody {
		t.Errorf("%s %v %+v", f.Level, f.Severity, f.Effects)
	}
	good.Answer.Body = `{"status":"degraded","services":{"queue":{"status":"unhealthy"}}}`
	if got := causes(Diagnose(caseOf(s, good))); !slices.Equal(got, []Code{AssertDegradedBody}) {
		t.Errorf("the queue is not that address: %v", got)
	}
}

// Services that call each other end the walk.
func TestCyclesEnd(t *testing.T) {
	s := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
	withMLflow(s, "10.0.3.219", nil)
	s.TaskDefinitions.Put("td/mlflow:7", know(topology.TaskDefinition{ARN: "td/mlflow:7", Family: "mlflow", Revision: 7, Containers: []topology.ContainerDefinition{{Name: "mlflow", Variables: []topology.Variable{
		{Name: "API_URL", Address: &topology.HostPort{Host: "10.0.1.76", Port: 8001}}, {Name: "MLFLOW_SELF", Address: &mlflowAt},
	}}}}, "ecs:DescribeTaskDefinition"))
	if out := Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))); len(out.Traces) != 1 {
		t.Errorf("%s", asJSON(out))
	}
}

// An endpoint that names what it depends on is followed without a definition.
func TestConfiguredDependency(t *testing.T) {
	e := Endpoint{Key: "web", Kind: "http", Scheme: "http", Host: "10.0.9.9", Port: 80, Path: "/", Limit: 5 * time.Second, Critical: true, Depends: []string{"internal/mlflow"}}
	web := Symptom{Endpoint: e, Class: result.HTTPTimeout, Phase: result.PhaseTTFB, At: noon, Answer: topology.Answer{Took: 5 * time.Second}}
	behind := Symptom{Endpoint: Endpoint{Key: "internal/mlflow", Host: "10.0.3.219", Port: 5000}, Healthy: true, At: noon}
	s := sample()
	staleAddress(s)
	f := only(t, Diagnose(caseOf(s, web, behind)), DepStaleAddress, Cause)
	if !slices.ContainsFunc(f.Evidence, func(e Evidence) bool { return e.Source == "configuration" }) {
		t.Errorf("%+v", f.Evidence)
	}
}

// Where nobody may read who owns an address, ECS may still say that it is the
// one of the service that is meant; else the title claims nothing about owners.
func TestAnAddressWhoseOwnerCannotBeRead(t *testing.T) {
	for at, want := range map[string]string{"10.0.3.77": "hard-coded address that does not answer", "10.0.3.219": ""} {
		s := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
		withMLflow(s, at, nil)
		s.Fail(topology.Want{Kind: topology.InterfacesByAddress, Key: "10.0.3.219"}, topology.Denied, "")
		title := ""
		for _, f := range Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))).Findings {
			if f.Code == DepStaleAddress {
				title = f.Title()
			}
		}
		if title != want {
			t.Errorf("MLflow at %s: %q, want %q", at, title, want)
		}
	}
}
