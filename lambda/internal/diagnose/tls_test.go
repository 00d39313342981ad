package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

const certARN = "arn:aws:acm:us-east-1:123456789012:certificate/c1"

// handshake is a certificate that the probe refused.
func handshake(class result.Class, ends time.Time, names ...string) Symptom {
	return Symptom{Endpoint: endpoint("/api/v1/x"), Class: class, Phase: result.PhaseTLS, At: noon, NotAfter: ends, CertNames: names}
}

func withCertificate(c topology.Certificate) *topology.Snapshot {
	s := sample()
	c.ARN = certARN
	s.ListenerCertificates.Put(listenerARN, know([]topology.ListenerCertificate{{ARN: certARN, Default: true}}, "elasticloadbalancing:DescribeListenerCertificates"))
	s.Certificates.Put(certARN, know(c, "acm:DescribeCertificate"))
	return s
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		name, host string
		want       bool
	}{
		{"api.hokus.ai", "API.hokus.ai.", true}, {"*.hokus.ai", "api.hokus.ai", true}, {"*.hokus.ai", "hokus.ai", false},
		{"*.hokus.ai", "a.b.hokus.ai", false}, {"*.HOKUS.ai", "x.hokus.AI", true}, {"*.ai", ".ai", false}, {"", "x", false},
	} {
		if got := covers([]string{c.name}, c.host); got != c.want {
			t.Errorf("%q %q: %v", c.name, c.host, got)
		}
	}
}

func TestExpiredCertificateSaysWhyItWasNotRenewed(t *testing.T) {
	ended := noon.Add(-2 * time.Hour)
	for name, c := range map[string]struct {
		certificate topology.Certificate
		says        string
	}{
		"imported":      {topology.Certificate{Type: "IMPORTED"}, "it was imported, so ACM never renews it"},
		"failed":        {topology.Certificate{Renewal: "FAILED", Why: "CAA_ERROR"}, "its renewal is FAILED: CAA_ERROR"},
		"not validated": {topology.Certificate{Renewal: "PENDING_VALIDATION", Validations: []topology.Validation{{Domain: "api.hokus.ai", Status: "PENDING_VALIDATION", Name: "_x.api.hokus.ai"}}}, "api.hokus.ai is not validated by the record _x.api.hokus.ai"},
		"ineligible":    {topology.Certificate{Eligibility: "INELIGIBLE"}, "ineligible"},
	} {
		c.certificate.Domain, c.certificate.Names, c.certificate.NotAfter, c.certificate.Status = "api.hokus.ai", []string{"api.hokus.ai"}, ended, "EXPIRED"
		f := only(t, Diagnose(caseOf(withCertificate(c.certificate), handshake(result.TLSExpired, ended, "api.hokus.ai"))), TLSExpired, Cause)
		if f.Level != Proven || !strings.Contains(f.Sentence, c.says) || !strings.Contains(f.Sentence, "2 h ago") {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
	}
}

// What the probe saw is enough to say that it expired; not, which one of the
// listener's it was.
func TestExpiredCertificateThatACMDoesNotShow(t *testing.T) {
	ended := noon.Add(-time.Hour)
	s := withCertificate(topology.Certificate{Domain: "api.hokus.ai", Names: []string{"api.hokus.ai"}, NotAfter: noon.Add(90 * 24 * time.Hour)})
	f := only(t, Diagnose(caseOf(s, handshake(result.TLSExpired, ended))), TLSExpired, Cause)
	if f.Level != Likely || strings.Contains(f.Sentence, "renew") {
		t.Errorf("the listener's certificate is good, another was sent: %s %s", f.Level, f.Sentence)
	}
	s.Fail(topology.Want{Kind: topology.Certificates, Key: certARN}, topology.Denied, "")
	f = only(t, Diagnose(caseOf(s, handshake(result.TLSExpired, ended))), TLSExpired, Cause)
	if f.Level != Likely || len(f.Gaps) != 1 || !strings.Contains(f.Sentence, "expired at 2026-03-01T11:00:00Z") {
		t.Errorf("%s", asJSON(f))
	}
}

func TestNameThatNoCertificateCovers(t *testing.T) {
	other := topology.Certificate{Domain: "www.hokus.ai", Names: []string{"www.hokus.ai"}}
	s := withCertificate(other)
	seen := handshake(result.TLSName, noon.Add(time.Hour), "www.hokus.ai")
	if f := only(t, Diagnose(caseOf(s, seen)), TLSNameMismatch, Cause); f.Level != Proven || !strings.Contains(f.Sentence, "main:443 has no certificate for api.hokus.ai; it sends its default one, for www.hokus.ai") {
		t.Errorf("%s %s", f.Level, f.Sentence)
	}
	s.Fail(topology.Want{Kind: topology.ListenerCertificates, Key: listenerARN}, topology.Denied, "")
	if f := only(t, Diagnose(caseOf(s, seen)), TLSNameMismatch, Cause); f.Level != Likely || strings.Contains(f.Sentence, "has no certificate") {
		t.Errorf("what could not be read is called absent: %s", f.Sentence)
	}
	other.Names = append(other.Names, "*.hokus.ai")
	if out := Diagnose(caseOf(withCertificate(other), seen)); slices.Contains(causes(out), TLSNameMismatch) {
		t.Errorf("the listener has a certificate for the name: %s", asJSON(out.Findings))
	}
	if out := Diagnose(caseOf(withCertificate(topology.Certificate{}), handshake(result.TLSUntrusted, noon))); len(out.Findings) != 0 {
		t.Errorf("an unknown authority is something else: %s", asJSON(out.Findings))
	}
}

func TestRenewalAtRisk(t *testing.T) {
	pending := topology.Certificate{Domain: "api.hokus.ai", Eligibility: "ELIGIBLE", Renewal: "PENDING_VALIDATION", Validations: []topology.Validation{{Domain: "api.hokus.ai", Status: "PENDING_VALIDATION", Name: "_x.api.hokus.ai", Value: "_y.aws"}}}
	imported := topology.Certificate{Domain: "api.hokus.ai", Type: "IMPORTED", Eligibility: "INELIGIBLE"}
	for name, c := range map[string]struct {
		certificate topology.Certificate
		days        int
		severity    Severity // 0: not at risk
	}{
		"far":         {imported, 40, 0},
		"a month":     {imported, 29, S4},
		"two weeks":   {imported, 14, S3},
		"three days":  {imported, 3, S2},
		"pending":     {pending, 12, S3},
		"renews":      {topology.Certificate{Eligibility: "ELIGIBLE", Renewal: "SUCCESS"}, 5, 0},
		"not yet due": {topology.Certificate{Eligibility: "ELIGIBLE"}, 20, 0},
	} {
		c.certificate.NotAfter = noon.Add(time.Duration(c.days) * 24 * time.Hour)
		f, at := renewal{certificate: c.certificate, place: "main:443"}.finding(noon, "us-east-1")
		if at != (c.severity != 0) || at && (f.Severity != c.severity || f.Role != Latent || len(f.Evidence) == 0) {
			t.Errorf("%s: %v %s", name, at, asJSON(f))
		}
	}
	pending.NotAfter = noon.Add(12 * 24 * time.Hour)
	f, _ := renewal{certificate: pending, place: "main:443", proof: topology.AbsentFact[[]topology.Record]("route53:ListResourceRecordSets", noon)}.finding(noon, "us-east-1")
	if !strings.Contains(f.Sentence, "expires in 12 days") || !strings.Contains(f.Sentence, "does not exist") || !strings.Contains(f.Actions[0].Do, "CNAME _x.api.hokus.ai with the value _y.aws") {
		t.Errorf("%s", asJSON(f))
	}
	f, _ = renewal{certificate: pending, place: "main:443"}.finding(noon, "us-east-1")
	if strings.Contains(f.Sentence, "does not exist") {
		t.Errorf("nobody looked the record up: %s", f.Sentence)
	}
}
