package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// many is n endpoints at one address.
func many(n int, url, timeout string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  - name: e%d\n    url: %s/%d\n    conditions: [\"[CONNECTED] == true\"]\n    client: {timeout: %s}\n", i, url, i, timeout)
	}
	return b.String()
}

func TestRoundKeepsTheOrderAndReportsProgress(t *testing.T) {
	url := web(t, func(http.ResponseWriter, *http.Request) {})
	checks := load(t, many(50, url, "5s"))
	var seen []int
	round := New(Options{Progress: func(done, total int) { seen = append(seen, done, total) }}).Round(t.Context(), checks)
	for i, r := range round.Results {
		if !r.Healthy || r.Key != checks[i].Key {
			t.Fatalf("result %d is %q (healthy %v: %s), want %q", i, r.Key, r.Healthy, r.Error, checks[i].Key)
		}
	}
	if len(seen) != 100 || seen[98] != 50 || seen[99] != 50 {
		t.Errorf("progress %v", seen)
	}
}

// As many probes run at once as are allowed, and no more.
func TestRoundBoundsConcurrency(t *testing.T) {
	const allowed = 7
	var now, most atomic.Int32
	full := make(chan struct{})
	var once sync.Once
	address := serve(t, func(conn net.Conn) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if n == allowed {
			once.Do(func() { close(full) })
		}
		<-full // nobody may go before all places are taken
		replay(jsonAnswer("{}"))(conn)
		_, _ = conn.Read(make([]byte, 1)) // until the probe has hung up
	})
	checks := load(t, many(5*allowed, "http://"+address, "5s"))
	round := New(Options{Concurrency: allowed}).Round(t.Context(), checks)
	for _, r := range round.Results {
		if !r.Healthy {
			t.Fatal(r.Error)
		}
	}
	// A server sees a connection end a moment after the probe has ended it.
	if most.Load() < allowed || most.Load() > 2*allowed {
		t.Errorf("%d at once, want %d", most.Load(), allowed)
	}
}

func TestRoundEndsAtOnceWhenCancelled(t *testing.T) {
	noLeaks(t)
	address := serve(t, hold)
	checks := load(t, many(20, "http://"+address, "30s"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	round := New(Options{Concurrency: 10}).Round(ctx, checks)
	if round.Duration > 5*time.Second {
		t.Errorf("took %v after the cancellation", round.Duration)
	}
	for _, r := range round.Results {
		if r.Healthy || r.Class == "" {
			t.Errorf("healthy %v, class %q", r.Healthy, r.Class)
		}
	}
}

func TestConcurrencyFollowsDescriptors(t *testing.T) {
	if got := concurrency(1 << 20); got >= 1<<19 {
		t.Errorf("concurrency %d is not bounded by the descriptors", got)
	}
	if got := concurrency(0); got > DefaultConcurrency || got < 1 {
		t.Errorf("default concurrency %d", got)
	}
	// Lambda's 1,024 descriptors must carry the default.
	if need := DefaultConcurrency*descriptorsPerProbe + reservedDescriptors; need > 1024 {
		t.Errorf("the default needs %d descriptors", need)
	}
}

func TestGateFollowsLag(t *testing.T) {
	g := newGate(200)
	now := time.Now()
	for range 20 { // every place is taken, nothing is late
		for g.running < g.limit {
			g.acquire()
		}
		g.adapt(0, now)
	}
	if g.limit != 200 {
		t.Errorf("limit %d without lag, want all 200", g.limit)
	}
	g.adapt(50*time.Millisecond, now)
	g.adapt(50*time.Millisecond, now) // the effect of the first does not show yet
	if g.limit != 100 {
		t.Errorf("limit %d after a lag, want 100", g.limit)
	}
	for range 10 {
		now = now.Add(time.Second)
		g.adapt(50*time.Millisecond, now)
	}
	if g.limit != leastConcurrency {
		t.Errorf("limit %d after long lag, want %d", g.limit, leastConcurrency)
	}
}

func TestGateIsNotRaisedWhileNobodyWaits(t *testing.T) {
	g := newGate(200)
	g.adapt(0, time.Now())
	if g.limit != firstConcurrency {
		t.Errorf("limit %d, want %d", g.limit, firstConcurrency)
	}
}

func noWaits() time.Duration { return 0 }

// Goroutines that are ready but wait for a processor are lag too, even where
// the timers fire in time.
func TestLagMeterCountsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := startLagMeter(func() time.Duration { return 40 * time.Millisecond }, func(time.Duration) {})
		time.Sleep(10*lagPeriod + lagPeriod/2)
		m.stop()
		if m.Worst() != 40*time.Millisecond || m.Lost() != 10*lagPeriod {
			t.Errorf("worst %v, lost %v: want 40ms, and no more lost than has passed", m.Worst(), m.Lost())
		}
	})
}

// Time in this test is virtual: nothing is late.
func TestLagMeterSeesNoLagWhereThereIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lags := 0
		m := startLagMeter(noWaits, func(lag time.Duration) {
			if lag > 0 {
				lags++
			}
		})
		time.Sleep(time.Second)
		m.stop()
		if lags != 0 || m.Lost() != 0 || m.Worst() != 0 {
			t.Errorf("%d lags, lost %v, worst %v", lags, m.Lost(), m.Worst())
		}
	})
}

func TestLagMeterSeesLag(t *testing.T) {
	procs := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(procs)
	var noticed atomic.Int64
	m := startLagMeter(newReadyWaits().since, func(lag time.Duration) { noticed.Add(int64(lag)) })
	var busy sync.WaitGroup
	for range 20 { // far more work than one processor has time for
		busy.Go(func() {
			for began := time.Now(); time.Since(began) < 300*time.Millisecond; {
			}
		})
	}
	busy.Wait()
	m.stop()
	if m.Worst() < 20*time.Millisecond || m.Lost() == 0 || noticed.Load() < int64(m.Lost()) {
		t.Errorf("worst %v, lost %v, noticed %v", m.Worst(), m.Lost(), time.Duration(noticed.Load()))
	}
}

// A timeout that is the checker's own fault must not be told as the
// endpoint's.
func TestStarvedTimeoutsAreNotBlamedOnTheEndpoint(t *testing.T) {
	timeout := result.Result{Class: result.TCPTimeout, Duration: result.Millis(time.Second), Error: "no answer"}
	for _, c := range []struct {
		r    result.Result
		lost time.Duration
		want bool
	}{
		{timeout, 0, false},
		{timeout, 90 * time.Millisecond, false},
		{timeout, 110 * time.Millisecond, true},
		{result.Result{Class: result.TCPRefused, Duration: result.Millis(time.Second)}, time.Second, false},
		{result.Result{Class: result.AssertLatency, Duration: result.Millis(time.Second)}, time.Second, true},
		{result.Result{Healthy: true, Duration: result.Millis(time.Second)}, time.Second, false},
	} {
		if got := starved(c.r, c.lost); got != c.want {
			t.Errorf("%s with %v lost: %v, want %v", c.r.Class, c.lost, got, c.want)
		}
	}
	blamed := blameStarvation(timeout)
	if blamed.Class != result.ProbeInternal || blamed.Class.Judged() || !strings.Contains(blamed.Error, "starved of CPU") {
		t.Errorf("class %q, error %q", blamed.Class, blamed.Error)
	}
}

// A process that was frozen finds its deadlines passed when it wakes: that is
// its own fault, whoever notices first.
func TestFrozenCheckerBlamesNobody(t *testing.T) {
	freeze := exec.Command("sh", "-c", fmt.Sprintf("read go; kill -STOP %d; sleep 2.5; kill -CONT %[1]d", os.Getpid()))
	begin, err := freeze.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := freeze.Start(); err != nil {
		t.Skipf("no shell to freeze the process with: %v", err)
	}
	frozen := sync.OnceValue(func() error { return errors.Join(begin.Close(), freeze.Wait()) })
	address := serve(t, func(conn net.Conn) {
		readRequest(conn)
		if err := frozen(); err != nil { // the freeze falls into this wait
			t.Error(err)
		}
		_, _ = conn.Write([]byte(jsonAnswer("{}")))
	})
	checks := load(t, many(50, "http://"+address, "2s"))
	round := New(Options{}).Round(t.Context(), checks)
	for _, r := range round.Results {
		if r.Class.Judged() && !r.Healthy {
			t.Errorf("%s: %s", r.Key, r.Error)
		}
	}
	if round.TimingsTrusted {
		t.Errorf("the timings of a round with a lag of %v are trusted", round.Lag)
	}
}

// Suspects are asked again, calmly; what they say then counts.
func TestSuspectsAreProbedAgain(t *testing.T) {
	url := web(t, func(http.ResponseWriter, *http.Request) {})
	checks := load(t, many(3, url, "5s"))
	results := make([]result.Result, 3)
	for i := range results {
		results[i] = result.Result{Key: checks[i].Key, Class: result.HTTPTimeout}
	}
	meter := startLagMeter(noWaits, func(time.Duration) {})
	defer meter.stop()
	New(Options{}).reprobe(t.Context(), newGate(4), checks, results, []bool{true, false, true}, meter)
	if !results[0].Healthy || results[1].Healthy || !results[2].Healthy {
		t.Errorf("healthy %v %v %v, want the first and last asked again", results[0].Healthy, results[1].Healthy, results[2].Healthy)
	}
}
