package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// elsewhere tells where the right rule is, if it is on another port of the
// load balancer or on another load balancer.
func elsewhere(w *walk) []Evidence {
	var found []Evidence
	for _, r := range append(otherPorts(w), otherBalancers(w)...) {
		to, _ := forwardedTo(&r.rule)
		found = append(found, told(w.facts.Rules.Of(r.listener.ARN).Status, fmt.Sprintf("%s of %s matches %s and forwards to %s", ruleName(r.rule), rootOf(r.balancer, r.listener), w.symptom.Endpoint.Place(), groupName(to))))
	}
	return found
}

// otherPorts are rules for the request on other listeners of the same load balancer.
func otherPorts(w *walk) []ruleAt {
	lb := *w.route.balancer
	return forwarding(w, lb, func(l topology.Listener, r topology.Rule) bool {
		return l.ARN != w.route.listener.ARN && !r.Default && matches(r, requestOf(w.symptom.Endpoint))
	})
}

// otherBalancers are rules that name the host on other load balancers. They
// are looked for only where this one has none for the host.
func otherBalancers(w *walk) []ruleAt {
	host := w.symptom.Endpoint.Host
	if slices.ContainsFunc(w.route.rules, func(r topology.Rule) bool { return namesHost(r, host) }) {
		return nil
	}
	var found []ruleAt
	all := w.facts.LoadBalancers.Of("").Value
	if len(all) > maxSearched {
		return nil
	}
	for _, lb := range all {
		if lb.ARN == w.route.balancer.ARN || lb.Type == "network" || lb.Type == "gateway" {
			continue
		}
		found = append(found, forwarding(w, lb, func(_ topology.Listener, r topology.Rule) bool {
			return namesHost(r, host) && matches(r, requestOf(w.symptom.Endpoint))
		})...)
	}
	return found
}

// forwarding are the rules of a load balancer that forward and are wanted.
func forwarding(w *walk, lb topology.LoadBalancer, wanted func(topology.Listener, topology.Rule) bool) []ruleAt {
	var found []ruleAt
	for _, l := range hint(w, w.facts.Listeners, topology.Listeners, lb.ARN).Value {
		for _, r := range hint(w, w.facts.Rules, topology.Rules, l.ARN).Value {
			if _, ok := forwardedTo(&r); ok && wanted(l, r) {
				found = append(found, ruleAt{lb, l, r})
			}
		}
	}
	return found
}

// createRules proposes the rule that is missing, one for each host: the one of
// another port, the load balancer that has it, or the target group that
// belongs to the endpoint.
func createRules(all []*walk, key string) []Action {
	var actions []Action
	paths := map[string][]string{}
	var first []*walk
	for _, w := range all {
		e := w.symptom.Endpoint
		if paths[e.Host] == nil {
			first = append(first, w)
		}
		if !slices.Contains(paths[e.Host], e.Path) {
			paths[e.Host] = append(paths[e.Host], e.Path)
		}
	}
	rules := slices.Clone(all[0].route.rules)
	for _, w := range first {
		p := proposal{walk: w, paths: paths[w.symptom.Endpoint.Host]}
		lists, _ := patternsFor(p.paths)
		for range max(1, len(lists)) {
			p.priorities = append(p.priorities, freePriority(rules, *w.route.rule))
			rules = append(rules, topology.Rule{Priority: p.priorities[len(p.priorities)-1]})
		}
		a := p.action(key)
		if taken := *w.route.rule; !taken.Default && slices.Max(p.priorities) > taken.Priority {
			a.Do += fmt.Sprintf("; %s takes the request before it and needs a later place first", ruleName(taken))
		}
		actions = append(actions, a)
	}
	return actions
}

// proposal is a rule that is missing.
type proposal struct {
	*walk
	paths      []string
	priorities []int // free ones: more than one where the paths need several rules
}

func (p proposal) root() string { return rootOf(*p.route.balancer, *p.route.listener) }

// place is the host with its paths.
func (p proposal) place() string { return p.symptom.Endpoint.Host + " " + listed(p.paths) }

func (p proposal) action(key string) Action {
	a := Action{Priority: "P0", Mutates: true, Risk: "reversible", Owner: p.symptom.Endpoint.Owner, DoneWhen: "a rule matches " + p.place(), Done: Test{FindingGone, key}}
	if r, some := guards(p.route.rules, requestOf(p.symptom.Endpoint)); some {
		a.Do = fmt.Sprintf("find out whether %s is to be asked from here: %s takes it for some clients only (%s); a rule beside it would let everybody in", p.place(), ruleName(r), listed(guardsOf(r)))
		a.Mutates, a.Risk = false, ""
		return a
	}
	if others := otherPorts(p.walk); len(others) > 0 {
		return p.mirror(a, others[0])
	}
	if others := otherBalancers(p.walk); len(others) > 0 {
		return p.moveName(a, others[0])
	}
	found := groupsFor(p.walk)
	if len(found) != 1 {
		a.Do = fmt.Sprintf("add a rule to %s for %s; which target group it belongs to is for its owner to say", p.root(), p.place())
		if len(found) > 1 {
			a.Do += " (named for it: " + listed(groupNames(found)) + ")"
		}
		a.Command = p.command("TARGET_GROUP_ARN")
		return a
	}
	a.Do = fmt.Sprintf("add a rule to %s that forwards %s to the target group %s", p.root(), p.place(), found[0].Name)
	if used := found[0].LoadBalancers; len(used) > 0 && !slices.Contains(used, p.route.balancer.ARN) {
		a.Do = fmt.Sprintf("add a rule to %s for %s, with a target group of its own: %s belongs to another load balancer, and a group can have only one", p.root(), p.place(), found[0].Name)
		a.Command = p.command("TARGET_GROUP_ARN")
		return a
	}
	a.Command = p.command(found[0].ARN)
	return a
}

// guards is a rule that would take the request if the client were another: one
// that has its address, or knows what a header or query must hold.
func guards(rules []topology.Rule, r request) (topology.Rule, bool) {
	for _, rule := range inOrder(rules) {
		if _, forwards := forwardedTo(&rule); rule.Default || !forwards || len(guardsOf(rule)) == 0 {
			continue
		}
		if !slices.ContainsFunc(rule.Conditions, func(c topology.Condition) bool { return !guarding(c) && !holds(c, r) }) {
			return rule, true
		}
	}
	return topology.Rule{}, false
}

func guarding(c topology.Condition) bool {
	return c.Field == "source-ip" || c.Field == "http-header" || c.Field == "query-string"
}

func guardsOf(r topology.Rule) (fields []string) {
	for _, c := range r.Conditions {
		if guarding(c) {
			fields = append(fields, strings.TrimSpace(c.Field+" "+c.Header))
		}
	}
	return fields
}

// command makes as many rules as the paths need; empty where one of them cannot
// be written as a pattern.
func (p proposal) command(group string) string {
	lists, _ := patternsFor(p.paths)
	var commands []string
	for i, patterns := range lists {
		commands = append(commands, fmt.Sprintf("aws elbv2 create-rule --listener-arn %s --priority %d --conditions %s --actions Type=forward,TargetGroupArn=%s --region %s",
			p.route.listener.ARN, p.priorities[i], conditionsOf(requestOf(p.symptom.Endpoint).host, patterns), group, p.facts.Region))
	}
	return strings.Join(commands, " && ")
}

// mirror proposes the rule of another port for this one.
func (p proposal) mirror(a Action, from ruleAt) Action {
	to, _ := forwardedTo(&from.rule)
	a.Do = fmt.Sprintf("mirror %s of %s to %s, so that it forwards to %s there as well", ruleName(from.rule), rootOf(from.balancer, from.listener), p.root(), groupName(to))
	if !writable(from.rule) || !onlyForwards(from.rule) {
		a.Do += "; it has more than can be written from here: what it asks of clients before it forwards, what it rewrites, or a secret that it compares"
		return a
	}
	a.Command = fmt.Sprintf("aws elbv2 create-rule --listener-arn %s --priority %d --conditions %s --actions Type=forward,TargetGroupArn=%s --region %s",
		p.route.listener.ARN, p.priorities[0], shell(conditionsWith(miss{rule: from.rule})), to, p.facts.Region)
	return a
}

// moveName proposes to point the name to the load balancer that has its rule.
func (p proposal) moveName(a Action, at ruleAt) Action {
	host := p.symptom.Endpoint.Host
	a.Do = fmt.Sprintf("point %s to %s, which has %s for it, or add such a rule to %s with a target group of its own", host, at.balancer.Name, ruleName(at.rule), p.root())
	for _, z := range hint(p.walk, p.facts.Zones, topology.Zones, strings.ToLower(host)).Value {
		if z.Private == (at.balancer.Scheme == "internal") {
			a.Command = aliasCommand(z, host, at.balancer)
			break
		}
	}
	return a
}

// groupsFor are the target groups that an endpoint belongs to: as the
// configuration says, else those that are named for the host, or fed by a
// service that is.
func groupsFor(w *walk) []topology.TargetGroup {
	fact := hint(w, w.facts.TargetGroups, topology.TargetGroups, "")
	groups := fact.Value
	if fact.Pending() {
		return nil
	}
	if wanted := wantedGroups(w); len(wanted) > 0 {
		return slices.DeleteFunc(slices.Clone(groups), func(g topology.TargetGroup) bool { return wanted[g.ARN] == "" })
	}
	label := firstLabel(w.symptom.Endpoint.Host)
	named := map[string]bool{}
	for _, g := range groups {
		named[g.ARN] = hasWord(g.Name, label)
	}
	for _, cluster := range w.in.Clusters {
		for _, name := range hint(w, w.facts.ServiceNames, topology.ServiceNames, cluster).Value {
			if !hasWord(name, label) {
				continue
			}
			for _, b := range hint(w, w.facts.Services, topology.Services, cluster, name).Value.Balancers {
				named[b.TargetGroup] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g topology.TargetGroup) bool { return !named[g.ARN] })
}

// hasWord: the name has the word between its hyphens.
func hasWord(name, word string) bool {
	return slices.Contains(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' }), word)
}

func groupNames(groups []topology.TargetGroup) []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

// freePriority is where a new rule can stand: right before the one that takes
// the request now, where that is none that everything else comes before.
func freePriority(rules []topology.Rule, taken topology.Rule) int {
	used := map[int]bool{}
	for _, r := range rules {
		used[r.Priority] = true
	}
	for p := taken.Priority - 1; !taken.Default && p > 0; p-- {
		if !used[p] {
			return p
		}
	}
	for p := 10; ; p += 10 {
		if !used[p] {
			return p
		}
	}
}
