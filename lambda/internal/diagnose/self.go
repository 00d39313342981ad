package diagnose

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// own is what the checker finds out about itself: whether its own network is
// what fails, and which endpoints nothing can be said about then.
type own struct {
	walk   *walk    // reads the facts; its symptom is empty
	hidden []string // keys of endpoints
	away   *Finding // D35
}

// hides reports whether the failure of an endpoint says nothing, because the
// checker has lost its network. An answer is one all the same.
func (in Input) hides(s Symptom) bool {
	return in.Doubt.blind() && s.Class.Judged() && !s.Healthy && s.Answer.Status == 0 && !heardInside(s)
}

// heardInside: something at a private address answered, be it by refusing, and
// that needs no way out.
func heardInside(s Symptom) bool {
	at, err := netip.ParseAddrPort(s.Address)
	return err == nil && at.Addr().IsPrivate() && (s.Class == result.TCPRefused || s.Phase != "" && s.Reached(result.PhaseTLS))
}

// lookAtOwn asks whether the checker itself is what fails: if nearly everything
// fails, the control addresses too; else where a connection got no answer for no
// reason that was found, and nothing public was reached in the same run.
func lookAtOwn(in Input, walks []*walk, fits [][]fit) own {
	o := own{walk: &walk{in: in, facts: in.Facts, hop: HopProbe}}
	switch {
	case in.Doubt.blind():
		for _, s := range in.Symptoms {
			if in.hides(s) {
				o.hidden = append(o.hidden, s.Endpoint.Key)
			}
		}
	case len(wantsOf(walks)) > 0, !in.CutOff():
		return o
	default:
		for i, w := range walks {
			if len(claimOf(fits[i]).options) == 0 && unheard(w.symptom) {
				o.hidden = append(o.hidden, w.symptom.Endpoint.Key)
			}
		}
	}
	if len(o.hidden) == 0 {
		return o
	}
	if o.away = o.noEgress(); o.away == nil {
		o.hidden = nil
	}
	return o
}

// reachedOut: something was reached at a public address, so the checker gets out.
func reachedOut(s Symptom) bool {
	at, err := netip.ParseAddrPort(s.Address)
	return err == nil && !at.Addr().IsPrivate() && !at.Addr().IsLoopback() && (s.Healthy || s.Phase != "" && s.Reached(result.PhaseTLS))
}

// unheard: a connection to a public address, or the question for one, got no
// answer. An address that is not known counts as public. Where a proxy stands is
// not known.
func unheard(s Symptom) bool {
	at, err := netip.ParseAddrPort(s.Address)
	return !s.Healthy && !s.Proxied && slices.Contains(lostWay, s.Class) && (err != nil || !at.Addr().IsPrivate())
}

// lostWay are the classes of a checker without a way out.
var lostWay = []result.Class{result.TCPTimeout, result.TCPUnreachable, result.DNSTimeout, result.DNSServFail}

// seen leaves out the walks that say nothing.
func (o own) seen(walks []*walk, fits [][]fit) ([]*walk, [][]fit) {
	var left []*walk
	var theirs [][]fit
	for i, w := range walks {
		if !slices.Contains(o.hidden, w.symptom.Endpoint.Key) {
			left, theirs = append(left, w), append(theirs, fits[i])
		}
	}
	return left, theirs
}

// traces end at the checker.
func (o own) traces() []Trace {
	var all []Trace
	for _, key := range o.hidden {
		all = append(all, Trace{key, []Station{{HopProbe, Unclear, "the checker has no way out"}}})
	}
	return all
}

// unnamed stands for the checker in commands where its name could not be read.
const unnamed = "NAME_OF_THE_CHECKER"

// noEgress is D35; nil if nothing shows that the checker's network is broken.
func (o own) noEgress() *Finding {
	w, doubt := o.walk, o.walk.in.Doubt
	f := &Finding{Code: SelfNoEgress, Key: string(SelfNoEgress) + "/checker", Role: Self, Severity: S2, Explains: o.hidden, RuledOut: []RuledOut{}, Actions: []Action{}}
	out := w.ownEgress(doubt.Phase == result.PhaseDNS || doubt.Phase == "" && o.asksNames())
	if doubt.Controls == Answered && o.onlyAsksNames() { // the resolver of a VPC is inside of it
		out.blocks = slices.DeleteFunc(out.blocks, func(b block) bool { return strings.HasSuffix(b.root, "/internet") })
	}
	switch {
	case doubt.blind():
	case len(out.blocks) == 0, doubt.Controls == Answered && (out.partly != "" || !o.answeredInside()):
		return nil
	}
	for _, b := range out.blocks {
		f.Evidence = addEvidence(f.Evidence, b.evidence)
		f.Verify = append(f.Verify, b.verify)
		f.Actions = append(f.Actions, Action{Priority: "P0", Do: b.do, Command: b.command, Mutates: true, Risk: "reversible", DoneWhen: "the checker reaches something", Done: Test{FindingGone, f.Key}})
	}
	f.Evidence = addEvidence(f.Evidence, o.sight()...)
	for _, c := range w.cleared {
		f.ruleOut([]cleared{{evidence: c.evidence}}) // the codes are those of ways to endpoints
	}
	f.Gaps = addGaps([]Gap{}, w.gaps...)
	nothing := fmt.Sprintf("no statement about %s", counted(len(o.hidden), "endpoint"))
	switch {
	case len(out.blocks) > 0:
		f.Sentence = fmt.Sprintf("%s, so the checker cannot reach the internet: %s", out.blocks[0].fault, nothing)
		if out.partly != "" {
			f.Inferred = append(f.Inferred, "that the checker ran where this stops it: "+out.partly)
		}
	default:
		f.Sentence = "the checker has lost its network: " + nothing
		f.Inferred = append(f.Inferred, "that the fault lies "+out.beyond)
		f.Actions = append(f.Actions, Action{Priority: "P0", Do: "find out why the checker gets nowhere: " + out.beyond, DoneWhen: "a control address answers", Done: Test{FindingGone, f.Key}})
	}
	f.Verify = append(f.Verify, "aws lambda get-function-configuration --function-name "+cmp.Or(w.facts.OwnNetwork.Of("").Value.Function, unnamed)+" --query VpcConfig --region "+w.facts.Region)
	f.Level = (&cause{}).level(*f)
	return f
}

// answeredInside: the control addresses are those of AWS, and may have answered
// by an endpoint inside the VPC, which says nothing about the way out of it.
func (o own) answeredInside() bool {
	w := o.walk
	endpoints := get(w, w.facts.VPCEndpoints, topology.VPCEndpoints, w.facts.OwnNetwork.Of("").Value.VPC)
	return slices.ContainsFunc(endpoints.Value, func(e topology.Endpoint) bool { return e.Type == "Interface" && e.State == "available" })
}

// asksNames: it is names that get no answer.
func (o own) asksNames() bool {
	return slices.ContainsFunc(o.walk.in.Symptoms, func(s Symptom) bool {
		return slices.Contains(o.hidden, s.Endpoint.Key) && s.Class.Layer() == "dns"
	})
}

// onlyAsksNames: nothing else gets no answer.
func (o own) onlyAsksNames() bool {
	return o.asksNames() && !slices.ContainsFunc(o.walk.in.Symptoms, func(s Symptom) bool {
		return slices.Contains(o.hidden, s.Endpoint.Key) && s.Class.Layer() != "dns"
	})
}

// sight is what was seen that the checker's own network would explain.
func (o own) sight() []Evidence {
	in := o.walk.in
	var classes, silent []string
	var last Evidence
	for _, s := range in.Symptoms {
		if !slices.Contains(o.hidden, s.Endpoint.Key) {
			continue
		}
		if c := string(s.Class); !slices.Contains(classes, c) {
			classes = append(classes, c)
		}
		if s.At.After(last.At) {
			last.At = s.At
		}
	}
	last.Source, last.Statement = "probe", fmt.Sprintf("%d of %d endpoints get no answer (%s)", len(o.hidden), len(in.Symptoms), listed(classes))
	all := []Evidence{last}
	if in.Doubt.Controls == Silent {
		all = append(all, Evidence{Statement: "the control addresses do not answer either", Source: "probe", At: last.At})
	}
	for _, g := range o.walk.gaps {
		if g.Why == topology.TimedOut && !slices.Contains(silent, g.Action) {
			silent = append(silent, g.Action)
		}
	}
	if len(silent) > 0 {
		all = append(all, Evidence{Statement: "AWS does not answer the checker either: " + strings.Join(silent, ", "), Source: silent[0]})
	}
	return all
}
