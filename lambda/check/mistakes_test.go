package check

import (
	"strings"
	"testing"
)

// mistake is a file with something wrong in it, and every message about it.
type mistake struct {
	name string
	file string // lines of an endpoint if they start with a space, else a whole file
	want []string
}

// endpointFile puts lines below the first four of a valid endpoint.
func endpointFile(lines string) string {
	return "endpoints:\n" +
		"  - name: web\n" +
		"    url: https://example.com\n" +
		"    conditions: [\"[STATUS] == 200\"]\n" +
		lines + "\n"
}

// testEnv are the variables of the tests.
func testEnv(name string) (string, bool) {
	value, set := map[string]string{
		"TOKEN": "hunter2", "N": "7", "EMPTY": "", "HOST": "example.com", "BAD": "no such\nthing", "INJECT": "x\n  evil: true",
	}[name]
	return value, set
}

func loadText(text string) (*Config, Report) {
	if strings.HasPrefix(text, " ") {
		text = endpointFile(text)
	}
	return Load(Source{Name: "t.yaml", Data: []byte(text), Dir: "testdata", Env: testEnv})
}

func testMistakes(t *testing.T, mistakes []mistake) {
	t.Helper()
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			config, report := loadText(m.file)
			if got, want := report.Messages.String(), strings.Join(m.want, "\n")+"\n"; got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			if (config == nil) != report.Failed() {
				t.Errorf("config nil: %v, failed: %v", config == nil, report.Failed())
			}
			if strings.Contains(report.Messages.String(), "hunter2") {
				t.Error("a message shows the value of a variable")
			}
		})
	}
}
