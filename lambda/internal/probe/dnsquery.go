package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// maxUDPAnswer is the largest answer that we say we take over UDP; larger ones
// come truncated and are asked again over TCP.
const maxUDPAnswer = 1232

// strayAnswers says that datagrams came which answer another question: a wrong
// id or another name. They are dropped, as any resolver must, and only
// mentioned when no right one follows.
type strayAnswers struct {
	count int
	err   error
}

func (e *strayAnswers) Error() string {
	return fmt.Sprintf("%v; %d stray answers dropped", e.err, e.count)
}
func (e *strayAnswers) Unwrap() error { return e.err }

// truncatedAnswer says that the whole answer could not be had over TCP.
type truncatedAnswer struct{ err error }

func (e *truncatedAnswer) Error() string { return "truncated over UDP; over TCP: " + e.err.Error() }
func (e *truncatedAnswer) Unwrap() error { return e.err }

// askDNS asks one server one question and returns its answer, whatever its
// response code. Over UDP the question is sent once more when half of the time
// has passed, since one lost datagram says nothing; a truncated answer is asked
// again over TCP. ctx must have a deadline.
func askDNS(ctx context.Context, server check.Resolver, name string, qtype uint16) (*dns.Msg, error) {
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(name), qtype)
	question.SetEdns0(maxUDPAnswer, false)
	answer, err := askOnce(ctx, server, question)
	if err == nil && (answer.Rcode == dns.RcodeFormatError || answer.Rcode == dns.RcodeNotImplemented) {
		// Some old servers stumble over EDNS alone.
		question.Extra, question.Id = nil, dns.Id()
		return askOnce(ctx, server, question)
	}
	return answer, err
}

func askOnce(ctx context.Context, server check.Resolver, question *dns.Msg) (*dns.Msg, error) {
	if server.Network == "tcp" {
		return askTCP(ctx, server.Address, question)
	}
	answer, err := askUDP(ctx, server.Address, question)
	if err != nil || !answer.Truncated {
		return answer, err
	}
	if answer, err = askTCP(ctx, server.Address, question); err != nil {
		return nil, &truncatedAnswer{err}
	}
	return answer, nil
}

func askUDP(ctx context.Context, server string, question *dns.Msg) (*dns.Msg, error) {
	conn, err := dialDNS(ctx, "udp", server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()

	packet, err := question.Pack()
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	stray := 0
	for _, until := range []time.Time{time.Now().Add(time.Until(deadline) / 2), deadline} {
		_ = conn.SetDeadline(until)
		if err = ctx.Err(); err != nil { // its end may have come before the line above
			break
		}
		if _, err = conn.Write(packet); err != nil {
			break
		}
		var answer *dns.Msg
		answer, err = readUDP(conn, question, &stray)
		if err == nil {
			return answer, nil
		}
		if !isTimeout(err) || ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return nil, context.Canceled
	}
	if stray > 0 {
		return nil, &strayAnswers{count: stray, err: err}
	}
	return nil, err
}

// readUDP returns the first datagram that answers the question.
func readUDP(conn net.Conn, question *dns.Msg, stray *int) (*dns.Msg, error) {
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, err
		}
		answer := new(dns.Msg)
		err = answer.Unpack(buffer[:n])
		// Some servers cut an answer off in the middle of a record. Header and
		// question have been read then, which is all that is needed of it.
		if (err == nil || answer.Truncated) && answers(answer, question) {
			return answer, nil
		}
		*stray++
	}
}

// answers reports whether a message answers the question: the id and the
// question must be the same. FORMERR answers may omit the question.
func answers(answer, question *dns.Msg) bool {
	if !answer.Response || answer.Id != question.Id {
		return false
	}
	if len(answer.Question) == 0 {
		return answer.Rcode == dns.RcodeFormatError || answer.Rcode == dns.RcodeNotImplemented || answer.Rcode == dns.RcodeRefused || answer.Rcode == dns.RcodeServerFailure
	}
	asked, got := question.Question[0], answer.Question[0]
	return dns.CanonicalName(got.Name) == dns.CanonicalName(asked.Name) && got.Qtype == asked.Qtype && got.Qclass == asked.Qclass
}

func askTCP(ctx context.Context, server string, question *dns.Msg) (*dns.Msg, error) {
	raw, err := dialDNS(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	deadline, _ := ctx.Deadline()
	_ = raw.SetDeadline(deadline)
	defer context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })()

	conn := &dns.Conn{Conn: raw}
	if err := conn.WriteMsg(question); err != nil {
		return nil, err
	}
	answer, err := conn.ReadMsg()
	if err != nil {
		if _, ok := errors.AsType[*dns.Error](err); ok {
			return nil, &strayAnswers{count: 1, err: err}
		}
		return nil, err
	}
	if !answers(answer, question) {
		return nil, &strayAnswers{count: 1, err: dns.ErrId}
	}
	return answer, nil
}

func dialDNS(ctx context.Context, network, server string) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: -1}
	return dialer.DialContext(ctx, network, server)
}

// rcodeFailure names a response code that is not an answer.
func rcodeFailure(answer *dns.Msg, name, server string) *Failure {
	code := dns.RcodeToString[answer.Rcode]
	switch answer.Rcode {
	case dns.RcodeNameError:
		return failf(result.DNSNXDomain, result.PhaseDNS, nil, "%s does not exist in DNS (%s from %s)", name, code, server)
	case dns.RcodeRefused:
		return failf(result.DNSRefused, result.PhaseDNS, nil, "the resolver %s refused to answer for %s (%s)", server, name, code)
	case dns.RcodeServerFailure:
		return failf(result.DNSServFail, result.PhaseDNS, nil, "the resolver %s could not get an answer for %s (%s)", server, name, code)
	case dns.RcodeFormatError, dns.RcodeNotImplemented:
		return failf(result.DNSMalformed, result.PhaseDNS, nil, "the resolver %s does not understand the question for %s (%s)", server, name, code)
	default:
		return failf(result.DNSServFail, result.PhaseDNS, nil, "the resolver %s answered %s with code %d %s", server, name, answer.Rcode, code)
	}
}

// askFailure names the error of a question that got no answer.
func askFailure(err error, name, server string, limit time.Duration) *Failure {
	class := classify(result.PhaseDNS, err)
	if cut, ok := errors.AsType[*truncatedAnswer](err); ok && class.Judged() {
		return cut.failure(class, name, server)
	}
	if stray, ok := errors.AsType[*strayAnswers](err); ok {
		return failf(result.DNSMalformed, result.PhaseDNS, err, "the resolver %s sent no answer for %s that belongs to the question (wrong id, name or format; %d dropped)", server, name, stray.count)
	}
	switch class {
	case result.DNSTimeout:
		return failf(class, result.PhaseDNS, err, "the resolver %s gave no answer for %s within %s", server, name, limit)
	case result.TCPRefused:
		return failf(result.DNSRefused, result.PhaseDNS, err, "the resolver %s refused the connection while asked for %s", server, name)
	case result.ProbeInternal, result.ProbeSkipped:
		return &Failure{Class: class, Phase: result.PhaseDNS, Err: err, Sentence: sentences[class](circumstances{host: name, err: err})}
	case result.TCPUnreachable:
		return failf(class, result.PhaseDNS, err, "there is no route to the resolver %s, asked for %s", server, name)
	default:
		return failf(result.DNSMalformed, result.PhaseDNS, err, "the resolver %s gave no usable answer for %s: %s", server, name, rootCause(err))
	}
}

// failure names a truncated answer by what happened over TCP.
func (e *truncatedAnswer) failure(class result.Class, name, server string) *Failure {
	what := "failed: " + rootCause(e.err)
	switch class {
	case result.TCPRefused:
		class, what = result.DNSRefused, "was refused"
	case result.DNSTimeout:
		what = "got no answer in time"
	case result.TCPUnreachable:
	default:
		class = result.DNSMalformed
	}
	return failf(class, result.PhaseDNS, e.err, "the resolver %s has an answer for %s that is too long for UDP, and asking over TCP %s", server, name, what)
}
