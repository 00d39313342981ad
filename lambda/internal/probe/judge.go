package probe

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// finish makes the result of a probe that asked nobody when the domain expires.
func (x *exchange) finish(started time.Time, failure *Failure) result.Result {
	x.hangUp()
	return x.conclude(started, x.took(started), failure, "the probe was not made to its end")
}

// finishWithDomain makes the result of a probe. It asks when the domain
// expires, if a condition wants to know, only now that the clock has stopped
// and the endpoint's connections are closed: that time is not the endpoint's.
func (x *exchange) finishWithDomain(ctx context.Context, started time.Time, failure *Failure) result.Result {
	if failure != nil && !failure.Class.Judged() {
		return x.finish(started, failure)
	}
	x.hangUp()
	took := x.took(started)
	return x.conclude(started, took, failure, x.measureDomain(ctx))
}

// took is how long the probe has taken, without what it waited for memory of
// ours.
func (x *exchange) took(started time.Time) time.Duration { return time.Since(started) - x.waited }

// conclude holds what was seen against the conditions and makes the result.
// unread says why it was not seen when the domain expires.
func (x *exchange) conclude(started time.Time, took time.Duration, failure *Failure, unread string) result.Result {
	if failure == nil {
		x.seen.ResponseTime = condition.Measured(took)
	}
	c := x.check
	r := result.Result{
		Key: c.Key, Name: c.Name, Group: c.Group, URL: x.shown(redact.URL(c.URL)), Kind: string(c.Kind),
		Status: x.seen.Status, Started: started, Duration: result.Millis(took), Phases: x.seen.Phases,
		Certificate: x.certificate, Addresses: []result.Address{},
	}
	r.Redirects = x.shownRedirects()
	if x.address.IsValid() {
		r.Address = x.address.String()
	}
	x.judge(&r, failure, unread)
	if !r.Healthy || r.Degraded || x.keep {
		r.Answer = x.answered()
	}
	hide(&r, c)
	return r
}

// shownRedirects are the hops, without secrets that a server put into them.
func (x *exchange) shownRedirects() []result.Redirect {
	shown := make([]result.Redirect, len(x.redirects))
	for i, hop := range x.redirects {
		shown[i] = result.Redirect{URL: redact.Text(hop.URL, x.secrets...), Status: hop.Status}
	}
	return shown
}

// sentenceLimit bounds the sentence of a result, whatever a server made of it.
const sentenceLimit = 2 << 10

// shown is text of the configuration without the values of secret variables.
func (x *exchange) shown(text string) string {
	if len(x.check.Sensitive) == 0 {
		return text
	}
	return redact.Text(text, x.check.Sensitive...)
}

// judge decides whether the endpoint is healthy: every condition must hold,
// and a failed transport counts unless a condition asks for just that.
func (x *exchange) judge(r *result.Result, failure *Failure, unread string) {
	asserted := false
	healthy := true
	r.Conditions = make([]result.Condition, 0, len(x.check.Conditions)+len(x.check.Warnings))
	var failed *condition.Condition
	for _, c := range x.check.Conditions {
		outcome := x.evaluate(r, c, false, unread)
		asserted = asserted || c.AssertsDisconnected()
		switch {
		case outcome.Healthy:
		case outcome.Warning:
			r.Degraded = true
		default:
			healthy = false
			failed = weightier(failed, c)
		}
	}
	for _, c := range x.check.Warnings {
		if outcome := x.evaluate(r, c, true, unread); !outcome.Healthy {
			r.Degraded = true
		}
	}
	switch {
	case failure != nil && (!asserted || !healthy || !failure.Class.Judged()):
		r.Class, r.Phase, r.Error = failure.Class, failure.Phase, redact.Cut(redact.Text(failure.Sentence, x.secrets...), sentenceLimit, false)
	case !healthy:
		r.Class, r.Phase = x.assertClass(failed), result.PhaseAssert
		r.Error = redact.Cut(redact.Text(x.assertSentence(r), x.secrets...), sentenceLimit, false)
	default:
		r.Healthy = true
	}
	r.Degraded = r.Degraded && r.Healthy
}

// evaluate adds one condition to the result. What the registry does not tell
// is not the endpoint's failure, so a condition about that alone only warns.
func (x *exchange) evaluate(r *result.Result, c *condition.Condition, warning bool, unread string) result.Condition {
	outcome := c.Evaluate(&x.seen)
	display := outcome.Display
	if !outcome.Healthy && x.lacksDomain(c) {
		warning = true
		display = sayUnread(display, unread)
	}
	switch ui := x.check.UI; {
	case !outcome.Healthy && ui.DontResolveFailed:
		display = c.String()
	case outcome.Healthy && ui.ResolveSuccessful:
		display = c.Resolve(&x.seen).Display
	}
	if !outcome.Healthy || x.check.UI.ResolveSuccessful {
		display = redact.Text(display, x.secrets...)
	} else {
		display = x.shown(display)
	}
	judged := result.Condition{Condition: x.shown(c.String()), Healthy: outcome.Healthy, Warning: warning, Display: display}
	r.Conditions = append(r.Conditions, judged)
	return judged
}

// lacksDomain reports whether the condition reads nothing but when the domain
// expires, and that is not known.
func (x *exchange) lacksDomain(c *condition.Condition) bool {
	names := c.Reads()
	return !x.seen.DomainExpiration.Measured && len(names) == 1 && names[0] == domainExpiration
}

// sayUnread puts the reason where the value would stand, or behind a condition
// such as has(…), which shows another value.
func sayUnread(display, unread string) string {
	reason := "(not read: " + unread + ")"
	if before, after, ok := strings.Cut(display, "(not measured)"); ok {
		return before + reason + after
	}
	return display + " " + reason
}

// placeholderClass names a failed condition by what it reads, in the order in
// which one failure explains another: a wrong status explains a wrong body.
var placeholderClass = []struct {
	placeholder condition.Placeholder
	class       result.Class
}{
	{"[CONNECTED]", result.AssertValue},
	{"[STATUS]", result.HTTPStatus},
	{"[DNS_RCODE]", result.AssertValue},
	{"[BODY]", result.AssertBody},
	{"[HEADERS]", result.AssertHeader},
	{"[IP]", result.AssertValue},
	{"[CERTIFICATE_EXPIRATION]", result.AssertValue},
	{"[DOMAIN_EXPIRATION]", result.AssertValue},
	{"[RESPONSE_TIME]", result.AssertLatency},
	{"[DNS_TIME]", result.AssertLatency},
	{"[CONNECT_TIME]", result.AssertLatency},
	{"[TLS_TIME]", result.AssertLatency},
	{"[TTFB]", result.AssertLatency},
}

// weight is the place of a condition in placeholderClass; the least counts.
func weight(c *condition.Condition) int {
	least := len(placeholderClass)
	for _, reads := range c.Reads() {
		for i, known := range placeholderClass {
			if known.placeholder == reads {
				least = min(least, i)
			}
		}
	}
	return least
}

func weightier(a, b *condition.Condition) *condition.Condition {
	if a == nil || weight(b) < weight(a) {
		return b
	}
	return a
}

// rcodeClass names DNS answers that are not the wanted one.
var rcodeClass = map[string]result.Class{
	"NXDOMAIN": result.DNSNXDomain, "SERVFAIL": result.DNSServFail, "REFUSED": result.DNSRefused,
	"FORMERR": result.DNSMalformed, "NOTIMP": result.DNSMalformed,
}

// assertClass is the class of an answer that failed a condition. What a DNS
// server said about the name says more than which condition noticed.
func (x *exchange) assertClass(failed *condition.Condition) result.Class {
	at := weight(failed)
	if at == len(placeholderClass) {
		return result.AssertValue
	}
	if reads := placeholderClass[at].placeholder; reads == "[DNS_RCODE]" || reads == "[BODY]" {
		if class, ok := rcodeClass[x.seen.RCode]; ok {
			return class
		}
		if x.seen.RCode == "NOERROR" && len(x.seen.Body) == 0 {
			return result.DNSNoData
		}
	}
	return placeholderClass[at].class
}

// assertSentence says which condition failed, and what the answer said.
func (x *exchange) assertSentence(r *result.Result) string {
	var failed []string
	for _, c := range r.Conditions {
		if !c.Healthy && !c.Warning {
			failed = append(failed, c.Display)
		}
	}
	var b strings.Builder
	switch {
	case r.Status != 0 && x.check.Kind != "ssh":
		fmt.Fprintf(&b, "answered %s", strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))))
	case x.seen.RCode != "":
		fmt.Fprintf(&b, "answered %s", x.seen.RCode)
	default:
		b.WriteString("answered")
	}
	b.WriteString(", but not as expected")
	if !x.check.UI.HideConditions {
		b.WriteString(": " + failed[0])
	}
	if len(failed) > 1 {
		fmt.Fprintf(&b, " (and %d more)", len(failed)-1)
	}
	if quote := x.quoteBody(); quote != "" && r.Class != result.AssertLatency {
		fmt.Fprintf(&b, "; it says: %s", quote)
	}
	return b.String()
}
