package diagnose

import (
	"fmt"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestModesAreComplete(t *testing.T) {
	if len(Modes) != 40 {
		t.Fatalf("%d modes", len(Modes))
	}
	read := map[string]bool{}
	for _, k := range topology.Kinds {
		read[k.Action] = true
	}
	seen := map[Code]bool{}
	for i, m := range Modes {
		if m.ID != fmt.Sprintf("D%02d", i+1) || m.Title == "" || m.Severity < S1 || m.Severity > S4 || seen[m.Code] {
			t.Errorf("%+v is incomplete, twice or out of order", m)
		}
		seen[m.Code] = true
		for _, action := range m.Actions {
			if !read[action] {
				t.Errorf("%s is decided by %s, which no kind of fact reads", m.Code, action)
			}
		}
	}
}

func TestSeverityText(t *testing.T) {
	var s Severity
	if err := s.UnmarshalText([]byte("SEV3")); err != nil || s != S3 {
		t.Error(s, err)
	}
	for _, bad := range []string{"", "SEV0", "SEV5", "high"} {
		if s.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is no severity", bad)
		}
	}
}
