package awsapi

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/scenario"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// wire are all scenarios with answers of AWS; those that are quiet at the time
// of their blips.
func wire(t *testing.T) []*scenario.Scenario {
	t.Helper()
	names, err := scenario.Names()
	if err != nil {
		t.Fatal(err)
	}
	var all []*scenario.Scenario
	for _, name := range names {
		s, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if then, ok := s.Blipped(); ok {
			s = then
		}
		if !s.EngineOnly() {
			all = append(all, s)
		}
	}
	return all
}

// Every mode has scenarios of its own, in which it is found: as a cause, as
// what appears next, or as the consequence of one. Those about the checker are
// played where its own network is.
func TestEveryModeHasAScenario(t *testing.T) {
	t.Parallel()
	found := map[diagnose.Code]bool{}
	for _, s := range wire(t) {
		mode, ok := diagnose.ModeByID(s.Mode)
		if !ok && s.Mode != "" {
			t.Errorf("%s is for the mode %s, which there is not", s.Name, s.Mode)
		}
		out, _ := play(t, s)
		if ok && !finds(out, mode.Code) {
			t.Errorf("%s does not come to %s", s.Name, mode.Code)
		}
		found[mode.Code] = true
	}
	for _, mode := range diagnose.Modes {
		if !found[mode.Code] {
			t.Errorf("no scenario is for %s %s", mode.ID, mode.Code)
		}
	}
}

func finds(out diagnose.Output, code diagnose.Code) bool {
	return slices.ContainsFunc(out.Findings, func(f diagnose.Finding) bool {
		return f.Code == code || slices.ContainsFunc(f.Effects, func(e diagnose.Effect) bool { return e.Code == code })
	})
}

// playDenied plays a scenario once more with each action denied that decides
// its mode: that is named, and nothing is proven or told as if it had been
// answered.
func playDenied(t *testing.T, s *scenario.Scenario) {
	mode, ok := diagnose.ModeByID(s.Mode)
	if !ok {
		return
	}
	plain, _ := play(t, s)
	for _, action := range mode.Actions {
		out, _ := play(t, s, action)
		for _, f := range out.Findings {
			if f.Code == mode.Code && f.Level == diagnose.Proven {
				t.Errorf("with %s denied %s is still proven", action, f.Key)
			}
		}
		if !slices.ContainsFunc(out.Gaps, func(g diagnose.Gap) bool { return g.Action == action && g.Why == topology.Denied && g.Limits != "" }) {
			t.Errorf("with %s denied the gaps are %+v", action, out.Gaps)
		}
		text := written(t, out)
		for _, known := range toldBy(plain, action) {
			if strings.Contains(text, known) {
				t.Errorf("with %s denied it is still said that %s", action, known)
			}
		}
	}
}

// toldBy are the statements that one action was the source of.
func toldBy(out diagnose.Output, action string) []string {
	var all []string
	for _, f := range out.Findings {
		for _, e := range f.Evidence {
			if e.Source == action {
				all = append(all, quoted(e.Statement))
			}
		}
	}
	return all
}

// quoted is a text as JSON has it.
func quoted(text string) string {
	form, _ := json.Marshal(text)
	return strings.Trim(string(form), `"`)
}

func written(t *testing.T, out diagnose.Output) string {
	t.Helper()
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// absences are the words for what is not there, by the action that alone can
// tell.
var absences = map[string][]string{
	"route53:ListHostedZonesByName":                     {"has no record", "no record in the"},
	"route53:ListResourceRecordSets":                    {"has no record", "no record in the", "but none of an address", "which does not exist"},
	"elasticloadbalancing:DescribeLoadBalancers":        {"no longer a load balancer", "no load balancer of", "is no load balancer of the region"},
	"elasticloadbalancing:DescribeListeners":            {"has no listener", "main listens on"},
	"elasticloadbalancing:DescribeListenerCertificates": {"has no certificate for"},
	"elasticloadbalancing:DescribeRules":                {"no rule of", "none matches", "has no rules"},
	"elasticloadbalancing:DescribeTargetHealth":         {"has no targets", "has no target that"},
	"ec2:DescribeNetworkInterfaces":                     {"no network interface", "that nobody owns"},
	"ec2:DescribeSecurityGroups":                        {"admits tcp", "lets out tcp"},
	"ec2:DescribeNetworkAcls":                           {"denies inbound", "denies outbound"},
	"ec2:DescribeRouteTables":                           {"no default route", "no route to"},
	"ecs:ListServices":                                  {"no service of the known clusters"},
	"ecs:DescribeServices":                              {"no service of the known clusters", "is not attached to it", "tasks, and"},
	"ecs:ListTasks":                                     {"no task of"},
	"servicediscovery:ListInstances":                    {"without instances", "has no instances"},
}

// Whatever is denied, in any scenario: an error is never taken for an answer
// that something is not there, and nothing that was found before is called fixed
// for want of it. It is named with what it would have told, unless the answer
// would have changed nothing. If it would only have added something, what is
// still said is as sure as before.
func TestWhatIsDenied(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}  // action and words of absence, where it is allowed
	hints := map[string]bool{} // actions that were named and on which nothing rested
	for _, s := range wire(t) {
		plain, server := play(t, s)
		calls, _ := server.Calls()
		slices.Sort(calls)
		for _, action := range slices.Compact(calls) {
			if s.Silent || slices.Contains(s.Denied, action) || slices.Contains(s.Slowed, action) {
				continue
			}
			again, name := *s, s.Name+" with "+action+" denied"
			again.Input.Previous = plain.Findings
			out, _ := play(t, &again, action)
			for _, words := range absences[action] {
				said[action+" "+words] = said[action+" "+words] || strings.Contains(written(t, plain), words)
			}
			callsNothingAbsent(t, name, action, out)
			if len(out.Fixed) > 0 {
				t.Errorf("%s: is called fixed: %+v", name, out.Fixed)
			}
			named := slices.ContainsFunc(out.Gaps, func(g diagnose.Gap) bool { return g.Action == action && g.Why == topology.Denied && g.Limits != "" })
			if !named && timeless(t, out) != timeless(t, plain) {
				t.Errorf("%s does not name it: %+v", name, out.Gaps)
			}
			if !restsOn(out, action) {
				hints[action] = hints[action] || named && len(out.Findings) > 0
				holdsAsSure(t, name, plain, out)
			}
		}
	}
	for action, all := range absences {
		if !slices.ContainsFunc(all, func(words string) bool { return said[action+" "+words] }) {
			t.Errorf("no scenario says any of %q, so that nothing is shown about %s", all, action)
		}
	}
	for _, action := range []string{"logs:FilterLogEvents", "servicediscovery:ListServices", "servicediscovery:ListInstances", "rds:DescribeEvents"} {
		if !hints[action] {
			t.Errorf("in no scenario is %s a hint that is named", action)
		}
	}
}

func callsNothingAbsent(t *testing.T, name, action string, out diagnose.Output) {
	t.Helper()
	text := written(t, out)
	for _, words := range absences[action] {
		if at := strings.Index(text, words); at >= 0 {
			t.Errorf("%s says …%s…", name, text[max(0, at-60):min(len(text), at+60)])
		}
	}
}

// restsOn: some finding is less sure because of an action.
func restsOn(out diagnose.Output, action string) bool {
	return slices.ContainsFunc(out.Findings, func(f diagnose.Finding) bool {
		return slices.ContainsFunc(f.Gaps, func(g diagnose.Gap) bool { return g.Action == action })
	})
}

var whenRead = regexp.MustCompile(`"at":"[^"]*"`)

// timeless is an output without the times at which it was read.
func timeless(t *testing.T, out diagnose.Output) string {
	t.Helper()
	return whenRead.ReplaceAllString(written(t, out), "")
}

// holdsAsSure: no finding that reads as before is less sure than before.
func holdsAsSure(t *testing.T, name string, before, after diagnose.Output) {
	t.Helper()
	sure := []diagnose.Level{diagnose.Possible, diagnose.Likely, diagnose.Proven}
	for _, f := range before.Findings {
		for _, now := range after.Findings {
			if now.Key == f.Key && now.Sentence == f.Sentence && slices.Index(sure, now.Level) < slices.Index(sure, f.Level) {
				t.Errorf("%s: %s was %s, and is now %s: %q %+v", name, f.Key, f.Level, now.Level, now.Inferred, now.Gaps)
			}
		}
	}
}

// A crash loop is proven by how its tasks stop. That their log could not be read
// is said all the same.
func TestAHintThatIsDenied(t *testing.T) {
	s, err := scenario.Load("d24-crash-loop")
	if err != nil {
		t.Fatal(err)
	}
	out, _ := play(t, s, "logs:FilterLogEvents")
	if len(out.Findings) != 1 || out.Findings[0].Level != diagnose.Proven || len(out.Findings[0].Gaps) != 0 {
		t.Errorf("%+v", out.Findings)
	}
	if len(out.Gaps) != 1 || out.Gaps[0].Action != "logs:FilterLogEvents" || out.Gaps[0].Limits != "what the containers log" {
		t.Errorf("%+v", out.Gaps)
	}
}
