// Command slack is the function that posts what arrives at the topics to a
// Slack webhook: messages of Tidewatch, and alarms of CloudWatch about it. It
// is a small function of its own, outside the VPC, so that it works when the
// network that is watched does not.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/awsapi"
)

// secretFor is how long the webhook's URL is kept before it is read again.
const secretFor = 10 * time.Minute

func main() {
	log := lambdacontext.NewLogger()
	p, err := wire(os.Getenv)
	lambda.Start(func(ctx context.Context, event events.SNSEvent) error {
		if err != nil {
			return fmt.Errorf("the function is not set up: %w", err)
		}
		for i := range event.Records {
			id := event.Records[i].SNS.MessageID
			m, news := render(&event.Records[i].SNS)
			if !news {
				log.Info("not posted: an alarm says for the first time that all is well", "message", id)
				continue
			}
			if err := p.post(ctx, m); err != nil {
				return fmt.Errorf("message %s was not posted: %w", id, err)
			}
			log.Info("posted", "message", id)
		}
		return nil
	})
}

// wire makes the poster out of the environment.
func wire(getenv func(string) string) (*poster, error) {
	ref, err := webhook(getenv("TIDEWATCH_SLACK_WEBHOOK"))
	if err != nil {
		return nil, err
	}
	config, err := awsapi.FromEnvironment(getenv)
	if err != nil {
		return nil, err
	}
	client, err := awsapi.New(config)
	if err != nil {
		return nil, err
	}
	secrets := client.Secrets(secretFor)
	return newPoster(
		func(ctx context.Context) (string, error) { return secrets.Get(ctx, ref) },
		func() { secrets.Refresh(ref) },
	), nil
}

// webhook reads the reference to the secret that holds the URL.
func webhook(text string) (check.Reference, error) {
	rest, ok := strings.CutPrefix(text, "secretsmanager:")
	name, key, _ := strings.Cut(rest, "#")
	if !ok || name == "" {
		// What stands there may be the URL itself, so it is not shown.
		return check.Reference{}, fmt.Errorf("TIDEWATCH_SLACK_WEBHOOK names no secret; expected secretsmanager:NAME or secretsmanager:NAME#KEY")
	}
	return check.Reference{Store: "secretsmanager", Name: name, Key: key}, nil
}
