package check

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		want    string // keys of those below that match
	}{
		{"registry/health", "registry/health"},
		{"registry/*", "registry/health registry/mlflow/api"},
		{"REGISTRY/Health", "registry/health"},
		{"registry", "registry/health registry/mlflow/api"},
		{"health", "registry/health"},
		{"?eb", "Web"},
		{"*", "registry/health registry/mlflow/api Web"},
		{"", ""},
		{"registry/", ""},
		{"[a-z]+", ""},
		{"\xff\xfe", ""},
		{strings.Repeat("*", 1000), "registry/health registry/mlflow/api Web"},
	} {
		match := Match(tt.pattern)
		var got []string
		for _, c := range []Check{
			{Key: "registry/health", Group: "registry", Name: "health"},
			{Key: "registry/mlflow/api", Group: "registry", Name: "mlflow/api"},
			{Key: "Web", Name: "Web"},
		} {
			if match(&c) {
				got = append(got, c.Key)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%.20q matches %v, want %s", tt.pattern, got, tt.want)
		}
	}
}
