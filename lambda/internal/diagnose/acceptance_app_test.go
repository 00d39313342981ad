package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// The rows of the hand-written report that are about services, logs and what
// they call. The whole environment is in the scenarios accept-a to accept-e.

// deadMLflow is the environment of the report: a literal address that nobody
// owns, a discovery name that nobody registered, MLflow at another address.
func deadMLflow() *topology.Snapshot {
	s := calling("MLFLOW_TRACKING_URI", mlflowAt, timedOut)
	staleAddress(s)
	withMLflow(s, "10.0.3.77", nil)
	s.DiscoveryServices.Put("", know([]topology.DiscoveryService{{ID: "srv-1", ARN: "arn:srv-1", Name: "mlflow", Namespace: "hokusai-development.local"}}, "servicediscovery:ListServices"))
	s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{}, "servicediscovery:ListInstances"))
	return s
}

// F1: the crash loop of the last diagnosis is gone, and only where its service
// could be looked at is it called fixed.
func TestAcceptanceF1TheCrashLoopIsFixed(t *testing.T) {
	in := caseOf(deadMLflow(), gateway504("/api/v1/x", time.Minute))
	in.Previous = []Finding{{Code: ECSCrashLoop, Key: "ECS_CRASH_LOOP/api", Role: Cause, Explains: []string{"api/api/v1/x"}}}
	if out := Diagnose(in); len(out.Fixed) != 1 || out.Fixed[0].Code != ECSCrashLoop {
		t.Errorf("%+v", out.Fixed)
	}
	in.Facts.Fail(topology.Want{Kind: topology.RunningTasks, Key: "dev|api"}, topology.Denied, "")
	if out := Diagnose(in); len(out.Fixed) != 0 {
		t.Error("called fixed without a look at the tasks")
	}
	again := caseOf(down(ended("a", 1, nil), ended("b", 5, nil)), gateway5xx(503, 0))
	again.Previous = in.Previous
	if out := Diagnose(again); len(out.Fixed) != 0 {
		t.Error("called fixed while it goes on")
	}
}

// F3: what runs is told with its deployment and image, and is no proof of serving.
func TestAcceptanceF3StableIsNotServing(t *testing.T) {
	s := deadMLflow()
	ofService(s, func(v *topology.Service) {
		v.Deployments = []topology.Deployment{{ID: "ecs-svc/2", Status: "PRIMARY", Rollout: "COMPLETED", TaskDefinition: taskDefARN, Running: 1, Created: noon.Add(-15 * time.Minute)}}
	})
	s.RunningTasks.Put("dev|api", know([]topology.Task{{ID: "t1", Address: "10.0.1.76", TaskDefinition: taskDefARN, Containers: []topology.Container{{Digest: "sha256:9f3c00112233445566"}}}}, "ecs:DescribeTasks"))
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), DepStaleAddress, Cause)
	if !slices.ContainsFunc(f.RuledOut, func(r RuledOut) bool {
		return r.Code == ECSCrashLoop && strings.Contains(r.Statement, "1 of 1 run api:115, deployment completed since 11:45:00Z, image sha256:9f3c00112233") && r.Evidence != ""
	}) {
		t.Errorf("%+v", f.RuledOut)
	}
}

// F19, F22, F23, R4, R6: the address is dead, so neither security groups nor
// ACLs are suspected; the variable that holds it and the name that exists are
// named, and the service registers first. It is the first thing to do.
func TestAcceptanceF19ToF23TheDeadAddress(t *testing.T) {
	f := only(t, Diagnose(caseOf(deadMLflow(), gateway504("/api/v1/x", time.Minute))), DepStaleAddress, Cause)
	if f.Level != Likely || len(f.Inferred) != 1 || !strings.Contains(f.Sentence, "which no network interface owns; mlflow runs at 10.0.3.77") {
		t.Errorf("%s %s", f.Level, f.Sentence)
	}
	if len(f.Actions) < 2 || !strings.Contains(f.Actions[0].Command, "--service mlflow --service-registries registryArn=arn:srv-1") || f.Actions[0].Priority != "P0.1" ||
		!strings.Contains(f.Actions[1].Do, "mlflow.hokusai-development.local:5000") || !strings.Contains(f.Actions[1].Do, "MLFLOW_TRACKING_URI") {
		t.Errorf("%+v", f.Actions)
	}
	for _, word := range []string{"security group", "DEP_SG", "health check path of"} {
		for _, a := range f.Actions {
			if strings.Contains(a.Do+a.Command, word) {
				t.Errorf("%q is in %+v", word, a)
			}
		}
	}
}

// F20, F21: the line of the log with its count, and that the client waits
// longer than the load balancer.
func TestAcceptanceF20AndF21TheLogAndItsLimit(t *testing.T) {
	f := only(t, Diagnose(caseOf(deadMLflow(), gateway504("/api/v1/x", time.Minute))), DepStaleAddress, Cause)
	for _, want := range []string{"9 × \"" + timedOut + "\"", "the client waits up to 120 s for a connection, main for an answer only 60 s"} {
		if !slices.ContainsFunc(f.Evidence, func(e Evidence) bool { return strings.Contains(e.Statement, want) && e.ID != "" }) {
			t.Errorf("no evidence %q", want)
		}
	}
}

// F23, the other way round: without a variable the address is said to be seen
// in the log alone.
func TestAcceptanceF23AnAddressThatOnlyTheLogNames(t *testing.T) {
	s := well()
	s.TargetHealth.Put(groupARN, sample().TargetHealth.Of(groupARN))
	s.Logs.Put("/ecs/api|ecs/api", sample().Logs.Of("/ecs/api|ecs/api"))
	staleAddress(s)
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), DepStaleAddress, Cause)
	if !strings.Contains(f.Evidence[0].Statement, "probably built into the image") {
		t.Errorf("%+v", f.Evidence[0])
	}
}
