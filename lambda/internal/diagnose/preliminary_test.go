package diagnose

import (
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// As long as something is still to be read, nothing is called fixed and nothing
// is said of the checker: what is read next may say otherwise.
func TestNothingIsFixedNorSaidOfTheCheckerBeforeAllIsRead(t *testing.T) {
	good := Symptom{Endpoint: endpoint("/x"), Healthy: true, At: noon}
	elsewhere := notFound("/y")
	elsewhere.Endpoint.Host = "other.hokus.ai"
	for name, c := range map[string]struct {
		facts    *topology.Snapshot
		symptoms []Symptom
		doubt    Doubt
		last     func(*topology.Snapshot) // what is read last
		want     Code                     // about the checker, once it is
	}{
		"on the way to an endpoint": {sample(), []Symptom{good, elsewhere}, Doubt{}, func(s *topology.Snapshot) {
			s.Zones.Put("other.hokus.ai", know([]topology.Zone{}, "route53:ListHostedZonesByName"))
		}, ""},
		"on the way of the checker": {withEgress(), []Symptom{good, unreached(result.TCPTimeout, "192.0.2.7:443")}, Doubt{result.PhaseTCP, Silent}, func(s *topology.Snapshot) {
			outBy(s, nowhere, nowhere)
		}, SelfNoEgress},
		"beside a permission": {sample(), []Symptom{good, notFound("/health"), elsewhere}, Doubt{}, func(s *topology.Snapshot) {
			s.Zones.Put("other.hokus.ai", know([]topology.Zone{}, "route53:ListHostedZonesByName"))
		}, SelfAccessDenied},
	} {
		s := c.facts
		if c.want == SelfAccessDenied {
			s.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, topology.Denied, "")
		}
		delete(s.RouteTables, "vpc-1")
		in := caseOf(s, c.symptoms...)
		in.Doubt = c.doubt
		in.Previous = []Finding{{Code: RuleDefaultFixed, Key: "RULE_DEFAULT_FIXED/main:443", Role: Cause, Explains: []string{good.Endpoint.Key}}}
		out := Diagnose(in)
		if len(out.Wants) == 0 || len(out.Fixed) != 0 || len(out.Findings) != len(aboutEndpoints(out)) {
			t.Errorf("%s, before all is read: %s", name, asJSON(out))
		}
		c.last(s)
		out = Diagnose(in)
		if len(out.Wants) != 0 || len(out.Fixed) != 1 {
			t.Errorf("%s, when all is read: wants %v, fixed %v", name, out.Wants, out.Fixed)
		}
		if c.want != "" {
			only(t, out, c.want, Self)
		}
	}
}
