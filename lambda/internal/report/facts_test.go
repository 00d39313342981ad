package report

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// told writes facts as "label: text" lines.
func told(r result.Result) string {
	var lines []string
	for _, f := range factsOf(&r, now) {
		lines = append(lines, f.label+": "+strings.ReplaceAll(f.text, nbsp, " "))
	}
	return strings.Join(lines, "\n")
}

func TestFacts(t *testing.T) {
	certificate := &result.Certificate{NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 0, 5), Names: []string{"a.example"}, Issuer: "CN=R11"}
	failed := result.Condition{Condition: "[BODY].a == 1", Display: "[BODY].a (2) == 1"}
	for _, tt := range []struct {
		name string
		in   result.Result
		want []string
	}{
		{"healthy", result.Result{Healthy: true, URL: "x", Certificate: certificate, Phases: timings(result.PhaseTCP, 1.0)}, nil},
		{"nothing known", result.Result{Class: result.ProbeInternal}, nil},
		{"address", result.Result{Class: result.TCPReset, URL: "https://a/", Address: "192.0.2.1:443"}, []string{"asked: https://a/ at 192.0.2.1:443"}},
		{"address in the URL", result.Result{Class: result.TCPReset, URL: "tcp://192.0.2.1:5432", Address: "192.0.2.1:5432"}, []string{"asked: tcp://192.0.2.1:5432"}},
		{"hidden URL", result.Result{Class: result.TCPReset, Address: "192.0.2.1:443"}, []string{"asked: at 192.0.2.1:443"}},
		{"hidden address", result.Result{Class: result.TCPReset, Address: "<redacted>"}, nil},
		{"hidden host and port", result.Result{Class: result.TCPReset, Address: "<redacted><redacted>"}, nil},
		{"hidden address in the URL", result.Result{Class: result.TCPReset, URL: "https://<redacted>/x", Address: "<redacted>"}, []string{"asked: https://<redacted>/x"}},
		{"hidden port", result.Result{Class: result.TCPReset, URL: "tcp://a<redacted>", Address: "192.0.2.1<redacted>"}, []string{"asked: tcp://a<redacted> at 192.0.2.1<redacted>"}},
		{"masked address", result.Result{Class: result.TCPReset, Address: "[redacted]:[redacted]"}, nil},
		{"status", result.Result{Class: result.HTTPTooLarge, URL: "u", Status: 200}, []string{"asked: u answered 200"}},
		{"status in the sentence", result.Result{Class: result.HTTPStatus, URL: "u", Status: 503, Error: "answered 503"}, []string{"asked: u"}},
		{"condition", result.Result{Class: result.AssertBody, Phase: result.PhaseAssert, Conditions: []result.Condition{failed}}, []string{"condition: [BODY].a (2) == 1", "phase: assert"}},
		{"condition in the sentence", result.Result{Class: result.AssertBody, Phase: result.PhaseAssert, Conditions: []result.Condition{failed}, Error: "wrong: " + failed.Display}, []string{"phase: assert"}},
		{"conditions without an answer", result.Result{Class: result.TCPTimeout, Phase: result.PhaseTCP, Conditions: []result.Condition{failed}}, []string{"phase: tcp"}},
		{"phases", result.Result{Class: result.HTTPEOF, Phase: result.PhaseBody, Phases: timings(result.PhaseTCP, 1.0, result.PhaseTTFB, 20.0, result.PhaseBody, 3.0)}, []string{"phase: body for 3.0 ms, after tcp 1.0 ms · ttfb 20 ms"}},
		{"certificate", result.Result{Class: result.TLSUntrusted, Certificate: certificate}, []string{"certificate: for a.example", "issuer: CN=R11", "valid: 2026-02-01 to 2026-03-06, 5 days left"}},
		{"certificate beside the point", result.Result{Class: result.HTTPStatus, Certificate: certificate}, nil},
		{"redirects", result.Result{Class: result.HTTPRedirect, Redirects: []result.Redirect{{URL: "http://a/", Status: 301}}}, []string{"redirect: 301 from http://a/"}},
		{"addresses", result.Result{Class: result.TCPTimeout, Addresses: []result.Address{
			{Address: "192.0.2.1:1", Healthy: true, Duration: result.Millis(time.Millisecond)},
			{Address: "192.0.2.2:1", Class: result.TCPTimeout, Duration: result.Millis(time.Second)},
		}}, []string{"address: 192.0.2.1:1 healthy in 1.0 ms", "address: 192.0.2.2:1 tcp.timeout after 1.00 s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := told(tt.in), strings.Join(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestHappened(t *testing.T) {
	for _, tt := range []struct {
		in   result.Result
		want string
	}{
		{result.Result{Healthy: true}, ""},
		{result.Result{Healthy: true, Degraded: true}, "healthy, but a warning condition does not hold"},
		{result.Result{Class: result.TCPRefused, Error: "it\nrefused"}, "it refused"},
		{result.Result{Class: result.TCPRefused}, "the host answered that nothing listens on the port"},
		{result.Result{}, "unhealthy"},
	} {
		if got := happened(&tt.in); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCertificateNamesAreLimited(t *testing.T) {
	c := &result.Certificate{Names: strings.Fields("a b c d e f g h i")}
	if got := certificateNames(c); got != "for a, b, c, d, e, f and 3 more" {
		t.Errorf("%q", got)
	}
}
