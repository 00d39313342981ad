// Package bench measures whole runs of the command line against plain clients
// that ask the same endpoints, all in one go, since only ratios mean anything
// on a machine that others use too:
//
//	go test -run '^$' -bench . -benchtime 5x ./lambda/internal/bench
package bench

import (
	"encoding/json"
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

// rig is the built programs and a directory for files.
type rig struct {
	dir, tidewatch, rig string
}

// usage is what `rig measure` prints.
type usage struct {
	CPU  time.Duration `json:"cpu_ns"`
	Wall time.Duration `json:"wall_ns"`
	RSS  int64         `json:"rss_bytes"`
	Exit int           `json:"exit"`
	Out  int64         `json:"out_bytes"`
}

func build(b *testing.B) rig {
	b.Helper()
	r := rig{dir: b.TempDir()}
	r.tidewatch, r.rig = filepath.Join(r.dir, "tidewatch"), filepath.Join(r.dir, "rig")
	for program, source := range map[string]string{r.tidewatch: "../../cmd/tidewatch", r.rig: "./rig"} {
		command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
		if out, err := command.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	return r
}

// target starts the server to probe and returns its URL and the file of its
// authority ("" without TLS).
func (r rig) target(b *testing.B, secure bool, delay time.Duration) (url, ca string) {
	b.Helper()
	args := []string{"target", "-delay", delay.String()}
	scheme := "http"
	if secure {
		args, scheme, ca = append(args, "-tls", r.dir), "https", filepath.Join(r.dir, "ca.pem")
	}
	command := exec.Command(r.rig, args...)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // killed: its status says nothing
	})
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		b.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return scheme + "://" + address, ca
}

// files writes the same n endpoints as a configuration and as a list of URLs.
func (r rig) files(b *testing.B, n int, url, ca string) (config, list string) {
	b.Helper()
	var yaml, urls strings.Builder
	yaml.WriteString("environment: bench\n")
	client := ""
	if ca != "" {
		fmt.Fprintf(&yaml, "client-settings: &client {tls: {ca-file: %s}}\n", ca)
		client = "    client: *client\n"
	}
	yaml.WriteString("endpoints:\n")
	for i := range n {
		fmt.Fprintf(&yaml, "  - name: service-%d\n    group: bench\n    url: %s/health/%d\n%s    conditions: [\"[STATUS] == 200\", \"[RESPONSE_TIME] < 10s\"]\n", i, url, i, client)
		fmt.Fprintf(&urls, "%s/health/%d\n", url, i)
	}
	config, list = filepath.Join(r.dir, fmt.Sprintf("%d.yaml", n)), filepath.Join(r.dir, fmt.Sprintf("%d.txt", n))
	for path, text := range map[string]string{config: yaml.String(), list: urls.String()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return config, list
}

// measure runs a command to its end and fails the benchmark unless it succeeds.
func (r rig) measure(b *testing.B, command ...string) usage {
	b.Helper()
	out, err := exec.Command(r.rig, append([]string{"measure"}, command...)...).Output()
	if err != nil {
		b.Fatal(err)
	}
	var u usage
	if err := json.Unmarshal(out, &u); err != nil {
		b.Fatal(err)
	}
	if u.Exit != 0 || u.Out == 0 {
		b.Fatalf("%v: exit status %d, %d bytes printed: not every endpoint was healthy", command, u.Exit, u.Out)
	}
	return u
}

// contestant is one program and how it is told what to ask.
type contestant struct {
	name    string
	command func(config, list string) []string
}

func (r rig) contestants(ca string) []contestant {
	plain := func(name string) contestant {
		return contestant{name, func(_, list string) []string { return []string{r.rig, name, "-ca", ca, list} }}
	}
	return []contestant{
		{"tidewatch", func(config, _ string) []string {
			return []string{r.tidewatch, "run", "--state", "none", "--output", "json", "--config", config}
		}},
		plain("client"), plain("floor"),
	}
}

// BenchmarkProcess reports the CPU time per endpoint of a whole run with 1,000
// endpoints, less that of a run with one, as a ratio to net/http's (client) and
// beside the least that is possible (floor); and the peak memory above that of
// a run with one endpoint, for 1,000 and 5,000.
func BenchmarkProcess(b *testing.B) {
	r := build(b)
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		b.Run(name, func(b *testing.B) {
			url, ca := r.target(b, secure, 0)
			samples := map[string][]float64{}
			sizes := []int{1, 1000, 5000}
			configs, lists := map[int]string{}, map[int]string{}
			for _, n := range sizes {
				configs[n], lists[n] = r.files(b, n, url, ca)
			}
			for b.Loop() {
				for _, c := range r.contestants(ca) {
					used := map[int]usage{}
					for _, n := range sizes {
						if n == 5000 && c.name != "tidewatch" {
							continue
						}
						used[n] = r.measure(b, c.command(configs[n], lists[n])...)
					}
					samples[c.name] = append(samples[c.name], float64(used[1000].CPU-used[1].CPU)/999)
					if c.name == "tidewatch" {
						samples["rss1000"] = append(samples["rss1000"], float64(used[1000].RSS-used[1].RSS))
						samples["rss5000"] = append(samples["rss5000"], float64(used[5000].RSS-used[1].RSS))
					}
				}
			}
			report(b, samples)
		})
	}
}

func report(b *testing.B, samples map[string][]float64) {
	b.ReportMetric(0, "ns/op") // the wall time of the whole comparison says nothing
	base := median(samples["client"])
	b.ReportMetric(base/1e3, "client-µs/probe")
	b.ReportMetric(median(samples["tidewatch"])/1e3, "tidewatch-µs/probe")
	b.ReportMetric(median(samples["tidewatch"])/base, "ratio")
	b.ReportMetric(median(samples["floor"])/base, "floor-ratio")
	b.ReportMetric(median(samples["rss1000"])/(1<<20), "MiB-at-1000")
	b.ReportMetric(median(samples["rss5000"])/(1<<20), "MiB-at-5000")
}

func median(samples []float64) float64 {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

// BenchmarkSlowEndpoints reports how long a run takes whose 1,000 endpoints
// each answer after 100 ms.
func BenchmarkSlowEndpoints(b *testing.B) {
	r := build(b)
	url, ca := r.target(b, false, 100*time.Millisecond)
	config, list := r.files(b, 1000, url, ca)
	var took []float64
	for b.Loop() {
		took = append(took, r.measure(b, r.contestants("")[0].command(config, list)...).Wall.Seconds())
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(took), "s/run")
}
