package awsapi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"hokus.ai/tidewatch/lambda/internal/report"
)

// maxMessage is what SNS takes, attributes included.
const maxMessage = 256 << 10

// Publisher sends messages to one SNS topic.
type Publisher struct {
	client *Client
	topic  string
	region string
	sns    func() *sns.Client // made by the first message: most runs have none
}

// Publisher returns the publisher to a topic, which may be in another region.
func (c *Client) Publisher(topicARN string) (*Publisher, error) {
	topic, err := arn.Parse(topicARN)
	if err != nil || topic.Service != "sns" || topic.Region == "" || topic.Resource == "" || strings.Contains(topic.Resource, ":") {
		return nil, fmt.Errorf("%q is not the ARN of an SNS topic: expected arn:aws:sns:REGION:ACCOUNT:NAME", topicARN)
	}
	if strings.HasSuffix(topic.Resource, ".fifo") {
		return nil, fmt.Errorf("the topic %s is a FIFO topic, which delivers neither to mail nor to chat: use a standard topic", topic.Resource)
	}
	return &Publisher{
		client: c, topic: topicARN, region: topic.Region,
		sns: sync.OnceValue(func() *sns.Client {
			return sns.NewFromConfig(c.sdk, func(o *sns.Options) { o.Region = topic.Region })
		}),
	}, nil
}

// Publish sends one message to everybody who is subscribed. If the answer is
// lost it may be sent twice, with the same id.
func (p *Publisher) Publish(ctx context.Context, m report.Message) error {
	t := trial{doing: fmt.Sprintf("publishing message %s to %s", m.ID, p.topic), region: p.region, started: time.Now()}
	attributes, size := snsAttributes(m.Attributes)
	if size += len(m.Body); size > maxMessage {
		return tooLarge{fmt.Errorf("%s: it has %d KB with its attributes, and SNS takes %d KB", t.doing, size>>10, maxMessage>>10)}
	}
	input := &sns.PublishInput{
		TopicArn: &p.topic, Message: &m.Body, MessageStructure: aws.String("json"), MessageAttributes: attributes,
	}
	if m.Subject != "" {
		input.Subject = &m.Subject
	}
	call, cancel := p.client.within(ctx)
	defer cancel()
	if _, err := p.sns().Publish(call, input); err != nil {
		return p.client.failed(err, t)
	}
	return nil
}

// unfit are the codes with which SNS refuses what is in a message.
var unfit = []string{"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationException", "ValidationError", "RequestEntityTooLarge"}

// Refused reports whether a message can never be published as it is, whatever
// anybody does about topic, key or permissions: not those are refused, but what
// is in it. A code that is not known for that is no such refusal, nor is one
// whose words are about the topic.
func (f *Failure) Refused() bool {
	return f.Action == "sns:Publish" && f.kind == other && slices.Contains(unfit, f.Code) &&
		!slices.ContainsFunc([]string{"topic", "targetarn"}, func(word string) bool { return strings.Contains(strings.ToLower(f.Message), word) })
}

// tooLarge is a message that is not even sent.
type tooLarge struct{ error }

// Refused is as that of Failure.
func (tooLarge) Refused() bool { return true }

// snsAttributes leaves out empty values, which SNS refuses, and adds up the
// bytes that count.
func snsAttributes(values map[string]string) (attributes map[string]types.MessageAttributeValue, size int) {
	for name, value := range values {
		if value == "" {
			continue
		}
		if attributes == nil {
			attributes = map[string]types.MessageAttributeValue{}
		}
		attributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		size += len(name) + len("String") + len(value)
	}
	return attributes, size
}
