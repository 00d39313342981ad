package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// privateEnds are the ends of names that no public DNS knows.
var privateEnds = []string{".local", ".internal", ".lan", ".private", ".svc", ".intern", ".corp"}

// lookAtHost finds out what a name leads to: a database, an entry of service
// discovery, or whatever it resolves to inside the VPC.
func (w *walk) lookAtHost(c chain, e call) Verdict {
	host := e.to.Host
	if strings.Contains(host, ".rds.") {
		return w.lookAtDatabase(c, e)
	}
	private := slices.ContainsFunc(privateEnds, func(end string) bool { return strings.HasSuffix(host, end) })
	if private {
		names := get(w, w.facts.DiscoveryServices, topology.DiscoveryServices, "")
		for _, s := range names.Value {
			if s.Name+"."+s.Namespace == host {
				return w.lookAtDiscovery(c, e, s)
			}
		}
		if names.State == topology.Unknown {
			return Unclear
		}
		if space := namespaceOf(names.Value, host); space != "" {
			w.broken(w.noSuchName(c, e, space, names.Status))
			return Broken
		}
	}
	if !private && e.failing == nil && !access.IsNameOfAWS(host) {
		return NotApplicable
	}
	found := hint(w, w.facts.Lookups, topology.Lookups, host)
	for _, address := range found.Value {
		if address.IsPrivate() {
			return w.lookAtAddress(c, e, address.String())
		}
	}
	return NotApplicable
}

func namespaceOf(all []topology.DiscoveryService, host string) string {
	for _, s := range all {
		if strings.HasSuffix(host, "."+s.Namespace) {
			return s.Namespace
		}
	}
	return ""
}

// lookAtDiscovery is D32 where a name has no instances; else each of them is
// looked at like an address.
func (w *walk) lookAtDiscovery(c chain, e call, s topology.DiscoveryService) Verdict {
	fact := get(w, w.facts.DiscoveryInstances, topology.DiscoveryInstances, s.ID)
	instances, ok := fact.Get()
	if !ok {
		return Unclear
	}
	if len(instances) > 0 {
		w.clear(DiscoveryNoInstances, told(fact.Status, fmt.Sprintf("%s has %s", e.to.Host, counted(len(instances), "instance"))))
		verdict := NotApplicable
		e.entry = entry{s, instances, fact.Status}
		for _, i := range instances[:min(len(instances), maxDials)] {
			if i.Address != "" {
				verdict = worse(verdict, w.lookAtAddress(c, e, i.Address))
			}
		}
		return verdict
	}
	meant, known := w.meantBy(c, e)
	if known && meant.Running == 0 {
		before := len(w.candidates)
		if w.lookBehind(c, e, meant); len(w.candidates) > before {
			return Broken // why nothing runs says why nothing is registered
		}
	}
	w.broken(w.noInstances(e, s, fact.Status, meant))
	return Broken
}

// noInstances is D32: the name is there, and nobody has registered.
func (w *walk) noInstances(e call, s topology.DiscoveryService, read topology.Status, meant topology.Service) candidate {
	c := w.ofCall(DiscoveryNoInstances, s.Name+"."+s.Namespace, e)
	why, attached := "", slices.ContainsFunc(meant.Registries, func(r topology.Registry) bool { return r.ARN == s.ARN })
	switch {
	case meant.Name != "" && attached:
		why = fmt.Sprintf(": %s is attached to it and runs %d of %d", meant.Name, meant.Running, meant.Desired)
	case meant.Name != "":
		why = fmt.Sprintf(": the service %s is not attached to it", meant.Name)
		c.evidence = append(c.evidence, told(w.facts.Services.Of(topology.Key(meant.Cluster, meant.Name)).Status, fmt.Sprintf("service registries of %s: %s", meant.Name, registries(meant))))
	}
	c.evidence = append(c.evidence, told(read, fmt.Sprintf("the discovery service %s (%s) has no instances", s.Name, s.ID)))
	c.say = func([]string) string {
		return fmt.Sprintf("%s calls %s, a discovery name without instances%s", e.caller, e.where(), why)
	}
	c.verify = []string{fmt.Sprintf("aws servicediscovery list-instances --service-id %s --region %s", s.ID, w.facts.Region)}
	a := Action{Priority: "P0", Do: fmt.Sprintf("attach the service that answers for %s to the discovery service %s", e.to.Host, s.Name), Mutates: true, Risk: "a deployment", DoneWhen: "list-instances shows one", Done: Test{HasInstances, s.ID}}
	switch {
	case attached:
		a.Do = fmt.Sprintf("get %s to run: it registers when a task is up", meant.Name)
	case meant.Name != "":
		a = w.register(meant, s)
	}
	c.actions = []Action{a}
	return c
}

func registries(s topology.Service) string {
	if len(s.Registries) == 0 {
		return "none"
	}
	var all []string
	for _, r := range s.Registries {
		all = append(all, r.ARN)
	}
	return listed(all)
}

// register attaches a service to a discovery name. It replaces all that it is
// attached to, so those are in the command, too.
func (w *walk) register(s topology.Service, to topology.DiscoveryService) Action {
	all := "registryArn=" + to.ARN
	for _, r := range s.Registries {
		all += " registryArn=" + r.ARN
	}
	return Action{
		Priority: "P0", Do: fmt.Sprintf("attach %s to the discovery service %s, which has no instances", s.Name, to.Name), Mutates: true, Risk: "replaces the tasks",
		Command:  fmt.Sprintf("aws ecs update-service --cluster %s --service %s --service-registries %s --region %s", s.Cluster, s.Name, all, w.facts.Region),
		DoneWhen: "list-instances shows one", Done: Test{HasInstances, to.ID},
	}
}

// noSuchName is D32 where the namespace does not have the name at all.
func (w *walk) noSuchName(c chain, e call, space string, read topology.Status) candidate {
	made := w.ofCall(DiscoveryNoInstances, e.to.Host, e)
	made.evidence = append(made.evidence, told(read, fmt.Sprintf("the namespace %s has no service %s", space, strings.TrimSuffix(e.to.Host, "."+space))))
	made.say = func([]string) string {
		return fmt.Sprintf("%s calls %s, which the discovery namespace %s does not have", e.caller, e.where(), space)
	}
	made.verify = []string{"aws servicediscovery list-services --region " + w.facts.Region}
	made.actions = []Action{{Priority: "P0", Do: fmt.Sprintf("create the discovery service %s and attach the service to it, or correct the name (%s)", e.to.Host, e.place()), Mutates: true, Risk: "a deployment", DoneWhen: e.to.Host + " resolves", Done: Test{FindingGone, made.key()}}}
	return made
}
