package diagnose

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestPatternForAPath(t *testing.T) {
	for path, want := range map[string]string{
		"/health": "/health", "/a,b": "/a,b", "/a b": "/a?b", "/a%20b": "/a?20b", "/it's": "/it's", "/*": "/?", "/ä": "/?",
		"/" + redact.Mask: "", "/" + strings.Repeat("x", longestValue): "", "/%1%2%3%4%5%6": "",
	} {
		got, ok := patternFor(path)
		if ok != (want != "") || ok && (got != want || !glob(got, path) && path != "/ä") {
			t.Errorf("%q: %q %v, want %q", path, got, ok, want)
		}
	}
}

// No rule has more values than a rule may have, each path is in one, and the
// priorities are free.
func TestManyPathsNeedSeveralRules(t *testing.T) {
	var seen []Symptom
	for i := range 9 {
		seen = append(seen, notFound(fmt.Sprintf("/other/%d", i)))
	}
	f := only(t, Diagnose(caseOf(sample(), seen...)), RuleDefaultFixed, Cause)
	commands := strings.Split(f.Actions[0].Command, " && ")
	if len(f.Actions) != 1 || len(commands) != 3 {
		t.Fatalf("%s", asJSON(f.Actions))
	}
	values := regexp.MustCompile(`path-pattern,Values=(\S+)`)
	var paths, priorities []string
	for _, c := range commands {
		all := strings.Split(values.FindStringSubmatch(c)[1], ",")
		if len(all)+1 > 5 {
			t.Errorf("%d values: %s", len(all)+1, c)
		}
		paths = append(paths, all...)
		priorities = append(priorities, regexp.MustCompile(`--priority (\d+)`).FindStringSubmatch(c)[1])
	}
	if len(paths) != 9 || !slices.Equal(priorities, []string{"20", "30", "40"}) {
		t.Errorf("%v %v", paths, priorities)
	}
}

// What the command line would take apart is written as JSON.
func TestUnusualPathsAreWrittenAsJSON(t *testing.T) {
	for path, want := range map[string]string{"/a,b": "/a,b", "/it's": "/it's", `/say"x"`: `/say"x"`, "/a=b": "/a?b", "/a b": "/a?b"} {
		f := only(t, Diagnose(caseOf(sample(), notFound(path))), RuleDefaultFixed, Cause)
		command := f.Actions[0].Command
		if strings.ContainsAny(want, `,'"`) {
			_, rest, _ := strings.Cut(command, "--conditions '")
			text, _, ok := strings.Cut(rest, "' --actions")
			var conditions []struct {
				Field  string
				Values []string
			}
			if err := json.Unmarshal([]byte(strings.ReplaceAll(text, `'\''`, "'")), &conditions); err != nil || !ok || conditions[1].Values[0] != want {
				t.Errorf("%s: %v %s", path, err, command)
			}
		} else if !strings.Contains(command, "Values="+shell(want)) {
			t.Errorf("%s: %s", path, command)
		}
	}
	if a := only(t, Diagnose(caseOf(sample(), notFound("/key/"+redact.Mask))), RuleDefaultFixed, Cause).Actions[0]; a.Command != "" {
		t.Errorf("a mask is no path: %s", a.Command)
	}
}

// A rule that is full gets another one beside it.
func TestNearMissOfAFullRule(t *testing.T) {
	full := path(10, "/api/v1/*", groupARN)
	full.Conditions[0].Values = append(full.Conditions[0].Values, "/b", "/c", "/d")
	full.Conditions = append(full.Conditions, topology.Condition{Field: "host-header", Values: []string{"api.hokus.ai"}})
	a := only(t, Diagnose(caseOf(withRules(full, fixedRule(0, "", 404, "not found")), notFound("/api/v1"))), RuleNearMiss, Cause).Actions[0]
	if !strings.Contains(a.Command, "create-rule") || !strings.Contains(a.Command, `"PathPatternConfig":{"Values":["/api/v1"]}`) || !strings.Contains(a.Command, `"HostHeaderConfig":{"Values":["api.hokus.ai"]}`) || !strings.Contains(a.Command, "--priority 20") {
		t.Errorf("%+v", a)
	}
}
