package access

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Each partition, as AWS documents it. The domain is also that of the SDK, which
// knows the partitions by itself.
func TestPartitionOf(t *testing.T) {
	for region, want := range map[string]Partition{
		"us-east-1":      {"aws", "amazonaws.com", "console.aws.amazon.com"},
		"mx-central-1":   {"aws", "amazonaws.com", "console.aws.amazon.com"},
		"ap-southeast-7": {"aws", "amazonaws.com", "console.aws.amazon.com"},
		"eu-west-1":      {"aws", "amazonaws.com", "console.aws.amazon.com"},
		"cn-north-1":     {"aws-cn", "amazonaws.com.cn", "console.amazonaws.cn"},
		"us-gov-west-1":  {"aws-us-gov", "amazonaws.com", "console.amazonaws-us-gov.com"},
		"eusc-de-east-1": {"aws-eusc", "amazonaws.eu", "console.amazonaws-eusc.eu"},
		"us-iso-east-1":  {"aws-iso", "c2s.ic.gov", ""},
		"us-isob-east-1": {"aws-iso-b", "sc2s.sgov.gov", ""},
		"eu-isoe-west-1": {"aws-iso-e", "cloud.adc-e.uk", ""},
		"us-isof-east-1": {"aws-iso-f", "csp.hci.ic.gov", ""},
	} {
		if got := PartitionOf(region); got != want {
			t.Errorf("%s: %+v, want %+v", region, got, want)
		}
		e, err := sns.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), sns.EndpointParameters{Region: &region, UseFIPS: new(false), UseDualStack: new(false)})
		if err != nil || !strings.HasSuffix(e.URI.Host, region+"."+want.Domain) {
			t.Errorf("%s: the SDK asks %s, %v", region, e.URI.Host, err)
		}
	}
}

func TestConsoleURL(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "https://eu-west-1.console.aws.amazon.com", "eusc-de-east-1": "https://eusc-de-east-1.console.amazonaws-eusc.eu", "us-iso-east-1": "", "": "",
	} {
		if got := ConsoleURL(region); got != want {
			t.Errorf("%s: %q, want %q", region, got, want)
		}
	}
}

func TestNamesOfAWS(t *testing.T) {
	for host, want := range map[string]struct{ aws, balancer bool }{
		"internal-api-123.us-east-1.elb.amazonaws.com":    {true, true},
		"api-123.elb.us-east-1.amazonaws.com":             {true, true},
		"api-123.cn-north-1.elb.amazonaws.com.cn":         {true, true},
		"api-123.elb.cn-north-1.amazonaws.com.cn":         {true, true},
		"api-123.eusc-de-east-1.elb.amazonaws.eu":         {true, true},
		"db.abc.us-east-1.rds.amazonaws.com":              {true, false},
		"api-123.us-east-1.elb.amazonaws.com.example.com": {},
		"elb.example.com":                                 {},
		"notamazonaws.com":                                {},
		"":                                                {},
	} {
		if IsNameOfAWS(host) != want.aws || IsNameOfBalancer(host) != want.balancer {
			t.Errorf("%s: of AWS %v, of a load balancer %v", host, IsNameOfAWS(host), IsNameOfBalancer(host))
		}
	}
}
