package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
)

// session is a command on a terminal of its own.
type session struct {
	t        *testing.T
	terminal *os.File
	command  *exec.Cmd
	drained  chan struct{} // closed when everything that was written has been read

	mu   sync.Mutex
	seen bytes.Buffer
}

// onTerminal starts the command on a terminal with as many columns.
func onTerminal(t *testing.T, columns, rows uint16, env []string, args ...string) *session {
	t.Helper()
	s := &session{t: t, command: exec.Command(os.Args[0], args...), drained: make(chan struct{})}
	s.command.Env = append(append(asProcess(t), "TERM=xterm-256color", "PATH="+os.Getenv("PATH")), env...)
	terminal, err := pty.StartWithSize(s.command, &pty.Winsize{Cols: columns, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	s.terminal = terminal
	t.Cleanup(func() { terminal.Close() })
	go func() {
		defer close(s.drained)
		buffer := make([]byte, 4096)
		for {
			n, err := terminal.Read(buffer)
			s.mu.Lock()
			s.seen.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *session) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// await waits until the screen has shown a text.
func (s *session) await(text string) {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(ansi.Strip(s.text()), text) {
		if time.Now().After(deadline) {
			_ = s.command.Process.Kill()
			s.t.Fatalf("no %q on the terminal:\n%q", text, s.text())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// end waits for the command and all that it wrote, and returns its exit status.
func (s *session) end() int {
	s.t.Helper()
	timer := time.AfterFunc(20*time.Second, func() { _ = s.command.Process.Kill() })
	defer timer.Stop()
	_ = s.command.Wait() // the status says it
	select {
	case <-s.drained:
	case <-time.After(20 * time.Second):
		s.t.Error("the terminal does not end with the command")
	}
	return s.command.ProcessState.ExitCode()
}

func TestRunOnATerminal(t *testing.T) {
	seen := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-seen
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, `{"status":"UP"}`)
	}))
	t.Cleanup(server.Close)
	s := onTerminal(t, 80, 24, nil, "run", "--config", endpoints(t, server.URL, "ok", "slow"))
	s.await("probing: 1 of 2")
	close(seen)
	s.await("1 of 2 healthy · 1 degraded · 1 failing")
	if status := s.end(); status != statusUnhealthy {
		t.Errorf("status %d", status)
	}
	progress, table, _ := strings.Cut(s.text(), eraseLine+"\x1b[1mweb")
	if !strings.Contains(progress, "probing: ") || strings.Contains(table, "probing: ") {
		t.Errorf("the progress line is not erased before the table:\n%q", s.text())
	}
	if !strings.Contains(table, "\x1b[1;31m✗\x1b[m") {
		t.Errorf("failures are not red:\n%q", table)
	}
	for line := range strings.Lines(ansi.Strip(table)) {
		if ansi.StringWidth(strings.TrimRight(line, "\r\n")) > 80 && len(strings.Fields(line)) > 2 {
			t.Errorf("%q is wider than the terminal", line)
		}
	}
}

func TestRunOnAPlainTerminal(t *testing.T) {
	config := endpoints(t, target(t), "down")
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		s := onTerminal(t, 100, 24, []string{env}, "run", "--config", config)
		s.await("0 of 1 healthy")
		if status := s.end(); status != statusUnhealthy {
			t.Errorf("%s: status %d", env, status)
		}
		if shown := strings.ReplaceAll(s.text(), "\x1b[K", ""); strings.Contains(shown, "\x1b") {
			t.Errorf("%s: colours in %q", env, shown)
		}
	}
}

func TestRunInterruptedOnATerminal(t *testing.T) {
	s := onTerminal(t, 80, 24, nil, "run", "--config", endpoints(t, target(t), "hangs"))
	s.await("probing: 0 of 1")
	if err := s.command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := s.end(); status != statusInterrupted {
		t.Errorf("status %d:\n%q", status, s.text())
	}
}

// The reader of a pipe that goes away, as head does, is no error to talk
// about.
func TestRunIntoAClosedPipe(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	defer write.Close()
	command := exec.Command(os.Args[0], "run", "--config", endpoints(t, target(t), "ok"))
	var stderr bytes.Buffer
	command.Env, command.Stdout, command.Stderr = asProcess(t), write, &stderr
	err = command.Run()
	// A shell calls this status 141.
	if ended, ok := command.ProcessState.Sys().(syscall.WaitStatus); !ok || ended.Signal() != syscall.SIGPIPE || stderr.Len() > 0 {
		t.Errorf("%v, %q", err, stderr.String())
	}
}

func TestScreenOf(t *testing.T) {
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	defer tty.Close()
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, tt := range []struct {
		name    string
		stream  any
		columns uint16
		env     map[string]string
		want    screen
	}{
		{"buffer", &bytes.Buffer{}, 0, nil, screen{}},
		{"file", file, 0, nil, screen{}},
		{"terminal", tty, 132, nil, screen{terminal: true, color: true, width: 132}},
		{"silent terminal", tty, 0, nil, screen{terminal: true, color: true, width: unknownWidth}},
		{"told width", tty, 0, map[string]string{"COLUMNS": "120"}, screen{terminal: true, color: true, width: 120}},
		{"no colour", tty, 90, map[string]string{"NO_COLOR": "1"}, screen{terminal: true, width: 90}},
		{"dumb", tty, 90, map[string]string{"TERM": "dumb"}, screen{terminal: true, width: 90}},
	} {
		if err := pty.Setsize(tty, &pty.Winsize{Cols: tt.columns}); err != nil {
			t.Fatal(err)
		}
		s := streams{env: func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }}
		if got := s.screenOf(tt.stream); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
