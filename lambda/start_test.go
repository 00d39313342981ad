package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const hello = "./internal/bench/hello"

// startEnv lets the function start. Nothing is asked of AWS before an event.
var startEnv = []string{"TIDEWATCH_TABLE=table", "TIDEWATCH_TOPIC_ARN=arn:aws:sns:us-east-1:123456789012:topic"}

// BenchmarkStart measures from the start of a process to its first request for
// an event, against the same of a function that says hello, in turn:
//
//	go test -run '^$' -bench Start -benchtime 41x ./lambda
func BenchmarkStart(b *testing.B) {
	greeter := filepath.Join(b.TempDir(), "hello")
	if err := build(greeter, hello); err != nil {
		b.Fatal(err)
	}
	large := filepath.Join(b.TempDir(), "200.yaml")
	if err := os.WriteFile(large, []byte(endpoints(200)), 0o600); err != nil {
		b.Fatal(err)
	}
	starts := map[string]func() time.Duration{
		"hello":   func() time.Duration { return timeStart(b, greeter) },
		"default": func() time.Duration { return timeStart(b, bootstrap(b), startEnv...) },
		"200": func() time.Duration {
			return timeStart(b, bootstrap(b), append(startEnv, "TIDEWATCH_CONFIG="+large)...)
		},
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, once := range starts {
			took[name] = append(took[name], once())
		}
	}
	b.ReportMetric(0, "ns/op") // of all together says nothing
	middle := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2].Microseconds()) / 1000
	}
	b.ReportMetric(middle("hello"), "hello-ms")
	for _, name := range []string{"default", "200"} {
		b.ReportMetric(middle(name), name+"-ms")
		b.ReportMetric(middle(name)/middle("hello"), name+"-ratio")
		if ratio := middle(name) / middle("hello"); ratio > 2 {
			b.Errorf("%s: a start takes %.2f times as long as that of hello, want at most 2", name, ratio)
		}
	}
}

// timeStart is how long a process takes to ask for its first event.
func timeStart(b *testing.B, program string, env ...string) time.Duration {
	b.Helper()
	f := startProgram(b, program, env...)
	defer f.kill()
	select {
	case at := <-f.api.ready:
		return at.Sub(f.began)
	case <-time.After(10 * time.Second):
		b.Fatal("it has not started")
	}
	return 0
}

// endpoints is a configuration with n of them, with the keys that people use.
func endpoints(n int) string {
	var text strings.Builder
	text.WriteString("environment: many\nendpoints:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - name: service-%d\n    group: group-%d\n    url: https://service-%d.example.com/health\n    severity: major\n    conditions: [\"[STATUS] == 200\", \"[BODY].status == UP\", \"[RESPONSE_TIME] < 2s\"]\n    warn-conditions: [\"[CERTIFICATE_EXPIRATION] > 14d\"]\n", i, i/10, i)
	}
	return text.String()
}

// maxZip is what the package for Lambda may have.
const maxZip = 12 << 20

// The package for Lambda, built for its architecture, is small.
func TestPackageSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bootstrap")
	if err := build(path, ".", "GOOS=linux", "GOARCH=arm64"); err != nil {
		t.Fatal(err)
	}
	program, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	entry, err := w.Create("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	size, err := io.Copy(entry, program)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("bootstrap: %.1f MB, zip: %.1f MB", float64(size)/1e6, float64(packed.Len())/1e6)
	if packed.Len() > maxZip || packed.Len() < 1<<20 {
		t.Errorf("the zip has %d bytes, want at most %d", packed.Len(), maxZip)
	}
}
