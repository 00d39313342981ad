package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestRoundLines(t *testing.T) {
	l := lines{history: newHistory()}
	utc := start.UTC()
	first := roundOf(utc, map[string]result.Class{"a": "", "b": "tcp.refused"})
	second := roundOf(utc.Add(time.Minute), map[string]result.Class{"a": "http.status", "b": ""})
	second.TimingsTrusted = false
	got := l.round(first, nil) + l.round(second, nil)
	at, later := utc.Format(time.RFC3339), utc.Add(time.Minute).Format(time.RFC3339)
	want := at + "  b: tcp.refused: it failed␛[0m\n" +
		at + "  1 of 2 healthy · 1 failing · 1.50 s\n" +
		later + "  a: http.status, was healthy for 1 min 0 s or longer: it failed␛[0m\n" +
		later + "  b: healthy, was tcp.refused for 1 min 0 s or longer\n" +
		later + "  1 of 2 healthy · 1 failing · 1.50 s · timings are not trusted, this machine was too busy\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWatchLinesGoOnUntilInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	rounds := 0
	w := &watcher{every: time.Millisecond, round: func(context.Context, func(int, int)) (report.Run, error) {
		if rounds++; rounds == 4 {
			stop()
		}
		return roundOf(start, map[string]result.Class{"a": ""}), nil
	}}
	var out strings.Builder
	if err := watchLines(ctx, &out, w); err != nil {
		t.Fatal(err)
	}
	// The round that was interrupted is not reported.
	if n := strings.Count(out.String(), "1 of 1 healthy"); n != 3 {
		t.Errorf("%d rounds in\n%s", n, out.String())
	}
}

func TestWatchLinesEndWithTheirReader(t *testing.T) {
	w := &watcher{every: time.Hour, round: func(context.Context, func(int, int)) (report.Run, error) {
		return roundOf(start, map[string]result.Class{"a": ""}), nil
	}}
	if err := watchLines(t.Context(), failingWriter{context.DeadlineExceeded}, w); err == nil {
		t.Error("it goes on without a reader")
	}
}

func TestNextRound(t *testing.T) {
	w := &watcher{every: time.Minute}
	if got := w.next(start, start.Add(10*time.Second)); !got.Equal(start.Add(time.Minute)) {
		t.Errorf("after a short round: %s", got)
	}
	if now := start.Add(2 * time.Minute); !w.next(start, now).Equal(now) {
		t.Error("after a long round the next one starts at once")
	}
}

func TestWatchCommandWithoutATerminal(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	out := &until{text: "1 of 2 healthy", then: stop}
	s := streams{in: strings.NewReader(""), out: out, err: io.Discard, env: func(string) (string, bool) { return "", false }}
	status := run(ctx, []string{"watch", "--config", endpoints(t, target(t), "ok", "down")}, s)
	if got := out.log.String(); status != 0 || !strings.Contains(got, "web/down: http.status") || !strings.Contains(got, out.text) {
		t.Errorf("status %d\n%s", status, got)
	}
}

// until is a log that calls a function once it holds a text.
type until struct {
	log  strings.Builder
	text string
	then func()
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.log.Write(p)
	if strings.Contains(u.log.String(), u.text) {
		u.then()
	}
	return n, err
}
