package probe

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// framed is an HTTP/2 server that counts requests and answers each by hand.
func framed(requests *atomic.Int64, answer func(*http2.Framer, uint32)) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		framer := http2.NewFramer(conn, conn)
		_ = framer.WriteSettings()
		for {
			frame, err := framer.ReadFrame()
			if err != nil {
				return
			}
			if frame, ok := frame.(*http2.HeadersFrame); ok {
				requests.Add(1)
				answer(framer, frame.StreamID)
			}
		}
	}
}

func headerBlock(pairs ...string) []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := 0; i < len(pairs); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return block.Bytes()
}

func writeHeaders(f *http2.Framer, id uint32, end bool, pairs ...string) {
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: headerBlock(pairs...), EndHeaders: true, EndStream: end})
}

var answerHeaders = []string{":status", "200", "content-type", "application/grpc"}

func TestGRPCHostileFrames(t *testing.T) {
	for _, c := range []struct {
		name     string
		answer   func(*http2.Framer, uint32)
		class    result.Class // "" : healthy
		phase    result.Phase
		sentence string
	}{
		{"refused stream", func(f *http2.Framer, id uint32) { _ = f.WriteRSTStream(id, http2.ErrCodeRefusedStream) }, result.HTTPEOF, result.PhaseTTFB, "ended the call without an answer (HTTP/2 REFUSED_STREAM)"},
		{"reset in the answer", func(f *http2.Framer, id uint32) {
			writeHeaders(f, id, false, answerHeaders...)
			_ = f.WriteRSTStream(id, http2.ErrCodeInternal)
		}, result.HTTPEOF, result.PhaseBody, "(HTTP/2 INTERNAL_ERROR)"},
		{"reset in an error page", func(f *http2.Framer, id uint32) {
			writeHeaders(f, id, false, ":status", "503", "content-type", "text/html")
			_ = f.WriteData(id, false, []byte("<h1>no target</h1>"))
			_ = f.WriteRSTStream(id, http2.ErrCodeNo)
		}, result.HTTPStatus, result.PhaseAssert, "answered the gRPC call with HTTP 503 Service Unavailable; it says: <h1>no target</h1>"},
		{"goes away", func(f *http2.Framer, _ uint32) { _ = f.WriteGoAway(0, http2.ErrCodeNo, nil) }, result.HTTPEOF, result.PhaseTTFB, "ended the connection without an answer (HTTP/2 NO_ERROR)"},
		{"goes away after the answer", func(f *http2.Framer, id uint32) {
			_ = f.WriteGoAway(id, http2.ErrCodeNo, nil)
			_ = f.WritePing(false, [8]byte{1})
			writeHeaders(f, id, false, ":status", "103")
			writeHeaders(f, id, false, answerHeaders...)
			_ = f.WriteData(id, false, []byte(serving))
			writeHeaders(f, id, true, "grpc-status", "0")
		}, "", "", ""},
		{"never answers", func(*http2.Framer, uint32) {}, result.HTTPTimeout, result.PhaseTTFB, "sent no answer within 400ms"},
		{"never ends", func(f *http2.Framer, id uint32) { writeHeaders(f, id, false, answerHeaders...) }, result.HTTPTimeout, result.PhaseBody, "was not complete within 400ms"},
		{"data before headers", func(f *http2.Framer, id uint32) { _ = f.WriteData(id, true, []byte(serving)) }, result.HTTPProtocol, result.PhaseTTFB, "does not follow HTTP/2 (PROTOCOL_ERROR)"},
		{"large frame", func(f *http2.Framer, id uint32) {
			writeHeaders(f, id, false, answerHeaders...)
			_ = f.WriteData(id, false, make([]byte, 1<<17))
		}, result.HTTPProtocol, result.PhaseBody, "a frame is larger than allowed"},
		{"endless headers", func(f *http2.Framer, id uint32) {
			block := headerBlock("x-filler", strings.Repeat("x", 8000))
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block})
			var err error
			for err == nil {
				err = f.WriteContinuation(id, false, block)
			}
		}, result.HTTPProtocol, result.PhaseTTFB, "does not follow HTTP/2"},
		{"endless settings", func(f *http2.Framer, _ uint32) {
			var err error
			for err == nil {
				err = f.WriteSettings()
			}
		}, result.HTTPTooLarge, result.PhaseTTFB, "sent 1000 HTTP/2 frames without an end to its answer"},
		{"broken headers", func(f *http2.Framer, id uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff}, EndHeaders: true})
		}, result.HTTPProtocol, result.PhaseTTFB, "does not follow HTTP/2 (COMPRESSION_ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			var requests atomic.Int64
			r := probeOne(t, endpoint("grpc://"+serve(t, framed(&requests, c.answer)), wantsServing, timeoutFor(c.class)))
			if c.class == "" {
				requireHealthy(t, r)
			} else {
				verify(t, r, hostile{class: c.class, phase: c.phase, sentence: c.sentence})
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests, want exactly one", n)
			}
		})
	}
}

func TestGRPCToSomethingElse(t *testing.T) {
	for _, c := range []hostile{
		{name: "HTTP/1", handle: replay("HTTP/1.1 400 Bad Request\r\n\r\nno"), class: result.HTTPProtocol, sentence: "does not speak HTTP/2 on that port, which gRPC needs: it answers in HTTP/1 (HTTP/1.1 400 Bad Request"},
		{name: "SSH", handle: says("SSH-2.0-OpenSSH_9.6\r\n"), class: result.HTTPProtocol, sentence: "does not speak HTTP/2 on that port"},
		{name: "garbage", handle: says("\x00\xff\x1b[2J\r\n\x00\x00\x00"), class: result.HTTPProtocol, sentence: "does not speak HTTP/2 on that port"},
		{name: "endless", handle: flood(false, "x"), class: result.HTTPProtocol, sentence: "does not speak HTTP/2 on that port"},
		{name: "one byte at a time", handle: dripRaw(false, "\x00\x00\x00\x04\x00\x00\x00\x00\x00"), class: result.HTTPTimeout, sentence: "within 400ms"},
		{name: "closes in a frame", handle: func(c net.Conn) {
			_, _ = c.Read(make([]byte, 4096))
			_, _ = c.Write([]byte("\x00\x00\x06\x04\x00\x00\x00"))
		}, class: result.HTTPEOF, sentence: "closed the connection without an answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			c.phase = result.PhaseTTFB
			verify(t, probeOne(t, endpoint("grpc://"+serve(t, c.handle), timeoutFor(c.class))), c)
		})
	}
}

// FuzzH2Answer has the reader of answers take whatever comes after settings.
func FuzzH2Answer(f *testing.F) {
	var good bytes.Buffer
	framer := http2.NewFramer(&good, nil)
	writeHeaders(framer, 1, false, answerHeaders...)
	_ = framer.WriteData(1, false, []byte(serving))
	writeHeaders(framer, 1, true, "grpc-status", "0")
	f.Add(good.Bytes())
	f.Add([]byte("\x00\x00\x00\x04\x01\x00\x00\x00\x00"))
	f.Add([]byte("HTTP/1.1 400\r\n\r\n"))
	checks := load(f, endpoint("grpc://127.0.0.1:1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		x := &exchange{prober: New(Options{}), check: &checks[0], host: "h"}
		conn := scripted{Reader: io.MultiReader(strings.NewReader("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), bytes.NewReader(text))}
		answer, err := x.askH2(conn, nil, nil)
		if err == nil {
			_, err = x.readHealth(answer)
		}
		if failure, ok := err.(*Failure); err != nil && (!ok || failure.Class == "" || failure.Sentence == "") {
			t.Errorf("an error without class or sentence: %v", err)
		}
	})
}

// scripted is a connection from which a text is read.
type scripted struct {
	net.Conn
	io.Reader
}

func (s scripted) Read(p []byte) (int, error)  { return s.Reader.Read(p) }
func (s scripted) Write(p []byte) (int, error) { return len(p), nil }
