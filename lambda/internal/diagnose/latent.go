package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Latents finds what is wrong although nothing fails, in the facts that are
// there; the worst comes first. A finding is certain: it rests on facts that
// were read, and what could not be read says nothing. Evidence and actions are
// numbered on their own: L1, L2, … and P1.1, P2.1, …
func Latents(in Input) []Finding {
	if in.Facts == nil {
		return nil
	}
	v := &survey{now: in.Now, facts: in.Facts, clusters: in.Clusters}
	v.everything()
	slices.SortStableFunc(v.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(slices.Index(Gravity, a.Code), slices.Index(Gravity, b.Code)))
	})
	number(v.found, nil, "L")
	return v.found
}

// WithLatents adds to what a diagnosis found what else is wrong in the facts
// that it read. What it has found itself is not told twice.
func WithLatents(in Input, out Output) Output {
	counts := map[string]int{}
	for _, f := range out.Findings {
		for _, a := range f.Actions {
			level, _, _ := strings.Cut(a.Priority, ".")
			counts[level]++
		}
	}
	findings := slices.Clone(out.Findings)
	for _, f := range Latents(in) {
		if slices.ContainsFunc(out.Findings, func(told Finding) bool { return sameThing(told, f) }) {
			continue
		}
		for i := range f.Actions {
			level, _, _ := strings.Cut(f.Actions[i].Priority, ".")
			counts[level]++
			f.Actions[i].Priority = fmt.Sprintf("%s.%d", level, counts[level])
		}
		findings = append(findings, f)
	}
	out.Findings = findings
	return out
}

// sameThing: one is the reason of the other, or both are about one root.
func sameThing(told, latent Finding) bool {
	switch latent.Code {
	case ListenerNowhere:
		return told.Code == GroupEmpty
	case GroupUnused:
		return told.Code == GroupEmpty && strings.HasPrefix(rootIn(latent.Key), rootIn(told.Key)+"/")
	}
	return SameRoot(told.Key, latent.Key)
}

// SameRoot reports whether the keys of two findings differ in their codes at most.
func SameRoot(a, b string) bool {
	return a == b || rootIn(a) != "" && rootIn(a) == rootIn(b)
}

func rootIn(key string) string {
	_, root, _ := strings.Cut(key, "/")
	return root
}

// survey is one look over everything that was read. It notes what it would
// have to know in addition, for the inventory to read.
type survey struct {
	now      time.Time
	facts    *topology.Snapshot
	clusters []string
	wants    []topology.Want
	found    []Finding

	running  []placed // services of the clusters
	complete bool     // all of them were read
}

func (v *survey) everything() {
	v.readServices()
	v.literals()
	v.discovery()
	v.targets()
	v.certificates()
	v.matchers()
	v.balancers()
}

// sought reads a fact for a survey, and notes that it is wanted if nobody asked.
func sought[T any](v *survey, table topology.Table[T], kind topology.Kind, key ...string) topology.Fact[T] {
	want := topology.Want{Kind: kind, Key: topology.Key(key...)}
	fact := table.Of(want.Key)
	if fact.Pending() && !slices.Contains(v.wants, want) {
		v.wants = append(v.wants, want)
	}
	return fact
}

// latentWants are facts that Latents needs in addition to those of an inventory.
func latentWants(k Stock, s *topology.Snapshot) []topology.Want {
	v := &survey{now: k.Now, facts: s, clusters: k.Clusters}
	v.everything()
	return v.wants
}

// fault is what a finding without an outage says.
type fault struct {
	code     Code
	root     string // stable
	sentence string
	evidence []Evidence
	action   Action
	advice   []NotAdvice // evidence: the statement
	verify   []string
}

// note adds a finding, once for each key.
func (v *survey) note(f fault) {
	key := string(f.code) + "/" + f.root
	if slices.ContainsFunc(v.found, func(have Finding) bool { return have.Key == key }) {
		return
	}
	f.action.Priority = cmp.Or(f.action.Priority, "P2")
	f.action.Done = Test{FindingGone, key}
	v.found = append(v.found, Finding{
		Code: f.code, Key: key, Role: Latent, Level: Proven, Severity: S4, Sentence: f.sentence, Evidence: f.evidence,
		Explains: []string{}, RuledOut: []RuledOut{}, Gaps: []Gap{}, Actions: []Action{f.action}, Advice: f.advice, Verify: f.verify,
	})
}

// placed is a service with what told of it.
type placed struct {
	topology.Service
	read topology.Status
}

// readServices takes the services of all clusters that are known.
func (v *survey) readServices() {
	v.complete = len(v.clusters) > 0
	for _, cluster := range v.clusters {
		names := v.facts.ServiceNames.Of(cluster)
		v.complete = v.complete && names.State != topology.Unknown
		for _, name := range names.Value {
			fact := v.facts.Services.Of(topology.Key(cluster, name))
			if fact.State == topology.Known {
				v.running = append(v.running, placed{fact.Value, fact.Status})
			}
			v.complete = v.complete && fact.State != topology.Unknown
		}
	}
}

// feeders are the services that register targets in a group.
func (v *survey) feeders(group string) []placed {
	var all []placed
	for _, s := range v.running {
		if feeds(s.Service, group) {
			all = append(all, s)
		}
	}
	return all
}

// settled: no deployment is under way, so what is seen of the tasks is no
// moment of it.
func settled(all []placed) bool {
	return !slices.ContainsFunc(all, func(s placed) bool {
		return s.Pending > 0 || len(s.Deployments) > 1 || len(s.Deployments) == 1 && s.Deployments[0].Rollout == "IN_PROGRESS"
	})
}

func namesOf(all []placed) string {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return listed(names)
}
