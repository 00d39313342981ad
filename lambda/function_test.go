package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

func TestMain(m *testing.M) {
	status := m.Run()
	mototest.Stop()
	os.Exit(status)
}

// installation is what a deployment makes: table, topic, and a queue that
// stands for a subscriber.
type installation struct {
	env   []string
	queue string
	sqs   *sqs.Client
}

func install(t *testing.T, url, text string) installation {
	t.Helper()
	keys := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})
	config := aws.Config{Region: mototest.Region, BaseEndpoint: &url, Credentials: keys}
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	table := makeTable(t, config, name)
	topic, err := sns.NewFromConfig(config).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	i := installation{sqs: sqs.NewFromConfig(config)}
	queue, err := i.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	i.queue = *queue.QueueUrl
	protocol, arn := "sqs", fmt.Sprintf("arn:aws:sqs:%s:%s:%s", mototest.Region, mototest.Account, name)
	if _, err := sns.NewFromConfig(config).Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: &protocol, Endpoint: &arn}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	i.env = []string{"AWS_ENDPOINT_URL=" + url, "TIDEWATCH_TABLE=" + table, "TIDEWATCH_TOPIC_ARN=" + *topic.TopicArn, "TIDEWATCH_CONFIG=" + path}
	return i
}

func makeTable(t *testing.T, config aws.Config, name string) string {
	t.Helper()
	pk, sk := "pk", "sk"
	_, err := dynamodb.NewFromConfig(config).CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: &pk, AttributeType: types.ScalarAttributeTypeS}, {AttributeName: &sk, AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: &pk, KeyType: types.KeyTypeHash}, {AttributeName: &sk, KeyType: types.KeyTypeRange}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// messages reads what the topic has delivered since the last call.
func (i installation) messages(t *testing.T) []map[string]any {
	t.Helper()
	got, err := i.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &i.queue, MaxNumberOfMessages: 10})
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for _, m := range got.Messages {
		var envelope struct{ Subject, Message string }
		if err := json.Unmarshal([]byte(*m.Body), &envelope); err != nil {
			t.Fatal(err)
		}
		var payload map[string]any
		if err := json.Unmarshal([]byte(envelope.Message), &payload); err != nil {
			t.Fatalf("%v: %s", err, envelope.Message)
		}
		payload["subject"] = envelope.Subject
		all = append(all, payload)
		if _, err := i.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &i.queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// The whole function, from the event to the message in a subscriber's queue:
// an endpoint that is down is told about after its second failing round, once.
func TestFunctionTellsOnce(t *testing.T) {
	url := mototest.URL(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := listener.Addr().String()
	listener.Close()
	i := install(t, url, fmt.Sprintf("environment: e2e\nendpoints:\n  - {name: db, group: internal, url: \"tcp://%s\", severity: critical, users-lose: everything, conditions: [\"[CONNECTED] == true\"]}\n", down))
	api := startRuntime(t)
	out := api.start(t, buildBootstrap(t), i.env...)

	tick := func(n int) {
		at := time.Now().UTC().Format(time.RFC3339)
		if a := api.invoke(t, fmt.Sprintf("request-%d", n), fmt.Sprintf(`{"source":"tidewatch","trigger":"tick","id":"tick-%d","time":%q}`, n, at)); a.failed {
			t.Fatalf("tick %d failed: %s", n, a.body)
		}
	}
	tick(1)
	if got := i.messages(t); len(got) != 0 {
		t.Fatalf("told after one failing round: %v", got)
	}
	tick(2)
	got := i.messages(t)
	if len(got) != 1 || !strings.Contains(fmt.Sprint(got[0]["subject"]), "SEV1") || !strings.Contains(fmt.Sprint(got[0]), "tcp.refused") {
		t.Fatalf("messages %v, want one about the refused connection", got)
	}
	tick(3)
	if got := i.messages(t); len(got) != 0 {
		t.Fatalf("told again: %v", got)
	}
	metrics := 0
	for _, line := range out.documents(t) {
		if _, ok := line["_aws"]; ok {
			metrics++
		}
	}
	if metrics != 6 {
		t.Errorf("%d metric lines in 3 rounds, want one for the endpoint and one for the environment each", metrics)
	}
}
