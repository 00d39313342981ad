package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// runtimeAPI is Lambda's side of a function, for one invocation at a time.
type runtimeAPI struct {
	url    string
	events chan string
	ends   chan string // "" where it went well
}

// host is the platform that the test runs on.
func host() []string { return []string{"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH} }

func startRuntime(t *testing.T) *runtimeAPI {
	t.Helper()
	api := &runtimeAPI{events: make(chan string), ends: make(chan string, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-api.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(timeout*time.Second).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:tidewatch:tick")
			_, _ = io.WriteString(w, event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		api.ends <- ""
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		problem, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		api.ends <- string(problem)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	api.url = strings.TrimPrefix(server.URL, "http://")
	return api
}

// invoke hands over an event and returns how it failed, or "".
func (api *runtimeAPI) invoke(t *testing.T, event string) string {
	t.Helper()
	limit := time.After(time.Minute)
	select {
	case api.events <- event:
	case <-limit:
		return "the function did not ask for it"
	}
	select {
	case problem := <-api.ends:
		return problem
	case <-limit:
		return "it has not ended"
	}
}

// start runs bootstrap in its own folder, as Lambda does, with the variables
// that Lambda sets and those of the function.
func (api *runtimeAPI) start(t *testing.T, dir string, env []string) *printed {
	t.Helper()
	out := &printed{}
	command := exec.Command(filepath.Join(dir, "bootstrap"))
	command.Dir, command.Stdout, command.Stderr = dir, out, out
	command.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + api.url, "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
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

// printed is what a process has printed.
type printed struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// lines are the lines of JSON.
func (p *printed) lines(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(p.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Errorf("a line that is not JSON: %s", line)
			continue
		}
		all = append(all, one)
	}
	return all
}

// holdMetrics holds what alarms and dashboard ask for against what the
// function really printed: a name that is a letter off would never page.
func holdMetrics(t *testing.T, tt template, lines []map[string]any) {
	t.Helper()
	made := map[string]bool{}
	for _, line := range lines {
		meta, _ := line["_aws"].(map[string]any)
		directives, _ := meta["CloudWatchMetrics"].([]any)
		for _, raw := range directives {
			d := raw.(map[string]any)
			of := []string{}
			for _, name := range d["Dimensions"].([]any)[0].([]any) {
				of = append(of, fmt.Sprint(name, "=", line[name.(string)]))
			}
			slices.Sort(of)
			for _, m := range d["Metrics"].([]any) {
				made[fmt.Sprint(d["Namespace"], " ", m.(map[string]any)["Name"], " ", of)] = true
			}
		}
	}
	asked := 0
	ask := func(by, namespace, name string, of []string) {
		slices.Sort(of)
		asked++
		if one := fmt.Sprint(namespace, " ", name, " ", of); !made[one] {
			t.Errorf("%s asks for %s; the function has %v", by, one, made)
		}
	}
	for _, a := range tt.all("AWS::CloudWatch::Alarm") {
		if a.Properties["Namespace"] != "Tidewatch" {
			continue
		}
		var of []string
		for _, d := range a.Properties["Dimensions"].([]any) {
			of = append(of, fmt.Sprint(d.(map[string]any)["Name"], "=", d.(map[string]any)["Value"]))
		}
		ask(a.Properties["AlarmName"].(string), "Tidewatch", a.Properties["MetricName"].(string), of)
	}
	for _, w := range board(t, tt).Widgets {
		for _, raw := range w.Properties.Metrics {
			m := raw.([]any)
			if len(m) < 4 {
				continue // an expression over the others
			}
			var of []string
			for i := 2; i+1 < len(m); i += 2 {
				of = append(of, fmt.Sprint(m[i], "=", m[i+1]))
			}
			// What was refused has no latency.
			if m[1] != "Duration" || !strings.Contains(fmt.Sprint(of), "caf") {
				ask(w.Properties.Title, fmt.Sprint(m[0]), fmt.Sprint(m[1]), of)
			}
		}
	}
	if asked < 10 {
		t.Errorf("only %d metrics are asked for", asked)
	}
}
