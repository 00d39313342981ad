package probe

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Room for the bodies that conditions read. A probe takes firstRoom, which is
// enough for most, and if that is too little all that it may come to need: were
// it to ask again and again while others do the same, all could end up waiting
// for one another. All probes at once hold less than 10 MiB of first rooms, so
// the largest body, of 16 MiB, always gets its turn.
const (
	allRoom   = 32 << 20
	firstRoom = 32 << 10
)

// bodyMemory is shared by all probes of the process.
var bodyMemory = semaphore.NewWeighted(allRoom)

// makeRoom sees to it that as many bytes of a body may be kept.
func (x *exchange) makeRoom(ctx context.Context, bytes int64) error {
	limit := x.check.Client.MaxBodySize
	switch {
	case bytes <= x.held || x.held >= limit:
		return nil
	case bytes <= firstRoom:
		return x.reserve(ctx, min(firstRoom, limit))
	default:
		return x.reserve(ctx, limit)
	}
}

// reserve takes room for a body of that size, and waits for it if need be. The
// wait is not the endpoint's: it counts in no phase.
func (x *exchange) reserve(ctx context.Context, size int64) error {
	more := min(size, allRoom) - x.held
	if more <= 0 {
		return nil
	}
	if bodyMemory.TryAcquire(more) {
		x.held += more
		return nil
	}
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	began := time.Now()
	err := bodyMemory.Acquire(ctx, more)
	waited := time.Since(began)
	x.waited += waited
	x.began = x.began.Add(waited)
	if err != nil {
		return x.noRoom(err)
	}
	x.held += more
	return nil
}

// noRoom is the failure of a probe that lost its time, or the patience of the
// server, while it waited for room.
func (x *exchange) noRoom(err error) *Failure {
	return failf(result.ProbeInternal, result.PhaseBody, err, "the checker had no memory left for the body of %s; this says nothing about the endpoint", x.host)
}

// dropBody gives back the room of a body that has been judged.
func (x *exchange) dropBody() {
	if x.held > 0 {
		bodyMemory.Release(x.held)
		x.held = 0
	}
}
