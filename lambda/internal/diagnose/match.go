package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Match is a row of the table that says which rule takes a request: one for
// each listener of the load balancer that the endpoint's name leads to.
type Match struct {
	Endpoint string `json:"endpoint"` // key
	Host     string `json:"host"`
	Path     string `json:"path"`
	Listener string `json:"listener"`          // load balancer and port, such as main:443
	Asked    bool   `json:"asked,omitempty"`   // the listener that the endpoint asks
	Rule     string `json:"rule"`              // priority and patterns; "default"
	Default  bool   `json:"default,omitempty"` // no rule matches
	Does     string `json:"does"`              // "→ api", "a fixed response 404"
	Group    string `json:"group,omitempty"`   // target group that is forwarded to
	Wanted   string `json:"wanted,omitempty"`  // that the configuration names, where it is another one
	Misses   string `json:"misses,omitempty"`  // the rule that nearly matches
}

// MatchTable simulates the rules of all listeners that were read for every
// endpoint, healthy ones too. It wants nothing: what was not read has no row.
func MatchTable(in Input) []Match {
	table := []Match{}
	if in.Facts == nil {
		return table
	}
	for _, s := range in.Symptoms {
		w := &walk{in: in, facts: in.Facts, symptom: s, quiet: true}
		if s.Endpoint.Host == "" {
			continue
		}
		host := strings.ToLower(s.Endpoint.Host)
		w.route.name = host
		if !access.IsNameOfBalancer(host) {
			follow(w, host)
		}
		lb := balancerOf(in.Facts.LoadBalancers.Of("").Value, w.route.name, s.Endpoint.RunsOn.Balancer)
		if lb == nil {
			continue
		}
		for _, l := range in.Facts.Listeners.Of(lb.ARN).Value {
			if row, ok := w.matchOn(*lb, l); ok {
				table = append(table, row)
			}
		}
	}
	return table
}

// matchOn is the row of one listener; false if its rules were not read.
func (w *walk) matchOn(lb topology.LoadBalancer, l topology.Listener) (Match, bool) {
	rules := rulesOf(w, lb, l).Value
	rule, found := taken(rules, requestOf(w.symptom.Endpoint))
	if !found {
		return Match{}, false
	}
	e := w.symptom.Endpoint
	row := Match{Endpoint: e.Key, Host: e.Host, Path: e.Path, Listener: rootOf(lb, l), Asked: l.Port == e.Port, Default: rule.Default, Rule: "default"}
	if !rule.Default {
		row.Rule = ruleName(rule)
	}
	if arn, forwards := forwardedTo(&rule); forwards {
		row.Group = groupName(arn)
		row.Does = "→ " + row.Group
		if wanted := wantedGroups(w); len(wanted) > 0 && wanted[arn] == "" {
			row.Wanted = anyOf(wanted)
		}
	} else if answer := answerOf(rule); answer != nil {
		row.Does = answer.text
	}
	if rule.Default {
		if m, near := nearMiss(rules, requestOf(e)); near {
			row.Misses = fmt.Sprintf("%s, for want of %s", ruleName(m.rule), m.how)
		}
	}
	return row, true
}

// NoRule are the rows without a rule at the listener that is asked: the gaps
// of the table.
func NoRule(table []Match) []Match {
	return slices.DeleteFunc(slices.Clone(table), func(m Match) bool { return !m.Default || !m.Asked })
}
