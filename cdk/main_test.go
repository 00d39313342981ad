package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// app is how the app ended that the CDK's command line would start.
type app struct {
	status         int
	stdout, stderr string
	assembly       string
}

// runApp starts this test's program as the app in the folder of cdk.json, with
// context as the command line hands it over.
func runApp(t *testing.T, dir string, context map[string]any, env ...string) app {
	t.Helper()
	raw, err := json.Marshal(context)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a := app{assembly: t.TempDir()}
	command := exec.CommandContext(t.Context(), self)
	command.Dir = dir
	command.Env = append(append(os.Environ(), "TIDEWATCH_TEST_APP=1", "CDK_CONTEXT_JSON="+string(raw), "CDK_OUTDIR="+a.assembly, "CDK_DEFAULT_REGION="), env...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		if _, ok := err.(*exec.ExitError); !ok {
			t.Fatal(err)
		}
	}
	a.status, a.stdout, a.stderr = command.ProcessState.ExitCode(), stdout.String(), stderr.String()
	return a
}

// What is wrong is told in lines of one sentence each, with status 1, and
// never by a trace.
func TestAppTellsMistakes(t *testing.T) {
	needsNode(t)
	a := runApp(t, "..", existingWith(map[string]any{"memory": "1", "slackChanelId": "C1", "slackWebhookSecret": "s", "slackChannelId": "C1"}))
	want := []string{
		`cdk: context memory: "1" is not as expected: a whole number from 128 to 10240`,
		`cdk: context slackChanelId: there is no such key; did you mean slackChannelId?`,
		`cdk: context slackWebhookSecret: it posts to Slack itself,`,
	}
	lines := strings.Split(strings.TrimSpace(a.stderr), "\n")
	if a.status != 1 || a.stdout != "" || len(lines) != len(want) {
		t.Fatalf("status %d, stdout %q, stderr:\n%s", a.status, a.stdout, a.stderr)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("line %d is %s", i+1, line)
		}
	}
}

// The CDK's command line never says that it knows no region: it says us-east-1.
func TestRegionThatNobodyNamed(t *testing.T) {
	needsNode(t)
	context := map[string]any{"config": "cdk/testdata/bare.yaml"}
	a := runApp(t, "..", context, "CDK_DEFAULT_REGION=us-east-1", "AWS_REGION=", "AWS_DEFAULT_REGION=")
	if a.status != 1 || !strings.HasPrefix(a.stderr, "cdk: context region: it is missing") || strings.Count(a.stderr, "\n") != 1 {
		t.Errorf("status %d, stderr:\n%s", a.status, a.stderr)
	}
	for _, tt := range []struct{ told, environment, want string }{
		{"us-east-1", "", ""}, {"us-east-1", "us-east-1", "us-east-1"}, {"eu-west-1", "", "eu-west-1"}, {"", "eu-west-1", ""},
	} {
		environment := map[string]string{"CDK_DEFAULT_REGION": tt.told, "AWS_REGION": tt.environment}
		if got := regionOf(func(name string) string { return environment[name] }); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

// A panic is what the CDK has for an error, so it is told as one.
func TestAppWithoutNode(t *testing.T) {
	a := runApp(t, "..", existingWith(nil), "PATH=/nonexistent")
	if a.status != 1 || !strings.HasPrefix(a.stderr, "cdk: ") || !strings.Contains(a.stderr, `"node"`) || strings.Contains(a.stderr, "goroutine") {
		t.Errorf("status %d, stderr:\n%s", a.status, a.stderr)
	}
}
