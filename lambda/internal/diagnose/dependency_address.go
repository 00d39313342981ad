package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtAddress asks who owns a private address that a service calls: nobody,
// somebody else, or the one that is meant; then for the way there, and for
// what stands behind it.
func (w *walk) lookAtAddress(c chain, e call, address string) Verdict {
	owner := w.ownerFor(c.party, address)
	meant, known := w.meantBy(c, e)
	switch {
	case owner.Pending():
		return Unclear
	case owner.State == topology.Absent:
		dead := w.deadAddress(c, e.at(address), owner, meant)
		dead.inferred = append(dead.inferred, w.unseen(c.party, address)...)
		w.broken(dead)
		return Broken
	case owner.State == topology.Unknown && e.failing != nil && !w.runsAt(meant, address):
		w.broken(w.deadAddress(c, e.at(address), owner, meant))
		return Broken
	case owner.State == topology.Unknown:
		return Unclear
	}
	if known && e.to.Host == address && w.isSomebodyElse(owner.Value, meant, address) {
		w.broken(w.deadAddress(c, e.at(address), owner, meant))
		return Broken
	}
	w.clear(DepStaleAddress, told(owner.Status, fmt.Sprintf("%s belongs to the interface %s", address, owner.Value.ID)))
	verdict := w.lookAtWayTo(c, e, endOf(owner.Value, e.where()))
	if verdict != Broken {
		verdict = worse(verdict, w.lookAtRefusal(c, e, owner, meant))
	}
	if known {
		verdict = worse(verdict, w.lookBehind(c, e, meant))
	}
	return verdict
}

// lookAtWayTo is D31: whether the way from the calling task is open.
func (w *walk) lookAtWayTo(c chain, e call, to end) Verdict {
	from, ok := w.source(c.party)
	if !ok || e.to.Port == 0 {
		return Unclear
	}
	from.task = true
	p := w.pass(from, to, e.to.Port)
	for _, b := range p.blocks {
		w.broken(w.callBlocked(e, b))
	}
	if p.verdict() == OK && len(p.open) > 0 {
		w.clear(DepSecurityGroup, told(p.groups, strings.Join(p.open, "; ")))
	}
	return p.verdict()
}

func (w *walk) callBlocked(e call, b block) candidate {
	code := NetACL
	if b.kind == blockGroup {
		code = DepSecurityGroup
	}
	c := w.ofCall(code, b.root+"/"+e.caller, e)
	c.say = func([]string) string { return fmt.Sprintf("%s, so %s cannot reach %s", b.fault, e.caller, e.where()) }
	c.evidence = append([]Evidence{b.evidence}, c.evidence...)
	if b.partly != "" {
		c.inferred = append(c.inferred, "that the calls are among what is stopped: "+b.partly)
	}
	c.verify = []string{b.verify}
	c.actions = []Action{{Priority: "P0", Do: b.do, Command: b.command, Mutates: true, Risk: "reversible", DoneWhen: e.caller + " reaches " + e.where(), Done: Test{FindingGone, c.key()}}}
	return c
}

// ofCall is what every fault of a call has in common.
func (w *walk) ofCall(code Code, root string, e call) candidate {
	c := candidate{
		code: code, root: root, behind: true, predicts: e.predicts, inferred: slices.Clone(e.inferred), rivals: e.rivals,
		evidence: []Evidence{e.says, w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w)))},
	}
	if e.failing != nil {
		c.evidence = append(c.evidence, e.logged)
		if line, ok := w.longerThanIdle(e); ok {
			c.evidence = append(c.evidence, line)
		}
	}
	if w.symptom.Healthy {
		c.severity = S3
	}
	return c
}

var clientLimit = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:connect |read )?timeout=(\d+)`) })

// longerThanIdle: a client that waits longer than the load balancer does turns
// every request that needs it into a 504.
func (w *walk) longerThanIdle(e call) (Evidence, bool) {
	m := clientLimit().FindStringSubmatch(e.failing.Sample)
	if m == nil || w.route.balancer == nil || w.route.idle == 0 {
		return Evidence{}, false
	}
	seconds, err := strconv.Atoi(m[1])
	if err != nil || time.Duration(seconds)*time.Second <= w.route.idle {
		return Evidence{}, false
	}
	return told(w.facts.LoadBalancerSettings.Of(w.route.balancer.ARN).Status, fmt.Sprintf("the client waits up to %d s for a connection, %s for an answer only %.0f s: requests that need %s end in its 504", seconds, w.route.balancer.Name, w.route.idle.Seconds(), e.where())), true
}

// meantBy is the service that a variable, a name or a line of the log speaks
// of, where just one in the clusters fits.
func (w *walk) meantBy(c chain, e call) (topology.Service, bool) {
	var found []topology.Service
	for _, cluster := range w.in.Clusters {
		for _, name := range hint(w, w.facts.ServiceNames, topology.ServiceNames, cluster).Value {
			if name == c.service.Name || !slices.ContainsFunc(ownWords(name, c.service.Name), e.speaksOf) {
				continue
			}
			if s, ok := hint(w, w.facts.Services, topology.Services, cluster, name).Get(); ok {
				found = append(found, s)
			}
		}
	}
	if len(found) != 1 {
		return topology.Service{}, false
	}
	return found[0], true
}

// everyday are words of names of services that tell nothing apart.
var everyday = []string{"service", "server", "app", "api", "dev", "development", "staging", "prod", "production", "internal", "local", "main"}

// ownWords are the words of a name that the other one does not have.
func ownWords(name, other string) []string {
	split := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	}
	return slices.DeleteFunc(split(name), func(word string) bool {
		return len(word) < 3 || slices.Contains(split(other), word) || slices.Contains(everyday, word)
	})
}

// managed are how AWS describes interfaces of what may stand before a service,
// or be what is called while a service only has a name like it.
var managed = []string{"ELB ", "RDSNetworkInterface", "ElastiCache", "VPC Endpoint", "NAT Gateway", "AWS Lambda", "EFS mount target", "DMSNetworkInterface", "RedshiftNetworkInterface", "OpenSearch", "ES "}

// isSomebodyElse: the service that is meant runs, and none of its tasks has the
// address.
func (w *walk) isSomebodyElse(owner topology.Interface, meant topology.Service, address string) bool {
	tasks := hint(w, w.facts.RunningTasks, topology.RunningTasks, meant.Cluster, meant.Name)
	if tasks.State != topology.Known || len(tasks.Value) == 0 || len(addressesOf(tasks.Value)) == 0 {
		return false
	}
	_, its := topology.TaskAt(tasks.Value, address)
	return !its && !slices.ContainsFunc(managed, func(word string) bool { return strings.Contains(owner.Description, word) })
}

// runsAt: a task of the service has the address, as ECS says.
func (w *walk) runsAt(s topology.Service, address string) bool {
	if s.Name == "" {
		return false
	}
	return slices.Contains(addressesOf(hint(w, w.facts.RunningTasks, topology.RunningTasks, s.Cluster, s.Name).Value), address)
}

func addressesOf(tasks []topology.Task) []string {
	var all []string
	for _, t := range tasks {
		if t.Address != "" {
			all = append(all, t.Address)
		}
	}
	return all
}

// deadAddress is D30. That the calls keep the application from answering is
// inferred; where nobody could say who owns the address, the log alone speaks
// for it.
func (w *walk) deadAddress(c chain, e call, owner topology.Fact[topology.Interface], meant topology.Service) candidate {
	made := w.ofCall(DepStaleAddress, e.caller+"/"+e.where(), e)
	address := e.address
	state := "which no network interface owns"
	switch owner.State {
	case topology.Absent:
		made.evidence = append(made.evidence, told(owner.Status, "no network interface of the account and region has the address "+address))
	case topology.Known:
		state = fmt.Sprintf("which belongs to %s and to no task of %s", ownerName(owner.Value), meant.Name)
		made.evidence = append(made.evidence, told(owner.Status, fmt.Sprintf("%s belongs to %s", address, ownerName(owner.Value))))
	default:
		state = "which does not answer"
	}
	at := ""
	if meant.Name != "" {
		tasks := hint(w, w.facts.RunningTasks, topology.RunningTasks, meant.Cluster, meant.Name)
		if all := addressesOf(tasks.Value); len(all) > 0 && !slices.Contains(all, address) {
			at = fmt.Sprintf("; %s runs at %s", meant.Name, listed(all))
			made.evidence = append(made.evidence, told(tasks.Status, fmt.Sprintf("%s runs %d of %d, at %s", meant.Name, meant.Running, meant.Desired, listed(all))))
			made.advice = []NotAdvice{{What: "writing the address " + all[0] + " instead", Why: "it changes with the next task of " + meant.Name + ", as this one did", Evidence: made.evidence[len(made.evidence)-1].Statement}}
		}
	}
	if address != e.to.Host {
		state = fmt.Sprintf("a name that leads to %s, %s", address, state)
	}
	made.say = func([]string) string { return fmt.Sprintf("%s calls %s, %s%s", e.caller, e.where(), state, at) }
	made.verify = []string{fmt.Sprintf("aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=%s --region %s", address, w.facts.Region)}
	made.actions = w.useName(c, e, meant, made.key())
	if address != e.to.Host {
		made.advice = nil // nobody wrote an address
		w.staleName(&made, e, owner.State == topology.Absent)
	}
	if e.failing != nil && clientLimit().MatchString(e.failing.Sample) {
		made.actions = append(made.actions, Action{Priority: "P2", Do: fmt.Sprintf("let the client of %s in %s give up before the load balancer does, and keep it out of the health check", e.where(), e.caller), Owner: w.symptom.Endpoint.Owner, DoneWhen: "no call waits longer than the idle timeout", Done: Test{FindingGone, made.key()}})
	}
	return made
}

// useName proposes the discovery name whose service the variable or the log
// names, and first that the service registers there, if it does not.
func (w *walk) useName(c chain, e call, meant topology.Service, key string) []Action {
	a := Action{Priority: "P0", Mutates: true, Risk: "a deployment", DoneWhen: "neither variables nor logs name " + e.to.Host, Done: Test{FindingGone, key}}
	for _, s := range hint(w, w.facts.DiscoveryServices, topology.DiscoveryServices, "").Value {
		if !e.speaksOf(s.Name) {
			continue
		}
		a.Do = fmt.Sprintf("call it by its discovery name %s instead of %s (%s), and deploy %s", edge{to: topology.HostPort{Host: s.Name + "." + s.Namespace, Port: e.to.Port}}.where(), e.to.Host, e.place(), e.caller)
		instances := hint(w, w.facts.DiscoveryInstances, topology.DiscoveryInstances, s.ID)
		if instances.State == topology.Known && len(instances.Value) == 0 && meant.Name != "" {
			return []Action{w.register(meant, s), a}
		}
		return []Action{a}
	}
	a.Do = fmt.Sprintf("replace the address %s by a name that follows the dependency (%s), and deploy %s", e.to.Host, e.place(), e.caller)
	return []Action{a}
}

// place is where the address is written.
func (e edge) place() string {
	if e.variable != "" {
		return e.variable
	}
	return "probably built into the image"
}

// lookBehind looks into the service that a call goes to, and at what that calls.
func (w *walk) lookBehind(c chain, e call, meant topology.Service) Verdict {
	if len(c.visited) > maxDepth || slices.Contains(c.visited, meant.Name) {
		return OK
	}
	next := chain{party: w.party(meant), visited: append(slices.Clone(c.visited), meant.Name), inferred: e.inferred}
	for _, p := range e.predicts {
		if p.part != "" {
			next.parts = append(next.parts, p.part)
		}
	}
	before := len(w.candidates)
	verdict := w.lookInto(next.party, e.ripple)
	for i := before; i < len(w.candidates); i++ {
		w.candidates[i].behind, w.candidates[i].rivals = true, append(w.candidates[i].rivals, e.rivals...)
	}
	if further, _ := w.follow(next); further != NotApplicable {
		verdict = worse(verdict, further)
	}
	return verdict
}
