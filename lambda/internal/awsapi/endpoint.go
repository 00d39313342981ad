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
	if service == "route53" { // one for the world, which is signed for its region; other partitions are not known here
		return "https://route53.amazonaws.com", nil
	}
	// The ordinary names of Secrets Manager answer over IPv6, too.
	dual := c.config.DualStack && service != "secretsmanager"
	u, err := topicEndpoint(Config{Region: region, DualStack: dual})
	if err != nil {
		return "", fmt.Errorf("no endpoint of %s is known for region %s: %w", service, region, err)
	}
	// That of Parameter Store in GovCloud is validated as it is.
	if c.config.FIPS && (service != "ssm" || dual || !strings.HasPrefix(region, "us-gov-")) {
		service += "-fips"
	}
	_, domain, _ := strings.Cut(u.Host, ".")
	return u.Scheme + "://" + service + "." + domain, nil
}
