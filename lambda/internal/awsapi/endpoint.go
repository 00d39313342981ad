package awsapi

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Target is a server of AWS that a control probe can ask, to tell an outage of
// the endpoints from one of the checker.
type Target struct {
	Service string // "dynamodb" or "sns"
	URL     string // of its root
	Host    string
	Port    uint16
	TLS     bool
}

// Controls are the regional endpoints that Tidewatch itself needs. They differ
// in how a private network reaches them: DynamoDB mostly by a gateway endpoint,
// SNS through NAT or an interface endpoint.
func (c Config) Controls() ([]Target, error) {
	var targets []Target
	for _, service := range []string{"dynamodb", "sns"} {
		where, err := c.serviceEndpoint(service, c.Region)
		if err != nil {
			return nil, err
		}
		u, err := url.Parse(where)
		if err != nil {
			return nil, fmt.Errorf("the endpoint of %s in region %s: %w", service, c.Region, err)
		}
		t := target(*u)
		t.Service = service
		targets = append(targets, t)
	}
	return targets, nil
}

func target(u url.URL) Target {
	t := Target{URL: u.String(), Host: u.Hostname(), TLS: u.Scheme == "https", Port: 80}
	if t.TLS {
		t.Port = 443
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		t.Port = uint16(port)
	}
	return t
}

func topicEndpoint(region string, dualStack bool) (url.URL, error) {
	p := sns.EndpointParameters{Region: &region, UseFIPS: new(false), UseDualStack: &dualStack}
	e, err := sns.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), p)
	return e.URI, err
}

// serviceEndpoint is the URL of a service that is called without its own part
// of the SDK. Names of services are made alike in every partition, so it is
// that of SNS with another first label, with two exceptions.
func (c Config) serviceEndpoint(service, region string) (string, error) {
	if c.Endpoint != "" {
		return c.Endpoint, nil
	}
	if service == "route53" {
		at, _ := c.route53()
		return at, nil
	}
	// The ordinary names of Secrets Manager answer over IPv6, too, but not in the
	// European Sovereign Cloud.
	dual := c.DualStack && (service != "secretsmanager" || strings.HasPrefix(region, "eusc-"))
	u, err := topicEndpoint(region, dual)
	if err != nil {
		return "", fmt.Errorf("no endpoint of %s is known for region %s: %w", service, region, err)
	}
	if c.FIPS && (dual || !validatedInGovCloud[service] || !strings.HasPrefix(region, "us-gov-")) {
		service += "-fips"
	}
	_, domain, _ := strings.Cut(u.Host, ".")
	return u.Scheme + "://" + service + "." + domain, nil
}

// validatedInGovCloud are the services whose ordinary names in GovCloud have
// validated cryptography, and which have no others there.
var validatedInGovCloud = map[string]bool{
	"ssm": true, "acm": true, "ec2": true, "elasticloadbalancing": true, "logs": true, "cloudtrail": true, "rds": true, "dynamodb": true, "sns": true,
}

// route53Places are the endpoints of Route 53, one for each partition, and the
// regions that calls to them are signed for, by how names of regions begin.
// They are the same for every kind of network; only that of the first partition
// has another one with validated cryptography.
var route53Places = []struct{ prefix, host, region string }{
	{"cn-", "route53.amazonaws.com.cn", "cn-northwest-1"},
	{"us-gov-", "route53.us-gov.amazonaws.com", "us-gov-west-1"},
	{"us-iso-", "route53.c2s.ic.gov", "us-iso-east-1"},
	{"us-isob-", "route53.sc2s.sgov.gov", "us-isob-east-1"},
	{"eu-isoe-", "route53.cloud.adc-e.uk", "eu-isoe-west-1"},
	{"us-isof-", "route53.csp.hci.ic.gov", "us-isof-south-1"},
	{"", "route53.amazonaws.com", "us-east-1"},
}

// route53 is where Route 53 is asked, and the region that calls are signed for.
func (c Config) route53() (url, region string) {
	own := c.Region
	if strings.HasPrefix(own, "eusc-") { // the only partition in which it is regional
		return "https://route53." + own + ".amazonaws.eu", own
	}
	for _, at := range route53Places {
		if strings.HasPrefix(own, at.prefix) {
			if at.prefix == "" && c.FIPS {
				at.host = "route53-fips.amazonaws.com"
			}
			return "https://" + at.host, at.region
		}
	}
	return "", own
}

// route53Region is the region that calls to Route 53 are signed for.
func (c *Client) route53Region() string {
	_, region := c.config.route53()
	return region
}
