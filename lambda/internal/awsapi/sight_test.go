package awsapi

import (
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/scenario"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Whatever is denied for one diagnosis, in any scenario, and whatever is
// throttled: nothing is called fixed because of it, neither then nor afterwards,
// and an incident keeps the cause that it has.
func TestCausesOutlastWhatIsNotReadOnce(t *testing.T) {
	t.Parallel()
	for _, s := range sample(wire(t)) {
		t.Run(s.Name, func(t *testing.T) { readWorse(t, s) })
	}
}

// sample is all of them, and with -short, as under the race detector, a few.
func sample[T any](all []T) []T {
	if !testing.Short() {
		return all
	}
	var few []T
	for i := 0; i < len(all); i += 8 {
		few = append(few, all[i])
	}
	return few
}

// readWorse diagnoses a scenario without each of the actions that it takes.
func readWorse(t *testing.T, s *scenario.Scenario) {
	t.Helper()
	plain, read, server := playAll(t, s)
	if len(causesOf(plain)) == 0 {
		return
	}
	calls, _ := server.Calls()
	for _, action := range slices.Compact(slices.Sorted(slices.Values(calls))) {
		if slices.Contains(s.Denied, action) {
			continue
		}
		outlasts(t, s, plain, action+" denied", func(s *scenario.Scenario) diagnose.Output {
			out, _ := play(t, s, action)
			return out
		})
		outlasts(t, s, plain, action+" throttled", func(s *scenario.Scenario) diagnose.Output {
			return slowed(s.Case(read.Facts.Region), read.Facts, action)
		})
	}
}

// outlasts diagnoses a scenario once in a worse way, and then as before.
func outlasts(t *testing.T, s *scenario.Scenario, plain diagnose.Output, how string, worsened func(*scenario.Scenario) diagnose.Output) {
	t.Helper()
	then, later := *s, *s
	then.Input.Previous = plain.Findings
	worse := worsened(&then)
	later.Input.Previous = worse.Findings
	again, _ := play(t, &later)
	for _, f := range slices.Concat(worse.Fixed, again.Fixed) {
		t.Errorf("%s with %s once: %s is called fixed", s.Name, how, f.Key)
	}
	for _, told := range retold(t, s, plain, worse, again) {
		t.Errorf("%s with %s once: %s", s.Name, how, told)
	}
}

// slowed diagnoses from facts that were read, but for those that take an
// action. What nobody read is beyond the calls of the diagnosis.
func slowed(in diagnose.Input, read *topology.Snapshot, action string) diagnose.Output {
	return diagnose.Rounds(in, func(to *topology.Snapshot, wants []topology.Want) {
		for _, w := range wants {
			info, _ := w.Kind.Info()
			if info.Action == action || slices.Contains(info.Also, action) {
				to.FailAt(w, action, topology.Throttled, "")
			} else if !read.Status(w).Pending() {
				to.Copy(read, w)
			}
		}
	})
}

// retold are the messages about causes that diagnoses after the first one make.
func retold(t *testing.T, s *scenario.Scenario, first diagnose.Output, more ...diagnose.Output) (told []string) {
	t.Helper()
	now := s.Input.Now
	policy := incident.Policy{Environment: "test", Deployments: "all", Summary: incident.SummaryTime{Never: true}}
	state := incident.State{Endpoints: map[string]*incident.Endpoint{}}
	for _, seen := range s.Input.Symptoms {
		policy.Rules = append(policy.Rules, incident.Rule{Key: seen.Endpoint.Key, Host: seen.Endpoint.Host, Severity: incident.SEV2, FailureThreshold: 1, SuccessThreshold: 1})
		if !seen.Healthy {
			state.Endpoints[seen.Endpoint.Key] = &incident.Endpoint{Failing: 3, Class: seen.Class}
		}
	}
	rules := incident.NewPolicy(policy)
	for n, out := range append([]diagnose.Output{first}, more...) {
		at := now.Add(time.Duration(n) * 5 * time.Minute)
		d := &incident.Diagnosis{At: at, Confirmed: true, Failing: rules.Failing(state, at), Causes: incident.CausesOf(out)}
		var transitions []incident.Transition
		state, transitions = rules.Step(state, incident.Input{Now: at, Run: "run", Started: at, Diagnosis: d})
		for _, tr := range transitions {
			if n > 0 && tr.Notice != nil {
				told = append(told, string(tr.Kind)+": "+string(tr.Reason)+", "+tr.Notice.Incident.CauseBefore+" → "+tr.Notice.Incident.Cause.Sentence)
			}
		}
	}
	return told
}
