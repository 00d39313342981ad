package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtTLS compares the certificate that was sent with those of the listener.
func lookAtTLS(w *walk) (Verdict, string) {
	s := w.symptom
	expiring := s.Class == result.AssertValue && !s.NotAfter.IsZero() && s.NotAfter.Sub(w.in.Now) < soon
	if s.Class != result.TLSExpired && s.Class != result.TLSName && !expiring {
		if s.Endpoint.Scheme == "https" && w.route.listener != nil && s.Reached(result.PhaseWrite) {
			return OK, s.Endpoint.Host
		}
		return NotApplicable, ""
	}
	kept, ok := certificatesOf(w)
	switch {
	case s.Class == result.TLSExpired:
		w.broken(expired(w, kept))
		return Broken, s.Endpoint.Host
	case expiring:
		return lookAtRenewal(w, kept)
	case ok && slices.ContainsFunc(kept, func(k keptCertificate) bool { return covers(k.Names, s.Endpoint.Host) }):
		return Unclear, rootOf(*w.route.balancer, *w.route.listener) + " has a certificate for the name, yet another was sent"
	}
	w.broken(wrongName(w, kept, ok))
	return Broken, s.Endpoint.Host
}

// keptCertificate is one of a listener with what ACM says of it.
type keptCertificate struct {
	topology.Certificate
	Default bool
	read    topology.Status
}

// certificatesOf reads those of the listener; false if one could not be read,
// or no listener is known.
func certificatesOf(w *walk) ([]keptCertificate, bool) {
	l := w.route.listener
	if l == nil {
		w.regret()
		return nil, false
	}
	if l.Protocol == "TCP" { // the target itself speaks TLS
		return nil, false
	}
	listed := get(w, w.facts.ListenerCertificates, topology.ListenerCertificates, l.ARN)
	ok := listed.State == topology.Known
	var kept []keptCertificate
	for _, c := range listed.Value {
		if !strings.Contains(c.ARN, ":acm:") { // of IAM: its names are not read
			ok = false
			kept = append(kept, keptCertificate{Certificate: topology.Certificate{ARN: c.ARN, Type: "IAM"}, Default: c.Default, read: listed.Status})
			continue
		}
		fact := get(w, w.facts.Certificates, topology.Certificates, c.ARN)
		ok = ok && fact.State == topology.Known
		if fact.State == topology.Known {
			kept = append(kept, keptCertificate{fact.Value, c.Default, fact.Status})
		}
	}
	return kept, ok
}

// covers: a wildcard stands for exactly one label.
func covers(names []string, host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return slices.ContainsFunc(names, func(n string) bool {
		n = strings.ToLower(n)
		if star, ok := strings.CutPrefix(n, "*."); ok {
			label, rest, cut := strings.Cut(host, ".")
			return cut && label != "" && rest == star
		}
		return n == host
	})
}

// sent is the certificate that the listener sends for a host: one that covers
// it, else the default one. Of several the one with the date that was seen.
func sent(kept []keptCertificate, s Symptom) (keptCertificate, bool) {
	var fallback keptCertificate
	found := false
	for _, k := range kept {
		if covers(k.Names, s.Endpoint.Host) && (s.NotAfter.IsZero() || sameTime(k.NotAfter, s.NotAfter)) {
			return k, true
		}
		if k.Default && !slices.ContainsFunc(kept, func(o keptCertificate) bool { return covers(o.Names, s.Endpoint.Host) }) {
			fallback, found = k, true
		}
	}
	return fallback, found && (s.NotAfter.IsZero() || sameTime(fallback.NotAfter, s.NotAfter))
}

func sameTime(a, b time.Time) bool { return a.Sub(b).Abs() < time.Minute }

// expired is D08. The handshake itself shows that it is so; what ACM says adds
// why it was not renewed.
func expired(w *walk, kept []keptCertificate) candidate {
	s := w.symptom
	place := s.Endpoint.Host
	if w.route.listener != nil {
		place = rootOf(*w.route.balancer, *w.route.listener)
	}
	k, found := sent(kept, s)
	when, name := s.NotAfter, "the certificate"
	if found {
		when, name = k.NotAfter, "the certificate of "+k.Domain
	}
	why := ""
	if found {
		why = "; " + whyNotRenewed(k.Certificate)
	}
	c := candidate{
		code: TLSExpired, root: place + "/" + s.Endpoint.Host,
		predicts: []prediction{{classes: []result.Class{result.TLSExpired}}},
		say: func([]string) string {
			return fmt.Sprintf("%s that %s sends for %s expired%s%s", name, place, s.Endpoint.Host, ago(w.in.Now, when), why)
		},
		evidence: []Evidence{w.probed(fmt.Sprintf("the certificate that %s sends for %s ended%s", place, s.Endpoint.Host, at(when)))},
		verify:   []string{opensslCommand(s.Endpoint)},
	}
	if found {
		c.root = place + "/" + k.Domain
		c.evidence = append(c.evidence, told(k.read, fmt.Sprintf("%s is %s, %s", k.ARN, k.Status, whyNotRenewed(k.Certificate))))
		c.verify = append(c.verify, acmCommand(w, k.ARN))
	} else if len(kept) > 0 {
		c.inferred = append(c.inferred, "which of the certificates of "+place+" was sent: none has the date that was seen")
	}
	c.actions = replaceCertificate(w, k.Certificate, c.key())
	return c
}

// at and ago put a time that may not be known.
func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " at " + t.UTC().Format(time.RFC3339)
}

func ago(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s, %s ago", at(t), roughly(now.Sub(t)))
}

// roughly is a span as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Round(24*time.Hour).Hours()/24))
}

// whyNotRenewed says what became of the renewal.
func whyNotRenewed(c topology.Certificate) string {
	switch {
	case c.Type == "IMPORTED":
		return "it was imported, so ACM never renews it"
	case c.Type == "IAM":
		return "it is kept in IAM, so nothing renews it"
	case c.Renewal == "":
		if c.Eligibility == "INELIGIBLE" {
			return "ACM does not renew it (ineligible)"
		}
		return "ACM shows no renewal"
	case c.Why != "":
		return fmt.Sprintf("its renewal is %s: %s", c.Renewal, c.Why)
	}
	if v := openValidation(c); v != nil {
		return fmt.Sprintf("its renewal is %s: %s is not validated by the record %s", c.Renewal, v.Domain, v.Name)
	}
	return "its renewal is " + c.Renewal
}

// openValidation is the first domain that still has to be proven.
func openValidation(c topology.Certificate) *topology.Validation {
	for _, v := range c.Validations {
		if v.Status != "SUCCESS" && v.Name != "" {
			return &v
		}
	}
	return nil
}

func replaceCertificate(w *walk, c topology.Certificate, key string) []Action {
	host := w.symptom.Endpoint.Host
	request := Action{
		Priority: "P0", Mutates: true, Risk: "adds a certificate", Do: "request a new certificate for " + host + " and create the record that validates it; one that has expired cannot be renewed",
		Command:  fmt.Sprintf("aws acm request-certificate --domain-name %s --validation-method DNS --region %s", host, w.facts.Region),
		DoneWhen: "the new certificate is ISSUED", Done: Test{FindingGone, key},
	}
	if c.Type == "IMPORTED" {
		request.Do = fmt.Sprintf("import the renewed certificate for %s in place of the old one", host)
		request.Command = fmt.Sprintf("aws acm import-certificate --certificate-arn %s --certificate fileb://certificate.pem --private-key fileb://key.pem --certificate-chain fileb://chain.pem --region %s", c.ARN, w.facts.Region)
		request.Risk, request.DoneWhen = "replaces the certificate everywhere it is used", host+" sends a valid certificate"
		return []Action{request}
	}
	if w.route.listener == nil {
		if zones, ok := w.facts.Zones.Of(strings.ToLower(host)).Get(); !ok || len(zones) == 0 { // it is not known to be ours
			request.Do, request.Command, request.Mutates, request.Risk = fmt.Sprintf("have whoever runs %s renew its certificate", host), "", false, ""
			request.DoneWhen = host + " sends a valid certificate"
		}
		return []Action{request}
	}
	return []Action{request, addCertificate(w, key)}
}

func addCertificate(w *walk, key string) Action {
	root := rootOf(*w.route.balancer, *w.route.listener)
	return Action{
		Priority: "P0", Mutates: true, Risk: "reversible", Do: fmt.Sprintf("add a certificate for %s to %s", w.symptom.Endpoint.Host, root),
		Command:  fmt.Sprintf("aws elbv2 add-listener-certificates --listener-arn %s --certificates CertificateArn=ARN_OF_A_CERTIFICATE_FOR_%s --region %s", w.route.listener.ARN, w.symptom.Endpoint.Host, w.facts.Region),
		DoneWhen: root + " sends a certificate for " + w.symptom.Endpoint.Host, Done: Test{FindingGone, key},
	}
}

// wrongName is D09. That another certificate was sent shows in the handshake;
// that the listener has none for the name, only the list of its certificates.
func wrongName(w *walk, kept []keptCertificate, listedAll bool) candidate {
	s := w.symptom
	place := s.Endpoint.Host
	if w.route.listener != nil {
		place = rootOf(*w.route.balancer, *w.route.listener)
	}
	served := strings.Join(s.CertNames, ", ")
	sentence := fmt.Sprintf("%s sends a certificate for %s, which does not cover %s", place, served, s.Endpoint.Host)
	var names []string
	for _, k := range kept {
		names = append(names, k.Names...)
	}
	if listedAll {
		sentence = fmt.Sprintf("%s has no certificate for %s; it sends its default one, for %s", place, s.Endpoint.Host, served)
	}
	if star := deeperThan(s.CertNames, s.Endpoint.Host); star != "" {
		sentence += "; " + star + " stands for one label only"
	}
	c := candidate{
		code: TLSNameMismatch, root: place + "/" + s.Endpoint.Host,
		predicts: []prediction{{classes: []result.Class{result.TLSName}}},
		say:      func([]string) string { return sentence },
		evidence: []Evidence{w.probed(fmt.Sprintf("asked for %s, it sent a certificate for %s", s.Endpoint.Host, served))},
		verify:   []string{opensslCommand(s.Endpoint)},
	}
	if w.route.listener != nil {
		if listedAll {
			c.evidence = append(c.evidence, told(w.facts.ListenerCertificates.Of(w.route.listener.ARN).Status, fmt.Sprintf("the certificates of %s are for %s", place, strings.Join(names, ", "))))
		}
		c.verify = append(c.verify, fmt.Sprintf("aws elbv2 describe-listener-certificates --listener-arn %s --region %s", w.route.listener.ARN, w.facts.Region))
		c.actions = []Action{addCertificate(w, c.key())}
		return c
	}
	c.actions = []Action{{Priority: "P0", Do: fmt.Sprintf("have %s send a certificate that covers %s", place, s.Endpoint.Host), DoneWhen: "the certificate covers the name", Done: Test{FindingGone, c.key()}}}
	return c
}

// deeperThan is a wildcard that would cover the host if it stood for several labels.
func deeperThan(names []string, host string) string {
	for _, n := range names {
		if star, ok := strings.CutPrefix(n, "*"); ok && strings.HasSuffix(strings.ToLower(host), strings.ToLower(star)) && !covers([]string{n}, host) {
			return n
		}
	}
	return ""
}

func opensslCommand(e Endpoint) string {
	return fmt.Sprintf("openssl s_client -connect %s:%d -servername %s </dev/null | openssl x509 -noout -dates -ext subjectAltName", e.Host, e.Port, e.Host)
}

func acmCommand(w *walk, arn string) string {
	return fmt.Sprintf("aws acm describe-certificate --certificate-arn %s --query 'Certificate.[Status,NotAfter,RenewalEligibility,RenewalSummary]' --region %s", arn, w.facts.Region)
}
