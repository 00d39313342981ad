package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

const otherGroup = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/2"

func path(priority int, pattern, group string) topology.Rule {
	return topology.Rule{ARN: "r" + pattern, Priority: priority, Conditions: []topology.Condition{{Field: "path-pattern", Values: []string{pattern}}}, Actions: []topology.Action{{Type: "forward", Groups: []topology.Weight{{Group: group, Weight: 1}}}}}
}

func fixedRule(priority int, pattern string, status int, body string) topology.Rule {
	r := topology.Rule{ARN: "fixed", Priority: priority, Default: priority == 0, Actions: []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: status, ContentType: "text/plain", Body: body}}}}
	if priority > 0 {
		r.Conditions = []topology.Condition{{Field: "path-pattern", Values: []string{pattern}}}
	}
	return r
}

func withRules(rules ...topology.Rule) *topology.Snapshot {
	s := sample()
	s.Rules.Put(listenerARN, know(rules, "elasticloadbalancing:DescribeRules"))
	s.TargetGroups.Put("", know(append(s.TargetGroups.Of("").Value, topology.TargetGroup{ARN: otherGroup, Name: "web", TargetType: "ip"}), "elasticloadbalancing:DescribeTargetGroups"))
	return s
}

// fromApp is an answer of an application.
func fromApp(path string, status int) Symptom {
	s := notFound(path)
	s.Answer = topology.Answer{Status: status, Server: "uvicorn", ContentType: "application/json", Body: `{"detail":"no"}`, Took: 20 * time.Millisecond}
	return s
}

func TestShadowedRule(t *testing.T) {
	rules := []topology.Rule{path(50, "/api/*", otherGroup), path(105, "/api/v1/*", groupARN), fixedRule(0, "", 404, "not found")}
	hinted := func(s Symptom, group string) Symptom { s.Endpoint.RunsOn.Group = group; return s }
	for name, c := range map[string]struct {
		seen  Symptom
		level Level
	}{
		"the configuration says so":           {hinted(fromApp("/api/v1/x", 404), "api"), Proven},
		"the later rule is more specific":     {fromApp("/api/v1/x", 404), Likely},
		"the configuration wants the earlier": {hinted(fromApp("/api/v1/x", 404), "web"), ""},
		"the load balancer answered":          {hinted(gateway504("/api/v1/x", 10*time.Second), "api"), ""},
		"another path":                        {fromApp("/api/v2/x", 404), ""},
	} {
		s := withRules(rules...)
		s.TargetHealth.Put(otherGroup, know([]topology.Target{{ID: "10.0.1.76", Port: 80, State: "healthy"}}, "elasticloadbalancing:DescribeTargetHealth"))
		out := Diagnose(caseOf(s, c.seen))
		if c.level == "" {
			if slices.Contains(causes(out), RuleShadowed) {
				t.Errorf("%s: %s", name, asJSON(out.Findings))
			}
			continue
		}
		f := only(t, out, RuleShadowed, Cause)
		if f.Level != c.level || !strings.Contains(f.Actions[0].Command, "set-rule-priorities --rule-priorities RuleArn=r/api/v1/*,Priority=49") {
			t.Errorf("%s: %s", name, asJSON(f))
		}
	}
}

func TestARuleThatAnswersItself(t *testing.T) {
	seen := notFound("/api/v1/x")
	seen.Answer.Status, seen.Answer.Body = 503, "maintenance"
	before := withRules(fixedRule(1, "/*", 503, "maintenance"), path(10, "/api/v1/*", groupARN), fixedRule(0, "", 404, "not found"))
	f := only(t, Diagnose(caseOf(before, seen)), RuleShadowed, Cause)
	if f.Level != Likely || !strings.Contains(f.Sentence, "a fixed response 503") || len(f.Inferred) != 1 {
		t.Errorf("that it answers is certain, that it should not is not: %s", asJSON(f))
	}
	if a := f.Actions; a[0].Mutates || a[0].Command != "" || !strings.Contains(a[0].Do, "is a planned maintenance") ||
		!strings.HasPrefix(a[1].Do, "if this is not a planned maintenance, ") || !strings.Contains(a[1].Command, "set-rule-priorities") {
		t.Errorf("%s", asJSON(a))
	}
	alone := withRules(fixedRule(1, "/*", 503, "maintenance"), fixedRule(0, "", 404, "not found"))
	if f := only(t, Diagnose(caseOf(alone, seen)), RuleDefaultFixed, Cause); !strings.Contains(f.Sentence, "rule 1 /* of main:443 answers") || f.Level != Likely || f.Actions[0].Mutates {
		t.Errorf("%s", asJSON(f))
	}
	if out := Diagnose(caseOf(before, fromApp("/api/v1/x", 500))); hasCode(causes(out), RuleShadowed) {
		t.Error("an application answered, so the fixed response did not")
	}
}

func TestNearMisses(t *testing.T) {
	for _, c := range []struct {
		pattern, path, how string // how "": far
	}{
		{"/api/v1/*", "/api/v1", "final slash"}, {"/health", "/health/", "final slash"}, {"/API/*", "/api/x", "case"},
		{"/docs", "/docs/intro", "star"}, {"/docs/", "/docs/intro", "star"}, {"/healthz", "/health", ""}, {"/*", "/", ""}, {"/api", "/", ""}, {"/", "/api", ""}, {"/a?c", "/ac", ""},
	} {
		how, near := nearPath(c.pattern, c.path)
		if near != (c.how != "") || !strings.Contains(how, c.how) {
			t.Errorf("%q %q: %v %q", c.pattern, c.path, near, how)
		}
	}
	for _, c := range []struct {
		pattern, host string
		near          bool
	}{{"*.hokus.ai", "hokus.ai", true}, {"www.hokus.ai", "hokus.ai", true}, {"hokus.ai", "www.hokus.ai", true}, {"api.hokus.ai", "hokus.ai", false}, {"*.hokus.ai", "other.ai", false}} {
		if _, near := nearHost(c.pattern, c.host); near != c.near {
			t.Errorf("%q %q: %v", c.pattern, c.host, near)
		}
	}
}

// modify-rule replaces all conditions, so the proposal writes all of them.
func TestNearMissKeepsTheOtherConditions(t *testing.T) {
	r := path(10, "/api/v1/*", groupARN)
	r.Conditions = append(r.Conditions, topology.Condition{Field: "host-header", Values: []string{"api.hokus.ai"}}, topology.Condition{Field: "query-string", Query: []topology.QueryPair{{Key: "v", Value: "1"}}})
	seen := notFound("/api/v1")
	seen.Endpoint.Query = "v=1"
	f := only(t, Diagnose(caseOf(withRules(r, fixedRule(0, "", 404, "not found")), seen)), RuleNearMiss, Cause)
	for _, want := range []string{`"PathPatternConfig":{"Values":["/api/v1/*","/api/v1"]}`, `"HostHeaderConfig":{"Values":["api.hokus.ai"]}`, `"QueryStringConfig":{"Values":[{"Key":"v","Value":"1"}]}`} {
		if !strings.Contains(f.Actions[0].Command, want) {
			t.Errorf("%s lacks %s", f.Actions[0].Command, want)
		}
	}
	seen.Endpoint.Query = "" // now two conditions fail: far
	if out := Diagnose(caseOf(withRules(r, fixedRule(0, "", 404, "not found")), seen)); !slices.Equal(causes(out), []Code{RuleDefaultFixed}) {
		t.Errorf("%v", causes(out))
	}
}

func TestTheRuleOfAnotherPortIsMirrored(t *testing.T) {
	s := withRules(fixedRule(0, "", 404, "not found"))
	s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, Port: 443, Protocol: "HTTPS"}, {ARN: "l80", Port: 80, Protocol: "HTTP"}}, "elasticloadbalancing:DescribeListeners"))
	s.Rules.Put("l80", know([]topology.Rule{path(30, "/health", groupARN), fixedRule(0, "", 404, "not found")}, "elasticloadbalancing:DescribeRules"))
	f := only(t, Diagnose(caseOf(s, notFound("/health"))), RuleDefaultFixed, Cause)
	if !strings.Contains(f.Actions[0].Do, "mirror rule 30 /health of main:80 to main:443") || !strings.Contains(f.Sentence, "main:443 has no rules") {
		t.Errorf("%s", asJSON(f))
	}
}

// The client follows a redirect from 80 to 443; what it saw then is the
// business of the rules there.
func TestARedirectIsFollowed(t *testing.T) {
	s := sample()
	s.Listeners.Put(balancerARN, know([]topology.Listener{{ARN: listenerARN, Port: 443, Protocol: "HTTPS"}, {ARN: "l80", Port: 80, Protocol: "HTTP"}}, "elasticloadbalancing:DescribeListeners"))
	s.Rules.Put("l80", know([]topology.Rule{{Default: true, Actions: []topology.Action{{Type: "redirect", Redirect: &topology.Redirect{Protocol: "HTTPS", Host: "#{host}", Port: "443", Path: "/#{path}", Status: 301}}}}}, "elasticloadbalancing:DescribeRules"))
	seen := notFound("/health")
	seen.Endpoint.Port, seen.Endpoint.Scheme = 80, "http"
	if f := only(t, Diagnose(caseOf(s, seen)), RuleDefaultFixed, Cause); f.Key != "RULE_DEFAULT_FIXED/main:443" {
		t.Error(f.Key)
	}
}

func TestDefaultThatForwardsToAnotherGroup(t *testing.T) {
	forward := path(0, "", otherGroup)
	forward.Default, forward.Conditions = true, nil
	s := withRules(path(10, "/api/v2/*", groupARN), forward)
	s.TargetHealth.Put(otherGroup, know([]topology.Target{{ID: "10.0.1.76", Port: 80, State: "healthy"}}, "elasticloadbalancing:DescribeTargetHealth"))
	seen := fromApp("/health", 404)
	if out := Diagnose(caseOf(s, seen)); len(causes(out)) != 0 {
		t.Errorf("nobody says that it belongs elsewhere: %v", causes(out))
	}
	seen.Endpoint.RunsOn.Group = "api"
	if f := only(t, Diagnose(caseOf(s, seen)), RuleDefaultFixed, Cause); f.Level != Likely || !strings.Contains(f.Sentence, "forwards to web instead of api") {
		t.Errorf("%s", asJSON(f))
	}
}

// A rule for certain addresses might take the request: the checker's address,
// as the load balancer sees it, is not known.
func TestARuleForCertainAddressesLeavesDoubt(t *testing.T) {
	special := path(5, "/health", groupARN)
	special.Conditions = append(special.Conditions, topology.Condition{Field: "source-ip", Values: []string{"192.0.2.0/24"}})
	f := only(t, Diagnose(caseOf(withRules(special, fixedRule(0, "", 404, "not found")), notFound("/health"))), RuleDefaultFixed, Cause)
	if f.Level != Likely || len(f.Inferred) != 1 {
		t.Errorf("%s", asJSON(f))
	}
}

// The application answered, so the rules that the facts show are not those that
// took the request; they are not called broken either.
func TestRulesThatDidNotTakeTheRequestAreNotBroken(t *testing.T) {
	out := Diagnose(caseOf(sample(), fromApp("/health", 404), cutShort("/health")))
	for _, f := range out.Findings {
		t.Errorf("%s", asJSON(f))
	}
	if len(out.Unexplained) != 2 {
		t.Errorf("%s", asJSON(out.Unexplained))
	}
}

func TestARuleForAnyHostNamesNone(t *testing.T) {
	for value, want := range map[string]bool{"*": false, "*.hokus.ai": true, "API.hokus.ai": true, "www.hokus.ai": false} {
		r := topology.Rule{Conditions: []topology.Condition{{Field: "host-header", Values: []string{value}}}}
		if namesHost(r, "api.hokus.ai") != want {
			t.Errorf("%s: %v", value, !want)
		}
	}
}

func TestRedirectLoopOfTheDefault(t *testing.T) {
	loop := topology.Rule{Default: true, Actions: []topology.Action{{Type: "redirect", Redirect: &topology.Redirect{Protocol: "HTTPS", Host: "#{host}", Port: "443", Path: "/#{path}", Status: 301}}}}
	seen := Symptom{Endpoint: endpoint("/health"), Class: result.HTTPRedirectLoop, Phase: result.PhaseBody, At: noon}
	if f := only(t, Diagnose(caseOf(withRules(loop), seen)), RuleDefaultFixed, Cause); !strings.Contains(f.Sentence, "a redirect 301 to https://#{host}:443/#{path}") {
		t.Error(f.Sentence)
	}
}

func TestShellQuotesWhatItMust(t *testing.T) {
	for argument, want := range map[string]string{
		"/health": "/health", "": "''", "a b": "'a b'", "$(reboot)": "'$(reboot)'", "it's": `'it'\''s'`, "/api/*": "'/api/*'", "a;b": "'a;b'",
	} {
		if got := shell(argument); got != want {
			t.Errorf("%q: %s, want %s", argument, got, want)
		}
	}
	seen := notFound("/health';reboot;'")
	f := only(t, Diagnose(caseOf(sample(), seen)), RuleDefaultFixed, Cause)
	if strings.Contains(f.Actions[0].Command, "=/health';reboot") {
		t.Error(f.Actions[0].Command)
	}
}

// The redirect itself is what was seen, because the probe does not follow; and
// an answer to HEAD has no body to compare.
func TestWhoRedirectedAndWhoAnsweredHead(t *testing.T) {
	rules := []topology.Rule{{Default: true, Actions: []topology.Action{{Redirect: &topology.Redirect{Status: 301}}}}, fixedRule(1, "/x", 404, "not found")}
	for name, c := range map[string]struct {
		answer topology.Answer
		want   Responder
	}{
		"the balancer's redirect":    {topology.Answer{Status: 301, Server: "awselb/2.0"}, ByRule},
		"the application's":          {topology.Answer{Status: 301, Server: "nginx"}, ByApp},
		"another status":             {topology.Answer{Status: 302, Server: "awselb/2.0"}, ByBalancer},
		"HEAD":                       {topology.Answer{Status: 404, Server: "awselb/2.0", ContentType: "text/plain"}, ByRule},
		"HEAD, by the application":   {topology.Answer{Status: 404, Server: "uvicorn", ContentType: "text/plain"}, ByApp},
		"HEAD, with another type":    {topology.Answer{Status: 404, Server: "awselb/2.0", ContentType: "text/html"}, ByBalancer},
		"the same body, other words": {topology.Answer{Status: 404, Server: "awselb/2.0", ContentType: "text/plain", Body: "nothing"}, ByBalancer},
	} {
		if got := respondedBy(c.answer, rules); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A rule that is proposed against one that answers itself stands before it;
// where there is no such place it is said what must make room.
func TestProposedRuleStandsBeforeTheOneThatAnswers(t *testing.T) {
	for _, c := range []struct {
		priority int
		command  string
		room     bool
	}{{20, "--priority 19 ", false}, {1, "--priority 20 ", true}} {
		s := sample()
		fixed := topology.Rule{ARN: "r", Priority: c.priority, Conditions: []topology.Condition{{Field: "path-pattern", Values: []string{"/health"}}}, Actions: []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: 404, ContentType: "text/plain", Body: "not found"}}}}
		s.Rules.Put(listenerARN, know(append([]topology.Rule{fixed}, s.Rules.Of(listenerARN).Value...), "elasticloadbalancing:DescribeRules"))
		a := only(t, Diagnose(caseOf(s, notFound("/health"))), RuleDefaultFixed, Cause).Actions[1] // the first asks whether the rule is meant
		if !strings.Contains(a.Command, c.command) || strings.Contains(a.Do, "needs a later place first") != c.room {
			t.Errorf("%+v", a)
		}
	}
}

// A header whose value is a secret is taken to match where a rule compares it,
// and nothing behind that is proven.
func TestSecretHeadersAreTakenToMatch(t *testing.T) {
	s := sample()
	rules := slices.Clone(s.Rules.Of(listenerARN).Value)
	rules[0].Conditions = []topology.Condition{{Field: "http-header", Header: "X-Origin-Verify", Values: []string{redact.Mask}}}
	rules[0].Actions = []topology.Action{{Type: "fixed-response", Fixed: &topology.Fixed{Status: 404, ContentType: "text/plain", Body: "not found"}}}
	s.Rules.Put(listenerARN, know(rules, "elasticloadbalancing:DescribeRules"))
	one := notFound("/health")
	if f := only(t, Diagnose(caseOf(s, one)), RuleDefaultFixed, Cause); f.Level != Proven {
		t.Errorf("without the header the default answers: %s %q", f.Level, f.Inferred)
	}
	one.Endpoint.Headers = map[string]string{"x-origin-verify": redact.Mask}
	if f := only(t, Diagnose(caseOf(s, one)), RuleDefaultFixed, Cause); f.Level != Likely || !strings.Contains(strings.Join(f.Inferred, " "), "X-Origin-Verify is the one") {
		t.Errorf("%s %q", f.Level, f.Inferred)
	}
}
