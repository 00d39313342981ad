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

// takeRoom takes all room there is, and gives it back after the time.
func takeRoom(t *testing.T, until time.Duration) {
	t.Helper()
	if !bodyMemory.TryAcquire(allRoom) {
		t.Fatal("a probe that has ended holds room")
	}
	back := make(chan struct{})
	time.AfterFunc(until, func() {
		bodyMemory.Release(allRoom)
		close(back)
	})
	t.Cleanup(func() { <-back })
}

func TestNoRoomForTheBody(t *testing.T) {
	noLeaks(t)
	takeRoom(t, time.Second)
	for _, answer := range []string{upAnswer, jsonAnswer(`{"status":"UP"}`)} {
		at := serve(t, replay(answer))
		r := probeOne(t, endpoint("http://"+at, readsBodyCondition, soon))
		verify(t, r, hostile{class: result.ProbeInternal, phase: result.PhaseBody, sentence: noRoomWords + at + "; this says nothing about the endpoint"})
	}
	requireHealthy(t, probeOne(t, endpoint("http://"+serve(t, replay(upAnswer)), patient, `conditions: ["[STATUS] == 200"]`)))
}

func TestNoRoomForTheMessage(t *testing.T) {
	noLeaks(t)
	takeRoom(t, time.Second)
	r := probeOne(t, endpoint("ws://"+serve(t, accepts(replies("\x81\x04PONG"))), "body: PING", wantsPong, soon))
	verify(t, r, hostile{class: result.ProbeInternal, phase: result.PhaseBody, sentence: noRoomWords})
}

func TestWaitingForRoomIsNotTheEndpointsTime(t *testing.T) {
	noLeaks(t)
	takeRoom(t, time.Second)
	r := probeOne(t, endpoint("http://"+serve(t, replay(upAnswer)), readsBodyCondition, patient))
	requireHealthy(t, r)
	if took, ok := r.Phases.Get(result.PhaseBody); !ok || took > 900*time.Millisecond {
		t.Errorf("the body took %v, %v", took, ok)
	}
}

// What a server does to a probe that made it wait is not its failure.
func TestTimeLostWhileWaitingForRoom(t *testing.T) {
	noLeaks(t)
	takeRoom(t, 100*time.Millisecond)
	at := serve(t, func(c net.Conn) { replay("HTTP/1.1 200 OK\r\n\r\nU")(c); hold(c) })
	verify(t, probeOne(t, endpoint("http://"+at, readsBodyCondition, soon)), hostile{class: result.ProbeInternal, phase: result.PhaseBody, sentence: noRoomWords})
}

func TestWaitingForRoomEndsWithTheRound(t *testing.T) {
	noLeaks(t)
	takeRoom(t, time.Second)
	checks := load(t, endpoint("http://"+serve(t, replay(upAnswer)), readsBodyCondition, "client: {timeout: 20s}"))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if r := New(Options{}).Probe(ctx, &checks[0]); r.Class != result.ProbeSkipped || time.Duration(r.Duration) > 900*time.Millisecond {
		t.Errorf("class %q after %v: %s", r.Class, time.Duration(r.Duration), r.Error)
	}
}

func TestRoomIsGivenBack(t *testing.T) {
	noLeaks(t)
	for _, answer := range []string{
		upAnswer, jsonAnswer(`{"status":"UP"}`), jsonAnswer(strings.Repeat("x", 100<<10)),
		"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 2<<20), "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nshort", gzipBomb(),
	} {
		probeOne(t, endpoint("http://"+serve(t, replay(answer)), readsBodyCondition, patient))
		takeRoom(t, 0)
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
