package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// probeWS opens a WebSocket. With a body it sends that as one text message and
// reads one message back; without one the handshake is all: there is no saying
// when a server that was not asked will speak.
func probeWS(ctx context.Context, x *exchange) error {
	u, err := x.connectWS(ctx)
	if err != nil {
		return err
	}
	defer u.close()
	socket, err := x.openWS(ctx, u)
	if err != nil {
		return err
	}
	defer func() { _ = socket.CloseNow() }() // frees buffers; the exchange closes the connection
	if sendsBody(x.check) {
		if err := x.talkWS(ctx, socket); err != nil {
			return err
		}
	}
	x.seen.Connected = true
	// The server is told that we go, but not waited for.
	_ = u.conn.SetReadDeadline(time.Unix(1, 0))
	_ = socket.Close(websocket.StatusNormalClosure, "")
	return nil
}

// connectWS opens the connection for the handshake.
func (x *exchange) connectWS(ctx context.Context) (*upgrade, error) {
	t := &x.check.Target
	conn, err := x.connect(ctx)
	if err != nil {
		return nil, err
	}
	h := &hop{method: http.MethodGet, secure: t.Scheme == "wss", host: t.Host, port: t.Port, path: t.Path}
	if h.secure {
		if conn, err = x.secure(conn, t.Host, "http/1.1"); err != nil {
			return nil, err
		}
	}
	return &upgrade{x: x, conn: conn, hop: h}, nil
}

// openWS makes the handshake.
func (x *exchange) openWS(ctx context.Context, u *upgrade) (*websocket.Conn, error) {
	headers := http.Header{"User-Agent": {userAgent}}
	for i := range x.check.HTTP.Headers {
		h := &x.check.HTTP.Headers[i]
		value, err := x.prober.fill(ctx, x, h.Value)
		if err != nil {
			return nil, err
		}
		headers.Set(h.Name, value)
	}
	socket, _, err := websocket.Dial(context.WithoutCancel(ctx), u.hop.url().String(), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: u}, HTTPHeader: headers, Host: x.check.HTTP.Host,
	})
	if err != nil {
		return nil, x.fail(err)
	}
	return socket, nil
}

// upgrade makes the handshake's request on the connection that was dialled.
// http.Transport would dial, time and retry on its own.
type upgrade struct {
	x      *exchange
	conn   net.Conn
	hop    *hop
	answer *answer
}

// close gives back what the answer borrowed.
func (u *upgrade) close() {
	if u.answer != nil {
		u.answer.close()
	}
}

// RoundTrip implements http.RoundTripper.
func (u *upgrade) RoundTrip(request *http.Request) (*http.Response, error) {
	x := u.x
	x.enter(result.PhaseWrite)
	if err := request.Write(u.conn); err != nil {
		return nil, x.fail(err)
	}
	x.leave()
	a, err := x.awaitAnswer(u.conn, u.hop)
	if err != nil {
		return nil, err
	}
	x.leave()
	u.answer = a
	x.seen.Status = a.response.StatusCode
	x.seen.Header = a.response.Header
	if a.response.StatusCode != http.StatusSwitchingProtocols {
		return nil, x.refused(a)
	}
	a.response.Body = &duplex{reader: a.reader, Conn: u.conn}
	return a.response, nil
}

// duplex is a connection of which the beginning has been read into a buffer.
type duplex struct {
	reader *bufio.Reader
	net.Conn
}

func (d *duplex) Read(p []byte) (int, error) { return d.reader.Read(p) }

// refused says what the server answered instead of opening a WebSocket.
func (x *exchange) refused(a *answer) *Failure {
	quote := ""
	start := make([]byte, quoteSource)
	_ = x.conns[len(x.conns)-1].SetReadDeadline(earlier(x.deadline, time.Now().Add(replyPause))) // the quote is not worth a long wait
	n, _ := io.ReadFull(a.response.Body, start)
	if text := redact.Snippet(start[:n], quoteLimit, x.secrets...); strings.TrimSpace(text) != "" {
		quote = "; it says: " + text
	}
	code := a.response.StatusCode
	status := strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
	return failf(result.HTTPStatus, result.PhaseAssert, nil, "%s answered %s instead of opening a WebSocket%s", x.where(), status, quote)
}

// talkWS sends the body and reads one message.
func (x *exchange) talkWS(ctx context.Context, socket *websocket.Conn) error {
	body, err := x.prober.fill(ctx, x, x.check.Body)
	if err != nil {
		return err
	}
	// The deadline of our connection ends every read and write; a context
	// here would have the library end them in its own words.
	endless := context.WithoutCancel(ctx)
	x.enter(result.PhaseWrite)
	if err := socket.Write(endless, websocket.MessageText, []byte(body)); err != nil {
		return x.fail(err)
	}
	x.leave()
	socket.SetReadLimit(x.check.Client.MaxBodySize)
	x.enter(result.PhaseTTFB)
	_, reader, err := socket.Reader(endless)
	if err != nil {
		return x.socketFailure(err)
	}
	x.leave()
	x.enter(result.PhaseBody)
	wanted := readsBody(x.check)
	message, whole, err := x.collect(ctx, reader, wanted)
	if err == nil && !whole { // the library lets one byte more through
		err = websocket.ErrMessageTooBig
	}
	if err != nil {
		return x.socketFailure(err)
	}
	x.leave()
	x.keepBody(message, wanted)
	return nil
}

// socketFailure names what ended the wait for a message.
func (x *exchange) socketFailure(err error) error {
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure
	}
	if x.waited > 0 && !errors.Is(err, websocket.ErrMessageTooBig) {
		return x.noRoom(err)
	}
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		return failf(result.HTTPEOF, x.phase, err, "%s closed the WebSocket instead of sending a message: %s", x.where(), closeReason(closed))
	}
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return failf(result.HTTPTooLarge, x.phase, err, "%s sent a message of more than %d bytes, the limit set by client.max-body-size", x.where(), x.check.Client.MaxBodySize)
	case isTimeout(err) && x.phase == result.PhaseTTFB:
		return failf(result.HTTPTimeout, x.phase, err, "%s opened the WebSocket but sent no message within %s", x.where(), x.check.Timeout)
	default:
		return x.fail(err)
	}
}

func closeReason(closed websocket.CloseError) string {
	reason := fmt.Sprintf("code %d", closed.Code)
	if closed.Reason != "" {
		reason += ", " + redact.Snippet([]byte(closed.Reason), quoteLimit)
	}
	return reason
}
