package awsapi

import (
	"maps"
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// diagnosed is what a diagnosis over the wire came to and took.
type diagnosed struct {
	out    diagnose.Output
	in     diagnose.Input
	made   *calls
	took   time.Duration
	engine time.Duration // without waiting for facts
	rounds int
}

// examine diagnoses an estate whose services answer after some time.
func (e estate) examine(t testing.TB, latency time.Duration) diagnosed {
	t.Helper()
	client, made := serve(t, calm, func(action, request string) (int, string) {
		time.Sleep(latency)
		return e.answer(action, request)
	})
	if latency == 0 {
		client.unpaced()
	}
	reader := client.Facts(FactLimits{Function: "tidewatch"})
	d, started, waited := diagnosed{in: e.input(), made: made}, time.Now(), time.Duration(0)
	d.out = diagnose.Rounds(d.in, func(to *topology.Snapshot, wants []topology.Want) {
		asked := time.Now()
		for _, w := range wants {
			if w.Kind == topology.Logs {
				t.Log(w)
			}
		}
		e.probe(to, wants)
		reader.Read(t.Context(), to, wants)
		waited += time.Since(asked)
		d.rounds++
	})
	d.took = time.Since(started)
	d.engine = d.took - waited
	return d
}

func TestZZ(t *testing.T) {
	for name, e := range map[string]estate{"seed": seed(), "large0": large(0), "large1": large(1), "large5": large(5), "large10": large(10)} {
		d := e.examine(t, 0)
		t.Log(name, d.made.all(), d.rounds, d.engine, codesOf(d.out), len(d.out.Unexplained), len(d.out.Gaps))
		for _, k := range slices.Sorted(maps.Keys(d.made.count)) {
			t.Log("     ", k, d.made.count[k])
		}
		for _, u := range d.out.Unexplained {
			t.Log(u)
		}
		for _, u := range d.out.Gaps {
			t.Log(u)
		}
	}
}
