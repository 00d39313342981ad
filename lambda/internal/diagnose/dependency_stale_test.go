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

// byName is the sample whose service calls a discovery name, as it should, of
// which one of two instances is left over.
func byName() *topology.Snapshot {
	s := calling("MLFLOW_TRACKING_URI", topology.HostPort{Host: "mlflow.dev.local", Port: 5000}, "Connection to mlflow.dev.local timed out. (connect timeout=120)")
	s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{{ID: "left-over", Address: "10.0.3.77"}, {ID: "alive", Address: "10.0.3.219"}}, "servicediscovery:ListInstances"))
	s.InterfacesByAddress.Put("10.0.3.77", topology.AbsentFact[topology.Interface]("ec2:DescribeNetworkInterfaces", noon))
	return s
}

// Whoever calls by the name does it right: it is the name that leads astray.
func TestStaleInstance(t *testing.T) {
	late := gateway504("/api/v1/x", time.Minute)
	f := only(t, Diagnose(caseOf(byName(), late)), DepStaleAddress, Cause)
	if f.Sentence != "api calls mlflow.dev.local:5000, a name that leads to 10.0.3.77, which no network interface owns" || f.Level != Likely {
		t.Errorf("%s %s", f.Level, f.Sentence)
	}
	if a := f.Actions[0]; a.Command != "aws servicediscovery deregister-instance --service-id srv-1 --instance-id left-over --region us-east-1" || strings.Contains(a.Do, "instead") {
		t.Errorf("%+v", a)
	}
	if !slices.Contains(f.Inferred, "that the calls go to 10.0.3.77, one of 2 instances of mlflow.dev.local") {
		t.Errorf("%v", f.Inferred)
	}
	for _, e := range f.Evidence {
		if strings.Contains(e.Statement, "address mlflow.dev.local") {
			t.Errorf("a name is taken for an address: %s", e.Statement)
		}
	}
	if !strings.Contains(f.Verify[0], "Values=10.0.3.77") {
		t.Errorf("%v", f.Verify)
	}
}

// Where nobody could say who has the address, nothing is taken out.
func TestStaleInstanceUnsure(t *testing.T) {
	s := byName()
	s.InterfacesByAddress.Put("10.0.3.77", topology.UnknownFact[topology.Interface](topology.Denied, "ec2:DescribeNetworkInterfaces", ""))
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), DepStaleAddress, Cause)
	if a := f.Actions[0]; a.Command != "" || a.Mutates || !strings.HasPrefix(a.Do, "find out who has 10.0.3.77") || f.Level == Proven {
		t.Errorf("%s %+v", f.Level, a)
	}
}

// A name of any other kind of DNS is put right where it stands.
func TestStaleNameOfDNS(t *testing.T) {
	s := calling("MLFLOW_TRACKING_URI", topology.HostPort{Host: "mlflow.corp.internal", Port: 5000}, "Connection to mlflow.corp.internal timed out")
	s.Lookups.Put("mlflow.corp.internal", topology.KnownFact([]netip.Addr{netip.MustParseAddr("10.0.3.77")}, "", noon))
	s.InterfacesByAddress.Put("10.0.3.77", topology.AbsentFact[topology.Interface]("ec2:DescribeNetworkInterfaces", noon))
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/x", time.Minute))), DepStaleAddress, Cause)
	if a := f.Actions[0]; a.Command != "" || a.Do != "take 10.0.3.77 out of what mlflow.corp.internal leads to, and find out who left it there" {
		t.Errorf("%+v", a)
	}
}

// The answer itself says which call is refused: then that is looked at, though
// no log says so.
func TestARefusalThatTheAnswerNames(t *testing.T) {
	s := sample()
	s.Logs.Put("/ecs/api|ecs/api", know([]topology.LogPattern{{Count: 3, Last: noon, Sample: "GET /api/v1/x 500"}}, "logs:FilterLogEvents"))
	s.Dials.Put("10.0.3.219:5000", topology.KnownFact(topology.Dial{Class: result.TCPRefused}, "", noon))
	bad := fromApp("/api/v1/x", 500)
	bad.Answer.Body = `{"error":"connect ECONNREFUSED 10.0.3.219:5000"}`
	f := only(t, Diagnose(caseOf(s, bad)), GroupRefused, Cause)
	if !strings.Contains(f.Sentence, "api calls 10.0.3.219:5000") || !strings.Contains(f.Sentence, "connections are refused") {
		t.Errorf("%s", f.Sentence)
	}
	bad.Answer.Body = `{"error":"boom"}` // names nothing
	if got := causes(Diagnose(caseOf(s, bad))); hasCode(got, GroupRefused) {
		t.Errorf("%v", got)
	}
}
