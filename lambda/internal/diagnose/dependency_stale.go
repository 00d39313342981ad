package diagnose

import (
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// entry is a name of service discovery with who is registered under it.
type entry struct {
	service   topology.DiscoveryService
	instances []topology.DiscoveryInstance
	read      topology.Status
}

// staleName is D30 where a name is called, as it should be, and one of the
// addresses that it leads to is dead: the name is what has to be put right. Where
// it is not sure that nobody has the address, nothing is taken out.
func (w *walk) staleName(c *candidate, e call, sure bool) {
	host, s := e.to.Host, e.entry.service
	c.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("take %s out of what %s leads to, and find out who left it there", e.address, host), Mutates: true, Risk: "reversible",
		DoneWhen: fmt.Sprintf("%s no longer leads to %s", host, e.address), Done: Test{FindingGone, c.key()},
	}}
	if !sure {
		a := &c.actions[0]
		a.Do, a.Mutates, a.Risk = fmt.Sprintf("find out who has %s, to which %s leads: if nobody has, take it out", e.address, host), false, ""
	}
	c.verify = append(c.verify, "dig +short "+shell(host)+"   # from inside the VPC")
	at := slices.IndexFunc(e.entry.instances, func(i topology.DiscoveryInstance) bool { return i.Address == e.address })
	if at < 0 {
		c.evidence = append(c.evidence, told(w.facts.Lookups.Of(host).Status, fmt.Sprintf("inside the VPC %s leads to %s", host, e.address)))
		return
	}
	one, all := e.entry.instances[at], len(e.entry.instances)
	c.evidence = append(c.evidence, told(e.entry.read, fmt.Sprintf("the instance %s of the discovery service %s (%s) is registered at %s", one.ID, s.Name, s.ID, e.address)))
	c.verify = append(c.verify, fmt.Sprintf("aws servicediscovery list-instances --service-id %s --region %s", s.ID, w.facts.Region))
	if all > 1 {
		c.inferred = append(c.inferred, fmt.Sprintf("that the calls go to %s, one of %d instances of %s", e.address, all, host))
	}
	if !sure {
		return
	}
	c.actions[0].Do = fmt.Sprintf("deregister the instance %s (%s) from the discovery service %s: nothing is there any more", one.ID, e.address, s.Name)
	c.actions[0].Command = fmt.Sprintf("aws servicediscovery deregister-instance --service-id %s --instance-id %s --region %s", s.ID, shell(one.ID), w.facts.Region)
}
