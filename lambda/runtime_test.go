package main

import (
	"crypto/rand"
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
	left   time.Duration // of every invocation
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
	api := &runtimeAPI{events: make(chan event, 1), ready: make(chan struct{}), left: time.Minute}
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
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(api.left).UnixMilli()))
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

// built is the function, built once for all tests.
var built struct {
	sync.Once
	dir, path string
	err       error
}

// bootstrap builds the function by the recipe of its deployment, for this
// machine.
func bootstrap(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "bootstrap"); built.err == nil {
			built.path = filepath.Join(built.dir, "bootstrap")
			built.err = build(built.path, ".")
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// build is the recipe.
func build(path, source string, env ...string) error {
	command := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w", "-o", path, source)
	command.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// function is one process of the function, with a Runtime API of its own.
type function struct {
	output
	api     *runtimeAPI
	process *os.Process
	ended   chan struct{}
}

// start runs the function with an environment of its own.
func start(t testing.TB, env ...string) *function {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() // the process has its own
	f := &function{output: output{out.Name()}, api: startRuntime(t), ended: make(chan struct{})}
	command := exec.Command(bootstrap(t))
	command.Stdout, command.Stderr = out, out
	command.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(f.api.server.URL, "http://"), "AWS_LAMBDA_LOG_FORMAT=JSON",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
	}, env...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	f.process = command.Process
	go func() {
		_ = command.Wait() // killed: its status says nothing
		close(f.ended)
	}()
	t.Cleanup(f.kill)
	return f
}

// kill ends the process as a crash does.
func (f *function) kill() {
	_ = f.process.Kill()
	<-f.ended
}

// invoke hands an event to the function and waits for its answer; false: it has
// died instead.
func (f *function) invoke(t testing.TB, body string) (answer, bool) {
	t.Helper()
	e := event{rand.Text(), body, make(chan answer, 1)}
	f.api.events <- e
	select {
	case a := <-e.answer:
		return a, true
	case <-f.ended:
		return answer{}, false
	case <-time.After(90 * time.Second):
		t.Error("an invocation has not ended")
		return answer{}, true
	}
}

// succeed is an invocation that must.
func (f *function) succeed(t testing.TB, body string) {
	t.Helper()
	if a, alive := f.invoke(t, body); !alive || a.failed {
		t.Errorf("%s: %s", body, a.body)
	}
}

// tick is the event of the schedule.
func tick(id string) string {
	return fmt.Sprintf(`{"source":"tidewatch","trigger":"tick","id":%q,"time":%q}`, id, time.Now().UTC().Format(time.RFC3339))
}

// output is the file that a process prints to: what it printed before it
// answered is there.
type output struct{ path string }

// written is what was printed so far.
func (o output) written(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(o.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents are the lines of JSON that were printed.
func (o output) documents(t testing.TB) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(o.written(t)) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Errorf("a line that is not JSON: %s", line)
			continue
		}
		all = append(all, one)
	}
	return all
}
