package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// kept reads a state file.
func kept(t *testing.T, path string) incident.State {
	t.Helper()
	state, _, err := filestate.Open(path).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// stateFileIn is a place for a state, and the flag that names it.
func stateFileIn(t *testing.T) (path, flag string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state.json")
	return path, "--state=file:" + path
}

func TestRunsOpenAnIncident(t *testing.T) {
	_, place := stateFileIn(t)
	args := []string{"run", place, "--config", endpoints(t, target(t), "ok", "down")}
	if got := tidewatch(t, args...); strings.Contains(got.out, "incident") || got.status != statusUnhealthy || got.err != "" {
		t.Errorf("one failure is no incident yet: %+v", got)
	}
	got := tidewatch(t, args...)
	for _, want := range []string{"\nincidents\n  SEV2  INC-", "-1  web/down: an answer came with another status than wanted\n", "open since "} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	if got := tidewatch(t, append(args, "--output", "markdown")...); !strings.Contains(got.out, "### Incidents\n") {
		t.Errorf("markdown: %s", got.out)
	}
	if got := tidewatch(t, append(args, "--output", "json")...); !strings.Contains(got.out, `"explains":["web/down"]`) {
		t.Errorf("JSON: %s", got.out)
	}
	if got := tidewatch(t, "run", "--state", "none", "--config", args[3]); strings.Contains(got.out, "incidents") {
		t.Errorf("without a state: %s", got.out)
	}
}

// Where nobody asked for a state, one that cannot be used is a warning. Asked
// for, it is a failure. The report is complete either way.
func TestStateThatCannotBeUsed(t *testing.T) {
	config := endpoints(t, target(t), "ok")
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "tidewatch", "default.json")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tt := range map[string]struct{ path, says string }{
		"a file in its way": {filepath.Join(config, "tidewatch", "default.json"), "not a directory"},
		"damaged":           {write("{"), "the state is damaged: it is not JSON of the expected form; "},
		"newer":             {write(`{"revision":3,"state":{"version":99}}`), "the state was written by a newer Tidewatch: format 99"},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := os.ReadFile(tt.path)
			env := map[string]string{"XDG_STATE_HOME": filepath.Dir(filepath.Dir(tt.path))}
			got := tidewatchIn(t.Context(), env, "run", "--config", config)
			if got.status != statusHealthy || !strings.Contains(got.out, "1 of 1 healthy") {
				t.Errorf("by default: %+v", got)
			}
			if !strings.HasPrefix(got.err, "tidewatch: warning: incidents could not be kept: ") || !strings.Contains(got.err, tt.says) || strings.Count(got.err, "\n") != 1 {
				t.Errorf("by default it says %q", got.err)
			}
			got = tidewatchIn(t.Context(), env, "run", "--config", config, "--state", "file")
			if got.status != statusFailed || !strings.Contains(got.out, "1 of 1 healthy") || !strings.Contains(got.err, tt.says) ||
				!strings.HasPrefix(got.err, "tidewatch: the report is complete, but --state file could not be used: ") {
				t.Errorf("asked for: %+v", got)
			}
			if got := tidewatchIn(t.Context(), env, "run", "--config", config, "--state", "none"); got.status != statusHealthy || got.err != "" {
				t.Errorf("none: %+v", got)
			}
			if after, _ := os.ReadFile(tt.path); string(after) != string(before) {
				t.Errorf("it was replaced by %s", after)
			}
		})
	}
}

func TestStateWithoutAHome(t *testing.T) {
	t.Setenv("HOME", "")
	config := endpoints(t, target(t), "down")
	got := tidewatchIn(t.Context(), map[string]string{"XDG_STATE_HOME": "", "HOME": ""}, "run", "--config", config)
	if got.status != statusUnhealthy || !strings.Contains(got.out, "0 of 1 healthy") || !strings.Contains(got.err, "there is no home directory for the state: set XDG_STATE_HOME") {
		t.Errorf("%+v", got)
	}
}

// A record that cannot be written must not go unsaid.
func TestRecordThatCannotBeWritten(t *testing.T) {
	path, place := stateFileIn(t)
	if err := os.WriteFile(strings.TrimSuffix(path, ".json")+".records", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", place, "--config", endpoints(t, target(t), "down")}
	tidewatch(t, args...)
	got := tidewatch(t, args...)
	if got.status != statusFailed || !strings.Contains(got.err, "an incident could not be recorded and will be tried again; ") || !strings.Contains(got.out, "INC-") {
		t.Errorf("%+v", got)
	}
}

func TestInterruptedRunSavesNothing(t *testing.T) {
	path, place := stateFileIn(t)
	config := endpoints(t, target(t), "ok", "hangs")
	for range 2 { // also where there is a state already
		before, _ := os.ReadFile(path)
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, interrupt)
		if got := tidewatchIn(ctx, nil, "run", place, "--config", config); got.status != statusInterrupted {
			t.Fatalf("%+v", got)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("an interrupted run wrote %s", after)
		}
		if got := tidewatch(t, "run", place, "--config", config, "--only", "web/ok"); got.status != statusHealthy {
			t.Fatalf("%+v", got)
		}
	}
}

func TestOnlyKeepsTheOthers(t *testing.T) {
	path, place := stateFileIn(t)
	config := endpoints(t, target(t), "ok", "down")
	for range 2 {
		tidewatch(t, "run", place, "--config", config)
	}
	if got := tidewatch(t, "run", place, "--config", config, "--only", "web/ok"); got.status != statusHealthy || !strings.Contains(got.out, "INC-") {
		t.Errorf("an incident of an endpoint that was not asked is still open: %+v", got)
	}
	s := kept(t, path)
	if len(s.Endpoints) != 2 || s.Endpoints["web/down"].Failing == 0 || len(s.Active()) != 1 {
		t.Errorf("%+v", s)
	}
}

// A probe that could not be made says nothing of its endpoint.
func TestSkippedProbesDoNotCount(t *testing.T) {
	path, place := stateFileIn(t)
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	config := configFile(t, "endpoints:\n  - {name: a, url: \""+target(t)+"/ok\", headers: {X-Token: \"ssm:token\"}, conditions: [\"[STATUS] == 200\"]}\n")
	for range 4 {
		if got := tidewatch(t, "run", place, "--config", config); got.status != statusUnhealthy || !strings.Contains(got.out, "probe.skipped") {
			t.Fatalf("%+v", got)
		}
	}
	if s := kept(t, path); len(s.Incidents) != 0 || s.Endpoints["a"].Failing != 0 || !s.Endpoints["a"].Unknown {
		t.Errorf("%+v", s.Endpoints["a"])
	}
}

// Processes that share a file at once lose nothing: each takes part in the
// state.
func TestRunsAtOnce(t *testing.T) {
	const runs = 8
	path, place := stateFileIn(t)
	var arrived atomic.Int64
	all := make(chan struct{}) // closed when all are probing at the same time
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if arrived.Add(1) == runs {
			close(all)
		}
		<-all
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	var paths []string
	for n := range runs {
		paths = append(paths, fmt.Sprintf("path-%d", n))
	}
	config := endpoints(t, server.URL, paths...)
	var wg sync.WaitGroup
	for _, name := range paths {
		wg.Go(func() {
			command := exec.Command(os.Args[0], "run", place, "--config", config, "--only", "web/"+name)
			command.Env = asProcess(t)
			out, _ := command.CombinedOutput() // the status says it
			if status := command.ProcessState.ExitCode(); status != statusUnhealthy {
				t.Errorf("%s: status %d\n%s", name, status, out)
			}
		})
	}
	wg.Wait()
	s := kept(t, path)
	for _, name := range paths {
		if e := s.Endpoints["web/"+name]; e == nil || e.Failing != 1 {
			t.Errorf("%s is lost: %+v", name, e)
		}
	}
}
