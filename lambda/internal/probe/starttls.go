package probe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// maxSMTPBytes bounds what a mail server may say before the handshake.
const maxSMTPBytes = 64 << 10

// smtp is a conversation with a mail server.
type smtp struct {
	x      *exchange
	conn   net.Conn
	reader *bufio.Reader
	asked  string // what the server is to answer now, for sentences
}

// probeSTARTTLS speaks SMTP as far as STARTTLS and makes the handshake.
func probeSTARTTLS(ctx context.Context, x *exchange) error {
	conn, err := x.connect(ctx)
	if err != nil {
		return err
	}
	s := &smtp{x: x, conn: conn, reader: bufio.NewReader(&meteredConn{Conn: conn, x: x, left: maxSMTPBytes})}
	if err := s.requestTLS(); err != nil {
		return err
	}
	secured, err := x.secure(conn, x.check.Target.Host)
	if err != nil {
		return err
	}
	x.seen.Connected = true
	// A server that was told goodbye does not log a lost connection. Its
	// answer is of no interest, nor whether it still listens.
	_, _ = secured.Write([]byte("QUIT\r\n"))
	return nil
}

// requestTLS brings the conversation to where the handshake begins.
func (s *smtp) requestTLS() error {
	s.asked = "the connection"
	if _, err := s.expect(220); err != nil {
		return err
	}
	extensions, err := s.command("EHLO "+addressLiteral(s.conn.LocalAddr()), 250)
	if err != nil {
		return err
	}
	if !offersSTARTTLS(extensions) {
		return failf(result.TLSNotTLS, result.PhaseTTFB, nil, "%s speaks SMTP but does not offer STARTTLS", s.x.where())
	}
	if _, err := s.command("STARTTLS", 220); err != nil {
		return err
	}
	if s.reader.Buffered() > 0 {
		// Whoever can insert plain text here could have it taken for
		// something that came encrypted.
		return failf(result.HTTPProtocol, result.PhaseTTFB, nil, "%s sent more than its answer to STARTTLS before the TLS handshake", s.x.where())
	}
	return nil
}

// command sends one line and returns the answer's text.
func (s *smtp) command(line string, code int) (string, error) {
	s.asked, _, _ = strings.Cut(line, " ")
	s.x.enter(result.PhaseWrite)
	if _, err := s.conn.Write([]byte(line + "\r\n")); err != nil {
		return "", s.x.fail(err)
	}
	s.x.leave()
	return s.expect(code)
}

// expect reads an answer, which must have the code.
func (s *smtp) expect(code int) (string, error) {
	s.x.enter(result.PhaseTTFB)
	got, text, err := readSMTP(s.reader)
	if err != nil {
		return "", s.failure(err)
	}
	if got != code {
		said := strings.TrimSpace(strconv.Itoa(got) + " " + redact.Snippet([]byte(text), quoteLimit))
		return "", failf(result.HTTPStatus, result.PhaseTTFB, nil, "%s answered %s with %s", s.x.where(), s.asked, said)
	}
	s.x.leave()
	return text, nil
}

// notSMTP is a line that is no part of an SMTP answer.
type notSMTP string

func (e notSMTP) Error() string { return string(e) }

// readSMTP reads one answer of one or more lines, each a code of three digits
// and, unless it is the last, a hyphen. net/textproto takes a line that was cut
// off by the deadline for a whole one.
func readSMTP(reader *bufio.Reader) (code int, text string, err error) {
	var texts []string
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return 0, "", err
		}
		line = strings.TrimRight(line, "\r\n")
		digits, rest := line[:min(3, len(line))], line[min(3, len(line)):]
		got, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || got < 100 || (code != 0 && int(got) != code) || (rest != "" && rest[0] != ' ' && rest[0] != '-') {
			return 0, "", notSMTP(line)
		}
		code = int(got)
		last := rest == "" || rest[0] == ' '
		texts = append(texts, strings.TrimLeft(rest, " -"))
		if last {
			return code, strings.Join(texts, "\n"), nil
		}
	}
}

func (s *smtp) failure(err error) error {
	x := s.x
	if other, ok := errors.AsType[notSMTP](err); ok {
		return failf(result.HTTPProtocol, x.phase, err, "%s does not speak SMTP on that port; it says: %s", x.where(), redact.Snippet([]byte(other), quoteLimit))
	}
	switch {
	case errors.Is(err, errHeadersTooLarge):
		return failf(result.HTTPTooLarge, x.phase, err, "%s sent more than %d KiB without an end to its SMTP answer", x.where(), maxSMTPBytes>>10)
	case errors.Is(err, io.EOF) && x.received > 0:
		return failf(result.HTTPEOF, x.phase, err, "%s closed the connection instead of answering %s", x.where(), s.asked)
	case isTimeout(err) && x.received > 0:
		return failf(result.HTTPTimeout, x.phase, err, "%s did not answer %s completely within %s", x.where(), s.asked, x.check.Timeout)
	default:
		return x.fail(err)
	}
}

// offersSTARTTLS reads the answer to EHLO: one extension a line, after the
// greeting.
func offersSTARTTLS(extensions string) bool {
	for line := range strings.Lines(extensions) {
		if strings.EqualFold(strings.TrimSpace(line), "STARTTLS") {
			return true
		}
	}
	return false
}

// addressLiteral is how a client without a name introduces itself.
func addressLiteral(local net.Addr) string {
	host, _, err := net.SplitHostPort(local.String())
	switch {
	case err != nil:
		return "localhost"
	case strings.Contains(host, ":"):
		return "[IPv6:" + host + "]"
	default:
		return "[" + host + "]"
	}
}
