package bench

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/probe"
)

// BenchmarkProbe reports the CPU time of one probe within a process, conditions
// included, beside a net/http request with keep-alives off, and their ratio.
// Both run one at a time, so that nothing but the request itself is compared.
func BenchmarkProbe(b *testing.B) {
	r := build(b)
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		b.Run(name, func(b *testing.B) {
			url, ca := r.target(b, secure, 0)
			one := loadOne(b, url, ca)
			client := plainClient(b, ca)
			prober := probe.New(probe.Options{})
			samples := map[string][]float64{}
			const batch = 200
			for b.Loop() {
				samples["client"] = append(samples["client"], cpuOf(batch, func() {
					if err := get(client, url); err != nil {
						b.Fatal(err)
					}
				}))
				samples["tidewatch"] = append(samples["tidewatch"], cpuOf(batch, func() {
					if r := prober.Probe(b.Context(), one); !r.Healthy {
						b.Fatal(r.Error)
					}
				}))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(samples["client"])/1e3, "client-µs/probe")
			b.ReportMetric(median(samples["tidewatch"])/1e3, "tidewatch-µs/probe")
			b.ReportMetric(median(samples["tidewatch"])/median(samples["client"]), "ratio")
		})
	}
}

func loadOne(b *testing.B, url, ca string) *check.Check {
	b.Helper()
	client := ""
	if ca != "" {
		client = fmt.Sprintf("    client: {tls: {ca-file: %s}}\n", ca)
	}
	text := fmt.Sprintf("endpoints:\n  - name: e\n    url: %s/health\n%s    conditions: [\"[STATUS] == 200\", \"[BODY].status == UP\", \"[RESPONSE_TIME] < 10s\"]\n", url, client)
	config, report := check.Load(check.Source{Name: "bench.yaml", Data: []byte(text)})
	if config == nil {
		b.Fatal(report.Messages)
	}
	return &config.Checks[0]
}

func plainClient(b *testing.B, ca string) *http.Client {
	b.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			b.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(text)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: transport}
}

func get(client *http.Client, url string) error {
	response, err := client.Get(url + "/health")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// cpuOf is the CPU time of this process, in nanoseconds, for one of n calls.
func cpuOf(n int, do func()) float64 {
	before := cpu()
	for range n {
		do()
	}
	return float64(cpu()-before) / float64(n)
}

func cpu() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
