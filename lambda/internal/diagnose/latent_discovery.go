package diagnose

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// discovery looks at both sides of discovery names: at services that register
// where nothing is, and at names that are called and have no instances.
func (v *survey) discovery() {
	all := sought(v, v.facts.DiscoveryServices, topology.DiscoveryServices, "")
	if all.State != topology.Known {
		return
	}
	for _, s := range v.running {
		for _, r := range s.Registries {
			v.registry(s, r, all)
		}
		fact := v.facts.TaskDefinitions.Of(s.TaskDefinition)
		for _, c := range fact.Value.Containers {
			for _, variable := range c.Variables {
				if variable.Address != nil {
					v.calledName(s, variable, fact, all.Value)
				}
			}
		}
	}
}

// registry notes a service that registers its tasks with a discovery service
// of the same account and region that is not there.
func (v *survey) registry(s placed, r topology.Registry, all topology.Fact[[]topology.DiscoveryService]) {
	there := slices.ContainsFunc(all.Value, func(d topology.DiscoveryService) bool { return d.ARN == r.ARN })
	if there || r.ARN == "" || !sameScope(r.ARN, s.ARN) {
		return
	}
	v.note(fault{
		code: RegistryGone, root: s.Name + "/" + shortARN(r.ARN),
		sentence: fmt.Sprintf("%s registers its tasks with the discovery service %s, which does not exist: no name leads to them", s.Name, shortARN(r.ARN)),
		evidence: []Evidence{
			told(s.read, fmt.Sprintf("service registries of %s: %s", s.Name, registries(s.Service))),
			told(all.Status, fmt.Sprintf("%s is not among %s", r.ARN, counted(len(all.Value), "discovery service"))),
		},
		action: Action{
			Do:      fmt.Sprintf("attach %s to the discovery service of the name that its callers use, or to none if nobody calls it by name", s.Name),
			Mutates: true, Risk: "replaces the tasks", DoneWhen: "every registry of " + s.Name + " exists",
		},
		verify: []string{
			fmt.Sprintf("aws ecs describe-services --cluster %s --services %s --query 'services[].serviceRegistries' --region %s", s.Cluster, s.Name, v.facts.Region),
			"aws servicediscovery list-services --region " + v.facts.Region,
		},
	})
}

// sameScope: both ARNs are of one account and region.
func sameScope(a, b string) bool {
	x, err := arn.Parse(a)
	y, other := arn.Parse(b)
	return err == nil && other == nil && x.Region == y.Region && x.AccountID == y.AccountID
}

// calledName is D32 before anybody suffers from it.
func (v *survey) calledName(s placed, variable topology.Variable, read topology.Fact[topology.TaskDefinition], all []topology.DiscoveryService) {
	at := slices.IndexFunc(all, func(d topology.DiscoveryService) bool { return d.Name+"."+d.Namespace == variable.Address.Host })
	if at < 0 {
		return
	}
	d := all[at]
	instances := sought(v, v.facts.DiscoveryInstances, topology.DiscoveryInstances, d.ID)
	if instances.State != topology.Known || len(instances.Value) > 0 {
		return
	}
	name := d.Name + "." + d.Namespace
	f := fault{
		code: DiscoveryNoInstances, root: name,
		sentence: fmt.Sprintf("%s of %s is the discovery name %s, which has no instances", variable.Name, s.Name, name),
		evidence: []Evidence{
			told(read.Status, fmt.Sprintf("%s of %s:%d is %s", variable.Name, read.Value.Family, read.Value.Revision, variable.Address.Host)),
			told(instances.Status, fmt.Sprintf("the discovery service %s (%s) has no instances", d.Name, d.ID)),
		},
		verify: []string{instancesCommand(d, v.facts.Region)},
		action: Action{Do: fmt.Sprintf("attach the service that answers for %s to the discovery service %s", name, d.Name), Mutates: true, Risk: "replaces the tasks", DoneWhen: "list-instances shows one"},
	}
	for _, other := range v.running {
		if slices.ContainsFunc(other.Registries, func(r topology.Registry) bool { return r.ARN == d.ARN && d.ARN != "" }) {
			f.sentence += fmt.Sprintf(": %s, which registers there, %s", other.Name, running(other.Service))
			f.evidence = append(f.evidence, told(other.read, fmt.Sprintf("%s %s", other.Name, running(other.Service))))
			f.action.Do, f.action.Mutates, f.action.Risk = fmt.Sprintf("get %s to run: it registers when a task is up", other.Name), false, ""
			break
		}
	}
	v.note(f)
}
