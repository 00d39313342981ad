package check

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// quick fails if loading takes longer than files of this size ever should;
// what is quadratic takes many times as long.
func quick(t *testing.T, text string) Report {
	t.Helper()
	started := time.Now()
	_, report := Load(Source{Name: "t.yaml", Data: []byte(text)})
	if took := time.Since(started); took > 15*time.Second {
		t.Errorf("loading took %s", took)
	}
	return report
}

func TestMessagesOnOneLine(t *testing.T) {
	const n = 8000
	var b strings.Builder
	b.WriteString("endpoints: [")
	for i := range n {
		fmt.Fprintf(&b, `{name: é%d, url: "https://example.com", conditions: ["[STATUS] == abc"]}, `, i)
	}
	report := quick(t, b.String()+"]\n")
	if len(report.Messages) != n {
		t.Fatalf("%d messages, want %d", len(report.Messages), n)
	}
	line := []rune(b.String())
	for _, m := range report.Messages {
		if got := string(line[m.Column-1 : m.Column+2]); got != "abc" {
			t.Fatalf("column %d is at %q", m.Column, got)
		}
	}
}

func TestMessagesOnManyLines(t *testing.T) {
	const n = 5000
	report := quick(t, "endpoints:\n"+strings.Repeat(`- {name: a, url: "https://example.com", conditions: ["[STATUS] == abc"]}`+"\n", n))
	if got := report.Messages.Count(Warning); got != n {
		t.Errorf("%d warnings, want %d", got, n)
	}
}

func TestUnknownDependencies(t *testing.T) {
	const n = 4000
	var b strings.Builder
	b.WriteString("endpoints:\n")
	for i := range n {
		fmt.Fprintf(&b, `- {name: service-%d, depends-on: [servise-%d], url: "https://example.com", conditions: ["[STATUS] == 200"]}`+"\n", i, i)
	}
	report := quick(t, b.String())
	if len(report.Messages) != n {
		t.Fatalf("%d messages, want %d", len(report.Messages), n)
	}
	for i, m := range report.Messages {
		if guessed := m.Nearest != ""; guessed != (i < mostGuesses) || !guessed && m.Accepted == "" {
			t.Fatalf("message %d: %s", i, m)
		}
	}
}

// Everything depends on everything: circles without number.
func TestManyCircles(t *testing.T) {
	const n = 300
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("e", i)
	}
	var b strings.Builder
	b.WriteString("x-all: &all [" + strings.Join(names, ", ") + "]\nendpoints:\n")
	for _, name := range names {
		fmt.Fprintf(&b, `- {name: %s, depends-on: *all, url: "https://example.com", conditions: ["[STATUS] == 200"]}`+"\n", name)
	}
	report := quick(t, b.String())
	if got := len(report.Messages); got == 0 || got > mostCircles {
		t.Errorf("%d messages, want at most %d", got, mostCircles)
	}
	for _, m := range report.Messages {
		if len(m.Problem) > 300 {
			t.Errorf("a long message: %s", m)
		}
	}
}

func TestLongCircle(t *testing.T) {
	var b strings.Builder
	b.WriteString("endpoints:\n")
	for i := range 15 {
		fmt.Fprintf(&b, `- {name: e%d, depends-on: [e%d], url: "https://example.com", conditions: ["[STATUS] == 200"]}`+"\n", i, (i+1)%15)
	}
	report := quick(t, b.String())
	if want := "e0 → e1 → e2 → e3 → e4 → e5 → e6 → e7 → e8 → e9 → e10 → e11 → 3 more → e0\n"; !strings.HasSuffix(report.Messages.String(), want) {
		t.Errorf("got %s", report.Messages)
	}
}

// In a directory, what is no file would be waited for, or never end.
func TestDirectoryHoldsNoFile(t *testing.T) {
	for _, c := range []struct {
		want string
		add  func(path string) error
	}{
		{"it is a pipe, not a file", func(path string) error { return syscall.Mkfifo(path, 0o600) }},
		{"it is a device, not a file", func(path string) error { return os.Symlink("/dev/zero", path) }},
		{"it is a directory, not a file; links to directories are not followed: put a copy of the directory in its place, or links to its files",
			func(path string) error { return os.Symlink(os.TempDir(), path) }},
		{"it is larger than 32 MiB", func(path string) error {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(path, largest+1)
		}},
	} {
		dir := writeFiles(t, map[string]string{"a.yaml": named("a")})
		path := filepath.Join(dir, "b.yaml")
		if err := c.add(path); err != nil {
			t.Fatal(err)
		}
		config, report := ReadFile(dir, nil)
		if want := path + ": the file cannot be read: " + c.want + "\n"; config != nil || !report.Unread || report.Messages.String() != want {
			t.Errorf("got %q, want %q", report.Messages, want)
		}
		_, report = loadText(`    client: {tls: {ca-file: "` + path + `"}}`)
		if !strings.Contains(report.Messages.String(), "cannot be read: "+c.want) {
			t.Errorf("as a certificate:\n%s", report.Messages)
		}
	}
}

// What is named outright may be a pipe, and is read up to the same size.
func TestReadPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(pipe, []byte(named("a")), 0o600) }()
	if config, report := ReadFile(pipe, nil); config == nil || len(config.Checks) != 1 {
		t.Errorf("got:\n%s", report.Messages)
	}
	config, report := ReadFile("/dev/zero", nil)
	if want := "/dev/zero: the file cannot be read: it is larger than 32 MiB\n"; config != nil || report.Messages.String() != want {
		t.Errorf("got %q, want %q", report.Messages, want)
	}
}
