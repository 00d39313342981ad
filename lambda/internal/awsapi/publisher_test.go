package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// newTopic makes a topic and a queue that is subscribed to it.
func newTopic(t *testing.T, name string) (topic string, receive func() []map[string]any) {
	t.Helper()
	made, err := sns.NewFromConfig(behind(t)).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	queues := sqs.NewFromConfig(behind(t))
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	about, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{"QueueArn"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = sns.NewFromConfig(behind(t)).Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: made.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(about.Attributes["QueueArn"])})
	if err != nil {
		t.Fatal(err)
	}
	return *made.TopicArn, func() (messages []map[string]any) {
		t.Helper()
		answer, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range answer.Messages {
			var envelope map[string]any
			if err := json.Unmarshal([]byte(*m.Body), &envelope); err != nil {
				t.Fatal(err)
			}
			messages = append(messages, envelope)
		}
		return messages
	}
}

var message = report.Message{
	ID: "inc-1-open-1", Subject: "SEV1 registry is down", Body: `{"default":"plain","sqs":"{\"version\":1}"}`,
	Attributes: map[string]string{"severity": "SEV1", "kind": "opened", "incident": ""},
}

func TestPublish(t *testing.T) {
	t.Parallel()
	client, _ := open(t, calm)
	topic, receive := newTopic(t, "publish")
	p, err := client.Publisher(topic)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Publish(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	bare := message
	bare.Subject, bare.Attributes = "", nil
	if err := p.Publish(t.Context(), bare); err != nil {
		t.Fatal(err)
	}
	got := receive()
	if len(got) != 2 || got[0]["Message"] != `{"version":1}` || got[0]["Subject"] != message.Subject || got[1]["Subject"] != nil {
		t.Fatalf("received %v", got)
	}
	attributes, _ := got[0]["MessageAttributes"].(map[string]any)
	if severity, _ := attributes["severity"].(map[string]any); len(attributes) != 2 || severity["Value"] != "SEV1" {
		t.Errorf("attributes %v", attributes)
	}
}

func TestPublishFails(t *testing.T) {
	t.Parallel()
	client, door := open(t, calm)
	p, err := client.Publisher("arn:aws:sns:us-east-1:123456789012:alerts")
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{
		"KMSAccessDenied":    "the KMS key of the topic cannot be used: it must be enabled, and the role needs kms:GenerateDataKey and kms:Decrypt on it (KMSAccessDenied: words of AWS)",
		"KMSDisabled":        "the KMS key of the topic cannot be used",
		"KMSThrottling":      "sns takes no more requests at the moment (KMSThrottling, 3 attempts: words of AWS)",
		"Throttled":          "sns takes no more requests at the moment (Throttled, 3 attempts: words of AWS)",
		"AuthorizationError": "its policy needs sns:Publish (AuthorizationError: words of AWS)",
		"NotFound":           "it does not exist in us-east-1 (NotFound: words of AWS)",
		"InvalidParameter":   "sns refuses the request (InvalidParameter: words of AWS)",
		"InternalError":      "sns refuses the request (InternalError: words of AWS)",
	} {
		door.Set(mototest.Always("sns:Publish", mototest.Refuse(400, code, "words of AWS")))
		sentence(t, p.Publish(t.Context(), message), "publishing message inc-1-open-1 to arn:aws:sns:us-east-1:123456789012:alerts: ", want)
	}
	door.Set(nil)
	sentence(t, p.Publish(t.Context(), message), "it does not exist in us-east-1")
}

// Only what is in a message can make that it is given up. What somebody can
// mend about topic, key or permissions, and what passes, never does.
func TestRefusals(t *testing.T) {
	t.Parallel()
	client, door := open(t, calm)
	p, err := client.Publisher("arn:aws:sns:us-east-1:123456789012:alerts")
	if err != nil {
		t.Fatal(err)
	}
	refused := func(err error) bool {
		r, ok := errors.AsType[interface {
			error
			Refused() bool
		}](err)
		return ok && r.Refused()
	}
	for _, c := range []struct {
		status     int
		code, says string
		want       bool
	}{
		{400, "InvalidParameter", "Invalid parameter: Message too long", true},
		{400, "InvalidParameter", "Invalid parameter: Subject", true},
		{400, "InvalidParameter", "Invalid parameter: Message Structure - No JSON message body", true},
		{400, "ParameterValueInvalid", "The message attribute 'kind' with type 'String' must use valid characters", true},
		{400, "ValidationError", "1 validation error detected", true},
		{413, "RequestEntityTooLarge", "", true},
		{400, "InvalidParameter", "Invalid parameter: TopicArn", false},
		{400, "InvalidParameter", "Invalid parameter: TopicArn Reason: no such topic", false},
		{400, "InvalidParameter", "Invalid parameter: TargetArn", false},
		{403, "AuthorizationError", "User is not authorized to perform: SNS:Publish", false},
		{403, "AccessDenied", "explicit deny", false},
		{403, "InvalidClientTokenId", "", false},
		{404, "NotFound", "Topic does not exist", false},
		{400, "KMSAccessDenied", "", false},
		{400, "KMSDisabled", "", false},
		{400, "KMSOptInRequired", "", false},
		{400, "KMSThrottling", "", false},
		{400, "Throttled", "", false},
		{500, "InternalError", "", false},
		{503, "ServiceUnavailable", "", false},
		{400, "OptInRequired", "something new", false},
	} {
		door.Set(mototest.Always("sns:Publish", mototest.Refuse(c.status, c.code, c.says)))
		if err := p.Publish(t.Context(), message); err == nil || refused(err) != c.want {
			t.Errorf("%s %s: given up: %v, want %v: %v", c.code, c.says, refused(err), c.want, err)
		}
	}
	large := message
	large.Body = strings.Repeat("x", maxMessage)
	if !refused(p.Publish(t.Context(), large)) {
		t.Error("what is too large can be sent later")
	}
	door.Set(mototest.Always("sns:Publish", mototest.Hang()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if refused(p.Publish(ctx, message)) {
		t.Error("what was not asked was refused")
	}
}

func TestPublishIsTriedAgain(t *testing.T) {
	t.Parallel()
	client, door := open(t, calm)
	topic, receive := newTopic(t, "again")
	p, _ := client.Publisher(topic)
	door.Set(mototest.InTurn("sns:Publish", mototest.Refuse(503, "ServiceUnavailable", ""), mototest.Refuse(400, "Throttled", "")))
	if err := p.Publish(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if got := receive(); len(got) != 1 {
		t.Errorf("received %v", got)
	}
}

func TestPublishHonoursTheDeadline(t *testing.T) {
	t.Parallel()
	config := calm
	config.Timeout = 300 * time.Millisecond
	client, door := open(t, config)
	p, _ := client.Publisher("arn:aws:sns:us-east-1:123456789012:alerts")
	door.Set(mototest.Always("sns:Publish", mototest.Hang()))
	started := time.Now()
	sentence(t, p.Publish(t.Context(), message), "no answer from sns within 0.3 s")
	if took := time.Since(started); took > calm.Attempt/2 { // an attempt may take longer, and three are made
		t.Errorf("it took %v", took)
	}
}

func TestPublishTooMuch(t *testing.T) {
	t.Parallel()
	client, door := open(t, calm)
	p, _ := client.Publisher("arn:aws:sns:us-east-1:123456789012:alerts")
	large := message
	large.Body = strings.Repeat("x", maxMessage)
	sentence(t, p.Publish(t.Context(), large), "256 KB with its attributes, and SNS takes 256 KB")
	if asked := door.Asked(); len(asked) != 0 {
		t.Errorf("it was sent nevertheless: %v", asked)
	}
}

func TestTopicOfAnotherRegion(t *testing.T) {
	t.Parallel()
	client, door := open(t, patient)
	p, err := client.Publisher("arn:aws:sns:eu-west-1:123456789012:alerts")
	if err != nil {
		t.Fatal(err)
	}
	sentence(t, p.Publish(t.Context(), message), "it does not exist in eu-west-1")
	_ = door
}

func TestNotATopic(t *testing.T) {
	t.Parallel()
	client, err := New(Config{Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]string{
		"alerts":                                    `"alerts" is not the ARN of an SNS topic`,
		"arn:aws:sqs:us-east-1:123456789012:q":      "is not the ARN of an SNS topic",
		"arn:aws:sns:us-east-1:123456789012:a.fifo": "the topic a.fifo is a FIFO topic",
	} {
		_, err := client.Publisher(topic)
		sentence(t, err, want)
	}
}
