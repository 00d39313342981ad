package awsapi

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
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
	for _, resolve := range []func(Config) (url.URL, error){tableEndpoint, topicEndpoint} {
		u, err := resolve(c)
		if err != nil {
			return nil, fmt.Errorf("no endpoint of AWS is known for region %s: %w", c.Region, err)
		}
		targets = append(targets, target(u))
	}
	targets[0].Service, targets[1].Service = "dynamodb", "sns"
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

func tableEndpoint(c Config) (url.URL, error) {
	p := dynamodb.EndpointParameters{Region: &c.Region, UseFIPS: &c.FIPS, UseDualStack: &c.DualStack}
	if c.Endpoint != "" {
		p.Endpoint = &c.Endpoint
	}
	e, err := dynamodb.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), p)
	return e.URI, err
}

func topicEndpoint(c Config) (url.URL, error) {
	p := sns.EndpointParameters{Region: &c.Region, UseFIPS: &c.FIPS, UseDualStack: &c.DualStack}
	if c.Endpoint != "" {
		p.Endpoint = &c.Endpoint
	}
	e, err := sns.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), p)
	return e.URI, err
}

// serviceEndpoint is the URL of a service that is called without its own part
// of the SDK. Names of services are made alike in every partition, so it is
// that of SNS with another first label, with two exceptions.
func (c *Client) serviceEndpoint(service, region string) (string, error) {
	if c.config.Endpoint != "" {
		return c.config.Endpoint, nil
	}
	if service == "route53" {
		return c.route53Endpoint()
	}
	// The ordinary names of Secrets Manager answer over IPv6, too.
	dual := c.config.DualStack && service != "secretsmanager"
	u, err := topicEndpoint(Config{Region: region, DualStack: dual})
	if err != nil {
		return "", fmt.Errorf("no endpoint of %s is known for region %s: %w", service, region, err)
	}
	if c.config.FIPS && (dual || !validatedInGovCloud[service] || !strings.HasPrefix(region, "us-gov-")) {
		service += "-fips"
	}
	_, domain, _ := strings.Cut(u.Host, ".")
	return u.Scheme + "://" + service + "." + domain, nil
}

// validatedInGovCloud are the services whose ordinary names in GovCloud have
// validated cryptography, and which have no others there.
var validatedInGovCloud = map[string]bool{
	"ssm": true, "acm": true, "ec2": true, "elasticloadbalancing": true, "logs": true, "cloudtrail": true, "rds": true,
}

// route53Endpoint: Route 53 has one endpoint in each partition.
func (c *Client) route53Endpoint() (string, error) {
	switch region := c.config.Region; {
	case strings.HasPrefix(region, "cn-"):
		return "https://route53.amazonaws.com.cn", nil
	case strings.HasPrefix(region, "us-gov-"):
		return "https://route53.us-gov.amazonaws.com", nil
	case strings.HasPrefix(region, "us-iso"), strings.HasPrefix(region, "eu-iso"), strings.HasPrefix(region, "eusc-"):
		return "", unsupportedError("no endpoint of Route 53 is known for region " + region)
	case c.config.FIPS:
		return "https://route53-fips.amazonaws.com", nil
	}
	return "https://route53.amazonaws.com", nil
}

// unsupportedError is for what cannot be asked for at all.
type unsupportedError string

func (e unsupportedError) Error() string { return string(e) }

// route53Region is the region that calls to Route 53 are signed for.
func (c *Client) route53Region() string {
	switch {
	case strings.HasPrefix(c.config.Region, "cn-"):
		return "cn-northwest-1"
	case strings.HasPrefix(c.config.Region, "us-gov-"):
		return "us-gov-west-1"
	}
	return "us-east-1"
}
