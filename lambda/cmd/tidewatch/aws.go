package main

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/config"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/awsapi"
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
	chain, err := config.LoadDefaultConfig(ctx)
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
	found.Keys = func(ctx context.Context) (awsapi.Keys, error) {
		keys, err := chain.Credentials.Retrieve(ctx)
		if err != nil {
			return awsapi.Keys{}, fmt.Errorf("there are no AWS credentials; sign in as for the AWS command line: %w", err)
		}
		return awsapi.Keys{ID: keys.AccessKeyID, Secret: keys.SecretAccessKey, Token: keys.SessionToken}, nil
	}
	return awsapi.New(found)
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
