package probe

import (
	"context"
	"errors"
	"syscall"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// probeUDP sends the body as one datagram and waits for one in return. Without
// a body it sends nothing, since an empty datagram has brought down servers
// that did not expect one; [CONNECTED] then only says that the name could be
// looked up and that there is a route.
func probeUDP(ctx context.Context, x *exchange) error {
	t := &x.check.Target
	conn, err := x.dial(ctx, "udp", t.Host, t.IP, t.Port)
	if err != nil {
		return err
	}
	if !sendsBody(x.check) {
		x.seen.Connected = true
		return nil
	}
	if err := x.send(ctx, conn); err != nil {
		return x.datagramFailure(err)
	}
	x.enter(result.PhaseTTFB)
	reply := make([]byte, maxReply)
	n, err := conn.Read(reply)
	if err != nil {
		return x.datagramFailure(err)
	}
	x.leave()
	x.received = int64(n)
	x.seen.Connected = true
	x.keepBody(reply[:n], true)
	return nil
}

// datagramFailure says what an error means where there is no connection.
func (x *exchange) datagramFailure(err error) error {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return failf(result.TCPRefused, x.phase, err, "%s answered that nothing listens on that UDP port", x.where())
	case isTimeout(err):
		return failf(result.HTTPTimeout, x.phase, err, "no answer came from %s within %s; over UDP a closed port, a lost datagram and a silent server look the same", x.where(), x.check.Timeout)
	default:
		return x.fail(err)
	}
}
