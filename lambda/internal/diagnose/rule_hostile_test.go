package diagnose

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// The checker's address, as the load balancer sees it, is not known: a rule for
// certain addresses before the one that is taken leaves doubt about all behind
// it, unless nobody of the internet can have such an address.
func TestARuleForCertainAddressesBeforeTheOneTaken(t *testing.T) {
	for cidr, want := range map[string]Level{"198.51.100.0/24": Likely, "10.0.0.0/8": Proven} {
		s := sample()
		change(s.LoadBalancers, "", func(all *[]topology.LoadBalancer) { (*all)[0].Scheme = "internet-facing" })
		closedGroup(s)
		special := path(5, "/api/*", otherGroup)
		special.Conditions = append(special.Conditions, when("source-ip", cidr))
		s.Rules.Put(listenerARN, know([]topology.Rule{special, path(10, "/api/v1/*", groupARN), fixedRule(0, "", 404, "not found")}, "elasticloadbalancing:DescribeRules"))
		if f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/health", 10*time.Second))), NetTargetGroup, Cause); f.Level != want {
			t.Errorf("%s: %s %q, want %s", cidr, f.Level, f.Inferred, want)
		}
	}
}

// A redirect to another host or path is no loop by itself.
func TestOnlyARedirectToTheSameRuleLoops(t *testing.T) {
	for name, c := range map[string]struct {
		host, path string
		want       Code
	}{
		"to itself":         {"#{host}", "/#{path}", RuleDefaultFixed},
		"its name in words": {"api.hokus.ai", "/#{path}", RuleDefaultFixed},
		"to another host":   {"www.hokus.ai", "/#{path}", ""},
		"to another rule":   {"#{host}", "/api/v1/login", ""},
	} {
		r := topology.Rule{Default: true, Actions: []topology.Action{{Type: "redirect", Redirect: &topology.Redirect{Protocol: "HTTPS", Host: c.host, Port: "443", Path: c.path, Status: 301}}}}
		seen := Symptom{Endpoint: endpoint("/health"), Class: result.HTTPRedirectLoop, Phase: result.PhaseBody, At: noon}
		if f := concluded(caseOf(withRules(path(10, "/api/v1/*", groupARN), r), seen)); f.Code != c.want {
			t.Errorf("%s: %q %s", name, f.Code, f.Sentence)
		}
	}
}

// A target group can be used by one load balancer only.
func TestAGroupOfAnotherLoadBalancerIsNotProposed(t *testing.T) {
	s := sample()
	change(s.TargetGroups, "", func(all *[]topology.TargetGroup) { (*all)[0].LoadBalancers = []string{"arn:other"} })
	a := only(t, Diagnose(caseOf(s, notFound("/health"))), RuleDefaultFixed, Cause).Actions[0]
	if strings.Contains(a.Command, groupARN) || !strings.Contains(a.Do, "belongs to another load balancer") {
		t.Errorf("%+v", a)
	}
}

func TestCurlAsksThePortOfTheEndpoint(t *testing.T) {
	e := endpoint("/health")
	for port, want := range map[int]string{443: "https://api.hokus.ai/health", 8443: "https://api.hokus.ai:8443/health"} {
		e.Port = port
		if got := curlCommand(&walk{symptom: Symptom{Endpoint: e}}); !strings.HasSuffix(got, " "+want) {
			t.Error(got)
		}
	}
}
