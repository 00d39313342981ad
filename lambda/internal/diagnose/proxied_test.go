package diagnose

import (
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// What a probe sees on the way to its proxy says nothing about the load
// balancer, its ports and its name, nor about the checker's own way out.
func TestWhatAProxyDoesNotReach(t *testing.T) {
	for name, c := range map[string]struct {
		class result.Class
		phase result.Phase
		code  Code // without a proxy
	}{
		"internal load balancer": {result.TCPTimeout, result.PhaseTCP, LBInternalScheme},
		"no listener":            {result.TCPRefused, result.PhaseTCP, LBNoListener},
		"no record":              {result.DNSNXDomain, result.PhaseDNS, DNSNoRecord},
	} {
		s := sample()
		s.OwnNetwork.Put("", topology.AbsentFact[topology.Checker]("lambda:GetFunctionConfiguration", noon))
		switch c.code {
		case LBInternalScheme:
			s.LoadBalancers.Put("", know([]topology.LoadBalancer{{ARN: balancerARN, Name: "main", Scheme: "internal", VPC: "vpc-1", DNSName: "main-1.us-east-1.elb.amazonaws.com"}}, "elasticloadbalancing:DescribeLoadBalancers"))
		case LBNoListener:
			s.Listeners.Put(balancerARN, know([]topology.Listener{}, "elasticloadbalancing:DescribeListeners"))
		default:
			s.Records.Put("Z1|api.hokus.ai", topology.AbsentFact[[]topology.Record]("route53:ListResourceRecordSets", noon))
		}
		x := Symptom{Endpoint: endpoint("/"), Class: c.class, Phase: c.phase, At: noon}
		if f := concluded(caseOf(s, x)); f.Code != c.code {
			t.Errorf("%s: got %q %s, want %s", name, f.Code, f.Sentence, c.code)
		}
		x.Proxied = true
		in := caseOf(s, x)
		if in.CutOff() {
			t.Errorf("%s: a proxy that is not reached makes the checker suspect its own network", name)
		}
		out := Rounds(in, func(*topology.Snapshot, []topology.Want) {})
		if len(aboutEndpoints(out)) != 0 || len(out.Unexplained) != 1 || len(out.Traces[0].Stations) != 1 {
			t.Errorf("%s, by a proxy: %s", name, asJSON(out))
		}
	}
}

// An HTTP proxy may have answered itself; through a tunnel it cannot have.
func TestAnswersByAProxy(t *testing.T) {
	for scheme, want := range map[string]Level{"http": Likely, "https": Proven} {
		s := well()
		s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, Port: 443, Protocol: "HTTPS"}}, "elasticloadbalancing:DescribeListeners"))
		x := byTheApp(503, `{"detail":"out of tokens"}`)
		x.Proxied, x.Endpoint.Scheme = true, scheme
		if f := concluded(caseOf(s, x)); f.Code != App5xx || f.Level != want {
			t.Errorf("%s: %s %s: %s", scheme, f.Code, f.Level, f.Sentence)
		}
	}
	expired := Symptom{Endpoint: endpoint("/"), Class: result.TLSExpired, Phase: result.PhaseTLS, At: noon, Proxied: true}
	if f := concluded(caseOf(well(), expired)); f.Code != "" {
		t.Errorf("the proxy's own certificate: %s %s", f.Code, f.Sentence)
	}
	expired.NotAfter = noon.Add(-time.Hour)
	if f := concluded(caseOf(well(), expired)); f.Code != TLSExpired {
		t.Errorf("the endpoint's certificate: got %q, want %s", f.Code, TLSExpired)
	}
	late := gateway504("/api/v1/x", time.Minute)
	late.Proxied = true
	if f := concluded(caseOf(well(), late)); f.Code != AppSlowPath {
		t.Errorf("the load balancer answered by a tunnel: %s %s", f.Code, f.Sentence)
	}
}
