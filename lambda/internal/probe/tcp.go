package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

const (
	// maxReply is how much of what a tcp, tls or udp endpoint sends back is
	// kept, as in Gatus.
	maxReply = 1024
	// replyPause is how long a reply that is not yet what the conditions
	// want may pause before it counts as complete: these protocols do not
	// say where an answer ends.
	replyPause = 200 * time.Millisecond
)

// probeTCP connects. With a body it sends that and reads the reply.
func probeTCP(ctx context.Context, x *exchange) error {
	conn, err := x.connect(ctx)
	if err != nil {
		return err
	}
	return x.converse(ctx, conn)
}

// converse sends the configured body, if there is one, and reads the beginning
// of the reply into [BODY].
func (x *exchange) converse(ctx context.Context, conn net.Conn) error {
	if !sendsBody(x.check) {
		x.seen.Connected = true
		return nil
	}
	if err := x.send(ctx, conn); err != nil {
		return err
	}
	reply, err := x.readReply(ctx, conn)
	if err != nil {
		return err
	}
	x.seen.Connected = true
	x.keepBody(reply, true)
	return nil
}

func sendsBody(c *check.Check) bool { return c.Body.Text != "" || c.Body.Secret != nil }

// send writes the configured body in one piece.
func (x *exchange) send(ctx context.Context, conn net.Conn) error {
	body, err := x.prober.fill(ctx, x, x.check.Body)
	if err != nil {
		return err
	}
	x.enter(result.PhaseWrite)
	if _, err := conn.Write([]byte(body)); err != nil {
		return x.fail(err)
	}
	x.leave()
	return nil
}

// readReply reads until the conditions on the body hold, the reply is full, the
// stream ends or pauses. A reply that comes in pieces is then not judged by its
// first piece, and one that comes whole costs no pause.
func (x *exchange) readReply(ctx context.Context, conn net.Conn) ([]byte, error) {
	reply := make([]byte, 0, maxReply)
	x.enter(result.PhaseTTFB)
	for {
		n, err := conn.Read(reply[len(reply):maxReply])
		x.received += int64(n)
		reply = reply[:len(reply)+n]
		if err != nil && (len(reply) == 0 || cutOff(ctx)) {
			return nil, x.fail(err)
		}
		x.leave()
		switch {
		case errors.Is(err, io.EOF), err != nil && isTimeout(err), len(reply) == maxReply, x.wouldAccept(reply):
			return reply, nil
		case err != nil:
			return nil, x.fail(err)
		}
		x.enter(result.PhaseBody)
		_ = conn.SetReadDeadline(earlier(x.deadline, time.Now().Add(replyPause))) // fails only on a closed connection
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// wouldAccept reports whether every condition on the body holds for this one.
func (x *exchange) wouldAccept(body []byte) bool {
	seen := x.seen
	seen.Connected, seen.Body = true, slices.Clone(body)
	for _, c := range x.check.Conditions {
		if slices.Contains(c.Reads(), "[BODY]") && !c.Evaluate(&seen).Healthy {
			return false
		}
	}
	return true
}
