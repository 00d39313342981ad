package probe

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Bounds of one HTTP/2 answer. The body of a gRPC health check has a few bytes;
// that of a load balancer's error page some hundred.
const (
	maxH2Body   = 16 << 10
	maxH2Frames = 1000     // frames in all, of which each can cost us an answer
	h2Frame     = 16 << 10 // the largest frame that either side may send unasked
	h2Stream    = 1        // the only request of the connection
	dynamicMax  = 4096     // HPACK's table, as both sides assume unasked
)

// h2Answer is what one request brought.
type h2Answer struct {
	headers  map[string]string // nil until they came
	trailers map[string]string // the headers too, where nothing else came
	body     []byte
	ended    bool
}

// refused reports whether something answered with an HTTP error.
func (a *h2Answer) refused() bool {
	status := a.headers[":status"]
	return status != "" && status != "200"
}

// h2Conn is one request on one connection, driven by hand with a framer: a
// client with a pool sends a request again, a thousand times a second if the
// server refuses the stream each time, and measures none of the phases.
type h2Conn struct {
	x      *exchange
	conn   net.Conn
	reader *bufio.Reader
	framer *http2.Framer
	answer h2Answer
}

// askH2 sends one request and reads its answer to the end.
func (x *exchange) askH2(conn net.Conn, headers []hpack.HeaderField, body []byte) (*h2Answer, error) {
	reader := bufio.NewReader(&meteredConn{Conn: conn, x: x, left: maxHeaderBytes})
	h := &h2Conn{x: x, conn: conn, reader: reader, framer: http2.NewFramer(conn, reader)}
	h.framer.SetMaxReadFrameSize(h2Frame)
	h.framer.MaxHeaderListSize = h2Frame
	h.framer.ReadMetaHeaders = hpack.NewDecoder(dynamicMax, nil)

	x.enter(result.PhaseWrite)
	if _, err := conn.Write(encodeH2(headers, body)); err != nil {
		return nil, x.fail(err)
	}
	x.leave()
	x.enter(result.PhaseTTFB)
	// An error status counts, even if the page that came with it is cut off.
	if err := h.receive(); err != nil && !h.answer.refused() {
		return nil, err
	}
	if x.phase == result.PhaseBody {
		x.leave()
	}
	return &h.answer, nil
}

// receive reads until the answer has ended.
func (h *h2Conn) receive() error {
	if err := h.expectH2(); err != nil {
		return err
	}
	for n := 0; !h.answer.ended; n++ {
		if n == maxH2Frames {
			return failf(result.HTTPTooLarge, h.x.phase, nil, "%s sent %d HTTP/2 frames without an end to its answer", h.x.where(), n)
		}
		frame, err := h.framer.ReadFrame()
		if err != nil {
			return h.failure(err)
		}
		if err := h.take(frame); err != nil {
			return err
		}
	}
	return nil
}

// encodeH2 is everything that we send unless asked: the preface, settings, and
// the request.
func encodeH2(headers []hpack.HeaderField, body []byte) []byte {
	var block, out bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range headers {
		_ = encoder.WriteField(field) // writing to a buffer does not fail
	}
	out.WriteString(http2.ClientPreface)
	framer := http2.NewFramer(&out, nil)
	_ = framer.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0})
	fragment := block.Next(h2Frame)
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: h2Stream, BlockFragment: fragment, EndHeaders: block.Len() == 0})
	for block.Len() > 0 {
		fragment = block.Next(h2Frame)
		_ = framer.WriteContinuation(h2Stream, block.Len() == 0, fragment)
	}
	_ = framer.WriteData(h2Stream, true, body)
	return out.Bytes()
}

// expectH2 looks at the first frame, which must be settings, to tell a port on
// which something else is spoken.
func (h *h2Conn) expectH2() error {
	start, err := h.reader.Peek(5)
	if err != nil && len(start) == 0 {
		return h.x.fail(err)
	}
	switch {
	case bytes.HasPrefix([]byte("HTTP/"), start):
		line, _ := h.reader.ReadString('\n')
		return h.notH2("it answers in HTTP/1 (" + line + ")")
	case len(start) >= 2 && start[0] == 21 && start[1] == 3: // a TLS alert
		return h.notH2("it speaks TLS there; use grpcs://")
	case err == nil && http2.FrameType(start[3]) != http2.FrameSettings:
		return h.notH2("the answer does not begin with settings")
	}
	return nil // what is wrong with a shorter beginning, reading it will tell
}

func (h *h2Conn) notH2(why string) error {
	return failf(result.HTTPProtocol, h.x.phase, nil, "%s does not speak HTTP/2 on that port, which gRPC needs: %s", h.x.where(), rootCause(errors.New(strings.TrimSpace(why))))
}

// take acts on one frame.
func (h *h2Conn) take(frame http2.Frame) error {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			_ = h.framer.WriteSettingsAck() // if it fails, so does reading
		}
	case *http2.PingFrame:
		if !frame.IsAck() {
			_ = h.framer.WritePing(true, frame.Data)
		}
	case *http2.GoAwayFrame:
		if frame.LastStreamID < h2Stream {
			return h.dropped("the connection", frame.ErrCode)
		}
	case *http2.RSTStreamFrame:
		if frame.StreamID == h2Stream {
			return h.dropped("the call", frame.ErrCode)
		}
	case *http2.MetaHeadersFrame:
		return h.takeHeaders(frame)
	case *http2.DataFrame:
		return h.takeData(frame)
	}
	return nil
}

// takeHeaders keeps headers, or trailers if headers came before; what is both is
// kept as both. Provisional (1xx) ones are skipped.
func (h *h2Conn) takeHeaders(frame *http2.MetaHeadersFrame) error {
	if frame.StreamID != h2Stream || strings.HasPrefix(frame.PseudoValue("status"), "1") {
		return nil
	}
	if frame.Truncated {
		return h.tooLarge("headers", h2Frame)
	}
	fields := make(map[string]string, len(frame.Fields))
	for _, field := range frame.Fields {
		fields[field.Name] = field.Value
	}
	h.answer.ended = frame.StreamEnded()
	if h.answer.headers != nil {
		h.answer.trailers = fields
		return nil
	}
	h.x.leave() // the wait for the first byte
	h.answer.headers = fields
	if h.answer.ended {
		h.answer.trailers = fields
		return nil
	}
	h.x.enter(result.PhaseBody)
	return nil
}

func (h *h2Conn) takeData(frame *http2.DataFrame) error {
	if frame.StreamID != h2Stream || h.answer.headers == nil {
		return h.failure(http2.ConnectionError(http2.ErrCodeProtocol))
	}
	if len(h.answer.body)+len(frame.Data()) > maxH2Body {
		return h.tooLarge("answer", maxH2Body)
	}
	h.answer.body = append(h.answer.body, frame.Data()...)
	h.answer.ended = frame.StreamEnded()
	return nil
}

func (h *h2Conn) tooLarge(what string, limit int) error {
	return failf(result.HTTPTooLarge, h.x.phase, nil, "%s sent more than %d KiB of %s to the gRPC call", h.x.where(), limit>>10, what)
}

// dropped is an end that the server chose before it answered.
func (h *h2Conn) dropped(what string, code http2.ErrCode) error {
	return failf(result.HTTPEOF, h.x.phase, nil, "%s ended %s without an answer (HTTP/2 %s)", h.x.where(), what, code)
}

func (h *h2Conn) failure(err error) error {
	switch {
	case errors.Is(err, errHeadersTooLarge):
		return failf(result.HTTPTooLarge, h.x.phase, err, "%s sent more than %d KiB without an end to its answer", h.x.where(), maxHeaderBytes>>10)
	case errors.Is(err, http2.ErrFrameTooLarge):
		return failf(result.HTTPProtocol, h.x.phase, err, "%s does not follow HTTP/2: a frame is larger than allowed", h.x.where())
	}
	if broken, ok := errors.AsType[http2.ConnectionError](err); ok {
		why := http2.ErrCode(broken).String()
		if detail := h.framer.ErrorDetail(); detail != nil {
			why = fmt.Sprintf("%s, %s", why, rootCause(detail))
		}
		return failf(result.HTTPProtocol, h.x.phase, err, "%s does not follow HTTP/2 (%s)", h.x.where(), why)
	}
	return h.x.fail(err)
}
