package diagnose

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

const page403 = "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"

// A load balancer has two reasons for a 403 of its own: a rule, or a firewall
// before the rules. Where the rules are not known, nobody can tell.
func TestWhoRefused(t *testing.T) {
	closed := fixedRule(1, "/admin/*", 403, "forbidden")
	for name, c := range map[string]struct {
		answer topology.Answer
		rules  []topology.Rule
		want   Responder
	}{
		"no rule refuses":         {topology.Answer{Status: 403, Server: "awselb/2.0", Body: page403}, []topology.Rule{path(10, "/*", groupARN)}, ByWAF},
		"no header of a server":   {topology.Answer{Status: 403, Body: page403}, []topology.Rule{path(10, "/*", groupARN)}, ByWAF},
		"a rule refuses":          {topology.Answer{Status: 403, Server: "awselb/2.0", ContentType: "text/plain", Body: "forbidden"}, []topology.Rule{closed}, ByRule},
		"not as the rule does":    {topology.Answer{Status: 403, Server: "awselb/2.0", Body: page403}, []topology.Rule{closed}, ByWAF},
		"a rule of other words":   {topology.Answer{Status: 403, Server: "awselb/2.0", ContentType: "text/plain", Body: "go away"}, []topology.Rule{closed}, ByBalancer},
		"the rules are not known": {topology.Answer{Status: 403, Server: "awselb/2.0", Body: page403}, nil, ByBalancer},
		"the application":         {topology.Answer{Status: 403, Server: "uvicorn", Body: "no"}, []topology.Rule{path(10, "/*", groupARN)}, ByApp},
		"another status":          {topology.Answer{Status: 502, Server: "awselb/2.0", Body: page403}, []topology.Rule{path(10, "/*", groupARN)}, ByBalancer},
	} {
		if got := respondedBy(c.answer, c.rules); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// None of the failure modes is a firewall. It stays without a cause, and says
// who stopped the request and what shows why.
func TestARequestThatIsStoppedBeforeTheRules(t *testing.T) {
	login := path(10, "/api/v1/*", groupARN)
	login.Actions = append([]topology.Action{{Type: "authenticate-oidc", Order: 1}}, login.Actions...)
	for name, c := range map[string]struct {
		status      int
		rules       []topology.Rule
		says, looks string
	}{
		"firewall":                   {403, []topology.Rule{path(10, "/api/v1/*", groupARN), fixedRule(0, "", 404, "not found")}, "a web ACL of AWS WAF blocks the request", "aws wafv2 get-web-acl-for-resource --resource-arn " + balancerARN},
		"firewall before no rule":    {403, []topology.Rule{fixedRule(0, "", 404, "not found")}, "a web ACL of AWS WAF", "aws wafv2 get-sampled-requests"},
		"sign-in":                    {401, []topology.Rule{login, fixedRule(0, "", 404, "not found")}, "asks clients to sign in before it forwards (authenticate-oidc)", "describe-rules"},
		"401 without a rule to sign": {401, []topology.Rule{path(10, "/api/v1/*", groupARN), fixedRule(0, "", 404, "not found")}, "", ""},
		"protocol":                   {464, []topology.Rule{path(10, "/api/v1/*", groupARN), fixedRule(0, "", 404, "not found")}, "the protocol of the request", "describe-rules"},
	} {
		seen := answered("/api/v1/x", c.status, "awselb/2.0", page403)
		out := Diagnose(caseOf(withRules(c.rules...), seen))
		if len(causes(out)) != 0 || len(out.Unexplained) != 1 {
			t.Errorf("%s: %s", name, asJSON(out))
			continue
		}
		u := out.Unexplained[0]
		if !strings.Contains(u.Saw, c.says) || strings.Contains(u.Saw, "answered it") != (c.says != "") || !strings.Contains(strings.Join(u.Look, " "), c.looks) {
			t.Errorf("%s: %s", name, asJSON(u))
		}
	}
	denied := sample()
	denied.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, topology.Denied, "")
	if out := Diagnose(caseOf(denied, answered("/api/v1/x", 403, "awselb/2.0", page403))); strings.Contains(asJSON(out), "WAF") || len(out.Gaps) == 0 {
		t.Errorf("a rule may have answered it: %s", asJSON(out))
	}
}
