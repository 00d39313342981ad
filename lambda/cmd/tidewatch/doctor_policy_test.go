package main

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/access"
)

// The policy that `doctor` advises names things as the partition of the region
// does.
func TestPolicyIsOfThePartition(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"us-east-1": "arn:aws:", "cn-north-1": "arn:aws-cn:", "us-gov-west-1": "arn:aws-us-gov:", "eusc-de-east-1": "arn:aws-eusc:", "us-iso-east-1": "arn:aws-iso:", "": "arn:aws:",
	} {
		text := installation{region: region}.policyText(access.Actions)
		if all := strings.Count(text, "arn:"); all == 0 || strings.Count(text, want) != all {
			t.Errorf("%q: want %s in\n%s", region, want, text)
		}
	}
}
