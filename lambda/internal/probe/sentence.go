package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// circumstances are what a sentence about a failure may mention.
type circumstances struct {
	host     string // name or address as configured, with port
	address  string // address:port that was dialled; "" before
	phase    result.Phase
	limit    time.Duration // the probe's timeout
	received int64         // bytes of the answer that had come
	now      time.Time
	err      error
}

// where names the other side: the name and, if known, the address.
func (c circumstances) where() string {
	if c.address == "" || strings.Contains(c.host, c.address) {
		return c.host
	}
	return c.host + " (" + c.address + ")"
}

// where is the same for a kind of probe that makes a sentence of its own.
func (x *exchange) where() string {
	c := circumstances{host: x.host}
	if x.address.IsValid() {
		c.address = x.address.String()
	}
	return c.where()
}

// sentences has one sentence per class that classify gives. DNS classes have
// theirs where the resolver's answer is known.
var sentences = map[result.Class]func(circumstances) string{
	result.DNSTimeout: func(c circumstances) string {
		return fmt.Sprintf("no DNS answer for %s within %s", c.host, c.limit)
	},
	result.TCPRefused: func(c circumstances) string {
		return fmt.Sprintf("%s refused the connection: nothing listens on that port", c.where())
	},
	result.TCPTimeout: func(c circumstances) string {
		return fmt.Sprintf("%s did not answer the connection attempt within %s", c.where(), c.limit)
	},
	result.TCPReset: func(c circumstances) string {
		return fmt.Sprintf("%s reset the connection %s", c.where(), during[c.phase])
	},
	result.TCPUnreachable: func(c circumstances) string {
		return fmt.Sprintf("there is no route to %s (%s)", c.where(), rootCause(c.err))
	},
	result.TLSTimeout: func(c circumstances) string {
		return fmt.Sprintf("%s accepted the connection but did not finish the TLS handshake within %s", c.where(), c.limit)
	},
	result.TLSNotTLS: func(c circumstances) string {
		return fmt.Sprintf("%s does not speak TLS on that port", c.where())
	},
	result.TLSHandshake:   handshakeSentence,
	result.TLSExpired:     expiredSentence,
	result.TLSNotYetValid: notYetValidSentence,
	result.TLSName:        nameSentence,
	result.TLSUntrusted:   untrustedSentence,
	result.HTTPTimeout:    answerTimeoutSentence,
	result.HTTPEOF:        eofSentence,
	result.HTTPProtocol: func(c circumstances) string {
		return fmt.Sprintf("%s sent an answer that does not follow the protocol: %s", c.where(), rootCause(c.err))
	},
	result.ProbeInternal: func(c circumstances) string {
		return fmt.Sprintf("the checker itself could not probe %s: %s; this says nothing about the endpoint", c.host, rootCause(c.err))
	},
	result.ProbeSkipped: func(c circumstances) string {
		return fmt.Sprintf("the probe of %s was stopped before it ended", c.host)
	},
}

// during says in words what was going on in a phase.
var during = map[result.Phase]string{
	result.PhaseDNS:   "while the name was looked up",
	result.PhaseTCP:   "as soon as it was opened",
	result.PhaseTLS:   "during the TLS handshake",
	result.PhaseWrite: "while the request was sent",
	result.PhaseTTFB:  "instead of answering",
	result.PhaseBody:  "in the middle of the answer",
}

func answerTimeoutSentence(c circumstances) string {
	switch {
	case c.phase == result.PhaseBody:
		return fmt.Sprintf("%s began to answer, but the answer was not complete within %s (%d bytes came)", c.where(), c.limit, c.received)
	case c.phase == result.PhaseWrite:
		return fmt.Sprintf("%s did not take the request within %s", c.where(), c.limit)
	default:
		return fmt.Sprintf("%s accepted the connection but sent no answer within %s", c.where(), c.limit)
	}
}

func eofSentence(c circumstances) string {
	if c.phase == result.PhaseBody {
		return fmt.Sprintf("%s closed the connection in the middle of the answer, after %d bytes", c.where(), c.received)
	}
	return fmt.Sprintf("%s closed the connection without an answer", c.where())
}

func handshakeSentence(c circumstances) string {
	if errors.Is(c.err, io.EOF) || errors.Is(c.err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("%s closed the connection during the TLS handshake", c.where())
	}
	return fmt.Sprintf("the TLS handshake with %s failed: %s", c.where(), rootCause(c.err))
}

func expiredSentence(c circumstances) string {
	leaf := leafOf(c.err)
	if leaf == nil {
		return fmt.Sprintf("the certificate of %s has expired", c.where())
	}
	if c.now.Before(leaf.NotAfter) { // an intermediate, not the leaf
		return fmt.Sprintf("a certificate in the chain of %s has expired", c.where())
	}
	return fmt.Sprintf("the certificate of %s expired on %s, %s ago", c.where(), leaf.NotAfter.UTC().Format("2006-01-02 15:04 UTC"), rough(c.now.Sub(leaf.NotAfter)))
}

func notYetValidSentence(c circumstances) string {
	leaf := leafOf(c.err)
	if leaf == nil {
		return fmt.Sprintf("the certificate of %s is not valid yet", c.where())
	}
	return fmt.Sprintf("the certificate of %s is not valid before %s", c.where(), leaf.NotBefore.UTC().Format("2006-01-02 15:04 UTC"))
}

func nameSentence(c circumstances) string {
	leaf := leafOf(c.err)
	if leaf == nil {
		return fmt.Sprintf("the certificate of %s is for another name", c.where())
	}
	return fmt.Sprintf("the certificate of %s is for %s, not for this name", c.where(), nameList(certificateNames(leaf)))
}

func untrustedSentence(c circumstances) string {
	leaf := leafOf(c.err)
	switch {
	case leaf == nil:
		return fmt.Sprintf("the certificate of %s is not trusted: %s", c.where(), rootCause(c.err))
	case leaf.Issuer.String() == leaf.Subject.String():
		return fmt.Sprintf("the certificate of %s is signed by itself (%s)", c.where(), issuerName(leaf))
	default:
		return fmt.Sprintf("the certificate of %s is issued by %s, which is not trusted here: %s", c.where(), issuerName(leaf), rootCause(c.err))
	}
}

// leafOf digs the server's certificate out of a verification error.
func leafOf(err error) *x509.Certificate {
	failed, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok || len(failed.UnverifiedCertificates) == 0 {
		return nil
	}
	return failed.UnverifiedCertificates[0]
}

// rootCause is the innermost error's text: the layers around it repeat
// addresses that the sentence already has. What a server sent can be quoted in
// it, so it is cleaned.
func rootCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return redact.Snippet([]byte(err.Error()), quoteLimit)
		}
		err = inner
	}
}

// rough rounds a duration for a sentence: "2 h", "3 days".
func rough(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
}
