package awsapi

import (
	"context"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

var describeCertificate = operation{"acm", "CertificateManager.DescribeCertificate"}

type certificateAnswer struct {
	Certificate struct {
		CertificateArn, DomainName, Type, Status, RenewalEligibility, FailureReason string

		SubjectAlternativeNames []string
		NotAfter                epoch
		InUseBy                 []string
		DomainValidationOptions []validationJSON
		RenewalSummary          struct {
			RenewalStatus, RenewalStatusReason string

			DomainValidationOptions []validationJSON
		}
	}
}

type validationJSON struct {
	DomainName, ValidationStatus string

	ResourceRecord struct{ Name, Type, Value string }
}

// readCertificate: of a renewal under way its own validations count.
func readCertificate(ctx context.Context, r *reading, arn string) {
	if !strings.Contains(arn, ":acm:") {
		r.unsupported(topology.Certificates, arn, "only certificates of ACM can be read")
		return
	}
	var answer certificateAnswer
	err := r.call(ctx, request{operation: describeCertificate, region: regionOf(arn, ""), in: map[string]any{"CertificateArn": arn}, out: &answer})
	if err != nil {
		r.fail(topology.Certificates, arn, err)
		return
	}
	c := answer.Certificate
	made := topology.Certificate{
		ARN: c.CertificateArn, Domain: strings.ToLower(c.DomainName), Type: c.Type, Status: c.Status, NotAfter: c.NotAfter.time(), Eligibility: c.RenewalEligibility,
		Names: []string{}, Renewal: c.RenewalSummary.RenewalStatus, Why: redact.Text(c.RenewalSummary.RenewalStatusReason), InUseBy: c.InUseBy,
	}
	if made.Why == "" {
		made.Why = redact.Text(c.FailureReason)
	}
	for _, name := range c.SubjectAlternativeNames {
		made.Names = append(made.Names, strings.ToLower(name))
	}
	validations := c.RenewalSummary.DomainValidationOptions
	if len(validations) == 0 {
		validations = c.DomainValidationOptions
	}
	for _, v := range validations {
		made.Validations = append(made.Validations, topology.Validation{
			Domain: v.DomainName, Status: v.ValidationStatus,
			Name: strings.ToLower(strings.TrimSuffix(v.ResourceRecord.Name, ".")), Value: strings.ToLower(strings.TrimSuffix(v.ResourceRecord.Value, ".")),
		})
	}
	put(r, &r.to.Certificates, topology.Certificates, arn, made)
}
