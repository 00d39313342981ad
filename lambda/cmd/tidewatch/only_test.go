package main

import (
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/check"
)

func checksOf(keys ...string) []check.Check {
	var checks []check.Check
	for _, key := range keys {
		group, name, grouped := strings.Cut(key, "/")
		if !grouped {
			group, name = "", key
		}
		checks = append(checks, check.Check{Key: key, Group: group, Name: name})
	}
	return checks
}

func TestChoose(t *testing.T) {
	checks := checksOf("registry/health", "registry/mlflow/api", "api/health", "Web", "api/v1.0")
	for _, tt := range []struct{ patterns, want string }{
		{"", "registry/health registry/mlflow/api api/health Web api/v1.0"},
		{"registry/health", "registry/health"},
		{"registry/*", "registry/health registry/mlflow/api"},
		{"*/health", "registry/health api/health"},
		{"REGISTRY/HEALTH", "registry/health"},
		{"registry", "registry/health registry/mlflow/api"},
		{"health", "registry/health api/health"},
		{"we?", "Web"},
		{"api/v1.0", "api/v1.0"},
		{"web api/*", "api/health Web api/v1.0"},
	} {
		got, err := choose(checks, strings.Fields(tt.patterns))
		var keys []string
		for _, c := range got {
			keys = append(keys, c.Key)
		}
		if err != nil || strings.Join(keys, " ") != tt.want {
			t.Errorf("%q: %v, %v, want %s", tt.patterns, keys, err, tt.want)
		}
	}
	for _, pattern := range []string{"registry/", "api/v1x0", "[a-z]*", ""} {
		if got, err := choose(checks, []string{"web", pattern}); err == nil {
			t.Errorf("%q matches %v", pattern, got)
		}
	}
}

func TestNearKeys(t *testing.T) {
	checks := checksOf("registry/health", "api/health", "platform/web", "internal/mlflow-port")
	for pattern, want := range map[string]string{
		"registy/*": "registry/health", "api/helth": "api/health", "mlflow_port": "internal/mlflow-port", "platfrom": "platform/web",
	} {
		if got := nearKeys(checks, pattern); len(got) != nearby || got[0] != want {
			t.Errorf("%q: %v, want %s first", pattern, got, want)
		}
	}
	if got := nearKeys(checks[:1], "x"); !slices.Equal(got, []string{"registry/health"}) {
		t.Errorf("one endpoint: %v", got)
	}
}
