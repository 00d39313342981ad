package probe

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// finish holds what was seen against the conditions and makes the result.
func (x *exchange) finish(started time.Time, failure *Failure) result.Result {
	x.hangUp()
	took := time.Since(started)
	if failure == nil {
		x.seen.ResponseTime = condition.Measured(took)
	}
	c := x.check
	r := result.Result{
		Key: c.Key, Name: c.Name, Group: c.Group, URL: redact.URL(c.URL), Kind: string(c.Kind),
		Status: x.seen.Status, Started: started, Duration: result.Millis(took), Phases: x.seen.Phases,
		Certificate: x.certificate, Addresses: []result.Address{}, Redirects: x.redirects,
	}
	if r.Redirects == nil {
		r.Redirects = []result.Redirect{}
	}
	if x.address.IsValid() {
		r.Address = x.address.String()
	}
	x.judge(&r, failure)
	hide(&r, c)
	return r
}

// judge decides whether the endpoint is healthy: every condition must hold,
// and a failed transport counts unless a condition asks for just that.
func (x *exchange) judge(r *result.Result, failure *Failure) {
	asserted := false
	healthy := true
	r.Conditions = make([]result.Condition, 0, len(x.check.Conditions)+len(x.check.Warnings))
	var failed *condition.Condition
	for _, c := range x.check.Conditions {
		outcome := x.evaluate(r, c, false)
		asserted = asserted || c.AssertsDisconnected()
		if !outcome.Healthy {
			healthy = false
			failed = weightier(failed, c)
		}
	}
	for _, c := range x.check.Warnings {
		if outcome := x.evaluate(r, c, true); !outcome.Healthy {
			r.Degraded = true
		}
	}
	switch {
	case failure != nil && (!asserted || !healthy || !failure.Class.Judged()):
		r.Class, r.Phase, r.Error = failure.Class, failure.Phase, redact.Text(failure.Sentence, x.secrets...)
	case !healthy:
		r.Class, r.Phase = x.assertClass(failed), result.PhaseAssert
		r.Error = redact.Text(x.assertSentence(r), x.secrets...)
	default:
		r.Healthy = true
	}
	r.Degraded = r.Degraded && r.Healthy
}

func (x *exchange) evaluate(r *result.Result, c *condition.Condition, warning bool) condition.Outcome {
	outcome := c.Evaluate(&x.seen)
	display := outcome.Display
	switch ui := x.check.UI; {
	case !outcome.Healthy && ui.DontResolveFailed:
		display = c.String()
	case outcome.Healthy && ui.ResolveSuccessful:
		display = c.Resolve(&x.seen).Display
	}
	if !outcome.Healthy || x.check.UI.ResolveSuccessful {
		display = redact.Text(display, x.secrets...)
	}
	r.Conditions = append(r.Conditions, result.Condition{Condition: c.String(), Healthy: outcome.Healthy, Warning: warning, Display: display})
	return outcome
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
	if class, ok := rcodeClass[x.seen.RCode]; ok {
		return class
	}
	if x.seen.RCode == "NOERROR" && len(x.seen.Body) == 0 {
		return result.DNSNoData
	}
	if at := weight(failed); at < len(placeholderClass) {
		return placeholderClass[at].class
	}
	return result.AssertValue
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
