package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Bounds of what a server may send before it identifies itself. RFC 4253,
// section 4.2, allows other lines before the identification, and 255 bytes for
// that itself.
const (
	maxSSHLines          = 50
	maxSSHIdentification = 255
	maxSSHBytes          = 16 << 10
)

// probeSSH reads the line with which an SSH server identifies itself; it never
// logs in. [STATUS] is 0 once the line came, [BODY] the line.
func probeSSH(ctx context.Context, x *exchange) error {
	conn, err := x.connect(ctx)
	if err != nil {
		return err
	}
	reader := bufio.NewReaderSize(&meteredConn{Conn: conn, x: x, left: maxSSHBytes}, maxSSHBytes)
	x.enter(result.PhaseTTFB)
	if _, err := reader.Peek(1); err != nil {
		return x.sshFailure(err)
	}
	x.leave()
	x.enter(result.PhaseBody)
	identification, err := readIdentification(reader)
	if err != nil {
		return x.sshFailure(err)
	}
	x.leave()
	x.seen.Connected = true
	x.keepBody([]byte(identification), true)
	return nil
}

// notSSH is what was read instead of an identification.
type notSSH struct {
	first string // the first line
	why   string
}

func (e *notSSH) Error() string { return e.why }

// readIdentification returns the identification without its line end.
func readIdentification(reader *bufio.Reader) (string, error) {
	first := ""
	for i := range maxSSHLines {
		line, err := reader.ReadString('\n')
		if i == 0 {
			first = line
		}
		switch {
		case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errHeadersTooLarge):
			return "", err
		case errors.Is(err, io.EOF) && strings.HasPrefix(line, "SSH-"):
			return "", io.ErrUnexpectedEOF
		case err != nil:
			return "", &notSSH{first, "the stream ended, or grew too long, without one"}
		case !strings.HasPrefix(line, "SSH-"):
			continue
		case len(line) > maxSSHIdentification:
			return "", &notSSH{first, fmt.Sprintf("it is longer than %d bytes", maxSSHIdentification)}
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	return "", &notSSH{first, fmt.Sprintf("none came in %d lines", maxSSHLines)}
}

// sshFailure says what came instead of an identification.
func (x *exchange) sshFailure(err error) error {
	if other, ok := errors.AsType[*notSSH](err); ok {
		return failf(result.HTTPProtocol, x.phase, err, "%s does not identify itself as an SSH server (%s); it says: %s", x.where(), other.why, redact.Snippet([]byte(other.first), quoteLimit))
	}
	return x.fail(err)
}
