package awsapi

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Client is the way to AWS that all users of this package share: connections,
// credentials and limits. It may be used by several goroutines.
type Client struct {
	config Config
	sdk    aws.Config
	http   *http.Client
	paces  paces
}

// New makes a client. It does not reach out; a configuration that cannot work
// is an error.
func New(config Config) (*Client, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	if config.Timeout <= 0 {
		config.Timeout = DefaultTimeout
	}
	if config.Attempt <= 0 {
		config.Attempt = DefaultAttempt
	}
	if config.Keys == nil {
		config.Keys = func(context.Context) (Keys, error) { return Keys{}, errNoKeys }
	}
	c := &Client{config: config, http: httpClient(config.Attempt)}
	c.sdk = aws.Config{
		Region:        config.Region,
		Credentials:   aws.CredentialsProviderFunc(c.credentials),
		HTTPClient:    c.http,
		Retryer:       newRetryer,
		ConfigSources: []any{endpointSwitches{config}},
	}
	if config.Endpoint != "" {
		c.sdk.BaseEndpoint = &config.Endpoint
	}
	return c, nil
}

// Region is where the client calls.
func (c *Client) Region() string { return c.config.Region }

func (c *Client) credentials(ctx context.Context) (aws.Credentials, error) {
	k, err := c.config.Keys(ctx)
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret, SessionToken: k.Token, Source: "environment"}, err
}

// within bounds one call, whatever the caller's deadline.
func (c *Client) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.config.Timeout)
}

// httpClient speaks HTTP/1.1: a connection that died while the function was
// frozen fails alone, and at once.
func httpClient(attempt time.Duration) *http.Client {
	return &http.Client{
		Timeout: attempt,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: attempt}).DialContext,
			TLSHandshakeTimeout: attempt,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     50 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newRetryer repeats what the SDK's standard one does, and two throttling codes
// of SNS that it does not know. It waits less: a run has seconds, not minutes.
func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) { return backoff(attempt), nil })
		o.Retryables = append(o.Retryables,
			retry.RetryableErrorCode{Codes: map[string]struct{}{"Throttled": {}, "KMSThrottling": {}}},
			retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusTooManyRequests: {}}})
	})
}

// backoff is how long to wait after an attempt, counted from 1: about 0.2 s,
// then about 0.8 s, by chance between half and one and a half of that, so that
// those who were refused together do not come back together.
func backoff(attempt int) time.Duration {
	middle := 200 * time.Millisecond << (2 * min(max(attempt-1, 0), 2))
	return middle/2 + rand.N(middle)
}

// endpointSwitches is asked by the clients of the SDK for the kind of endpoint.
type endpointSwitches struct{ config Config }

// GetUseFIPSEndpoint answers the SDK.
func (s endpointSwitches) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, s.config.FIPS, nil
}

// GetUseDualStackEndpoint answers the SDK.
func (s endpointSwitches) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return aws.DualStackEndpointStateEnabled, s.config.DualStack, nil
}

// regionOf is the region that an ARN names; otherwise if it names none or is
// no ARN.
func regionOf(name, otherwise string) string {
	if parsed, err := arn.Parse(name); err == nil && parsed.Region != "" {
		return parsed.Region
	}
	return otherwise
}
