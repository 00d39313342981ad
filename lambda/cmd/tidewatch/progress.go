package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress is one line on a terminal that tells how far a round is, and is
// gone when the round ends.
type progress struct {
	out     io.Writer
	started time.Time
	stop    chan struct{}
	stopped sync.WaitGroup

	mu          sync.Mutex
	done, total int
}

const (
	eraseLine      = "\r\x1b[K"
	progressPeriod = 200 * time.Millisecond
)

// startProgress shows the line; it does nothing if out is no terminal.
func (s streams) startProgress(out io.Writer, total int) *progress {
	p := &progress{out: out, started: time.Now(), stop: make(chan struct{}), total: total}
	if !s.screenOf(out).terminal || s.dumb() {
		p.out = nil
		return p
	}
	p.draw()
	p.stopped.Go(func() {
		tick := time.NewTicker(progressPeriod)
		defer tick.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-tick.C:
				p.draw()
			}
		}
	})
	return p
}

// set notes how far the round is. The line is drawn by the clock alone, so
// that a thousand fast probes do not wait for a slow terminal.
func (p *progress) set(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = done, total
}

func (p *progress) draw() {
	p.mu.Lock()
	line := fmt.Sprintf("probing: %d of %d · %.0f s", p.done, p.total, time.Since(p.started).Seconds())
	p.mu.Unlock()
	fmt.Fprint(p.out, eraseLine+line)
}

// erase removes the line.
func (p *progress) erase() {
	if p.out == nil {
		return
	}
	close(p.stop)
	p.stopped.Wait()
	fmt.Fprint(p.out, eraseLine)
}
