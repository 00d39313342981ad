// Command lambda is the function. It wires the environment to the pipeline and
// hands it to the Lambda runtime; it is built as `bootstrap`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

func main() {
	log := lambdacontext.NewLogger()
	// The runtime tells errors of invocations to the log package: in JSON,
	// too, and as errors.
	slog.SetDefault(log)
	slog.SetLogLoggerLevel(slog.LevelError)
	settle := pipeline.Memory()
	function, err := wire(os.LookupEnv, os.Stdout, log)
	if err != nil {
		// Told by every invocation, where somebody looks, and not by an
		// exit that the runtime repeats.
		lambda.Start(func(context.Context) error { return fmt.Errorf("the function is not set up: %w", err) })
		return
	}
	settle(len(function.Config.Checks))
	lambda.Start(func(ctx context.Context, raw json.RawMessage) error {
		event, err := trigger.Parse(raw)
		if err != nil {
			return err
		}
		if event.Kind == trigger.Ignored {
			log.Info("event ignored", "note", event.Note)
			return nil
		}
		_, err = function.Handle(ctx, event)
		return err
	})
}
