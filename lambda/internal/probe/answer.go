package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Bounds of what a server may send before its body.
const (
	maxHeaderBytes   = 64 << 10
	maxHeaderLines   = 500
	maxInformational = 10 // 1xx answers before the real one
	readerSize       = 4 << 10
)

// answer is a response whose headers have been read.
type answer struct {
	ctx      context.Context // of the exchange: ends waiting for room for the body
	response *http.Response
	reader   *bufio.Reader
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readerSize) }}

// close gives the reader back; the connection ends with the exchange.
func (a *answer) close() {
	if a.reader != nil {
		a.reader.Reset(nil)
		readers.Put(a.reader)
		a.reader = nil
	}
}

// meteredConn counts what comes, and ends the stream when a bound is set and
// passed.
type meteredConn struct {
	net.Conn
	x     *exchange
	left  int64        // bytes that may still come; negative: any number
	lines *headerLines // to be counted; nil: none
	ended error        // what the last read returned
}

var (
	errHeadersTooLarge = errors.New("headers too large")
	errTooManyHeaders  = errors.New("too many headers")
)

// headerLines counts the lines of one block of headers as they come, before
// the parser makes something larger of each. The zero value is ready.
type headerLines struct {
	count  int
	length int  // of the line that has no end yet
	ended  bool // by an empty line
}

// add reports whether there are too many lines with these bytes.
func (l *headerLines) add(p []byte) bool {
	for !l.ended && l.count <= maxHeaderLines {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			l.length += len(p)
			break
		}
		l.ended = l.length+end <= 1 // "\r\n" or "\n"
		l.count++
		l.length, p = 0, p[end+1:]
	}
	return l.count > maxHeaderLines
}

func (m *meteredConn) Read(p []byte) (int, error) {
	if m.left == 0 {
		m.ended = errHeadersTooLarge
		return 0, m.ended
	}
	if m.left > 0 && int64(len(p)) > m.left {
		p = p[:m.left]
	}
	n, err := m.Conn.Read(p)
	m.x.received += int64(n)
	if m.left > 0 {
		m.left -= int64(n)
	}
	if m.lines != nil && m.lines.add(p[:n]) {
		n, err = 0, errTooManyHeaders
	}
	m.ended = err
	return n, err
}

// count begins to count the lines of a block of headers, of which the reader
// may hold the beginning already, and reports whether that is too much.
func (m *meteredConn) count(reader *bufio.Reader) bool {
	m.lines = new(headerLines)
	held, _ := reader.Peek(reader.Buffered()) // never fails
	return m.lines.add(held)
}

// awaitAnswer reads status line and headers of the final answer. The wait until
// its first byte is the ttfb phase; from then on the answer is being received,
// which is the body phase.
func (x *exchange) awaitAnswer(conn net.Conn, h *hop) (*answer, error) {
	metered := &meteredConn{Conn: conn, x: x, left: maxHeaderBytes}
	a := &answer{reader: readers.Get().(*bufio.Reader)}
	a.reader.Reset(metered)
	request := &http.Request{Method: h.method} // tells ReadResponse whether a body follows
	for range maxInformational + 1 {
		x.enter(result.PhaseTTFB)
		tooMany := metered.count(a.reader)
		_, err := a.reader.Peek(1)
		tooMany = tooMany || errors.Is(err, errTooManyHeaders)
		if err != nil && !tooMany {
			a.close()
			return nil, x.fail(err)
		}
		x.leave()
		x.enter(result.PhaseBody)
		if tooMany {
			a.close()
			return nil, x.headerFailure(errTooManyHeaders, nil)
		}
		response, err := http.ReadResponse(a.reader, request)
		if err != nil {
			a.close()
			return nil, x.headerFailure(metered.ended, err)
		}
		if response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			metered.left, metered.lines = -1, nil
			a.response = response
			return a, nil
		}
	}
	a.close()
	return nil, failf(result.HTTPProtocol, result.PhaseTTFB, nil, "%s sent more than %d provisional (1xx) answers and no final one", x.host, maxInformational)
}

// headerFailure names what is wrong with the beginning of an answer. Where the
// connection ended or went silent, that is what happened: the parser takes the
// half of a line that had come for a whole one, and complains about it.
func (x *exchange) headerFailure(ended, err error) *Failure {
	if ended != nil {
		err = ended
	}
	switch {
	case errors.Is(err, errHeadersTooLarge):
		return failf(result.HTTPTooLarge, result.PhaseBody, err, "%s sent more than %d KiB of headers", x.host, maxHeaderBytes>>10)
	case errors.Is(err, errTooManyHeaders):
		return failf(result.HTTPTooLarge, result.PhaseBody, err, "%s sent more than %d lines of headers", x.host, maxHeaderLines)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return failf(result.HTTPEOF, result.PhaseBody, err, "%s closed the connection in the middle of its headers", x.host)
	}
	return x.fail(err)
}
