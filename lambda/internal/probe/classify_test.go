package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func dialError(errno syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
}

// The same error is another class in another phase; these are the ones that no
// loopback server can produce, and the borders between the tests.
func TestClassify(t *testing.T) {
	for _, c := range []struct {
		phase result.Phase
		err   error
		want  result.Class
	}{
		{result.PhaseTCP, dialError(syscall.EMFILE), result.ProbeInternal},
		{result.PhaseTCP, dialError(syscall.EADDRNOTAVAIL), result.ProbeInternal},
		{result.PhaseTCP, dialError(syscall.ENOBUFS), result.ProbeInternal},
		{result.PhaseDNS, &net.DNSError{Err: "dial udp: socket: too many open files"}, result.ProbeInternal},
		{result.PhaseBody, context.Canceled, result.ProbeSkipped},
		{result.PhaseDNS, context.DeadlineExceeded, result.DNSTimeout},
		{result.PhaseTCP, dialError(syscall.ETIMEDOUT), result.TCPTimeout},
		{result.PhaseTLS, os.ErrDeadlineExceeded, result.TLSTimeout},
		{result.PhaseWrite, os.ErrDeadlineExceeded, result.HTTPTimeout},
		{result.PhaseTTFB, fmt.Errorf("read: %w", os.ErrDeadlineExceeded), result.HTTPTimeout},
		{result.PhaseBody, os.ErrDeadlineExceeded, result.HTTPTimeout},
		{"", os.ErrDeadlineExceeded, result.HTTPTimeout},
		{result.PhaseTCP, dialError(syscall.EHOSTUNREACH), result.TCPUnreachable},
		{result.PhaseTCP, dialError(syscall.ENETUNREACH), result.TCPUnreachable},
		{result.PhaseTCP, dialError(syscall.EACCES), result.TCPUnreachable},
		{result.PhaseWrite, dialError(syscall.EPIPE), result.TCPReset},
		{result.PhaseTCP, dialError(syscall.ECONNRESET), result.TCPReset},
		{result.PhaseTLS, io.EOF, result.TLSHandshake},
		{result.PhaseTTFB, io.EOF, result.HTTPEOF},
		{result.PhaseBody, io.ErrUnexpectedEOF, result.HTTPEOF},
		{result.PhaseTTFB, &net.OpError{Op: "remote error", Err: tls.AlertError(116)}, result.TLSHandshake},
		{result.PhaseTLS, tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, result.TLSNotTLS},
		{result.PhaseBody, errors.New("malformed chunked encoding"), result.HTTPProtocol},
	} {
		if got := classify(c.phase, c.err); got != c.want {
			t.Errorf("%s, %v: %q, want %q", c.phase, c.err, got, c.want)
		}
	}
}

// Whatever classify says, there is a sentence for it, and it is one sentence
// that names the endpoint.
func TestEveryClassHasASentence(t *testing.T) {
	phases := append([]result.Phase{}, result.MeasuredPhases[:]...)
	for _, err := range []error{
		io.EOF, context.Canceled, os.ErrDeadlineExceeded, dialError(syscall.ECONNREFUSED), dialError(syscall.ECONNRESET),
		dialError(syscall.ENETUNREACH), dialError(syscall.EMFILE), tls.RecordHeaderError{Msg: "x"}, tls.AlertError(40), errors.New("what is this"),
	} {
		for _, phase := range phases {
			class := classify(phase, err)
			sentence, ok := sentences[class]
			if !ok {
				t.Errorf("%s, %v: no sentence for %q", phase, err, class)
				continue
			}
			text := sentence(circumstances{host: "api.example.com:443", address: "192.0.2.1:443", phase: phase, limit: 10 * time.Second, now: time.Now(), err: err})
			if !strings.Contains(text, "api.example.com") || strings.HasSuffix(text, ".") || strings.Contains(text, "%!") || strings.Contains(text, "  ") {
				t.Errorf("%s, %s: %q", class, phase, text)
			}
		}
	}
}

func TestRough(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30 s", 5 * time.Minute: "5 min", 3 * time.Hour: "3 h", 75 * time.Hour: "3 days",
	} {
		if got := rough(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
