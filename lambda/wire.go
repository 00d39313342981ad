package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/probe"
)

// confirmAfter is when first failures are probed again.
var confirmAfter = []time.Duration{3 * time.Second, 10 * time.Second}

// secretsFor is how long a secret is kept before it is read again.
const secretsFor = 10 * time.Minute

// wire makes the function out of its environment.
func wire(env func(string) (string, bool), out io.Writer, log *slog.Logger) (*pipeline.Pipeline, error) {
	cfg, found := check.Open("", env)
	if cfg == nil {
		return nil, fmt.Errorf("the configuration is refused: %s", found.Messages)
	}
	getenv := func(name string) string { value, _ := env(name); return value }
	config, err := awsapi.FromEnvironment(getenv)
	if err != nil {
		return nil, err
	}
	client, err := awsapi.New(config)
	if err != nil {
		return nil, err
	}
	table, topic := getenv("TIDEWATCH_TABLE"), getenv("TIDEWATCH_TOPIC_ARN")
	if table == "" {
		return nil, fmt.Errorf("TIDEWATCH_TABLE is not set; expected the name of the DynamoDB table that keeps the state")
	}
	publisher, err := client.Publisher(topic)
	if err != nil {
		return nil, err
	}
	controls, err := controlsOf(config, cfg)
	if err != nil {
		return nil, err
	}
	secrets := client.Secrets(secretsFor)
	return pipeline.New(pipeline.Pipeline{
		Config: cfg, Prober: probe.New(probe.Options{Concurrency: cfg.Concurrency, Secrets: secrets.Get}), Secrets: secrets,
		Store: client.Store(table, cfg.Environment), Publisher: publisher, Rollouts: rollouts{client}, Controls: controls,
		Facts: func(calls int) pipeline.FactReader {
			return client.Facts(awsapi.FactLimits{Calls: calls, Function: getenv("AWS_LAMBDA_FUNCTION_NAME")})
		},
		Latent: diagnose.Latents, Region: config.Region, Inside: true,
		Metrics: out, Namespace: cmp.Or(getenv("TIDEWATCH_NAMESPACE"), "Tidewatch"), Confirm: confirmAfter, Log: log, Now: time.Now,
	}), nil
}

// controlsOf are the addresses that answer unless the checker's own network is
// broken: the region's endpoints, and the one that the configuration names.
func controlsOf(config awsapi.Config, cfg *check.Config) ([]string, error) {
	targets, err := config.Controls()
	if err != nil {
		return nil, err
	}
	var controls []string
	for _, target := range targets {
		controls = append(controls, net.JoinHostPort(target.Host, strconv.Itoa(int(target.Port))))
	}
	if cfg.Connectivity != nil {
		controls = append(controls, cfg.Connectivity.Target)
	}
	return controls, nil
}

// rollouts asks ECS how deployments stand.
type rollouts struct{ client *awsapi.Client }

func (r rollouts) Rollout(ctx context.Context, cluster, service string) (string, error) {
	found, err := r.client.Service(ctx, cluster, service)
	if err != nil {
		return "", err
	}
	for _, d := range found.Deployments {
		if d.Status == "PRIMARY" {
			return d.Rollout, nil
		}
	}
	return "", fmt.Errorf("the service %s/%s has no primary deployment", cluster, service)
}
