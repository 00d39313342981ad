package awsapi

import (
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// examined is what a diagnosis over the wire came to and took.
type examined struct {
	in   diagnose.Input
	out  diagnose.Output
	made *calls
	took time.Duration
}

// examine diagnoses an estate whose services answer after some time.
func (e estate) examine(t testing.TB, latency time.Duration, limit int) examined {
	t.Helper()
	client, made := serve(t, calm, func(action, request string) (int, string) {
		time.Sleep(latency)
		return e.answer(action, request)
	})
	if latency == 0 {
		client.unpaced()
	}
	x := examined{in: e.input(), made: made}
	reader := client.Facts(FactLimits{Calls: limit, Function: "tidewatch", Now: func() time.Time { return x.in.Now }})
	started := time.Now()
	x.out = diagnose.Rounds(x.in, func(to *topology.Snapshot, wants []topology.Want) {
		e.probe(to, wants)
		reader.Read(t.Context(), to, wants)
	})
	x.took = time.Since(started)
	return x
}

// complete fails the test unless every broken service has its cause, and
// nothing was left out.
func (e estate) complete(t testing.TB, x examined) {
	t.Helper()
	var want []diagnose.Code
	for _, way := range e.broken {
		want = append(want, ailments[way])
	}
	slices.Sort(want)
	if got := causesOf(x.out); !slices.Equal(got, want) || len(x.out.Unexplained) != 0 || len(x.out.Gaps) != 0 {
		t.Errorf("causes %v, want %v; unexplained %v; gaps %v", got, want, x.out.Unexplained, x.out.Gaps)
	}
}

// In the environment that Tidewatch was made for, all of it broken, each
// service in another way, everything is explained within 80 calls and 20
// seconds, by services that answer in 100 ms: with room to spare.
func TestTheSeedIsExplained(t *testing.T) {
	t.Parallel()
	e := seed()
	x := e.examine(t, 100*time.Millisecond, 0)
	e.complete(t, x)
	t.Logf("%d calls in %.1f s: %v", x.made.all(), x.took.Seconds(), x.made.count)
	if x.made.all() > 60 || x.took > 15*time.Second {
		t.Errorf("%d calls in %v, want at most 60 in 15 s", x.made.all(), x.took)
	}
}

// What a diagnosis asks follows from what is broken, however much there is
// beside it.
func TestCallsGrowWithWhatIsBroken(t *testing.T) {
	t.Parallel()
	asked := func(e estate) int {
		x := e.examine(t, 0, 1000)
		e.complete(t, x)
		return x.made.all()
	}
	if n := asked(large(0)); n != 0 {
		t.Errorf("where nothing is broken %d calls were made", n)
	}
	one := large(1)
	small := estate{balancers: 1, groups: 2, services: 1, broken: one.broken}
	few, many := asked(small), asked(one)
	if many > few+2 {
		t.Errorf("one broken service takes %d calls among 100, and %d alone", many, few)
	}
	for _, n := range []int{2, 5, 10, 20} {
		got := asked(large(n))
		t.Logf("%d broken of 100: %d calls", n, got)
		if got > many*n {
			t.Errorf("%d broken services take %d calls, and one takes %d", n, got, many)
		}
	}
}

// engineLimit is what the engine may take at that size, however much is broken.
const engineLimit = 50 * time.Millisecond

// BenchmarkEngine is what a diagnosis computes, all rounds together, among 50
// load balancers, 200 target groups and 100 services, with nobody to wait for;
// and what its last round does, which has all facts. The fastest time counts:
// the others have what else the machine did in them.
//
//	go test -run '^$' -bench Engine ./lambda/internal/awsapi
func BenchmarkEngine(b *testing.B) {
	for name, broken := range map[string]int{"one-broken": 1, "ten-broken": 10, "all-broken": 100} {
		b.Run(name, func(b *testing.B) {
			e := large(broken)
			all := e.examine(b, 0, 10_000)
			e.complete(b, all)
			fastest, last := time.Hour, time.Hour
			for b.Loop() {
				in := e.input()
				fastest = min(fastest, taken(func() { diagnose.Rounds(in, all.replay) }))
				last = min(last, taken(func() { diagnose.Diagnose(in) }))
			}
			b.ReportMetric(float64(fastest.Microseconds())/1000, "ms/diagnosis")
			b.ReportMetric(float64(last.Microseconds())/1000, "ms/round")
			if fastest > engineLimit {
				b.Errorf("it takes %v, want at most %v", fastest, engineLimit)
			}
		})
	}
}

// replay answers wants as they were answered before.
func (x examined) replay(to *topology.Snapshot, wants []topology.Want) {
	for _, w := range wants {
		to.Copy(x.in.Facts, w)
	}
}

func taken(do func()) time.Duration {
	started := time.Now()
	do()
	return time.Since(started)
}
