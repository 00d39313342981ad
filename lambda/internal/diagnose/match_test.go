package diagnose

import (
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestMatchTableHasARowForEachListener(t *testing.T) {
	s := sample()
	s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, Port: 443, Protocol: "HTTPS"}, {ARN: "l80", Port: 80, Protocol: "HTTP"}, {ARN: "l81", Port: 81, Protocol: "HTTP"}}, "elasticloadbalancing:DescribeListeners"))
	s.Rules.Put("l80", know([]topology.Rule{{Default: true, Actions: []topology.Action{{Type: "redirect", Redirect: &topology.Redirect{Protocol: "HTTPS", Host: "#{host}", Port: "443", Path: "/#{path}", Status: 301}}}}}, "elasticloadbalancing:DescribeRules"))
	healthy := notFound("/api/v1/x")
	healthy.Healthy = true
	table := MatchTable(caseOf(s, healthy, notFound("/api/v1"), Symptom{}))
	want := []Match{
		{Endpoint: "api/api/v1/x", Host: "api.hokus.ai", Path: "/api/v1/x", Listener: "main:443", Asked: true, Rule: "rule 10 /api/v1/*", Does: "→ api", Group: "api"},
		{Endpoint: "api/api/v1/x", Host: "api.hokus.ai", Path: "/api/v1/x", Listener: "main:80", Rule: "default", Default: true, Does: "a redirect 301 to https://#{host}:443/#{path}"},
		{Endpoint: "api/api/v1", Host: "api.hokus.ai", Path: "/api/v1", Listener: "main:443", Asked: true, Rule: "default", Default: true, Does: "a fixed response 404", Misses: "rule 10 /api/v1/*, for want of the final slash"},
		{Endpoint: "api/api/v1", Host: "api.hokus.ai", Path: "/api/v1", Listener: "main:80", Rule: "default", Default: true, Does: "a redirect 301 to https://#{host}:443/#{path}"},
	}
	if len(table) != len(want) {
		t.Fatalf("%+v", table)
	}
	for i := range want {
		if table[i] != want[i] {
			t.Errorf("%+v\nwant %+v", table[i], want[i])
		}
	}
	if gaps := NoRule(table); len(gaps) != 1 || gaps[0].Path != "/api/v1" {
		t.Errorf("%+v", gaps)
	}
	if got := MatchTable(Input{Symptoms: []Symptom{healthy}}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
