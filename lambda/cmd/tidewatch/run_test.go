package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/report"
)

// target is a server with an answer for each path.
func target(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"UP"}`) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "\x1b[31mbroken\x1b[0m password=hunter22", http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// endpoints writes a configuration with one endpoint per path.
func endpoints(t *testing.T, url string, paths ...string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("endpoints:\n")
	for _, path := range paths {
		fmt.Fprintf(&b, "  - name: %s\n    group: web\n    url: %s/%s\n    conditions: [\"[STATUS] == 200\"]\n", path, url, path)
		if path == "ok" {
			b.WriteString("    warn-conditions: [\"[BODY].status == DOWN\"]\n")
		}
	}
	return configFile(t, b.String())
}

func TestRunStatus(t *testing.T) {
	url := target(t)
	for _, tt := range []struct {
		name   string
		paths  []string
		args   []string
		status int
		says   string
	}{
		{"degraded is healthy", []string{"ok"}, nil, 0, "1 of 1 healthy · 1 degraded"},
		{"unhealthy", []string{"ok", "down"}, nil, 1, "answered 503 Service Unavailable"},
		{"chosen", []string{"ok", "down"}, []string{"--only", "web/o*"}, 0, "1 of 1 healthy"},
		{"capped", []string{"hangs"}, []string{"--timeout", "500ms"}, 1, "within 500ms"}, // of a busy machine, too
		{"markdown", []string{"down"}, []string{"--output", "markdown"}, 1, "| ❌ | down | http.status |"},
		{"one at a time", []string{"ok", "down"}, []string{"--concurrency", "1"}, 1, "1 of 2 healthy"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"run", "--config", endpoints(t, url, tt.paths...)}, tt.args...)
			got := tidewatch(t, args...)
			if got.status != tt.status || !strings.Contains(got.out, tt.says) {
				t.Errorf("status %d, want %d, with %q in\n%s%s", got.status, tt.status, tt.says, got.out, got.err)
			}
			if strings.Contains(got.out, "\x1b") || strings.Contains(got.out, "hunter22") {
				t.Errorf("escape sequences or a secret:\n%s", got.out)
			}
			if got.err != "" {
				t.Errorf("without a terminal, nothing belongs on standard error: %q", got.err)
			}
		})
	}
}

func TestRunJSONFollowsTheSchema(t *testing.T) {
	got := tidewatch(t, "run", "--config", endpoints(t, target(t), "ok", "down"), "--output", "json")
	if got.status != statusUnhealthy {
		t.Fatalf("%+v", got)
	}
	follows(t, report.Schema, got.out)
	var parsed struct {
		Run     struct{ Trigger string }
		Results []struct{ Key, Class string }
	}
	if err := json.Unmarshal([]byte(got.out), &parsed); err != nil {
		t.Fatal(err)
	}
	if parsed.Run.Trigger != "manual" || len(parsed.Results) != 2 || parsed.Results[1].Class != "http.status" {
		t.Errorf("%+v", parsed)
	}
}

func TestRunRefusesABadConfiguration(t *testing.T) {
	config := configFile(t, "endpoints:\n  - name: a\n    url: http://x\n    conditons: [\"[STATUS] == 200\"]\n")
	got := tidewatch(t, "run", "--config", config)
	if got.status != statusFailed || got.out != "" {
		t.Errorf("status %d, standard output %q", got.status, got.out)
	}
	for _, want := range []string{config + ":4:", "conditons", "so nothing was probed"} {
		if !strings.Contains(got.err, want) {
			t.Errorf("no %q in %q", want, got.err)
		}
	}
	if strings.Contains(got.err, "--help") {
		t.Errorf("the command line was right: %q", got.err)
	}
	const missing = "tidewatch: /does/not/exist.yaml: the configuration cannot be read: no such file or directory\n"
	if got := tidewatch(t, "run", "--config", "/does/not/exist.yaml"); got.status != statusFailed || got.err != missing {
		t.Errorf("a missing file: %+v", got)
	}
}

func TestRunWithoutEndpoints(t *testing.T) {
	config := configFile(t, "endpoints:\n  - {name: a, url: \"tcp://127.0.0.1:1\", enabled: false, conditions: [\"[CONNECTED] == true\"]}\n")
	if got := tidewatch(t, "run", "--config", config); got.status != statusFailed || !strings.Contains(got.err, "no enabled endpoint") {
		t.Errorf("%+v", got)
	}
}

func TestRunInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, interrupt)
	started := time.Now()
	got := tidewatchIn(ctx, nil, "run", "--config", endpoints(t, target(t), "hangs"))
	if got.status != statusInterrupted || got.out != "" || !strings.Contains(got.err, "interrupted") {
		t.Errorf("%+v", got)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %s to end", took)
	}
}

// failingWriter fails as a pipe does whose reader is gone, or a full disk.
type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestRunCannotWrite(t *testing.T) {
	config := endpoints(t, target(t), "ok")
	for _, tt := range []struct {
		err    error
		status int
		says   string
	}{
		{&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, statusClosedPipe, ""},
		{io.ErrClosedPipe, statusClosedPipe, ""},
		{errors.New("disk full"), statusFailed, "tidewatch: the report cannot be written to standard output: disk full\n"},
	} {
		var stderr bytes.Buffer
		s := streams{in: strings.NewReader(""), out: failingWriter{tt.err}, err: &stderr, env: os.LookupEnv}
		if status := run(t.Context(), []string{"run", "--config", config}, s); status != tt.status || stderr.String() != tt.says {
			t.Errorf("%v: status %d, %q", tt.err, status, stderr.String())
		}
	}
}
