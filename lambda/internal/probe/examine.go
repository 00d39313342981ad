package probe

import (
	"context"
	"net/netip"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// maxHeaderValue bounds a header in an Answer.
const maxHeaderValue = 200

// answered is what a diagnosis needs of the answer; nil: none came.
func (x *exchange) answered() *result.Answer {
	if x.seen.Status == 0 || x.seen.Header == nil {
		return nil
	}
	header := func(name string) string {
		if values := x.seen.Header[name]; len(values) > 0 {
			return redact.Cut(redact.Text(values[0], x.secrets...), maxHeaderValue, false)
		}
		return ""
	}
	a := &result.Answer{Server: header("Server"), ContentType: header("Content-Type"), Location: redact.URL(header("Location"))}
	if len(x.raw) > 0 {
		a.Body = redact.Snippet(x.raw, result.MaxAnswerBody, x.secrets...)
	}
	return a
}

// Examine asks as Probe does, for a diagnosis: with the check's own timeout
// whatever the options say, at one address, and the result keeps its answer
// even if that is good.
func (p *Prober) Examine(ctx context.Context, c *check.Check) (found result.Result) {
	started := time.Now()
	defer func() {
		if cause := recover(); cause != nil {
			found = bareResult(c, started, panicFailure(cause))
		}
	}()
	return p.ask(ctx, c, netip.Addr{}, true)
}

// Lookup resolves a name as the probes of a check without a resolver do. The
// class is empty where it resolves.
func (p *Prober) Lookup(ctx context.Context, name string, limit time.Duration) ([]netip.Addr, result.Class, error) {
	c := check.Check{Timeout: limit, Client: &check.Client{}}
	x := &exchange{prober: p, check: &c, deadline: time.Now().Add(limit), host: name}
	addresses, err := x.lookup(ctx, name)
	if err != nil {
		failure := x.fail(err)
		return nil, failure.Class, failure
	}
	return addresses, "", nil
}
