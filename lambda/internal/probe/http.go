package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// maxRedirects is as many as browsers and net/http follow, roughly; a chain
// that needs more is a loop for all that anybody waits for.
const maxRedirects = 10

// probeHTTP asks for one URL and follows its redirects, each hop on a
// connection of its own. HTTP/1.1 is written and read by hand over the
// connection that was dialled: a pooled client would choose addresses, retry
// and reuse connections on its own, and measure something else.
func probeHTTP(ctx context.Context, x *exchange) error {
	h, err := x.firstHop(ctx)
	if err != nil {
		return err
	}
	for {
		answer, err := x.ask(ctx, h)
		if err != nil {
			return err
		}
		next, err := x.redirect(h, answer)
		if err != nil {
			return err
		}
		if next == nil {
			return x.readAnswer(h, answer)
		}
		x.hangUp()
		x.turnTo(next)
		h = next
	}
}

// turnTo forgets what was true of the hop before only.
func (x *exchange) turnTo(next *hop) {
	x.only = next.pinned
	x.received = 0
	x.certificate, x.seen.CertificateExpiration = nil, condition.Span{}
}

// firstHop is the request as configured.
func (x *exchange) firstHop(ctx context.Context) (*hop, error) {
	c := x.check
	body, err := x.prober.fill(ctx, x, c.HTTP.Body)
	if err != nil {
		return nil, err
	}
	h := &hop{
		method: c.HTTP.Method, secure: c.Target.Scheme == "https",
		host: c.Target.Host, ip: c.Target.IP, port: c.Target.Port, path: c.Target.Path,
		hostHeader: c.HTTP.Host, body: body,
	}
	h.headers = make([]header, 0, len(c.HTTP.Headers)+1)
	for i := range c.HTTP.Headers {
		value, err := x.prober.fill(ctx, x, c.HTTP.Headers[i].Value)
		if err != nil {
			return nil, err
		}
		h.headers = append(h.headers, header{c.HTTP.Headers[i].Name, value})
	}
	if c.Client.OAuth2 != nil {
		token, err := x.prober.token(ctx, x, c.Client.OAuth2)
		if err != nil {
			return nil, err
		}
		h.headers = append(h.headers, header{"Authorization", token})
	}
	if c.Client.StoreCookies {
		h.jar, _ = cookiejar.New(nil) // New never fails
	}
	return h, nil
}

// ask sends one request and returns the answer up to the end of its headers.
func (x *exchange) ask(ctx context.Context, h *hop) (*answer, error) {
	conn, err := x.connectHop(ctx, h)
	if err != nil {
		return nil, err
	}
	x.enter(result.PhaseWrite)
	request := appendRequest(make([]byte, 0, 512+len(h.body)), h, x.check)
	_, writeErr := conn.Write(request)
	x.leave()
	answer, err := x.awaitAnswer(conn, h)
	if err == nil {
		answer.ctx = ctx
		return answer, nil
	}
	// A server may answer (413, 400) and close before it has read all: the
	// answer counts if it came, and so does a TLS alert, with which servers
	// refuse client certificates after the handshake; else the error that
	// came first.
	if writeErr != nil && !refusedTLS(err) {
		x.phase = result.PhaseWrite
		return nil, x.fail(writeErr)
	}
	return nil, err
}

func refusedTLS(err error) bool {
	failure, ok := errors.AsType[*Failure](err)
	return ok && failure.Class == result.TLSHandshake
}

// redirect decides whether an answer leads to another request; nil: it does
// not.
func (x *exchange) redirect(h *hop, a *answer) (*hop, error) {
	if h.jar != nil {
		h.jar.SetCookies(h.url(), a.response.Cookies())
	}
	location := a.response.Header.Get("Location")
	if x.check.Client.IgnoreRedirect || !isRedirect(a.response.StatusCode) || location == "" {
		return nil, nil
	}
	defer a.close()
	x.redirects = append(x.redirects, redirectHop(h, a))
	to, err := url.Parse(location)
	if err == nil && len(location) > maxLocation {
		err = fmt.Errorf("it is %d bytes long", len(location))
	}
	if err != nil {
		return nil, failf(result.HTTPRedirect, result.PhaseAssert, err, "%s redirects (%d) to something that is not a URL: %s", x.host, a.response.StatusCode, rootCause(err))
	}
	if len(x.redirects) > maxRedirects {
		return nil, x.loopFailure()
	}
	return h.follow(to, a.response.StatusCode, x)
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// readAnswer reads the body and fills in what conditions read.
func (x *exchange) readAnswer(h *hop, a *answer) error {
	defer a.close()
	x.seen.Connected = true
	x.seen.Status = a.response.StatusCode
	x.seen.Header = a.response.Header
	return x.readBody(a, h.method)
}
