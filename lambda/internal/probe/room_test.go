package probe

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

const (
	upAnswer    = "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"UP\"}"
	noRoomWords = "the checker had no memory left for the body of "
)

// takeRoom takes all room there is, and returns what gives it back; the end of
// the test does at the latest.
func takeRoom(t *testing.T) (giveBack func()) {
	t.Helper()
	if !bodyMemory.TryAcquire(allRoom) {
		t.Fatal("a probe that has ended holds room")
	}
	giveBack = sync.OnceFunc(func() { bodyMemory.Release(allRoom) })
	t.Cleanup(giveBack)
	return giveBack
}

// whenWaitedFor does something once a probe waits for room, of which nobody gets
// any, not even none, while somebody waits.
func whenWaitedFor(t *testing.T, do func()) {
	go func() {
		for bodyMemory.TryAcquire(0) {
			if t.Context().Err() != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
		do()
	}()
}

func TestNoRoomForTheBody(t *testing.T) {
	noLeaks(t)
	giveBack := takeRoom(t)
	for _, answer := range []string{upAnswer, jsonAnswer(`{"status":"UP"}`)} {
		at := serve(t, replay(answer))
		r := probeOne(t, endpoint("http://"+at, readsBodyCondition, soon))
		verify(t, r, hostile{class: result.ProbeInternal, phase: result.PhaseBody, sentence: noRoomWords + at + "; this says nothing about the endpoint"})
	}
	requireHealthy(t, probeOne(t, endpoint("http://"+serve(t, replay(upAnswer)), patient, `conditions: ["[STATUS] == 200"]`)))
	giveBack()
	requireHealthy(t, probeOne(t, endpoint("http://"+serve(t, replay(upAnswer)), patient, readsBodyCondition)))
}

func TestNoRoomForTheMessage(t *testing.T) {
	noLeaks(t)
	takeRoom(t)
	r := probeOne(t, endpoint("ws://"+serve(t, accepts(replies("\x81\x04PONG"))), "body: PING", wantsPong, soon))
	verify(t, r, hostile{class: result.ProbeInternal, phase: result.PhaseBody, sentence: noRoomWords})
}

func TestWaitingForRoomIsNotTheEndpointsTime(t *testing.T) {
	noLeaks(t)
	const wait = 300 * time.Millisecond
	giveBack := takeRoom(t)
	whenWaitedFor(t, func() { time.AfterFunc(wait, giveBack) })
	began := time.Now()
	r := probeOne(t, endpoint("http://"+serve(t, replay(upAnswer)), readsBodyCondition, patient))
	all := time.Since(began)
	requireHealthy(t, r)
	if took, ok := r.Phases.Get(result.PhaseBody); !ok || all-took < wait || all-time.Duration(r.Duration) < wait {
		t.Errorf("of %v the body took %v, %v, the probe %v", all, took, ok, time.Duration(r.Duration))
	}
}

// What a server does to a probe that made it wait is not its failure.
func TestTimeLostWhileWaitingForRoom(t *testing.T) {
	noLeaks(t)
	whenWaitedFor(t, takeRoom(t))
	at := serve(t, func(c net.Conn) { replay("HTTP/1.1 200 OK\r\n\r\nU")(c); hold(c) })
	verify(t, probeOne(t, endpoint("http://"+at, readsBodyCondition, soon)), hostile{class: result.ProbeInternal, phase: result.PhaseBody, sentence: noRoomWords})
}

func TestWaitingForRoomEndsWithTheRound(t *testing.T) {
	noLeaks(t)
	takeRoom(t)
	checks := load(t, endpoint("http://"+serve(t, replay(upAnswer)), readsBodyCondition, "client: {timeout: 20s}"))
	ctx, cancel := context.WithCancel(t.Context())
	whenWaitedFor(t, cancel)
	began := time.Now()
	if r := New(Options{}).Probe(ctx, &checks[0]); r.Class != result.ProbeSkipped || time.Since(began) > 10*time.Second {
		t.Errorf("class %q after %v: %s", r.Class, time.Since(began), r.Error)
	}
}

func TestRoomIsGivenBack(t *testing.T) {
	noLeaks(t)
	for _, answer := range []string{
		upAnswer, jsonAnswer(`{"status":"UP"}`), jsonAnswer(strings.Repeat("x", 100<<10)),
		"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 2<<20), "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nshort", gzipBomb(),
	} {
		probeOne(t, endpoint("http://"+serve(t, replay(answer)), readsBodyCondition, patient))
		takeRoom(t)()
	}
}

// However many probes want the largest body at once, each gets its turn.
func TestNobodyWaitsForRoomForEver(t *testing.T) {
	c := &check.Check{Client: &check.Client{MaxBodySize: 16 << 20}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var begun, ended sync.WaitGroup
	begun.Add(DefaultConcurrency + maxExtra)
	for range DefaultConcurrency + maxExtra {
		ended.Go(func() {
			x := &exchange{check: c, deadline: time.Now().Add(10 * time.Second)}
			defer x.dropBody()
			if err := x.makeRoom(ctx, 1); err != nil {
				t.Error("for the beginning:", err)
			}
			begun.Done()
			begun.Wait()
			for _, total := range []int64{firstRoom + 1, 1 << 20, c.Client.MaxBodySize, c.Client.MaxBodySize + 1} {
				if err := x.makeRoom(ctx, total); err != nil {
					t.Error("for the rest:", err)
				}
			}
		})
	}
	ended.Wait()
}
