package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// installation is what a deployment makes: table, topic, and a queue that
// stands for a subscriber. The function reaches them through a door.
type installation struct {
	env    []string
	door   *mototest.Door
	aws    aws.Config // past the door
	table  string
	client *awsapi.Client
	queue  string
	sqs    *sqs.Client
}

func install(t *testing.T, text string) installation {
	t.Helper()
	url := mototest.URL(t)
	keys := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})
	i := installation{door: mototest.Open(t), aws: aws.Config{Region: mototest.Region, BaseEndpoint: &url, Credentials: keys}}
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	i.table = makeTable(t, i.aws, name)
	topic, err := sns.NewFromConfig(i.aws).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	i.sqs = sqs.NewFromConfig(i.aws)
	queue, err := i.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	i.queue = *queue.QueueUrl
	protocol, arn := "sqs", fmt.Sprintf("arn:aws:sqs:%s:%s:%s", mototest.Region, mototest.Account, name)
	if _, err := sns.NewFromConfig(i.aws).Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: &protocol, Endpoint: &arn}); err != nil {
		t.Fatal(err)
	}
	i.client, err = awsapi.New(awsapi.Config{Region: mototest.Region, Endpoint: url, Keys: func(context.Context) (awsapi.Keys, error) {
		return awsapi.Keys{ID: "test", Secret: "test"}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	i.env = []string{
		"AWS_ENDPOINT_URL=" + i.door.URL, "TIDEWATCH_TABLE=" + i.table, "TIDEWATCH_TOPIC_ARN=" + *topic.TopicArn,
		"TIDEWATCH_CONFIG=" + configFile(t, text),
	}
	return i
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// change changes the state of an environment behind the function's back.
func (i installation) change(t *testing.T, environment string, change func(*incident.State)) {
	t.Helper()
	store := i.client.Store(i.table, environment)
	state, revision, err := store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if state.Endpoints == nil {
		state.Endpoints = map[string]*incident.Endpoint{}
	}
	change(&state)
	if _, err := store.Save(t.Context(), state, revision); err != nil {
		t.Fatal(err)
	}
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
	var all []map[string]any
	got, err := i.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &i.queue, MaxNumberOfMessages: 10})
	if err != nil {
		t.Fatal(err)
	}
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
