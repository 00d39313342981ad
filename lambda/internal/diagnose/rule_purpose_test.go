package diagnose

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Whoever put the rule there is named, where the audit log has it: of the rule
// itself first, else of its listener. What failed, nobody did.
func TestWhoPutTheRuleThere(t *testing.T) {
	by := func(who, failed string) topology.Change {
		return topology.Change{At: noon, Event: "CreateRule", Who: who, Failed: failed}
	}
	for name, c := range map[string]struct {
		rule, listener []topology.Change
		says           string
	}{
		"the rule":     {[]topology.Change{by("alice", "")}, []topology.Change{by("bob", "")}, "alice changed rule 1 /* at 2026-03-01 12:00:00Z (CreateRule)"},
		"its listener": {[]topology.Change{by("mallory", "AccessDenied")}, []topology.Change{by("bob", "")}, "bob changed rules of main:443"},
		"nobody known": {nil, nil, ""},
	} {
		s := withRules(fixedRule(1, "/*", 503, "maintenance"), path(10, "/api/v1/*", groupARN), fixedRule(0, "", 404, "not found"))
		s.Changes.Put("fixed", know(c.rule, "cloudtrail:LookupEvents"))
		s.Changes.Put(listenerARN, know(c.listener, "cloudtrail:LookupEvents"))
		seen := notFound("/api/v1/x")
		seen.Answer.Status, seen.Answer.Body = 503, "maintenance"
		f := only(t, Diagnose(caseOf(s, seen)), RuleShadowed, Cause)
		if f.Level != Likely || !strings.Contains(f.Actions[0].Do, c.says) || strings.Contains(f.Actions[0].Do, "changed") != (c.says != "") || strings.Contains(asJSON(f), "mallory") {
			t.Errorf("%s: %s", name, asJSON(f))
		}
	}
}

// A redirect and a default that answers 503 may be meant as well; a default that
// answers what it always did is not asked about.
func TestWhatMayBeMeant(t *testing.T) {
	redirect := topology.Rule{ARN: "r1", Priority: 1, Conditions: []topology.Condition{when("path-pattern", "/*")}, Actions: []topology.Action{{Type: "redirect", Redirect: &topology.Redirect{Protocol: "HTTPS", Host: "new.hokus.ai", Port: "443", Path: "/#{path}", Status: 302}}}}
	for name, c := range map[string]struct {
		rules  []topology.Rule
		status int
		level  Level
		asks   string
	}{
		"redirect":       {[]topology.Rule{redirect, path(10, "/api/v1/*", groupARN)}, 302, Likely, "meant to send clients elsewhere"},
		"default of 503": {[]topology.Rule{fixedRule(0, "", 503, "not found")}, 503, Likely, "the default rule is a planned maintenance"},
		"default of 404": {[]topology.Rule{fixedRule(0, "", 404, "not found")}, 404, Proven, ""},
	} {
		seen := notFound("/api/v1/x")
		seen.Answer.Status = c.status
		f := concluded(caseOf(withRules(c.rules...), seen))
		if f.Level != c.level || !strings.Contains(f.Actions[0].Do, c.asks) || (c.asks != "") == f.Actions[0].Mutates {
			t.Errorf("%s: %s", name, asJSON(f))
		}
	}
}
