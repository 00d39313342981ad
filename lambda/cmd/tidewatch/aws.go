package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// awsAccess is the way to AWS of a command, made when something needs it: most
// runs on a laptop do not.
type awsAccess struct {
	client  func() (*awsapi.Client, error)
	secrets func() (*awsapi.Secrets, error)
}

// access uses what the AWS command line would: profiles, single sign-on, the
// roles of machines, or the environment.
func (s streams) access(ctx context.Context, cfg *check.Config) *awsAccess {
	client := sync.OnceValues(func() (*awsapi.Client, error) { return s.dial(ctx, cfg) })
	return &awsAccess{client: client, secrets: sync.OnceValues(func() (*awsapi.Secrets, error) {
		c, err := client()
		if err != nil {
			return nil, err
		}
		return c.Secrets(0), nil
	})}
}

func (s streams) dial(ctx context.Context, cfg *check.Config) (*awsapi.Client, error) {
	chain, err := config.LoadDefaultConfig(ctx, config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration of this machine cannot be read: %w", err)
	}
	found, err := awsapi.FromEnvironment(func(name string) string {
		value := s.getenv(name)
		if value == "" && name == "AWS_REGION" {
			return cmp.Or(s.getenv("AWS_DEFAULT_REGION"), chain.Region, cfg.AWS.Region)
		}
		return value
	})
	if err != nil {
		return nil, err
	}
	keyring := keyring{chain: chain.Credentials}
	found.Keys = keyring.keys
	return awsapi.New(found)
}

// keyring has the credentials of whoever runs the command. That there are none
// is found out once for all endpoints of a round: what the default chain asks
// last is the metadata service of a machine in EC2, which other machines wait
// for in vain.
type keyring struct {
	chain aws.CredentialsProvider

	mu     sync.Mutex
	failed time.Time // when there were none
	why    error
}

// keysAgain is how long it is taken for granted that there are none.
const keysAgain = 5 * time.Second

func (k *keyring) keys(ctx context.Context) (awsapi.Keys, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.why != nil && time.Since(k.failed) < keysAgain {
		return awsapi.Keys{}, k.why
	}
	found, err := k.chain.Retrieve(ctx)
	if err != nil {
		k.why, k.failed = keyless(err), time.Now()
		return awsapi.Keys{}, k.why
	}
	return awsapi.Keys{ID: found.AccessKeyID, Secret: found.SecretAccessKey, Token: found.SessionToken}, nil
}

// keyless says what to do where there are no credentials. That nothing was
// found at the last place is no cause that anybody would recognise.
func keyless(err error) error {
	const remedy = "sign in as for the AWS command line, with `aws sso login` or `aws configure`, and name the profile in AWS_PROFILE"
	if text := err.Error(); !strings.Contains(text, "IMDS") && !strings.Contains(text, "ec2imds") {
		return awsapi.NoKeys{Err: fmt.Errorf("the AWS credentials of this machine cannot be used: %s (%s)", remedy, redact.Visible(text))}
	}
	return awsapi.NoKeys{Err: errors.New("there are no AWS credentials; " + remedy)}
}

// secret reads a reference for a probe.
func (a *awsAccess) secret(ctx context.Context, ref check.Reference) (string, error) {
	secrets, err := a.secrets()
	if err != nil {
		return "", err
	}
	return secrets.Get(ctx, ref)
}

// Refresh says that a value was not accepted.
func (a *awsAccess) Refresh(ref check.Reference) {
	if secrets, err := a.secrets(); err == nil {
		secrets.Refresh(ref)
	}
}
