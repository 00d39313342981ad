package diagnose

import (
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// nearEnd is how long before its end a certificate matters although nothing
// says that it will not be renewed: ACM has tried for six weeks by then.
const nearEnd = 14 * 24 * time.Hour

// certificates looks at those of all listeners: whether they have expired,
// will not be renewed, or are not renewed although their end is near.
func (v *survey) certificates() {
	for _, lb := range v.facts.LoadBalancers.Of("").Value {
		for _, l := range v.facts.Listeners.Of(lb.ARN).Value {
			for _, arn := range v.certificatesOf(l) {
				fact := sought(v, v.facts.Certificates, topology.Certificates, arn)
				if fact.State == topology.Known && !fact.Value.NotAfter.IsZero() {
					v.certificate(renewal{certificate: fact.Value, read: fact.Status, place: rootOf(lb, l)})
				}
			}
		}
	}
}

// certificatesOf are those that a listener may send: as far as they were read.
func (v *survey) certificatesOf(l topology.Listener) []string {
	if len(l.Certificates) == 0 {
		return nil // it speaks no TLS
	}
	all := slices.Clone(l.Certificates)
	for _, c := range sought(v, v.facts.ListenerCertificates, topology.ListenerCertificates, l.ARN).Value {
		if !slices.Contains(all, c.ARN) {
			all = append(all, c.ARN)
		}
	}
	return all
}

// certificate notes one; a second listener that has it, too, adds nothing.
func (v *survey) certificate(r renewal) {
	c := r.certificate
	if slices.ContainsFunc(v.found, func(f Finding) bool {
		return (f.Code == TLSExpired || f.Code == TLSRenewalAtRisk) && slices.Contains(f.Verify, r.verify(v.facts.Region)[0])
	}) {
		return
	}
	left := c.NotAfter.Sub(v.now)
	if left < soon {
		if open := openValidation(c); open != nil && c.Renewal == "PENDING_VALIDATION" {
			r.proof = v.proof(open.Name)
		}
	}
	switch f, atRisk := r.finding(v.now, v.facts.Region); {
	case left <= 0:
		verify := r.verify(v.facts.Region)
		r.certificate.Validations = nil // one that has expired cannot be renewed, whatever is proven
		v.note(fault{
			code: TLSExpired, root: r.root(),
			sentence: fmt.Sprintf("the certificate of %s on %s expired%s", c.Domain, r.place, ago(v.now, c.NotAfter)),
			evidence: []Evidence{told(r.read, fmt.Sprintf("%s ended%s", c.ARN, at(c.NotAfter)))}, action: r.replacement(v.facts.Region), verify: verify,
		})
	case atRisk:
		f.Severity = r.severityAt(v.now)
		if !slices.ContainsFunc(v.found, func(have Finding) bool { return have.Key == f.Key }) {
			v.found = append(v.found, f)
		}
	case left <= nearEnd:
		v.note(fault{
			code: TLSRenewalAtRisk, root: r.root(),
			sentence: fmt.Sprintf("the certificate of %s on %s expires in %s (%s), and ACM has not renewed it yet", c.Domain, r.place, roughly(left), c.NotAfter.UTC().Format(time.RFC3339)),
			evidence: []Evidence{told(r.read, fmt.Sprintf("%s ends%s; %s", c.ARN, at(c.NotAfter), whyNotRenewed(c)))}, verify: r.verify(v.facts.Region),
			action: Action{Priority: "P1", Do: "find out what ACM waits for: its renewal summary says it, and CAA records may forbid it", DoneWhen: "the renewal of " + c.Domain + " is SUCCESS"},
		})
		v.found[len(v.found)-1].Severity = r.severityAt(v.now)
	}
}

// proof is the record that validates a domain, in the public zone that has it.
func (v *survey) proof(name string) topology.Fact[[]topology.Record] {
	zones := sought(v, v.facts.Zones, topology.Zones, name)
	at := slices.IndexFunc(zones.Value, func(z topology.Zone) bool { return !z.Private })
	if at < 0 {
		return topology.Fact[[]topology.Record]{}
	}
	return sought(v, v.facts.Records, topology.Records, zones.Value[at].ID, name)
}

// replacement is what to do about a certificate that has expired.
func (r renewal) replacement(region string) Action {
	a := r.action(region)
	if r.certificate.Type != "IMPORTED" {
		a.Do = fmt.Sprintf("request a new certificate for %s and attach it to %s, or take the old one off if nobody asks for that name", r.certificate.Domain, r.place)
		a.DoneWhen = r.place + " has no certificate that has expired"
	}
	return a
}
