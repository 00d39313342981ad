package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// literal is a private address that is written into a task definition.
type literal struct {
	edge
	service placed
	family  string
}

// literals are addresses where a name belongs: they are right until the task
// or instance that has them is replaced. One that several services share is
// told once.
func (v *survey) literals() {
	byPlace := map[string][]literal{}
	var order []string
	for _, l := range v.literalsOf() {
		if byPlace[l.where()] == nil {
			order = append(order, l.where())
		}
		byPlace[l.where()] = append(byPlace[l.where()], l)
	}
	for _, where := range order {
		v.literal(byPlace[where])
	}
}

func (v *survey) literalsOf() []literal {
	var all []literal
	add := func(s placed, d topology.TaskDefinition, read topology.Status, name string, a topology.HostPort) {
		a = withPort(a)
		if !isLiteral(a) || speaksOfAny(name, notCalled) {
			return
		}
		e := edge{to: a, variable: name}
		e.says = told(read, fmt.Sprintf("%s of %s:%d is %s", e.place(), d.Family, d.Revision, e.where()))
		all = append(all, literal{e, s, d.Family})
	}
	for _, s := range v.running {
		fact := v.facts.TaskDefinitions.Of(s.TaskDefinition)
		for _, c := range fact.Value.Containers {
			for _, variable := range c.Variables {
				if variable.Address != nil {
					add(s, fact.Value, fact.Status, variable.Name, *variable.Address)
				}
			}
			for _, a := range c.Command {
				add(s, fact.Value, fact.Status, commandLine, a)
			}
		}
	}
	return all
}

const commandLine = "the command line"

// notCalled are parts of names of variables whose addresses nobody calls by
// name: ranges, lists of who is trusted, where to listen, who resolves names.
var notCalled = []string{"NO_PROXY", "CIDR", "SUBNET", "ALLOW", "TRUST", "FORWARDED", "WHITELIST", "BIND", "LISTEN", "DNS", "NAMESERVER", "RESOLVER"}

func speaksOfAny(variable string, parts []string) bool {
	variable = strings.ToUpper(variable)
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(variable, part) })
}

// isLiteral: a private address, and not of a name server, which has no name.
func isLiteral(a topology.HostPort) bool {
	address, err := netip.ParseAddr(a.Host)
	return err == nil && address.IsPrivate() && a.Port != 53
}

// literal notes one address with everybody who has it.
func (v *survey) literal(all []literal) {
	first := all[0]
	has := v.standing(first)
	if has.reserved {
		return
	}
	f := fault{code: LiteralAddress, root: first.service.Name + "/" + first.where()}
	var places []string
	for _, l := range all {
		f.evidence = addEvidence(f.evidence, l.says)
		if place := l.place() + " of " + l.service.Name; !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	f.sentence = fmt.Sprintf("%s %s the private address %s", listed(places), verb(places, "is", "are"), first.where())
	f.verify = []string{fmt.Sprintf("aws ecs describe-task-definition --task-definition %s --query 'taskDefinition.containerDefinitions[].environment[].name' --region %s", first.family, v.facts.Region)}
	if has.words != "" {
		f.sentence += ", " + has.words
		f.evidence = addEvidence(f.evidence, has.evidence...)
		f.verify = append(f.verify, ownerCommand(first.to.Host, v.facts.Region))
	}
	if has.nobody {
		f.code = DepStaleAddress
	}
	f.action = Action{
		Do:      fmt.Sprintf("replace %s in %s by a name that follows the dependency, and deploy %s", first.to.Host, first.place(), callers(all)),
		Mutates: true, Risk: "a deployment", DoneWhen: "no task definition names " + first.to.Host,
	}
	v.byName(&f, all)
	v.note(f)
}

// byName proposes the discovery name that the variable speaks of, if there is
// just one, as far as it is known to work.
func (v *survey) byName(f *fault, all []literal) {
	first := all[0]
	list := sought(v, v.facts.DiscoveryServices, topology.DiscoveryServices, "")
	var found []topology.DiscoveryService
	for _, s := range list.Value {
		if first.speaksOf(s.Name) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return
	}
	s := found[0]
	name := s.Name + "." + s.Namespace
	to := edge{to: topology.HostPort{Host: name, Port: first.to.Port}}.where()
	instances := sought(v, v.facts.DiscoveryInstances, topology.DiscoveryInstances, s.ID)
	use := fmt.Sprintf("set %s to %s instead of %s, and deploy %s", first.place(), to, first.to.Host, callers(all))
	f.verify = append(f.verify, instancesCommand(s, v.facts.Region))
	switch {
	case instances.State != topology.Known:
		f.sentence += fmt.Sprintf("; there is a discovery name %s", name)
		f.evidence = append(f.evidence, told(list.Status, fmt.Sprintf("there is a discovery service %s (%s)", name, s.ID)))
		f.action.Do = fmt.Sprintf("if %s has instances, %s", name, use)
	case len(instances.Value) == 0:
		f.sentence += fmt.Sprintf("; the discovery name %s has no instances", name)
		f.evidence = append(f.evidence, told(instances.Status, fmt.Sprintf("the discovery service %s (%s) has no instances", name, s.ID)))
		f.action.Do = fmt.Sprintf("attach the service that answers for %s to the discovery service, which has no instances; then %s", name, use)
	default:
		at := instanceAddresses(instances.Value)
		f.sentence += fmt.Sprintf("; the discovery name %s leads to %s", name, listed(at))
		f.evidence = append(f.evidence, told(instances.Status, fmt.Sprintf("the discovery service %s (%s) has %s, at %s", name, s.ID, counted(len(instances.Value), "instance"), listed(at))))
		f.action.Do = use
		if slices.Contains(at, first.to.Host) {
			f.sentence += " as well"
		}
	}
}

func instanceAddresses(all []topology.DiscoveryInstance) []string {
	var found []string
	for _, i := range all {
		if i.Address != "" && !slices.Contains(found, i.Address) {
			found = append(found, i.Address)
		}
	}
	slices.Sort(found)
	return found
}

func callers(all []literal) string {
	var services []string
	for _, l := range all {
		if !slices.Contains(services, l.service.Name) {
			services = append(services, l.service.Name)
		}
	}
	return listed(services)
}

func verb(of []string, one, many string) string {
	if len(of) == 1 {
		return one
	}
	return many
}

func ownerCommand(address, region string) string {
	return fmt.Sprintf("aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=%s --region %s", address, region)
}

func instancesCommand(s topology.DiscoveryService, region string) string {
	return fmt.Sprintf("aws servicediscovery list-instances --service-id %s --region %s", s.ID, region)
}
