package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The least programs that ours are measured against: a function that says
// hello, and a command that does.
const (
	hello = "./internal/bench/hello"
	greet = "./internal/bench/greet"
)

// Bounds of a start, as multiples of that of hello in the same run and, for all
// that is linked, in time.
const (
	maxNext  = 2.0 // of the function, to its first request for an event
	maxStart = 6.0
	maxRead  = 9.0 // with one core, which also reads 200 endpoints: that is work, and most of it the YAML parser's
	maxTime  = 30 * time.Millisecond
)

// startEnv lets the function start. Nothing is asked of AWS before an event.
var startEnv = []string{"TIDEWATCH_TABLE=table", "TIDEWATCH_TOPIC_ARN=arn:aws:sns:us-east-1:123456789012:topic"}

// BenchmarkStart measures the function from the start of its process to its
// first request for an event, against the same of a function that says hello,
// in turn; and to its answer to an event that it ignores, for which its
// configuration must have been read. With one core the reading of the
// configuration comes before the request; with more it does not:
//
//	go test -run '^$' -bench Start -benchtime 61x ./lambda
func BenchmarkStart(b *testing.B) {
	greeter, ours, large := buildFor(b, hello), bootstrap(b), manyEndpoints(b)
	for _, cores := range []string{"all-cores", "one-core"} {
		b.Run(cores, func(b *testing.B) {
			if cores == "one-core" {
				useOneCore(b)
			}
			took := times{}
			for b.Loop() {
				for name, start := range map[string]func() *function{
					"hello":   func() *function { return startProgram(b, greeter) },
					"default": func() *function { return startProgram(b, ours, startEnv...) },
					"200":     func() *function { return startProgram(b, ours, append(startEnv, "TIDEWATCH_CONFIG="+large)...) },
				} {
					next, answered := timeStart(b, start())
					took.add(name, next)
					took.add(name+"-answer", answered)
				}
			}
			b.ReportMetric(0, "ns/op") // of all together says nothing
			limit := maxNext
			if cores == "one-core" {
				limit = maxStart
			}
			took.report(b, "hello", limit, "default", "200")
			took.report(b, "hello-answer", maxStart, "default-answer", "200-answer")
		})
	}
}

// BenchmarkCommandStart measures the command line from the start of its process
// to its end, against a command that says hello; also with a configuration of
// 200 endpoints to read:
//
//	go test -run '^$' -bench CommandStart -benchtime 61x ./lambda
func BenchmarkCommandStart(b *testing.B) {
	ours := buildFor(b, "./cmd/tidewatch")
	commands := map[string][]string{
		"hello": {buildFor(b, greet)}, "version": {ours, "version"}, "check": {ours, "check"}, "check-200": {ours, "check", "--config", manyEndpoints(b)}, "help": {ours, "--help"},
		"incidents": {ours, "incidents", "--state", "file:" + filepath.Join(b.TempDir(), "state.json")},
	}
	for _, cores := range []string{"all-cores", "one-core"} {
		b.Run(cores, func(b *testing.B) {
			if cores == "one-core" {
				useOneCore(b)
			}
			took := times{}
			for b.Loop() {
				for name, words := range commands {
					command := exec.Command(words[0], words[1:]...)
					command.Env = []string{"HOME=" + b.TempDir()}
					began := time.Now()
					err := command.Run()
					took.add(name, time.Since(began))
					if err != nil {
						b.Fatalf("%s: %v", name, err)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			limit := maxStart
			if cores == "one-core" {
				limit = maxRead
			}
			took.report(b, "hello", maxStart, "version", "check", "help", "incidents")
			took.report(b, "hello", limit, "check-200")
		})
	}
}

// times are how long each of several programs took, one time for each round.
type times map[string][]time.Duration

func (t times) add(name string, took time.Duration) { t[name] = append(t[name], took) }

func (t times) middle(name string) time.Duration { return middle(t[name]) }

// ratio is how many times as long as the least program another one took: the
// middle of the rounds, in each of which both ran under the same load.
func (t times) ratio(name, least string) float64 {
	ratios := make([]float64, len(t[name]))
	for i, took := range t[name] {
		ratios[i] = float64(took) / float64(t[least][i])
	}
	return middle(ratios)
}

func middle[T cmp.Ordered](all []T) T {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

// report tells the middle times and holds them against those of the least
// program.
func (t times) report(b *testing.B, least string, limit float64, names ...string) {
	b.Helper()
	b.ReportMetric(float64(t.middle(least).Microseconds())/1000, least+"-ms")
	for _, name := range names {
		took, ratio := t.middle(name), t.ratio(name, least)
		b.ReportMetric(float64(took.Microseconds())/1000, name+"-ms")
		b.ReportMetric(ratio, name+"-ratio")
		if ratio > limit || took > maxTime {
			b.Errorf("%s takes %v, %.2f times as long as %s: want at most %.0f times and %v", name, took, ratio, least, limit, maxTime)
		}
	}
}

// buildFor builds a program as the function is.
func buildFor(b *testing.B, source string) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), filepath.Base(source))
	if err := build(path, source); err != nil {
		b.Fatal(err)
	}
	return path
}

// manyEndpoints is the path of a configuration with 200 endpoints.
func manyEndpoints(b *testing.B) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "200.yaml")
	if err := os.WriteFile(path, []byte(endpoints(200)), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// timeStart is how long a process takes to ask for its first event, and to
// answer it.
func timeStart(b *testing.B, f *function) (next, answered time.Duration) {
	b.Helper()
	defer f.kill()
	a, alive := f.invoke(b, `{"source":"aws.s3"}`)
	answered = time.Since(f.began)
	if !alive || a.failed {
		b.Fatalf("it has not started: %s", a.body)
	}
	return (<-f.api.ready).Sub(f.began), answered
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
