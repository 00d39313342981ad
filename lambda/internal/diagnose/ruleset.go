package diagnose

import (
	"cmp"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// request is what the rules of a listener look at.
type request struct {
	host, path, query, method string
	headers                   map[string]string
	source                    netip.Addr // not valid: not known; a source-ip condition is then taken not to hold
}

func requestOf(e Endpoint) request {
	method := e.Method
	if method == "" {
		method = "GET"
	}
	return request{host: cmp.Or(e.Headers["Host"], e.Host), path: e.Path, query: e.Query, method: method, headers: e.Headers}
}

// taken returns the rule that takes a request: the lowest priority of those
// that match, the default rule if none does.
func taken(rules []topology.Rule, r request) (topology.Rule, bool) {
	for _, rule := range inOrder(rules) {
		if rule.Default || matches(rule, r) {
			return rule, true
		}
	}
	return topology.Rule{}, false
}

// inOrder has rules as they are tried. Those that came in order are not copied.
func inOrder(rules []topology.Rule) []topology.Rule {
	if slices.IsSortedFunc(rules, byPriority) {
		return rules
	}
	ordered := slices.Clone(rules)
	slices.SortStableFunc(ordered, byPriority)
	return ordered
}

// byPriority sorts rules by priority, the default last.
func byPriority(a, b topology.Rule) int {
	switch {
	case a.Default == b.Default:
		return cmp.Compare(a.Priority, b.Priority)
	case a.Default:
		return 1
	}
	return -1
}

// matches: every condition holds, each by any of its values.
func matches(rule topology.Rule, r request) bool {
	for _, c := range rule.Conditions {
		if !holds(c, r) {
			return false
		}
	}
	return len(rule.Conditions) > 0
}

func holds(c topology.Condition, r request) bool {
	switch c.Field {
	case "host-header":
		return anyGlob(c.Values, r.host, true) || anyRegex(c.Regex, strings.ToLower(r.host))
	case "path-pattern":
		return anyGlob(c.Values, r.path, false) || anyRegex(c.Regex, r.path)
	case "http-request-method":
		return slices.Contains(c.Values, r.method)
	case "http-header":
		for name, value := range r.headers {
			if strings.EqualFold(name, c.Header) && (anyGlob(c.Values, value, true) || anyRegex(c.Regex, value)) {
				return true
			}
		}
	case "query-string":
		return slices.ContainsFunc(c.Query, func(q topology.QueryPair) bool { return queryHolds(q, r.query) })
	case "source-ip":
		return r.source.IsValid() && slices.ContainsFunc(c.Values, func(cidr string) bool {
			prefix, err := netip.ParsePrefix(cidr)
			return err == nil && prefix.Contains(r.source)
		})
	}
	return false
}

func queryHolds(q topology.QueryPair, query string) bool {
	values, err := url.ParseQuery(query)
	if err != nil {
		return false
	}
	for key, all := range values {
		if (q.Key == "" || glob(strings.ToLower(q.Key), strings.ToLower(key))) &&
			slices.ContainsFunc(all, func(v string) bool { return glob(strings.ToLower(q.Value), strings.ToLower(v)) }) {
			return true
		}
	}
	return false
}

// anyGlob compares hosts and header values without regard to case, paths with.
func anyGlob(patterns []string, text string, fold bool) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if fold {
			return glob(strings.ToLower(p), strings.ToLower(text))
		}
		return glob(p, text)
	})
}

// anyRegex treats a pattern that Go cannot compile as one that does not match.
func anyRegex(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		r, err := regexp.Compile(p)
		return err == nil && r.MatchString(text)
	})
}

// glob matches the wildcards of load balancers: * for any run of characters
// and ? for exactly one. Its time grows with the product of the lengths at most.
func glob(pattern, text string) bool {
	star, back := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			back++
			p, t = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
