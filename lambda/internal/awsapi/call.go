package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// operation is one that is called without its client from the SDK, whose tables
// of types cost every cold start more than all the rest of this package: with
// them a start takes twice as long.
type operation struct {
	service string // as in names of endpoints and signatures
	target  string // what is asked; the part after the dot is the action, that before it the protocol
}

var (
	getSecretValue   = operation{"secretsmanager", "secretsmanager.GetSecretValue"}
	getParameter     = operation{"ssm", "AmazonSSM.GetParameter"}
	describeServices = operation{"ecs", "AmazonEC2ContainerServiceV20141113.DescribeServices"}
)

// action is the operation as policies name it.
func (o operation) action() string {
	_, name, _ := strings.Cut(o.target, ".")
	return o.service + ":" + name
}

const maxAnswer = 4 << 20

// request is one call: what, where, with what, and where the answer goes.
type request struct {
	operation operation
	region    string
	doing     string // for errors
	in, out   any
	form      url.Values // of the Query protocol, without action and version
	path      string     // of the REST protocol, with its query
	pace      *pace      // nil: as fast as it goes
}

// call asks a service, again after failures that may pass.
func (c *Client) call(ctx context.Context, r request) error {
	ctx, cancel := c.within(ctx)
	defer cancel()
	started := time.Now()
	body, err := r.encode()
	if err != nil {
		return fmt.Errorf("%s: %w", r.doing, err)
	}
	retryer := newRetryer()
	for attempt := 1; ; attempt++ {
		err := c.attempt(ctx, r, body, attempt)
		r.pace.heard(isThrottled(err))
		if err == nil {
			return nil
		}
		if attempt == attempts || !retryer.IsErrorRetryable(err) || !pause(ctx, retryer, attempt, err) || r.pace.wait(ctx) != nil {
			return c.failed(err, trial{doing: r.doing, action: r.operation.action(), region: r.region, started: started, attempts: attempt})
		}
	}
}

// isThrottled reports whether AWS refused a call because there were too many.
func isThrottled(err error) bool {
	refused, ok := errors.AsType[*refusal](err)
	return ok && (kinds[refused.Code] == throttled || refused.status == http.StatusTooManyRequests)
}

// pause waits before the next attempt and reports whether there is time for it.
func pause(ctx context.Context, retryer aws.Retryer, attempt int, cause error) bool {
	delay, err := retryer.RetryDelay(attempt, cause)
	if err != nil {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(delay):
		return true
	}
}

func (c *Client) attempt(ctx context.Context, r request, body []byte, number int) error {
	signed, err := c.signed(ctx, r, body, number)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(signed)
	if err != nil {
		return &smithyhttp.RequestSendError{Err: err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return &smithyhttp.RequestSendError{Err: err}
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20)
	}
	if answer.StatusCode != http.StatusOK {
		return readRefusal(answer, text)
	}
	return r.decode(text)
}

// refusal is an answer that is an error.
type refusal struct {
	smithy.GenericAPIError
	status int
	item   item // of DynamoDB: what was there instead of what the condition wanted
}

// codeConditionFailed is the answer to a write whose condition does not hold.
const codeConditionFailed = "ConditionalCheckFailedException"

// HTTPStatusCode is asked for by the retryer.
func (r *refusal) HTTPStatusCode() int { return r.status }

// readRefusal reads the two forms in which services write errors.
func readRefusal(answer *http.Response, text []byte) error {
	var body struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
		Item    item
	}
	_ = json.Unmarshal(text, &body) // a proxy may have answered with HTML: then the status says it
	code, _, _ := strings.Cut(answer.Header.Get("X-Amzn-ErrorType"), ":")
	if code == "" {
		code = body.Type
	}
	if _, name, ok := strings.Cut(code, "#"); ok {
		code = name
	}
	if code == "" {
		code, body.Message = readXMLRefusal(text)
	}
	return &refusal{GenericAPIError: smithy.GenericAPIError{Code: code, Message: body.Message}, status: answer.StatusCode, item: body.Item}
}
