package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// soon is how long before its end a certificate that cannot renew matters.
// ACM begins to renew 60 days before the end, so it has had half its time.
const soon = 30 * 24 * time.Hour

// renewal is what is known of a certificate that may not renew.
type renewal struct {
	certificate topology.Certificate
	read        topology.Status
	place       string                           // where it is used, such as main:443
	proof       topology.Fact[[]topology.Record] // of the CNAME that validates it; pending: not read
}

// atRisk says why a certificate will not renew: "" if nothing says so. It is
// for latent findings as well: it needs no symptom.
func (r renewal) atRisk(now time.Time) string {
	c := r.certificate
	if c.NotAfter.IsZero() || c.NotAfter.Sub(now) > soon {
		return ""
	}
	v := openValidation(c)
	switch {
	case c.Eligibility == "INELIGIBLE" || c.Type == "IMPORTED" || c.Renewal == "FAILED":
		return whyNotRenewed(c)
	case c.Renewal == "PENDING_VALIDATION" && v != nil && r.proof.State == topology.Absent:
		return fmt.Sprintf("its renewal waits for the record CNAME %s, which does not exist", v.Name)
	case c.Renewal == "PENDING_VALIDATION":
		return whyNotRenewed(c)
	}
	return ""
}

// severityAt rises as the end comes near: nobody notices, then two weeks, then three days.
func (r renewal) severityAt(now time.Time) Severity {
	switch left := r.certificate.NotAfter.Sub(now); {
	case left <= 3*24*time.Hour:
		return S2
	case left <= 14*24*time.Hour:
		return S3
	}
	return S4
}

// finding is D10 without a symptom: latent. False if the certificate is not at risk.
func (r renewal) finding(now time.Time, region string) (Finding, bool) {
	why := r.atRisk(now)
	if why == "" {
		return Finding{}, false
	}
	f := Finding{
		Code: TLSRenewalAtRisk, Key: string(TLSRenewalAtRisk) + "/" + r.root(), Role: Latent, Level: Proven, Severity: r.severityAt(now), Sentence: r.sentence(now, why),
		Explains: []string{}, RuledOut: []RuledOut{}, Gaps: []Gap{}, Evidence: []Evidence{r.evidence(why)}, Actions: []Action{r.action(region)}, Verify: r.verify(region),
	}
	return f, true
}

func (r renewal) root() string { return r.place + "/" + r.certificate.Domain }

func (r renewal) sentence(now time.Time, why string) string {
	return fmt.Sprintf("the certificate of %s on %s expires in %s (%s) and will not renew: %s", r.certificate.Domain, r.place, roughly(r.certificate.NotAfter.Sub(now)), r.certificate.NotAfter.UTC().Format(time.RFC3339), why)
}

func (r renewal) evidence(why string) Evidence {
	return told(r.read, fmt.Sprintf("%s ends%s; %s", r.certificate.ARN, at(r.certificate.NotAfter), why))
}

func (r renewal) verify(region string) []string {
	all := []string{fmt.Sprintf("aws acm describe-certificate --certificate-arn %s --query Certificate.RenewalSummary --region %s", r.certificate.ARN, region)}
	if v := openValidation(r.certificate); v != nil {
		all = append(all, "dig +short CNAME "+v.Name)
	}
	return all
}

func (r renewal) action(region string) Action {
	c := r.certificate
	a := Action{Priority: "P1", Mutates: true, Risk: "reversible", DoneWhen: "the renewal of " + c.Domain + " is SUCCESS", Done: Test{FindingGone, string(TLSRenewalAtRisk) + "/" + r.root()}}
	if v := openValidation(c); v != nil && c.Type != "IMPORTED" {
		if r.proven(*v) {
			a.Do = fmt.Sprintf("find out why ACM does not take the record CNAME %s, which exists: CAA records of %s may forbid amazon.com", v.Name, v.Domain)
			a.Mutates, a.Risk = false, ""
			return a
		}
		a.Do = fmt.Sprintf("create the record CNAME %s with the value %s; ACM then renews by itself", v.Name, v.Value)
		return a
	}
	if c.Type == "IMPORTED" {
		a.Do = fmt.Sprintf("import the renewed certificate of %s, or replace it by one of ACM, which renews itself", c.Domain)
		a.Command = fmt.Sprintf("aws acm import-certificate --certificate-arn %s --certificate fileb://certificate.pem --private-key fileb://key.pem --certificate-chain fileb://chain.pem --region %s", c.ARN, region)
		return a
	}
	a.Do = fmt.Sprintf("request a new certificate for %s and attach it to %s before the old one ends", c.Domain, r.place)
	a.Command = fmt.Sprintf("aws acm request-certificate --domain-name %s --validation-method DNS --region %s", c.Domain, region)
	return a
}

// proven: the record that validates a domain exists with the value that is wanted.
func (r renewal) proven(v topology.Validation) bool {
	return slices.ContainsFunc(r.proof.Value, func(record topology.Record) bool {
		return record.Type == "CNAME" && slices.ContainsFunc(record.Values, func(value string) bool {
			return v.Value != "" && strings.EqualFold(strings.TrimSuffix(value, "."), v.Value)
		})
	})
}

// lookAtRenewal is D10 where a condition of the endpoint noticed it.
func lookAtRenewal(w *walk, kept []keptCertificate) (Verdict, string) {
	k, found := sent(kept, w.symptom)
	if !found {
		return Unclear, w.symptom.Endpoint.Host
	}
	r := renewal{certificate: k.Certificate, read: k.read, place: rootOf(*w.route.balancer, *w.route.listener)}
	if v := openValidation(k.Certificate); v != nil {
		r.proof = proofOf(w, v.Name)
	}
	why := r.atRisk(w.in.Now)
	if why == "" {
		return OK, k.Domain
	}
	w.broken(candidate{
		code: TLSRenewalAtRisk, root: r.root(), severity: r.severityAt(w.in.Now),
		predicts: []prediction{{classes: []result.Class{result.AssertValue}}},
		say:      func([]string) string { return r.sentence(w.in.Now, why) },
		evidence: []Evidence{r.evidence(why), w.probed(fmt.Sprintf("%s sends a certificate that ends%s", w.symptom.Endpoint.Host, at(w.symptom.NotAfter)))},
		actions:  []Action{r.action(w.facts.Region)}, verify: r.verify(w.facts.Region),
	})
	return Degraded, k.Domain
}

// proofOf reads the record that validates a domain, in the public zone that has it.
func proofOf(w *walk, name string) topology.Fact[[]topology.Record] {
	zones := hint(w, w.facts.Zones, topology.Zones, name)
	at := slices.IndexFunc(zones.Value, func(z topology.Zone) bool { return !z.Private })
	if at < 0 {
		return topology.Fact[[]topology.Record]{}
	}
	return hint(w, w.facts.Records, topology.Records, zones.Value[at].ID, name)
}
