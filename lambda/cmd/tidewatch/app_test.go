package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

// asMain makes the test binary behave as the command: a process that can be
// put on a terminal or into a namespace, without another build.
const asMain = "TIDEWATCH_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	code := inHome(m.Run)
	mototest.Stop()
	os.Exit(code)
}

// home is where the tests keep state, instead of the home of whoever runs
// them. Nor do they use what is set there for AWS.
var home string

// theirHome is that of whoever runs them, where Go has its modules.
var theirHome = os.Getenv("HOME")

func inHome(run func() int) int {
	var err error
	if home, err = os.MkdirTemp("", "tidewatch-home"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{"HOME": home, "XDG_STATE_HOME": home, "AWS_EC2_METADATA_DISABLED": "true"} {
		os.Setenv(name, value)
	}
	return run()
}

// asProcess is the environment of a process that is the command, without a
// past.
func asProcess(t *testing.T) []string {
	t.Helper()
	return []string{asMain + "=1", "XDG_STATE_HOME=" + t.TempDir()}
}

// outcome is what a command did.
type outcome struct {
	status   int
	out, err string
}

// tidewatch runs a command line without an environment, and without a past.
func tidewatch(t *testing.T, args ...string) outcome {
	t.Helper()
	return tidewatchIn(t.Context(), nil, args...)
}

func tidewatchIn(ctx context.Context, env map[string]string, args ...string) outcome {
	var out, err bytes.Buffer
	past := sync.OnceValue(func() string { dir, _ := os.MkdirTemp(home, "state"); return dir })
	lookup := func(name string) (string, bool) {
		value, ok := env[name]
		if !ok && name == "XDG_STATE_HOME" {
			return past(), true
		}
		return value, ok
	}
	status := run(ctx, args, streams{in: strings.NewReader(""), out: &out, err: &err, env: lookup})
	return outcome{status, out.String(), err.String()}
}

// configFile writes a configuration and returns its path.
func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "health.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A mistake in the command line ends with 2, one sentence that names it, and
// where to read on; never with a page of usage.
func TestMistakesInTheCommandLine(t *testing.T) {
	config := configFile(t, "endpoints:\n  - {name: a, url: \"tcp://127.0.0.1:1\", conditions: [\"[CONNECTED] == true\"]}\n")
	for _, tt := range []struct{ args, want string }{
		{"rum", `unknown command "rum" for "tidewatch"`},
		{"run --bogus", "unknown flag: --bogus"},
		{"run extra", `run takes no arguments, but got "extra"; endpoints are chosen with --only, the file with --config`},
		{"run --output xml", `--output "xml": expected text, json or markdown`},
		{"run --state redis", `--state "redis": expected none, file, file:PATH or dynamodb:TABLE`},
		{"run --state file:", `--state "file:": expected none, file, file:PATH or dynamodb:TABLE`},
		{"run --state dynamodb", `--state "dynamodb": expected none, file, file:PATH or dynamodb:TABLE`},
		{"watch --state none:x", `--state "none:x": expected none, file, file:PATH or dynamodb:TABLE`},
		{"run --timeout 5", `--timeout "5": expected a duration with a unit, such as 5s or 1m`},
		{"run --timeout 0", `--timeout 0s: expected a duration of at least 1ms, such as 5s`},
		{"run --timeout -1s", `--timeout -1s: expected a duration of at least 1ms, such as 5s`},
		{"run --concurrency many", `--concurrency "many": expected a whole number`},
		{"run --concurrency -1", `--concurrency -1: expected a whole number from 1`},
		{"run --concurrency 0", `--concurrency 0: expected a whole number from 1`},
		{"watch --concurrency 0", `--concurrency 0: expected a whole number from 1`},
		{"run --resolver=", `--resolver "": expected HOST[:PORT]`},
		{"run --config=", "--config \"\": expected a file or directory\n"},
		{"watch --config=", "--config \"\": expected a file or directory\n"},
		{"check --config=", "--config \"\": expected a file or directory\n"},
		{"run --resolver ftp://x", `--resolver "ftp://x": expected HOST[:PORT], udp://HOST[:PORT] or tcp://HOST[:PORT]`},
		{"run --only nothing/*", `--only "nothing/*" matches none of the 1 endpoints; keys near it: a`},
		{"watch --every 1s", "--every 1s: expected a duration of at least 10s, such as 1m"},
		{"watch --output json", "unknown flag: --output"},
		{"check a.yaml b.yaml", "check takes one file or directory, but got more"},
		{"check --output markdown", `--output "markdown": expected text or json`},
		{"version now", "version takes no arguments, but got \"now\"\n"},
		{"schema now", "schema \"now\": expected run, incidents or report\n"},
		{"incidents INC-1", `incidents "INC-1": expected list, show, ack or snooze`},
		{"incidents list INC-1", `list takes no arguments, but got "INC-1"`},
		{"incidents show", "show: expected the ID of an incident, such as INC-1125-3"},
		{"incidents ack a b", "ack: expected the ID of an incident, such as INC-1125-3"},
		{"incidents snooze INC-1", "snooze: expected the ID of an incident and a duration, such as INC-1125-3 2h"},
		{"incidents snooze INC-1 5", `DURATION "5": expected a number with a unit such as 30m, 8h or 2d, at most 7d; 0 ends a snooze`},
		{"incidents --state none", "--state none: there are no incidents without a state; expected file, file:PATH or dynamodb:TABLE"},
		{"incidents --state x", `--state "x": expected none, file, file:PATH or dynamodb:TABLE`},
		{"incidents --output markdown", `--output "markdown": expected text or json`},
		{"incidents --limit -1", "--limit -1: expected a whole number from 0"},
		{"incidents ack INC-1 --by \x1b[0m", `--by "\x1b[0m": expected a name of at most 60 printable characters`},
		{"watch now", `watch takes no arguments, but got "now"; endpoints are chosen with --only`},
	} {
		t.Run(tt.args, func(t *testing.T) {
			args := strings.Fields(tt.args)
			got := tidewatchIn(t.Context(), map[string]string{"TIDEWATCH_CONFIG": config}, args...)
			if got.status != statusFailed || got.out != "" {
				t.Errorf("status %d, standard output %q", got.status, got.out)
			}
			if !strings.HasPrefix(got.err, "tidewatch: "+tt.want) {
				t.Errorf("got  %q\nwant %q", got.err, tt.want)
			}
			if !strings.Contains(got.err, "--help`.\n") || strings.Contains(got.err, "Usage:") {
				t.Errorf("no pointer to the help, or all of it:\n%s", got.err)
			}
		})
	}
}

// A script whose variable is not set must not get the built-in configuration.
func TestEmptyConfigurationFile(t *testing.T) {
	got := tidewatch(t, "check", "")
	if got.status != statusFailed || got.out != "" || !strings.HasPrefix(got.err, "tidewatch: FILE \"\": expected a file or directory\n") {
		t.Errorf("%+v", got)
	}
	// A variable that is set to nothing is as good as not set.
	if got := tidewatchIn(t.Context(), map[string]string{"TIDEWATCH_CONFIG": ""}, "check"); got.status != statusHealthy {
		t.Errorf("%+v", got)
	}
}

// What commands are and do is told in one voice: "Probes", not "Probe".
func TestCommandsAreDescribedAlike(t *testing.T) {
	root := newRoot(streams{})
	for _, c := range append(root.Commands(), root) {
		for _, text := range []string{c.Short, c.Long} {
			first, _, _ := strings.Cut(text, " ")
			if text != "" && c != root && !strings.HasSuffix(first, "s") || strings.HasSuffix(c.Short, ".") {
				t.Errorf("%s: %q", c.Name(), text)
			}
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"run", "--help"}, {"check", "-h"}, {"watch", "-h"}} {
		if got := tidewatch(t, args...); got.status != 0 || !strings.Contains(got.out, "Usage:") || got.err != "" {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// follows holds a document against a schema.
func follows(t *testing.T, schema []byte, text string) {
	t.Helper()
	definition, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", definition); err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("schema.json").Validate(document); err != nil {
		t.Error(err)
	}
}

func TestSchemaCommand(t *testing.T) {
	for id, args := range map[string][]string{"run": {"schema"}, "run.": {"schema", "run"}, "incidents": {"schema", "incidents"}, "report": {"schema", "report"}} {
		if got := tidewatch(t, args...); got.status != 0 || !strings.Contains(got.out, `"$id": "https://hokus.ai/tidewatch/`+id) {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
