package check

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// FuzzLoad holds that no file makes the reader panic, that a configuration
// comes back if and only if there is no error, and that messages point into
// the file.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"testdata/gatus.yaml", "hokusai.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(manyEndpoints(2))
	for _, sample := range samples() {
		f.Add([]byte(sampleFile(sample, "testdata")))
	}
	for _, text := range []string{"", "a: *a", "a: &a [*a]", "<<: {<<: *a}", "&a *b : c", "? {a: b}\n: c", "--- !x\n...\n---\n", "endpoints: [{<<: [], name: $}]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		config, report := Load(Source{Name: "t.yaml", Data: data, Env: testEnv})
		if (config == nil) != report.Failed() {
			t.Fatalf("configuration %v, failed %v\n%s", config != nil, report.Failed(), report.Messages)
		}
		lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + bytes.Count(data, []byte("\u0085")) +
			bytes.Count(data, []byte("\u2028")) + bytes.Count(data, []byte("\u2029")) + 1
		for _, m := range report.Messages {
			if m.File != "t.yaml" || m.Line < 0 || m.Line > lines || m.Line > 0 && (m.Column < 1 || m.Column > len(data)+1) {
				t.Errorf("not in the file of %d lines: %s", lines, m)
			}
			if strings.Contains(m.String(), "\n") {
				t.Errorf("more than one line: %q", m)
			}
			if m.Level == 0 || m.Problem == "" {
				t.Errorf("empty message: %+v", m)
			}
		}
		if config == nil {
			return
		}
		for i := range config.Checks {
			c := &config.Checks[i]
			if c.Key == "" || c.Kind == "" || c.HTTP == nil || c.Client == nil || len(c.Conditions) == 0 || c.Timeout <= 0 || c.Interval <= 0 {
				t.Errorf("not complete: %+v", c)
			}
		}
	})
}
