package probe

import (
	"crypto/x509"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// maxCertificateNames bounds the names that a result carries: some
// certificates of content networks have hundreds.
const maxCertificateNames = 20

// describeCertificate keeps of a leaf certificate what a report shows.
func describeCertificate(leaf *x509.Certificate) *result.Certificate {
	names := certificateNames(leaf)
	return &result.Certificate{
		NotBefore: leaf.NotBefore.UTC(),
		NotAfter:  leaf.NotAfter.UTC(),
		Names:     names[:min(len(names), maxCertificateNames)],
		Issuer:    issuerName(leaf),
	}
}

// certificateNames are the names and addresses that a certificate is for,
// cleaned since whoever answers on the port chose them.
func certificateNames(leaf *x509.Certificate) []string {
	names := make([]string, 0, len(leaf.DNSNames)+len(leaf.IPAddresses)+1)
	for _, name := range leaf.DNSNames {
		names = append(names, redact.Snippet([]byte(name), quoteLimit))
	}
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 && leaf.Subject.CommonName != "" {
		names = append(names, redact.Snippet([]byte(leaf.Subject.CommonName), quoteLimit))
	}
	return names
}

func issuerName(leaf *x509.Certificate) string {
	return redact.Snippet([]byte(leaf.Issuer.String()), quoteLimit)
}

// nameList is for a sentence: the first names, and how many more there are.
func nameList(names []string) string {
	const shown = 3
	switch {
	case len(names) == 0:
		return "no name at all"
	case len(names) > shown:
		return strings.Join(names[:shown], ", ") + " and others"
	default:
		return strings.Join(names, ", ")
	}
}
