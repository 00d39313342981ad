package diagnose

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// disagreements of an outcome, wherever they stand.
func disagreements(out Output) (all []Contradiction) {
	for _, f := range out.Findings {
		all = append(all, f.Contradictions...)
	}
	for _, u := range out.Unexplained {
		all = append(all, u.Contradictions...)
	}
	return all
}

func TestWhatCannotBothBeSo(t *testing.T) {
	t.Parallel()
	healthy := func(s *topology.Snapshot) {
		s.TargetHealth.Put(groupARN, know([]topology.Target{{ID: "10.0.1.76", Port: 8001, State: "healthy"}}, "elasticloadbalancing:DescribeTargetHealth"))
	}
	refuses := func(s *topology.Snapshot) {
		healthy(s)
		s.Dials.Put("10.0.1.76:8001", topology.KnownFact(topology.Dial{Class: result.TCPRefused}, "", noon))
	}
	byApp := notFound("/health")
	byApp.Answer.Server, byApp.Answer.ContentType, byApp.Answer.Body = "uvicorn", "application/json", `{"detail":"Not Found"}`
	literal := func(address string) func(*topology.Snapshot) {
		return func(s *topology.Snapshot) {
			s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Values: []string{address}}}, "route53:ListResourceRecordSets"))
		}
	}
	at := notFound("/health")
	at.Address = "192.0.2.7:443"
	for name, c := range map[string]struct {
		change  func(*topology.Snapshot)
		symptom Symptom
		says    string // "": nothing disagrees
	}{
		"a gateway's error by a fixed response": {func(*topology.Snapshot) {}, gateway504("/health", 60e9), "only a rule that forwards leads to"},
		"an application by a fixed response":    {func(*topology.Snapshot) {}, byApp, "a 404 of the application (uvicorn) came"},
		"the fixed response itself":             {func(*topology.Snapshot) {}, notFound("/health"), ""},
		"a gateway's error by a rule":           {func(*topology.Snapshot) {}, gateway504("/api/v1/x", 60e9), ""},
		"healthy, and a 503":                    {healthy, gateway(503, 0), "has no target to send to, and 10.0.1.76:8001 of it is healthy"},
		"healthy, and refused":                  {refuses, gateway(502, 0), "count as healthy, and no connection to them succeeds"},
		"healthy, and connected to":             {healthy, gateway(502, 0), ""},
		"a port without a listener answers": {func(s *topology.Snapshot) {
			s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, LoadBalancer: balancerARN, Port: 80, Protocol: "HTTP"}}, "elasticloadbalancing:DescribeListeners"))
		}, notFound("/health"), "has no listener there"},
		"the address of the record":   {literal("192.0.2.7"), at, ""},
		"another address":             {literal("192.0.2.8"), at, "resolved to 192.0.2.7, and its record"},
		"absent, and in its zone":     {func(*topology.Snapshot) {}, noDNS(result.DNSNXDomain), "resolvers say that api.hokus.ai does not exist"},
		"absent, and not in its zone": {absentRecord, noDNS(result.DNSNXDomain), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := sample()
			c.change(s)
			out := Diagnose(caseOf(s, c.symptom))
			all := disagreements(out)
			if c.says == "" {
				if len(all) != 0 {
					t.Errorf("%+v", all)
				}
				return
			}
			if len(all) != 1 || !strings.Contains(all[0].Statement, c.says) {
				t.Fatalf("%+v", all)
			}
			for _, e := range all[0].Evidence {
				if e.ID == "" || e.Source == "" {
					t.Errorf("%+v", e)
				}
			}
			for _, f := range out.Findings {
				if f.Role == Cause && f.Level == Proven {
					t.Errorf("%s is proven although facts disagree", f.Key)
				}
			}
		})
	}
}

// A cause that is certain is not, where something on the way disagrees; the
// others are as sure as they were.
func TestAContradictionLowersItsCauseOnly(t *testing.T) {
	t.Parallel()
	s := sample()
	s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Values: []string{"192.0.2.8"}}}, "route53:ListResourceRecordSets"))
	doubted, sure := notFound("/health"), notFound("/other")
	doubted.Address, doubted.Endpoint.RunsOn.Balancer = "192.0.2.7:443", "main"
	sure.Endpoint.RunsOn.Balancer = "main"
	if f := only(t, Diagnose(caseOf(s, sure)), RuleDefaultFixed, Cause); f.Level != Proven {
		t.Errorf("%s", asJSON(f))
	}
	f := only(t, Diagnose(caseOf(s, doubted, sure)), RuleDefaultFixed, Cause)
	if f.Level != Likely || len(f.Contradictions) != 1 || len(f.Explains) != 2 {
		t.Errorf("%s", asJSON(f))
	}
	for _, e := range f.Contradictions[0].Evidence {
		if !strings.Contains(asJSON(f.Evidence), `"`+e.ID+`"`) {
			t.Errorf("%s is not among the evidence", e.ID)
		}
	}
}
