package diagnose

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// only returns the finding with a code; it must be there once.
func only(t *testing.T, out Output, code Code, role Role) Finding {
	t.Helper()
	var found []Finding
	for _, f := range out.Findings {
		if f.Code == code && f.Role == role {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d findings %s %s in %s", len(found), role, code, asJSON(out))
	}
	return found[0]
}

func causes(out Output) []Code {
	var codes []Code
	for _, f := range out.Findings {
		if f.Role == Cause {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// aboutEndpoints are the findings that are not about the checker itself.
func aboutEndpoints(out Output) []Finding {
	return slices.DeleteFunc(slices.Clone(out.Findings), func(f Finding) bool { return f.Role == Self })
}

func asJSON(v any) string {
	text, _ := json.MarshalIndent(v, "", " ")
	return string(text)
}

func TestNoRuleMatches(t *testing.T) {
	out := Diagnose(caseOf(sample(), notFound("/health"), notFound("/")))
	f := only(t, out, RuleDefaultFixed, Cause)
	if f.Level != Proven || len(f.Explains) != 2 || len(out.Findings) != 1 {
		t.Errorf("%s", asJSON(out))
	}
	want := "main:443 has 1 rule and none matches api.hokus.ai/health, api.hokus.ai/; its default action, a fixed response 404, answers"
	if f.Sentence != want {
		t.Errorf("%s", f.Sentence)
	}
	if f.Key != "RULE_DEFAULT_FIXED/main:443" || len(out.Unexplained) != 0 || len(out.Wants) != 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// The application answers 404 itself: the default action would have answered
// something else, so it is not blamed.
func TestAnotherAnswerThanTheDefaultIsNotBlamedOnIt(t *testing.T) {
	s := notFound("/health")
	s.Answer.Server, s.Answer.ContentType, s.Answer.Body = "uvicorn", "application/json", `{"detail":"Not Found"}`
	out := Diagnose(caseOf(sample(), s))
	if len(causes(out)) != 0 || len(out.Unexplained) != 1 {
		t.Errorf("%s", asJSON(out))
	}
}

// The same state, and only the time of the 504 differs: ten seconds are a
// connection that was not made, sixty an application that does not answer.
func TestTheTimeOfTheAnswerDecides(t *testing.T) {
	for name, c := range map[string]struct {
		after  time.Duration
		closed bool
		stale  bool
		cause  Code
		next   Code
		level  Level
	}{
		"closed group, 10 s":        {10 * time.Second, true, false, NetTargetGroup, "", Proven},
		"both, 10 s":                {10 * time.Second, true, true, NetTargetGroup, DepStaleAddress, Proven},
		"both, 60 s":                {60 * time.Second, true, true, DepStaleAddress, NetTargetGroup, Likely},
		"dead address, 60 s":        {60 * time.Second, false, true, DepStaleAddress, "", Likely},
		"dead address, 10 s":        {10 * time.Second, false, true, "", DepStaleAddress, ""},
		"nothing but silence, 60 s": {60 * time.Second, false, false, GroupTimeout, "", Proven},
		"closed group, after 30 s":  {30 * time.Second, true, false, "", NetTargetGroup, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := sample()
			if c.closed {
				closedGroup(s)
			}
			if c.stale {
				staleAddress(s)
			}
			out := Diagnose(caseOf(s, gateway504("/api/v1/health", c.after)))
			if c.cause == "" {
				if len(causes(out)) != 0 || len(out.Unexplained) != 1 {
					t.Fatalf("%s", asJSON(out))
				}
			} else if f := only(t, out, c.cause, Cause); f.Level != c.level || len(causes(out)) != 1 {
				t.Errorf("%s", asJSON(out))
			}
			if c.next != "" {
				only(t, out, c.next, Next)
			}
		})
	}
}

func TestDeadAddressSaysWhatToDoAndWhatItIsNot(t *testing.T) {
	s := sample()
	staleAddress(s)
	f := only(t, Diagnose(caseOf(s, gateway504("/api/v1/health", time.Minute))), DepStaleAddress, Cause)
	if f.Sentence != "api calls 10.0.3.219:5000, which no network interface owns" {
		t.Error(f.Sentence)
	}
	if len(f.Actions) != 2 || f.Actions[0].Priority != "P0.1" || !strings.Contains(f.Actions[0].Do, "mlflow.dev.local:5000") {
		t.Errorf("%+v", f.Actions)
	}
	if i := slices.IndexFunc(f.RuledOut, func(r RuledOut) bool { return r.Code == NetTargetGroup }); i < 0 || f.RuledOut[i].Evidence == "" {
		t.Errorf("%+v", f.RuledOut)
	}
	for i, e := range f.Evidence {
		if e.ID == "" || e.Source == "" || e.At.IsZero() {
			t.Errorf("evidence %d is incomplete: %+v", i, e)
		}
	}
}

// Whoever cannot read who owns the address must neither say that nobody does
// nor claim to be sure.
func TestADeniedFactIsAGapAndNeverAbsence(t *testing.T) {
	s := sample()
	for _, address := range []string{"10.0.3.219", "10.0.1.76"} {
		s.Fail(topology.Want{Kind: topology.InterfacesByAddress, Key: address}, topology.Denied, "not authorized")
	}
	out := Diagnose(caseOf(s, gateway504("/api/v1/health", time.Minute)))
	f := only(t, out, DepStaleAddress, Cause)
	if f.Level == Proven || len(f.Gaps) == 0 || f.Gaps[0].Action != "ec2:DescribeNetworkInterfaces" || f.Gaps[0].Why != topology.Denied {
		t.Errorf("%s", asJSON(f))
	}
	if strings.Contains(asJSON(out), "no network interface") || len(out.Wants) != 0 {
		t.Errorf("%s", asJSON(out))
	}
}

func TestADeniedRuleSetExplainsNothing(t *testing.T) {
	s := sample()
	s.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, topology.Denied, "")
	out := Diagnose(caseOf(s, notFound("/health")))
	if len(aboutEndpoints(out)) != 0 || len(out.Unexplained) != 1 || len(out.Gaps) != 1 || out.Gaps[0].Action != "elasticloadbalancing:DescribeRules" {
		t.Errorf("%s", asJSON(out))
	}
}

// The probe's limit hides which it is, so the slow probe is asked for, and
// until it answers nothing is more than possible.
func TestACutProbeIsAskedOnceMoreSlowly(t *testing.T) {
	s := sample()
	closedGroup(s)
	staleAddress(s)
	out := Diagnose(caseOf(s, cutShort("/api/v1/health")))
	want := topology.Want{Kind: topology.Slow, Key: "api/api/v1/health", Limit: 70 * time.Second}
	if !reflect.DeepEqual(out.Wants, []topology.Want{want}) {
		t.Fatalf("%+v", out.Wants)
	}
	for _, f := range out.Findings {
		if f.Level != Possible || len(f.Rivals) != 1 {
			t.Errorf("%s", asJSON(f))
		}
	}
	s.Slow.Put(want.Key, topology.KnownFact(gateway504("", time.Minute).Answer, "", noon))
	out = Diagnose(caseOf(s, cutShort("/api/v1/health")))
	if f := only(t, out, DepStaleAddress, Cause); f.Level != Likely || len(out.Wants) != 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// Every want is asked once: after it was failed, it does not come back, and
// the diagnosis ends.
func TestWantsEnd(t *testing.T) {
	in := caseOf(&topology.Snapshot{Version: topology.SnapshotVersion}, gateway504("/api/v1/health", time.Minute), notFound("/"))
	asked := map[topology.Want]bool{}
	for round := 0; ; round++ {
		out := Diagnose(in)
		if len(out.Wants) == 0 {
			break
		}
		for _, want := range out.Wants {
			if asked[want] {
				t.Fatalf("%+v came back", want)
			}
			asked[want] = true
			in.Facts.Fail(want, topology.Budget, "")
		}
	}
	if len(asked) == 0 {
		t.Error("nothing was wanted")
	}
	out := Diagnose(in)
	if len(aboutEndpoints(out)) != 0 || len(out.Unexplained) != 2 || len(out.Gaps) == 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// The wants of a diagnosis lead through the whole way, and each step is the
// same for the same input.
func TestWantsLeadToTheCause(t *testing.T) {
	full := sample()
	staleAddress(full)
	in := caseOf(&topology.Snapshot{Version: topology.SnapshotVersion, Region: "us-east-1"}, gateway504("/api/v1/health", time.Minute))
	var kinds []topology.Kind
	for range 20 {
		out := Diagnose(in)
		if again := Diagnose(in); !reflect.DeepEqual(out, again) {
			t.Fatal("two diagnoses of one case differ")
		}
		if len(out.Wants) == 0 {
			only(t, out, DepStaleAddress, Cause)
			break
		}
		for _, want := range out.Wants {
			kinds = append(kinds, want.Kind)
			if !in.Facts.Copy(full, want) {
				t.Fatalf("the sample has no %+v", want)
			}
		}
	}
	if !slices.Equal(kinds[:2], []topology.Kind{topology.Zones, topology.Records}) || !slices.Contains(kinds, topology.Logs) {
		t.Errorf("%v", kinds)
	}
}

// One cause for many endpoints, whose key stays when tasks get new addresses.
func TestACauseKeepsItsKeyWhileAddressesChange(t *testing.T) {
	s := sample()
	closedGroup(s)
	before := only(t, Diagnose(caseOf(s, gateway504("/api/v1/a", 10*time.Second), gateway504("/api/v1/b", 10*time.Second))), NetTargetGroup, Cause)
	s.TargetHealth.Put(groupARN, know([]topology.Target{{ID: "10.0.1.99", Port: 8001, State: "unhealthy", Reason: "Target.Timeout"}}, "elasticloadbalancing:DescribeTargetHealth"))
	s.RunningTasks.Put("dev|api", know([]topology.Task{{ID: "t2", Address: "10.0.1.99"}}, "ecs:DescribeTasks"))
	s.InterfacesByAddress.Put("10.0.1.99", know(topology.Interface{ID: "eni-new", SecurityGroups: []string{"sg-task"}}, "ec2:DescribeNetworkInterfaces"))
	after := only(t, Diagnose(caseOf(s, gateway504("/api/v1/a", 10*time.Second))), NetTargetGroup, Cause)
	if before.Key != after.Key || len(before.Explains) != 2 || len(after.Explains) != 1 {
		t.Errorf("%s %v, then %s %v", before.Key, before.Explains, after.Key, after.Explains)
	}
	if !strings.Contains(before.Actions[0].Command, "--group-id sg-task --protocol tcp --port 8001 --source-group sg-main") {
		t.Error(before.Actions[0].Command)
	}
}

func TestTwoCausesAtOnceEachExplainTheirOwn(t *testing.T) {
	s := sample()
	staleAddress(s)
	out := Diagnose(caseOf(s, gateway504("/api/v1/health", time.Minute), notFound("/"), notFound("/health")))
	if f := only(t, out, RuleDefaultFixed, Cause); !slices.Equal(f.Explains, []string{"api/", "api/health"}) {
		t.Errorf("%v", f.Explains)
	}
	if f := only(t, out, DepStaleAddress, Cause); !slices.Equal(f.Explains, []string{"api/api/v1/health"}) {
		t.Errorf("%v", f.Explains)
	}
}

func TestWhatIsGoneIsFixedOnlyIfEverythingWasRead(t *testing.T) {
	s := sample()
	in := caseOf(s, notFound("/"))
	in.Previous = []Finding{{Code: DepStaleAddress, Key: "DEP_STALE_IP/api/10.0.3.219:5000", Role: Cause}}
	if out := Diagnose(in); len(out.Fixed) != 1 {
		t.Errorf("%s", asJSON(out.Fixed))
	}
	s.Fail(topology.Want{Kind: topology.Rules, Key: listenerARN}, topology.Throttled, "")
	if out := Diagnose(in); len(out.Fixed) != 0 {
		t.Error("fixed, although something could not be read")
	}
}

func TestRoundsEndWithWhatTheyHave(t *testing.T) {
	in := caseOf(nil, gateway504("/api/v1/health", time.Minute))
	calls := 0
	out := Rounds(in, func(*topology.Snapshot, []topology.Want) { calls++ })
	if len(out.Wants) != 0 || len(out.Unexplained) != 1 || calls == 0 || calls > maxRounds {
		t.Errorf("%d calls: %s", calls, asJSON(out))
	}
	if len(out.Gaps) == 0 || out.Gaps[0].Why != topology.Budget {
		t.Errorf("%+v", out.Gaps)
	}
}
