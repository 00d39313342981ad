package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

// exits are the commands and statuses that a test has shown to go together.
type exits map[string]bool

func (e exits) note(command string, status int) { e[command+strconv.Itoa(status)] = true }

// by runs a command, which is interrupted where it goes on until then.
func (e exits) by(t *testing.T, env map[string]string, status int, args ...string) {
	t.Helper()
	ctx := t.Context()
	if args[0] == "watch" || status == statusInterrupted {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		time.AfterFunc(300*time.Millisecond, stop)
	}
	got := tidewatchIn(ctx, env, args...)
	if got.status != status {
		t.Errorf("%v: status %d, README.md says %d\n%s%s", args, got.status, status, got.out, got.err)
	}
	if status == statusInterrupted && (got.out != "" || !strings.HasPrefix(got.err, "tidewatch: interrupted")) {
		t.Errorf("%v: interrupted it says %q and %q", args, got.out, got.err)
	}
	e.note(args[0], status)
}

// byThoseOfAWS runs what asks AWS or shows what came of it.
func (e exits) byThoseOfAWS(t *testing.T, healthy, hanging, invalid string) {
	t.Helper()
	file, kept := noRule(t), withReport(t)
	answers, denies, silent := awsThat(t), awsThat(t, "ec2:DescribeSubnets"), map[string]string{"AWS_ENDPOINT_URL": nobodyAnswers(t), "AWS_REGION": "us-east-1"}
	fine := configFile(t, `{"now": "2026-03-01T12:00:00Z", "facts": {"version": 1}, "symptoms": [{"endpoint": {"key": "a"}, "healthy": true}]}`)
	broken := configFile(t, `{"now": "2026-03-01T12:00:00Z", "facts": {"version": 1}, "symptoms": [{"endpoint": {"key": "a"}, "class": "http.status"}]}`)
	for _, tt := range []struct {
		env    map[string]string
		status int
		args   []string
	}{
		{nil, 0, []string{"diagnose", "--facts", fine}},
		{nil, 1, []string{"diagnose", "--facts", broken}},
		{nil, 2, []string{"diagnose", "--facts", invalid}},
		{nil, 2, []string{"diagnose", "--config", invalid}},
		{answers, 0, []string{"diagnose", "--config", healthy}},
		{answers, 130, []string{"diagnose", "--config", hanging}},
		{kept, 0, []string{"report", "--config", file}},
		{kept, 2, []string{"report", "--config", file, "R-1"}},
		{silent, 130, []string{"report", "--config", file, "--state", "dynamodb:t"}},
		{answers, 0, []string{"doctor", "--config", file}},
		{denies, 1, []string{"doctor", "--config", file}},
		{nil, 2, []string{"doctor", "--config", invalid}},
		{silent, 130, []string{"doctor", "--config", file}},
		{silent, 130, []string{"incidents", "--config", file, "--state", "dynamodb:t"}},
		{nil, 0, []string{"schema", "report"}},
		{nil, 2, []string{"schema", "bogus"}},
	} {
		e.by(t, tt.env, tt.status, tt.args...)
	}
	for _, tt := range []struct {
		env  map[string]string
		args []string
	}{{nil, []string{"diagnose", "--facts", fine}}, {kept, []string{"report", "--config", file}}, {answers, []string{"doctor", "--config", file}}, {nil, []string{"schema"}}} {
		e.intoClosedPipe(t, tt.env, tt.args...)
	}
}

// intoClosedPipe runs a command whose reader is gone.
func (e exits) intoClosedPipe(t *testing.T, env map[string]string, args ...string) {
	t.Helper()
	s := streams{in: strings.NewReader(""), out: failingWriter{syscall.EPIPE}, err: io.Discard, env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	if status := run(t.Context(), args, s); status != statusClosedPipe {
		t.Errorf("%v into a closed pipe: status %d", args, status)
	}
	e.note(args[0], statusClosedPipe)
}

// withReport is an environment in which a report was kept.
func withReport(t *testing.T) map[string]string {
	t.Helper()
	env := map[string]string{"XDG_STATE_HOME": t.TempDir()}
	store := filestate.Open(filepath.Join(env["XDG_STATE_HOME"], "tidewatch", "test.json"))
	d := report.Diagnosis{Version: 1, ID: "R-20260301T120000Z", Environment: "test", Checks: []report.Checked{{Key: "api/health"}}}
	kept, err := report.Stored(d, time.Now().Add(time.Hour))
	if err == nil {
		err = store.KeepReport(t.Context(), kept)
	}
	if err == nil {
		_, err = store.Save(t.Context(), incident.State{Diagnosed: incident.Diagnosed{Report: d.ID}}, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// awsThat is an AWS that allows everything but what it denies: what it knows
// nothing of is not there.
func awsThat(t *testing.T, denied ...string) map[string]string {
	t.Helper()
	played, err := scenario.Load("d17-accepts-but-silent")
	if err != nil {
		t.Fatal(err)
	}
	aws := scenario.NewServer(played, denied...)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		aws.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, strings.ReplaceAll(answer.Body.String(), "ScenarioHasNoAnswer", "ResourceNotFoundException"))
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "planted/SecretAccessKey/7f3a91")
	return map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "XDG_STATE_HOME": t.TempDir()}
}

// nobodyAnswers takes connections and never answers.
func nobodyAnswers(t *testing.T) string {
	t.Helper()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	return "http://" + silent.Addr().String()
}
