package check

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
)

// manyEndpoints makes a file as fleets have it: endpoints that differ in name
// and URL, and repeat the rest.
func manyEndpoints(n int) []byte {
	var b bytes.Buffer
	b.WriteString("endpoints:\n")
	for i := range n {
		fmt.Fprintf(&b, `  - name: service-%d
    group: team-%d
    url: https://service-%d.example.com/health
    conditions: ["[STATUS] == 200", "[RESPONSE_TIME] < 2s"]
    warn-conditions: ["[CERTIFICATE_EXPIRATION] > 14d"]
    client: {timeout: 5s}
    severity: critical
    alerts: [{type: sns, failure-threshold: 3}]
`, i, i%20, i)
	}
	return b.Bytes()
}

func BenchmarkLoad(b *testing.B) {
	const n = 1000
	source := Source{Name: "many.yaml", Data: manyEndpoints(n)}
	b.ReportAllocs()
	for b.Loop() {
		if _, report := Load(source); report.Failed() {
			b.Fatal(report.Messages)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "µs/endpoint")
	b.ReportMetric(float64(retained(source))/n, "B/endpoint")
}

// retained measures what a loaded configuration keeps in memory.
func retained(s Source) uint64 {
	var before, after runtime.MemStats
	Load(s) // what is made once
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	config, _ := Load(s)
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(config)
	runtime.KeepAlive(s.Data)
	return after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc)
}

func TestRetainedMemory(t *testing.T) {
	const n = 1000
	if got := retained(Source{Name: "many.yaml", Data: manyEndpoints(n)}) / n; got > 700 {
		t.Errorf("an endpoint keeps %d bytes, want at most 700", got)
	}
}
