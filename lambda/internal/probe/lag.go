package probe

import (
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// lagPeriod is how often the meter looks; a lag shorter than lagNoise is what
// any scheduler has.
const (
	lagPeriod = 5 * time.Millisecond
	lagNoise  = 2 * time.Millisecond
)

// lagMeter measures how late this process gets to run. On a function with a
// fraction of a CPU, or with too many handshakes at once, answers lie in the
// kernel while nobody reads them: latencies are then wrong, and timeouts may
// be our own. It takes the longer of two lags: how late its own timer fires,
// which shows that the whole process stood still, and how long goroutines were
// ready to run before they ran, which shows that there were too many.
type lagMeter struct {
	lost   atomic.Int64 // nanoseconds lost so far
	worst  atomic.Int64 // the longest single lag
	asleep atomic.Int64 // when it last went to sleep, in nanoseconds since began
	began  time.Time
	quit   chan struct{}
	done   chan struct{}
}

// startLagMeter measures until stop is called, and tells each lag to notice, 0
// if there is none. waits says how long goroutines were ready before they ran
// since its last call.
func startLagMeter(waits func() time.Duration, notice func(lag time.Duration)) *lagMeter {
	m := &lagMeter{began: time.Now(), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		timer := time.NewTimer(lagPeriod)
		defer timer.Stop()
		for {
			asleep := time.Now()
			m.asleep.Store(int64(asleep.Sub(m.began)))
			timer.Reset(lagPeriod)
			select {
			case <-m.quit:
				return
			case <-timer.C:
			}
			elapsed := time.Since(asleep)
			notice(m.note(max(elapsed-lagPeriod, waits()), elapsed))
		}
	}()
	return m
}

// note keeps a lag seen after the given time, of which no more can be lost.
func (m *lagMeter) note(lag, elapsed time.Duration) time.Duration {
	if lag <= lagNoise {
		return 0
	}
	m.lost.Add(int64(min(lag, elapsed)))
	if int64(lag) > m.worst.Load() {
		m.worst.Store(int64(lag))
	}
	return lag
}

// Lost is the time lost since the meter was started.
func (m *lagMeter) Lost() time.Duration {
	// The lag under way first: counted twice it does no harm, not at all it
	// would.
	overdue := m.overdue()
	return overdue + time.Duration(m.lost.Load())
}

// overdue is the lag under way: after a freeze, whoever asks may run before the
// meter does.
func (m *lagMeter) overdue() time.Duration {
	late := time.Since(m.began) - time.Duration(m.asleep.Load()) - lagPeriod
	if late <= lagNoise {
		return 0
	}
	return late
}

// Worst is the longest single lag.
func (m *lagMeter) Worst() time.Duration { return time.Duration(m.worst.Load()) }

// stop ends the measurement, with the lag that is under way.
func (m *lagMeter) stop() {
	close(m.quit)
	<-m.done
	late := m.overdue()
	m.note(late, late)
}

// readyWaits reads the runtime's histogram of how long goroutines were ready
// before they ran.
type readyWaits struct {
	sample [1]metrics.Sample
	before []uint64
}

func newReadyWaits() *readyWaits {
	w := &readyWaits{}
	w.sample[0].Name = "/sched/latencies:seconds"
	w.since()
	return w
}

// since is the wait that nine of ten goroutines did not exceed since the last
// call; 0 if none ran.
func (w *readyWaits) since() time.Duration {
	metrics.Read(w.sample[:])
	if w.sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0 // a runtime without this metric: the timer alone decides
	}
	histogram := w.sample[0].Value.Float64Histogram()
	counts := make([]uint64, len(histogram.Counts))
	copy(counts, histogram.Counts) // Read reuses its memory
	defer func() { w.before = counts }()
	if w.before == nil {
		return 0
	}
	var total uint64
	for i, n := range counts {
		total += n - w.before[i]
	}
	var over uint64
	for i := len(counts) - 1; i > 0; i-- {
		if over += counts[i] - w.before[i]; over*10 > total {
			return time.Duration(histogram.Buckets[i] * float64(time.Second))
		}
	}
	return 0
}
