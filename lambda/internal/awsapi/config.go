// Package awsapi is where Tidewatch talks to AWS: the table, the topic,
// secrets, and facts about services. It alone imports the SDK, and no type of
// the SDK leaves it. Every call has a deadline, bounded attempts, and fails with
// a sentence that says what to do; no error contains a secret.
package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Limits of one call. A save and a message fit into the last ten seconds of an
// invocation even when the first attempt hangs.
const (
	DefaultTimeout = 8 * time.Second         // of a call, all attempts together
	DefaultAttempt = 2500 * time.Millisecond // of one attempt
	attempts       = 3
)

// Config says how AWS is reached.
type Config struct {
	Region    string
	Endpoint  string // base URL of all services; "": AWS's own
	FIPS      bool   // endpoints with validated cryptography
	DualStack bool   // endpoints that answer over IPv6, too
	Timeout   time.Duration
	Attempt   time.Duration
	// Keys is asked before every attempt, so that renewed credentials are
	// used at once. Where there are none its error is NoKeys.
	Keys func(context.Context) (Keys, error)
}

// Keys are credentials.
type Keys struct {
	ID, Secret string
	Token      string // of temporary credentials; "": none
}

// FromEnvironment reads the standard variables of AWS: AWS_REGION or
// AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT,
// AWS_USE_DUALSTACK_ENDPOINT, and at every call AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. There are no profiles and no
// metadata service: a Lambda function has neither.
func FromEnvironment(getenv func(string) string) (Config, error) {
	c := Config{Region: getenv("AWS_REGION"), Endpoint: getenv("AWS_ENDPOINT_URL"), Keys: environmentKeys(getenv)}
	if c.Region == "" {
		c.Region = getenv("AWS_DEFAULT_REGION")
	}
	var problems []error
	var err error
	if c.FIPS, err = truth(getenv, "AWS_USE_FIPS_ENDPOINT"); err != nil {
		problems = append(problems, err)
	}
	if c.DualStack, err = truth(getenv, "AWS_USE_DUALSTACK_ENDPOINT"); err != nil {
		problems = append(problems, err)
	}
	return c, errors.Join(append(problems, c.check())...)
}

// check reports what no call could work with.
func (c Config) check() error {
	var problems []error
	if c.Region == "" {
		problems = append(problems, errors.New("no AWS region is set: set AWS_REGION, such as us-east-1"))
	} else if strings.Trim(c.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		problems = append(problems, fmt.Errorf("AWS_REGION is %q, which is no region: expected one such as us-east-1", c.Region))
	}
	if c.Endpoint == "" {
		return errors.Join(problems...)
	}
	if u, err := url.Parse(c.Endpoint); err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		problems = append(problems, errors.New("AWS_ENDPOINT_URL is no URL of a server: expected one such as http://127.0.0.1:5000"))
	}
	if c.FIPS || c.DualStack {
		problems = append(problems, errors.New("AWS_ENDPOINT_URL names the endpoint, so AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT cannot choose one: unset either"))
	}
	return errors.Join(problems...)
}

func truth(getenv func(string) string, name string) (bool, error) {
	switch value := strings.ToLower(getenv(name)); value {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, fmt.Errorf("%s is %q: expected true or false", name, value)
	}
}

func environmentKeys(getenv func(string) string) func(context.Context) (Keys, error) {
	return func(context.Context) (Keys, error) {
		k := Keys{ID: getenv("AWS_ACCESS_KEY_ID"), Secret: getenv("AWS_SECRET_ACCESS_KEY"), Token: getenv("AWS_SESSION_TOKEN")}
		if k.ID == "" || k.Secret == "" {
			return Keys{}, errNoKeys
		}
		return k, nil
	}
}

// NoKeys says that there are no credentials, and where they are expected.
type NoKeys struct{ Err error }

// Error is that of Err.
func (n NoKeys) Error() string { return n.Err.Error() }

var errNoKeys = NoKeys{errors.New("there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if they are temporary")}
