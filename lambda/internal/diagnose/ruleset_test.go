package diagnose

import (
	"net/netip"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"/api/*", "/api/", true}, {"/api/*", "/api", false}, {"/api/*", "/API/x", false},
		{"*.hokus.ai", "api.hokus.ai", true}, {"*.hokus.ai", "hokus.ai", false}, {"*", "", true},
		{"/a?c", "/abc", true}, {"/a?c", "/ac", false}, {"/*/b/*/d", "/a/b/x/b/c/d", true}, {"", "/", false},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("%q %q: %v", c.pattern, c.text, got)
		}
	}
}

func TestTaken(t *testing.T) {
	on := func(priority int, conditions ...topology.Condition) topology.Rule {
		return topology.Rule{Priority: priority, Conditions: conditions}
	}
	rules := []topology.Rule{
		{Default: true},
		on(20, topology.Condition{Field: "path-pattern", Values: []string{"/api/*"}}),
		on(10, topology.Condition{Field: "host-header", Values: []string{"API.hokus.ai"}}, topology.Condition{Field: "path-pattern", Values: []string{"/api/v2/*"}}),
		on(5, topology.Condition{Field: "http-request-method", Values: []string{"POST"}}),
		on(6, topology.Condition{Field: "query-string", Query: []topology.QueryPair{{Key: "version", Value: "v*"}}}),
		on(7, topology.Condition{Field: "source-ip", Values: []string{"10.0.0.0/8"}}),
		on(8, topology.Condition{Field: "http-header", Header: "X-Canary", Values: []string{"yes"}}),
		on(9, topology.Condition{Field: "of the future"}),
	}
	for _, c := range []struct {
		r    request
		want int
	}{
		{request{host: "api.hokus.ai", path: "/api/v2/x", method: "GET"}, 10},
		{request{host: "www.hokus.ai", path: "/api/v2/x", method: "GET"}, 20},
		{request{host: "www.hokus.ai", path: "/", method: "POST"}, 5},
		{request{path: "/", query: "a=1&VERSION=v2", method: "GET"}, 6},
		{request{path: "/", method: "GET", source: netip.MustParseAddr("10.1.2.3")}, 7},
		{request{path: "/", method: "GET", headers: map[string]string{"x-canary": "YES"}}, 8},
		{request{path: "/api", method: "GET"}, 0},
	} {
		if got, ok := taken(rules, c.r); !ok || got.Priority != c.want {
			t.Errorf("%+v: %+v", c.r, got)
		}
	}
	if _, ok := taken(nil, request{}); ok {
		t.Error("no rules take nothing")
	}
}
