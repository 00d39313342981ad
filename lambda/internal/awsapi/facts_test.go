package awsapi

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// play diagnoses a scenario over the wire, with more actions denied.
func play(t *testing.T, s *scenario.Scenario, denied ...string) (diagnose.Output, *scenario.Server) {
	t.Helper()
	out, _, server := playAll(t, s, denied...)
	return out, server
}

// playAll is play with the case as it was read.
func playAll(t *testing.T, s *scenario.Scenario, denied ...string) (diagnose.Output, diagnose.Input, *scenario.Server) {
	t.Helper()
	server := scenario.NewServer(s, denied...)
	client := facing(t, calm, server)
	client.unpaced()
	reader, in := client.Facts(FactLimits{Function: "tidewatch"}), s.Case(calm.Region)
	out := diagnose.Rounds(in, func(to *topology.Snapshot, wants []topology.Want) {
		in.Facts = to
		s.Fetch(to, probesOf(wants))
		reader.Read(t.Context(), to, wants)
	})
	return out, in, server
}

func probesOf(wants []topology.Want) []topology.Want {
	var probes []topology.Want
	for _, w := range wants {
		if info, ok := w.Kind.Info(); ok && info.IsProbe() {
			probes = append(probes, w)
		}
	}
	return probes
}

// Every scenario with answers of the wire comes to what it expects, and once
// more with each action denied that decides its mode: then nothing is proven,
// and what could not be read is named.
func TestScenarios(t *testing.T) {
	names, err := scenario.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.EngineOnly() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			calls := playAsExpected(t, s)
			if then, ok := s.Blipped(); ok {
				if calls > 0 {
					t.Errorf("all is well, and AWS was asked %d times", calls)
				}
				playAsExpected(t, then)
			}
		})
		t.Run(name+" denied", func(t *testing.T) { playDenied(t, s) })
	}
}

// playAsExpected holds a scenario against what it expects, and counts the calls.
func playAsExpected(t *testing.T, s *scenario.Scenario) int {
	t.Helper()
	out, server := play(t, s)
	for _, wrong := range s.Expect.Judge(out) {
		t.Error(wrong)
	}
	calls, missing := server.Calls()
	if len(missing) > 0 {
		t.Errorf("the scenario has no answer to %q", missing)
	}
	return len(calls)
}

func TestReaderStopsAtItsBudget(t *testing.T) {
	s, err := scenario.Load("d11-no-rule")
	if err != nil {
		t.Fatal(err)
	}
	server := scenario.NewServer(s)
	reader := facing(t, calm, server).Facts(FactLimits{Calls: 3})
	var facts *topology.Snapshot
	out := diagnose.Rounds(s.Case(calm.Region), func(to *topology.Snapshot, wants []topology.Want) {
		facts = to
		reader.Read(t.Context(), to, wants)
	})
	if calls, _ := server.Calls(); len(calls) == 0 || len(calls) > 3 {
		t.Errorf("%v", calls)
	}
	if len(out.Gaps) == 0 || out.Gaps[0].Why != topology.Budget || out.Gaps[0].Detail != "all 3 calls that were left to it are made" || facts == nil {
		t.Errorf("%+v", out.Gaps)
	}
	text := report.DiagnosisText(report.Diagnosis{Findings: out.Findings, Gaps: out.Gaps})
	for _, want := range []string{"the diagnosis stopped short at the hop", "all 3 calls that were left to it are made"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
}

// Where the time is over, that and how much it was is what the report says.
func TestReaderStopsInTime(t *testing.T) {
	client, _ := serve(t, calm, func(string, string) (int, string) {
		time.Sleep(300 * time.Millisecond)
		return 200, "<r/>"
	})
	s := &topology.Snapshot{}
	wants := []topology.Want{{Kind: topology.LoadBalancers}, {Kind: topology.Rules, Key: "l"}}
	client.Facts(FactLimits{Parallel: 1, Time: 100 * time.Millisecond}).Read(t.Context(), s, wants)
	if got := s.Status(wants[1]); got.Why != topology.Budget || got.Detail != "the 100ms that it had for this are over" {
		t.Errorf("%+v", got)
	}
}

// Every kind that AWS tells has a reader, no other has one, and everything that
// the table names is allowed.
func TestEveryKindHasItsReader(t *testing.T) {
	for _, info := range topology.Kinds {
		if r, ok := readers[info.Kind]; ok == info.IsProbe() || ok && (r.split == nil || r.read == nil) {
			t.Errorf("%s: reader %v", info.Kind, ok)
		}
		for _, action := range append(info.Also, info.Action) {
			if action != "" && !access.Listed(action) {
				t.Errorf("%s needs %s, which is not listed", info.Kind, action)
			}
		}
	}
	for kind := range readers {
		if _, ok := kind.Info(); !ok {
			t.Errorf("%s is no kind", kind)
		}
	}
}
