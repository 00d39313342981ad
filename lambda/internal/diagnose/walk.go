package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// station is a hop with the function that looks at it.
type station struct {
	hop  Hop
	look func(*walk) (Verdict, string)
}

// stations are all of them in the order of a request, one file each or one for
// a family of modes. A function reads facts through get, notes what is broken
// with w.broken and what is not with w.clear, extends w.route for those behind
// it, and returns its verdict with a few words for the trace.
var stations = []station{
	{HopDNS, lookAtName},
	{HopBalancer, lookAtBalancer},
	{HopListener, lookAtListener},
	{HopTLS, lookAtTLS},
	{HopRule, lookAtRules},
	{HopGroup, lookAtGroup},
	{HopTarget, lookAtTargets},
	{HopNetwork, lookAtNetwork},
	{HopService, lookAtService},
	{HopApp, lookAtApp},
	{HopDependency, lookAtDependencies},
	{HopProbe, lookAtProbe}, // the last: it needs to know what lies behind
}

// walk is the way of one failing request. One goroutine uses it.
type walk struct {
	in      Input
	facts   *topology.Snapshot
	symptom Symptom
	seen    seen
	route   route

	hop        Hop
	quiet      bool // facts are read as hints
	dials      []string
	feeder     *feeder
	turns      turns
	served     *served
	refusals   map[int]whyRefused // by port of the targets
	candidates []candidate
	cleared    []cleared
	wants      []topology.Want
	gaps       []Gap
	missed     []missed // hints that could not be read
	used       []use    // facts that are old
	trace      []Station
	disagrees  []Contradiction
}

// route is what the hops so far have found out about the way. A part that is
// nil is not known, and the hops behind it do not apply.
type route struct {
	name     string // DNS name of the load balancer
	sets     bool   // the records lead to other names as well
	balancer *topology.LoadBalancer
	idle     time.Duration // of the load balancer; 0: not known
	listener *topology.Listener
	rules    []topology.Rule
	rule     *topology.Rule
	guessed  string   // header that some rule compares and whose value is a secret; "": none
	unsure   []string // what the simulation of the rules takes for so
	group    *topology.TargetGroup
	shared   bool // the rule forwards to other groups as well
	targets  []target
	service  *topology.Service
	tasks    []topology.Task
	defined  *topology.TaskDefinition
}

// target is one of the group, with who owns its address.
type target struct {
	topology.Target
	health topology.Status // of the answer that told
	owner  topology.Fact[topology.Interface]
}

// cleared is a mode that was looked for and is not there.
type cleared struct {
	code     Code
	evidence Evidence
}

// walkAll walks for every endpoint that fails, and for every healthy one whose
// answer says that some part of it is unwell.
func walkAll(in Input) []*walk {
	if in.Facts == nil {
		in.Facts = &topology.Snapshot{}
	}
	var walks []*walk
	turns := turns{}
	for _, s := range in.Symptoms {
		if !s.Class.Judged() || s.Healthy && len(complaintsOf(s.Answer.Body)) == 0 || in.hides(s) {
			continue
		}
		w := &walk{in: in, facts: in.Facts, symptom: s, seen: s.seen(in.Facts), turns: turns, refusals: map[int]whyRefused{}, trace: make([]Station, 0, len(stations))}
		w.pace()
		walks = append(walks, w)
	}
	return walks
}

// pace goes from station to station.
func (w *walk) pace() {
	if w.symptom.atProxy() {
		w.trace = append(w.trace, Station{HopProbe, Unclear, "the proxy that asks the endpoint, or what lies before it"})
		return
	}
	for _, at := range stations {
		w.hop = at.hop
		if verdict, text := at.look(w); verdict != NotApplicable {
			w.trace = append(w.trace, Station{at.hop, verdict, text})
		}
	}
	w.weighLogs()
	w.disagree()
}

// get reads a fact for a walk. One that nobody looked up is wanted; one that
// could not be read is a gap, which keeps every conclusion of this hop and
// those behind it from being proven.
func get[T any](w *walk, table topology.Table[T], kind topology.Kind, key ...string) topology.Fact[T] {
	if w.quiet {
		return hint(w, table, kind, key...)
	}
	want := topology.Want{Kind: kind, Key: topology.Key(key...)}
	fact := table.Of(want.Key)
	w.note(want, fact.Status)
	w.use(want, fact.Status)
	return fact
}

// quietly runs something whose facts only add to what is told.
func quietly[T any](w *walk, look func() T) T {
	before := w.quiet
	w.quiet = true
	defer func() { w.quiet = before }()
	return look()
}

// hint reads a fact that only adds to what is told: without it nothing is less sure.
func hint[T any](w *walk, table topology.Table[T], kind topology.Kind, key ...string) topology.Fact[T] {
	want := topology.Want{Kind: kind, Key: topology.Key(key...)}
	fact := table.Of(want.Key)
	if fact.Unreadable() {
		w.missed = append(w.missed, missed{want, fact.Status, w.hop})
	}
	if fact.Pending() {
		w.want(want)
	}
	w.use(want, fact.Status)
	return fact
}

func (w *walk) want(want topology.Want) {
	if !slices.Contains(w.wants, want) {
		w.wants = append(w.wants, want)
	}
}

// slowly wants the endpoint asked once more, beyond the idle timeout, where
// the probe's own limit hides what the load balancer answers.
func (w *walk) slowly() {
	want := topology.Want{Kind: topology.Slow, Key: w.symptom.Endpoint.Key, Limit: cmp.Or(w.route.idle, time.Minute) + 10*time.Second}
	if w.seen.cut && w.facts.Status(want).Pending() && w.symptom.Endpoint.Limit < want.Limit {
		w.want(want)
	}
}

// enoughEvidence is from where on more targets of the same kind add nothing.
const enoughEvidence = 8

// broken notes a candidate; its hop is that of its mode. The same one found
// again, at another target, adds its evidence.
func (w *walk) broken(c candidate) {
	c.walk = w
	c.inferred = append(c.inferred, w.passing(c)...)
	if w.route.guessed != "" && c.hop() >= HopRule {
		c.inferred = append(c.inferred, fmt.Sprintf("that the value of the header %s is the one that the rule compares: both are secrets", w.route.guessed))
	}
	if c.hop() >= HopRule && !c.behind {
		c.inferred = append(c.inferred, w.route.unsure...)
	}
	if w.route.sets && c.hop() > HopDNS && !c.behind {
		c.inferred = append(c.inferred, fmt.Sprintf("that the answer came from %s, one of several that the records of the name lead to", w.route.name))
	}
	if i := slices.IndexFunc(w.candidates, func(have candidate) bool { return have.key() == c.key() }); i >= 0 {
		have := &w.candidates[i]
		if len(have.evidence) < enoughEvidence {
			have.evidence = addEvidence(have.evidence, c.evidence...)
		}
		if len(have.predicts) == 0 {
			have.predicts = c.predicts
		}
		return
	}
	w.candidates = append(w.candidates, c)
}

// has reports whether a candidate was noted.
func (w *walk) has(code Code, root string) bool {
	return slices.ContainsFunc(w.candidates, func(c candidate) bool { return c.code == code && c.root == root })
}

// clear notes that something which would have fitted is not so.
func (w *walk) clear(code Code, e Evidence) {
	if !slices.Contains(w.cleared, cleared{code, e}) {
		w.cleared = append(w.cleared, cleared{code, e})
	}
}

// told is evidence from a fact that was read.
func told(s topology.Status, statement string) Evidence {
	source := s.Action
	if source == "" {
		source = "probe"
	}
	return Evidence{Statement: statement, Source: source, At: s.At}
}

// probed is evidence from the endpoint's own probe.
func (w *walk) probed(statement string) Evidence {
	return Evidence{Statement: statement, Source: "probe", At: w.symptom.At}
}

func wantsOf(walks []*walk) []topology.Want {
	var all []topology.Want
	seen := map[topology.Want]bool{}
	for _, w := range walks {
		for _, want := range w.wants {
			if !seen[want] {
				seen[want] = true
				all = append(all, want)
			}
		}
	}
	return all
}

func traces(walks []*walk) []Trace {
	all := make([]Trace, 0, len(walks))
	for _, w := range walks {
		all = append(all, Trace{Endpoint: w.symptom.Endpoint.Key, Stations: w.trace})
	}
	return all
}
