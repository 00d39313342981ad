package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// classify names an error of the transport by what it is and by the phase in
// which it happened: a deadline error is the same value in every phase, so the
// type alone cannot tell which wait was in vain. The order of the tests
// matters, since errors wrap one another: first what is our own fault, then the
// most specific types, the bare end of a stream last.
func classify(phase result.Phase, err error) result.Class {
	switch {
	case isOwnFault(err):
		return result.ProbeInternal
	case errors.Is(err, context.Canceled):
		return result.ProbeSkipped
	}
	if class := classifyCertificate(err); class != "" {
		return class
	}
	if class := classifyTLS(err); class != "" {
		return class
	}
	if isTimeout(err) {
		if class, ok := timeoutClass[phase]; ok {
			return class
		}
		return result.HTTPTimeout // outside of any phase there is only waiting for an answer
	}
	if class := classifyErrno(err); class != "" {
		return class
	}
	return classifyStream(phase, err)
}

// isOwnFault tells exhaustion of the checker from trouble of the endpoint.
func isOwnFault(err error) bool {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	// net.DNSError keeps only the text of the errno. Elsewhere the text may be
	// a server's own words.
	failed, ok := errors.AsType[*net.DNSError](err)
	return ok && strings.Contains(failed.Err, "too many open files")
}

func classifyCertificate(err error) result.Class {
	if _, ok := errors.AsType[x509.SystemRootsError](err); ok {
		return result.ProbeInternal // our own authorities could not be read
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return result.TLSName
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason != x509.Expired {
			return result.TLSUntrusted
		}
		// x509 has one reason for both ends of the validity.
		if invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore) {
			return result.TLSNotYetValid
		}
		return result.TLSExpired
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return result.TLSUntrusted
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return result.TLSUntrusted
	}
	return ""
}

func classifyTLS(err error) result.Class {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return result.TLSNotTLS
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return result.TLSNotTLS
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return result.TLSHandshake
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return result.TLSHandshake // an alert of the other side
	}
	return ""
}

// timeoutClass names a timeout by the phase that was under way.
var timeoutClass = map[result.Phase]result.Class{
	result.PhaseDNS:   result.DNSTimeout,
	result.PhaseTCP:   result.TCPTimeout,
	result.PhaseTLS:   result.TLSTimeout,
	result.PhaseWrite: result.HTTPTimeout,
	result.PhaseTTFB:  result.HTTPTimeout,
	result.PhaseBody:  result.HTTPTimeout,
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) {
		return true
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func classifyErrno(err error) result.Class {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return result.TCPRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH),
		errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return result.TCPUnreachable
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		return result.TCPReset
	}
	return ""
}

// classifyStream names what is left: a stream that ended, or an answer that
// the parser did not take.
func classifyStream(phase result.Phase, err error) result.Class {
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case phase == result.PhaseTLS:
		return result.TLSHandshake // closed in the handshake, or "tls: …"
	case ended && (phase == result.PhaseTCP || phase == result.PhaseDNS):
		return result.TCPReset
	case ended:
		return result.HTTPEOF
	case phase == result.PhaseTCP:
		return result.TCPUnreachable // an address that cannot be dialled from here
	case strings.HasPrefix(err.Error(), "tls: "):
		return result.TLSHandshake
	default:
		return result.HTTPProtocol
	}
}
