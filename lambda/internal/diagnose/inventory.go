package diagnose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Inventory is what there is, in few words, to tell later what has changed. A
// scope that could not be read is not in it, and is compared with nothing.
type Inventory struct {
	At      time.Time                    `json:"at"`
	Scopes  map[string]map[string]string `json:"scopes"` // such as "rules of main:443": priority → what it does
	Changes []Alteration                 `json:"changes"`
	Read    map[string]time.Time         `json:"read,omitempty"` // of scopes that are kept from an earlier one, which this one had no calls for
	Next    string                       `json:"next,omitempty"` // the lot that this one had no calls for any more: the next begins there
}

// Alteration is a difference between two inventories.
type Alteration struct {
	From time.Time `json:"from"` // when it was as before
	To   time.Time `json:"to"`   // when it was seen to be different
	What string    `json:"what"`
}

// Bounds of an inventory.
const (
	mostAlterations = 100
	keepAlterations = 7 * 24 * time.Hour
	keepScopes      = 24 * time.Hour // that could not be read again
)

// Stock is what an inventory is about.
type Stock struct {
	Clusters []string
	Hosts    []string  // names of endpoints
	Now      time.Time // to tell which certificates end soon
}

// Wants are the facts that an inventory still needs. It comes to an end: each
// fact leads to a few others, and no further.
func (k Stock) Wants(s *topology.Snapshot) []topology.Want {
	var wants []topology.Want
	ask := func(kind topology.Kind, key string) {
		if want := (topology.Want{Kind: kind, Key: key}); s.Status(want).Pending() && !slices.Contains(wants, want) {
			wants = append(wants, want)
		}
	}
	for _, kind := range []topology.Kind{topology.LoadBalancers, topology.TargetGroups, topology.DiscoveryServices} {
		ask(kind, "")
	}
	for _, lb := range s.LoadBalancers.Of("").Value {
		ask(topology.Listeners, lb.ARN)
		for _, l := range s.Listeners.Of(lb.ARN).Value {
			ask(topology.Rules, l.ARN)
			for _, arn := range l.Certificates {
				ask(topology.Certificates, arn)
			}
		}
	}
	for _, g := range s.TargetGroups.Of("").Value {
		ask(topology.TargetHealth, g.ARN)
	}
	for _, cluster := range k.Clusters {
		ask(topology.ServiceNames, cluster)
		for _, name := range s.ServiceNames.Of(cluster).Value {
			key := topology.Key(cluster, name)
			ask(topology.Services, key)
			if service, ok := s.Services.Of(key).Get(); ok && service.TaskDefinition != "" {
				ask(topology.TaskDefinitions, service.TaskDefinition)
			}
		}
	}
	for _, host := range k.Hosts {
		ask(topology.Zones, host)
		for _, z := range s.Zones.Of(host).Value {
			ask(topology.Records, topology.Key(z.ID, host))
		}
	}
	for _, want := range latentWants(k, s) {
		ask(want.Kind, want.Key)
	}
	return wants
}

// TakeInventory puts what was read into few words.
func TakeInventory(s *topology.Snapshot, at time.Time) Inventory {
	v := Inventory{At: at, Scopes: map[string]map[string]string{}, Changes: []Alteration{}}
	v.balancers(s)
	v.services(s)
	v.names(s)
	return v
}

// scope opens one for a fact that was read.
func (v *Inventory) scope(name string, read bool) map[string]string {
	if !read {
		return map[string]string{} // is dropped
	}
	items := map[string]string{}
	v.Scopes[name] = items
	return items
}

func (v *Inventory) balancers(s *topology.Snapshot) {
	all, ok := s.LoadBalancers.Of("").Get()
	items := v.scope("load balancers", ok)
	groups, ok := s.TargetGroups.Of("").Get()
	named := v.scope("target groups", ok)
	names := map[string]string{}
	for _, g := range groups {
		names[g.ARN] = g.Name
		named[g.Name] = fmt.Sprintf("%s port %d, health check %s:%s%s expects %s", g.Protocol, g.Port, g.Health.Protocol, g.Health.Port, g.Health.Path, g.Health.Matcher)
	}
	for _, lb := range all {
		items[lb.Name] = lb.Scheme + ", security groups " + inWords(lb.SecurityGroups) + ", subnets " + inWords(lb.Subnets)
		listeners, ok := s.Listeners.Of(lb.ARN).Get()
		ports := v.scope("listeners of "+lb.Name, ok)
		for _, l := range listeners {
			ports[fmt.Sprint(l.Port)] = l.Protocol + " with certificate " + inWords(shortARNs(l.Certificates))
			rules, ok := s.Rules.Of(l.ARN).Get()
			v.rules(v.scope("rules of "+rootOf(lb, l), ok), rules, names)
		}
	}
}

func (v *Inventory) rules(items map[string]string, rules []topology.Rule, groups map[string]string) {
	for _, r := range rules {
		name := fmt.Sprint(r.Priority)
		if r.Default {
			name = "default"
		}
		var words []string
		for _, c := range r.Conditions {
			words = append(words, strings.TrimSpace(c.Field+" "+strings.Join(slices.Concat(c.Values, c.Regex), " or ")))
		}
		text := strings.Join(words, " and ") + " → "
		for _, a := range r.Actions {
			text += a.Type
			for _, g := range a.Groups {
				text += fmt.Sprintf(" %s (weight %d)", cmp.Or(groups[g.Group], shortARN(g.Group)), g.Weight)
			}
			if a.Fixed != nil {
				text += fmt.Sprintf(" %d", a.Fixed.Status)
			}
		}
		items[name] = text
	}
}

func (v *Inventory) services(s *topology.Snapshot) {
	clusters := map[string]int{} // that have a service of a name, by name
	for _, fact := range s.ServiceNames {
		for _, name := range fact.Value {
			clusters[name]++
		}
	}
	for cluster, fact := range s.ServiceNames {
		names, ok := fact.Get()
		items := v.scope("services of "+cluster, ok)
		for _, name := range names {
			items[name] = "is there"
			of := ""
			if clusters[name] > 1 {
				of = cluster + "/"
			}
			service, ok := s.Services.Of(topology.Key(cluster, name)).Get()
			about := v.scope("service "+of+name, ok)
			about["task definition"], about["desired tasks"] = shortARN(service.TaskDefinition), fmt.Sprint(service.Desired)
			about["security groups"], about["discovery services"] = inWords(service.Network.SecurityGroups), fmt.Sprint(len(service.Registries))
			defined, ok := s.TaskDefinitions.Of(service.TaskDefinition).Get()
			v.variables(v.scope("configuration of "+of+name, ok), defined)
		}
	}
}

// variables has names, and where one leads; values are never known.
func (v *Inventory) variables(items map[string]string, defined topology.TaskDefinition) {
	for _, c := range defined.Containers {
		items["image of "+c.Name] = c.Image
		for _, variable := range c.Variables {
			leads := "is set"
			if a := variable.Address; a != nil {
				leads = fmt.Sprintf("leads to %s:%d", a.Host, a.Port)
			}
			items[variable.Name] = leads
		}
		for _, name := range c.Secrets {
			items[name] = "is a secret"
		}
	}
}

func (v *Inventory) names(s *topology.Snapshot) {
	zones := map[string]int{} // that have records of a name, by name
	for key := range s.Records {
		_, host, _ := strings.Cut(key, "|")
		zones[host]++
	}
	for key, fact := range s.Records {
		records, _ := fact.Get()
		zone, host, _ := strings.Cut(key, "|")
		if zones[host] > 1 { // a private one and a public one
			host += " in " + zone
		}
		items := v.scope("records of "+host, fact.State != topology.Unknown)
		for _, r := range records {
			items[strings.TrimSpace(r.Type+" "+r.Set)] = cmp.Or(r.Alias, inWords(r.Values))
		}
	}
	for _, fact := range s.Certificates {
		c, ok := fact.Get()
		v.scope("certificate "+shortARN(c.ARN), ok)["state"] = fmt.Sprintf("%s for %s until %s", c.Status, inWords(c.Names), c.NotAfter.UTC().Format(time.DateOnly))
	}
	services, ok := s.DiscoveryServices.Of("").Get()
	items := v.scope("discovery services", ok)
	for _, d := range services {
		items[d.Name+"."+d.Namespace] = d.ID
	}
}

// Since adds what is different from an inventory before, and keeps what that
// one knew of changes, and of what this one could not read: the next one that
// can compares with it.
func (v *Inventory) Since(before Inventory) {
	for _, c := range before.Changes {
		if v.At.Sub(c.To) < keepAlterations {
			v.Changes = append(v.Changes, c)
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(before.Scopes)) {
		read := before.At
		if earlier, kept := before.Read[scope]; kept {
			read = earlier
		}
		if now, again := v.Scopes[scope]; again {
			v.compare(scope, before.Scopes[scope], now, read)
		} else if v.At.Sub(read) < keepScopes {
			v.keep(scope, before.Scopes[scope], read)
		}
	}
	v.Changes = v.Changes[max(0, len(v.Changes)-mostAlterations):]
}

func (v *Inventory) compare(scope string, old, now map[string]string, read time.Time) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if was, there := old[name]; !there {
			v.altered(read, "%s: %s is new: %s", scope, name, now[name])
		} else if was != now[name] {
			v.altered(read, "%s: %s was %s, is %s", scope, name, was, now[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, there := now[name]; !there {
			v.altered(read, "%s: %s is gone, was %s", scope, name, old[name])
		}
	}
}

func (v *Inventory) keep(scope string, items map[string]string, read time.Time) {
	if v.Read == nil {
		v.Read = map[string]time.Time{}
	}
	if v.Scopes == nil {
		v.Scopes = map[string]map[string]string{}
	}
	v.Scopes[scope], v.Read[scope] = items, read
}

func (v *Inventory) altered(from time.Time, format string, args ...any) {
	v.Changes = append(v.Changes, Alteration{From: from, To: v.At, What: fmt.Sprintf(format, args...)})
}

func inWords(texts []string) string {
	if len(texts) == 0 {
		return "none"
	}
	copied := slices.Clone(texts)
	slices.Sort(copied)
	return strings.Join(copied, " ")
}

func shortARN(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func shortARNs(arns []string) []string {
	var parts []string
	for _, arn := range arns {
		parts = append(parts, shortARN(arn))
	}
	return parts
}
