package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/probe"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// A theatre is a whole checker in front of a scenario: AWS is the scenario's
// server, the endpoint is a TLS server behind a proxy, and the rest is real.
type theatre struct {
	*Pipeline
	aws   *scenario.Server
	edge  *edge
	posts *posts
	log   *bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

// edge answers for every host name.
type edge struct {
	mu     sync.Mutex
	answer http.HandlerFunc
	proxy  string
}

func (e *edge) set(answer http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = answer
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	answer := e.answer
	e.mu.Unlock()
	answer(w, r)
}

// startEdge serves TLS and a proxy that leads every connection to it.
func startEdge(t *testing.T, answer http.HandlerFunc) *edge {
	e := &edge{answer: answer}
	server := httptest.NewTLSServer(e)
	t.Cleanup(server.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		behind, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		front, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			_ = behind.Close()
			return
		}
		_, _ = front.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		go func() { _, _ = io.Copy(behind, front); _ = behind.Close() }()
		_, _ = io.Copy(front, behind)
		_ = front.Close()
	}))
	t.Cleanup(proxy.Close)
	e.proxy = proxy.URL
	return e
}

// posts takes messages, and when they came.
type posts struct {
	mu   sync.Mutex
	sent []post
}

type post struct {
	report.Message
	at time.Time
}

func (p *posts) Publish(_ context.Context, m report.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, post{m, time.Now()})
	return nil
}

func (p *posts) all() []post {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]post(nil), p.sent...)
}

// heard is what the tests read of a message.
type heard struct {
	Kind     string
	Reason   string
	Incident struct {
		ID, Key, Title, Severity string
		Cause                    struct {
			Code, Level, Report string
			Actions             []struct{ Do, Done string }
		}
	}
}

func (p post) heard(t *testing.T) (m heard) {
	t.Helper()
	var bodies struct{ SQS string }
	if err := json.Unmarshal([]byte(p.Body), &bodies); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(bodies.SQS), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// oneEndpoint is the configuration of stages.
const oneEndpoint = `environment: test
aws: {region: us-east-1, clusters: [dev]}
endpoints:
  - name: health
    group: api
    url: https://api.hokus.ai/%s
    severity: critical
    conditions: ["[STATUS] == 200"]
    client: {insecure: true, timeout: 20s, proxy-url: "%s"}
    runs-on: {target-group: api}
    alerts: [{type: sns, failure-threshold: %d}]
`

// openTheatre makes a theatre of a scenario with one endpoint. Twist changes
// answers of AWS on their way.
func openTheatre(t *testing.T, name, path string, threshold int, answer http.HandlerFunc, twist func(string) string) *theatre {
	t.Helper()
	e := startEdge(t, answer)
	s := setTheatre(t, name, fmt.Sprintf(oneEndpoint, path, e.proxy, threshold), twist)
	s.edge = e
	return s
}

// setTheatre is a theatre with any configuration, and without an edge.
func setTheatre(t *testing.T, name, text string, twist func(string) string) *theatre {
	t.Helper()
	s := &theatre{posts: &posts{}, log: &bytes.Buffer{}, now: time.Now().UTC()}
	played, err := scenario.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	s.aws = scenario.NewServer(played)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		s.aws.ServeHTTP(recorded, r)
		for name, values := range recorded.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorded.Code)
		body := recorded.Body.String()
		if twist != nil {
			body = twist(body)
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	variables := map[string]string{"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
	config, err := awsapi.FromEnvironment(func(name string) string { return variables[name] })
	if err != nil {
		t.Fatal(err)
	}
	client, err := awsapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	cfg, found := check.Load(check.Source{Name: "test.yaml", Data: []byte(text)})
	if cfg == nil {
		t.Fatal(found.Messages)
	}
	s.Pipeline = New(Pipeline{
		Config: cfg, Prober: probe.New(probe.Options{Unmetered: true}), Store: filestate.Open(filepath.Join(t.TempDir(), "test.json")), Publisher: s.posts,
		Facts: func(calls int) FactReader {
			return client.Facts(awsapi.FactLimits{Calls: calls, Now: s.clock, Function: "tidewatch"})
		},
		Region: "us-east-1", Confirm: []time.Duration{time.Millisecond}, Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: s.clock,
	})
	return s
}

func (s *theatre) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// pass lets time go by.
func (s *theatre) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// tick lets a minute pass and runs once.
func (s *theatre) tick(t *testing.T) report.Run {
	t.Helper()
	s.pass(time.Minute)
	run, err := s.Handle(t.Context(), trigger.Event{Kind: trigger.Manual})
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
	return run
}

// patience sets the timeout of all endpoints. Only those of probes that are to
// time out are short: what answers may take the time of a busy machine.
func (s *theatre) patience(limit time.Duration) {
	for i := range s.Config.Checks {
		s.Config.Checks[i].Timeout = limit
	}
}

func (s *theatre) calls() int {
	calls, _ := s.aws.Calls()
	return len(calls)
}

// state is what the store has.
func (s *theatre) state(t *testing.T) incident.State {
	t.Helper()
	state, _, err := s.Store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// byRule answers as the default action of the listener does.
func byRule(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Server", "awselb/2.0")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, "not found")
}

func fine(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
