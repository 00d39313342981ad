package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// runtimeAPI is Lambda's side of the function: it hands out events one at a
// time and takes the answers.
type runtimeAPI struct {
	server *httptest.Server
	events chan event
	ready  chan struct{} // closed by the first request for an event
	once   sync.Once
}

type event struct {
	id     string
	body   string
	answer chan answer
}

// answer is how an invocation ended.
type answer struct {
	failed bool
	body   string
}

func startRuntime(t testing.TB) *runtimeAPI {
	t.Helper()
	api := &runtimeAPI{events: make(chan event, 1), ready: make(chan struct{})}
	pending := map[string]event{}
	var mu sync.Mutex
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		api.once.Do(func() { close(api.ready) })
		select {
		case e := <-api.events:
			mu.Lock()
			pending[e.id] = e
			mu.Unlock()
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", e.id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(60*time.Second).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:tidewatch")
			_, _ = io.WriteString(w, e.body)
		case <-r.Context().Done():
		}
	})
	done := func(failed bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			e := pending[r.PathValue("id")]
			mu.Unlock()
			w.WriteHeader(http.StatusAccepted)
			e.answer <- answer{failed, string(body)}
		}
	}
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", done(false))
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", done(true))
	api.server = httptest.NewServer(mux)
	t.Cleanup(api.server.Close)
	return api
}

// invoke hands an event to the function and waits for its answer.
func (api *runtimeAPI) invoke(t testing.TB, id, body string) answer {
	t.Helper()
	e := event{id, body, make(chan answer, 1)}
	api.events <- e
	select {
	case a := <-e.answer:
		return a
	case <-time.After(60 * time.Second):
		t.Fatalf("invocation %s has not ended", id)
		return answer{}
	}
}

// buildBootstrap builds the function by the recipe of its deployment, for this
// machine.
func buildBootstrap(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// start runs the function with an environment of its own, and returns what it
// prints.
func (api *runtimeAPI) start(t testing.TB, bootstrap string, env ...string) *output {
	t.Helper()
	out := &output{}
	command := exec.Command(bootstrap)
	command.Stdout, command.Stderr = out, out
	command.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.server.URL, "http://"), "AWS_LAMBDA_LOG_FORMAT=JSON",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
	}, env...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // killed: its status says nothing
	})
	return out
}

// output collects lines from a process.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// documents are the lines of JSON that were printed.
func (o *output) documents(t testing.TB) []map[string]any {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []map[string]any
	for line := range strings.Lines(o.text.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Errorf("a line that is not JSON: %s", line)
			continue
		}
		all = append(all, one)
	}
	return all
}
