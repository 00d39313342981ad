package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func asError[T error](err error, target *T) bool { return errors.As(err, target) }

// The template is really created and read back, and the function that was
// deployed makes a round in its own environment. Stacks cannot be made side by
// side, nor can moto, so it is one test in steps.
func TestDeployed(t *testing.T) {
	needsNode(t)
	c := startCloud(t)
	up, down := loopback(t)
	file := filepath.Join(t.TempDir(), "health.yaml")
	text := fmt.Sprintf(`environment: e2e
aws: {region: us-east-1, clusters: [shop]}
endpoints:
  - {name: home, group: web, url: "http://${UP}/", conditions: ["[STATUS] == 200"]}
  - {name: café, group: web, url: "tcp://%s", severity: critical, users-lose: everything, conditions: ["[CONNECTED] == true"]}
`, down)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	context := c.network(t)
	maps.Copy(context, map[string]any{"config": file, "variables": map[string]any{"UP": up}, "email": "oncall@example.com", "slackWebhookSecret": "slack#url"})
	cfg := settings(t, context)
	made, err := build(cfg, "..", t.TempDir(), host())
	if err != nil {
		t.Fatal(err)
	}
	_, raw := synthesizeBuilt(t, cfg, made)
	outputs := c.deploy(t, cfg.stack, raw)

	t.Run("rules", func(t *testing.T) { c.hasRules(t) })
	t.Run("function", func(t *testing.T) { c.hasFunction(t, outputs, context) })
	t.Run("policies", func(t *testing.T) { c.hasPolicies(t, outputs) })
	t.Run("topic and table", func(t *testing.T) { c.hasTopicAndTable(t, outputs) })
	told := ""
	t.Run("round", func(t *testing.T) { told = c.makesRounds(t, outputs, made, raw) })
	t.Run("slack", func(t *testing.T) { c.postsToSlack(t, made, told) })
}

// The new VPC is one that can be made.
func TestDeployedIntoNewVPC(t *testing.T) {
	needsNode(t)
	c := startCloud(t)
	_, raw := synthesize(t, settings(t, contexts["new"]), placeholders(t))
	outputs := c.deploy(t, "new", raw)
	fn, err := lambda.NewFromConfig(c.aws).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: ref(outputs["Function"])})
	if err != nil {
		t.Fatal(err)
	}
	if got := fn.VpcConfig; len(got.SubnetIds) != 2 || !slices.Equal(got.SecurityGroupIds, []string{outputs["SecurityGroup"]}) {
		t.Errorf("the function is in %v, %v", got.SubnetIds, got.SecurityGroupIds)
	}
	for _, name := range []string{"Address1", "Address2"} {
		if net.ParseIP(outputs[name]) == nil {
			t.Errorf("%s is %q", name, outputs[name])
		}
	}
}

// loopback is an endpoint that answers and one that does not.
func loopback(t *testing.T) (up, down string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	// The near end of a connection: nobody listens there, nor can.
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	conn, err := dialer.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return server.Listener.Addr().String(), conn.LocalAddr().String()
}

func ref(s string) *string { return &s }

func (c cloud) hasRules(t *testing.T) {
	eb := eventbridge.NewFromConfig(c.aws)
	rules, err := eb.ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]ebtypes.Rule{}
	for _, r := range rules.Rules {
		var pattern struct {
			Kind []string `json:"detail-type"`
		}
		if err := json.Unmarshal([]byte(*r.EventPattern), &pattern); err != nil {
			t.Fatal(err)
		}
		kinds[pattern.Kind[0]] = r
		targets, err := eb.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: r.Name})
		if err != nil || len(targets.Targets) != 1 || !strings.HasSuffix(*targets.Targets[0].Arn, ":events") || targets.Targets[0].DeadLetterConfig == nil {
			t.Errorf("%s has the targets %+v, %v", *r.Name, targets, err)
		}
	}
	for kind, part := range map[string]string{
		"ECS Deployment State Change": `arn:aws:ecs:us-east-1:123456789012:service/shop/`,
		"ECS Service Action":          `arn:aws:ecs:us-east-1:123456789012:cluster/shop`,
		"ECS Task State Change":       `EssentialContainerExited`,
	} {
		if r, ok := kinds[kind]; !ok || !strings.Contains(*r.EventPattern, part) {
			t.Errorf("%s: %v", kind, r.EventPattern)
		}
	}
}

func (c cloud) hasFunction(t *testing.T, outputs map[string]string, context map[string]any) {
	fn, err := lambda.NewFromConfig(c.aws).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: ref(outputs["Function"])})
	if err != nil {
		t.Fatal(err)
	}
	var subnets []any
	for _, id := range fn.VpcConfig.SubnetIds {
		subnets = append(subnets, id)
	}
	if !slices.Equal(subnets, context["subnetIds"].([]any)) || !slices.Equal(fn.VpcConfig.SecurityGroupIds, []string{outputs["SecurityGroup"]}) {
		t.Errorf("the function is in %+v", fn.VpcConfig)
	}
	if fn.Runtime != "provided.al2023" || *fn.Timeout != timeout || *fn.MemorySize != 512 {
		t.Errorf("%s, %d s, %d MiB", fn.Runtime, *fn.Timeout, *fn.MemorySize)
	}
}

// hasPolicies reads the policy as AWS has it, every reference an ARN.
func (c cloud) hasPolicies(t *testing.T, outputs map[string]string) {
	fn, err := lambda.NewFromConfig(c.aws).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: ref(outputs["Function"])})
	if err != nil {
		t.Fatal(err)
	}
	role := (*fn.Role)[strings.LastIndex(*fn.Role, "/")+1:]
	client := iam.NewFromConfig(c.aws)
	attached, err := client.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	if err != nil || len(attached.AttachedPolicies) != 0 {
		t.Errorf("attached are %+v, %v", attached, err)
	}
	policy, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &role, PolicyName: ref("Code")})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"table/" + outputs["Table"], outputs["Messages"], "arn:aws:kms:us-east-1:123456789012:key/", "sns.us-east-1.amazonaws.com", "arn:aws:ecs:us-east-1:123456789012:service/shop/*"} {
		if !strings.Contains(*policy.PolicyDocument, want) {
			t.Errorf("the policy does not name %s: %s", want, *policy.PolicyDocument)
		}
	}
}

func (c cloud) hasTopicAndTable(t *testing.T, outputs map[string]string) {
	topic, err := sns.NewFromConfig(c.aws).GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: ref(outputs["Messages"])})
	if err != nil || topic.Attributes["KmsMasterKeyId"] == "" {
		t.Errorf("the topic has %v, %v", topic, err)
	}
	table, err := dynamodb.NewFromConfig(c.aws).DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: ref(outputs["Table"])})
	if err != nil || len(table.Table.KeySchema) != 2 || table.Table.BillingModeSummary.BillingMode != "PAY_PER_REQUEST" {
		t.Errorf("the table is %+v, %v", table, err)
	}
}

// makesRounds starts what was built in the environment that was deployed. Only
// what every Lambda function has besides is the test's.
func (c cloud) makesRounds(t *testing.T, outputs map[string]string, made code, raw []byte) string {
	t.Helper()
	fn, err := lambda.NewFromConfig(c.aws).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: ref(outputs["Function"])})
	if err != nil {
		t.Fatal(err)
	}
	queue := c.subscribe(t, outputs["Messages"])
	env := []string{"AWS_ENDPOINT_URL=" + c.url}
	for name, content := range fn.Environment.Variables {
		env = append(env, name+"="+content)
	}
	api := startRuntime(t)
	out := api.start(t, made.function, env)
	var tick string
	for _, r := range templateFrom(t, raw).all("AWS::Scheduler::Schedule") {
		tick = r.at("Target.Input").(string)
	}
	for n := range 2 {
		at := strings.NewReplacer("<aws.scheduler.execution-id>", fmt.Sprintf("tick-%d", n), "<aws.scheduler.scheduled-time>", time.Now().UTC().Format(time.RFC3339)).Replace(tick)
		if failed := api.invoke(t, at); failed != "" {
			t.Fatalf("tick %d failed: %s\n%s", n+1, failed, out)
		}
	}
	got := c.receive(t, queue)
	if len(got) != 1 || !strings.Contains(got[0], "SEV1") || !strings.Contains(got[0], "tcp.refused") {
		t.Fatalf("messages %v, want one about the refused connection", got)
	}
	holdMetrics(t, templateFrom(t, raw), out.lines(t))
	holdQueries(t, out.lines(t))
	return got[0]
}

// postsToSlack hands the message of the round to the forwarder, in the
// environment that was deployed, with a secret that names a webhook here.
func (c cloud) postsToSlack(t *testing.T, made code, told string) {
	posts := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		posts <- string(body)
	}))
	t.Cleanup(hook.Close)
	secret := fmt.Sprintf(`{"url":%q}`, hook.URL+"/services/T0/B0/hidden")
	if _, err := secretsmanager.NewFromConfig(c.aws).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: ref("slack"), SecretString: &secret}); err != nil {
		t.Fatal(err)
	}
	all, err := lambda.NewFromConfig(c.aws).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"AWS_ENDPOINT_URL=" + c.url}
	for _, fn := range all.Functions {
		if strings.Contains(*fn.Description, "Slack") {
			for name, content := range fn.Environment.Variables {
				env = append(env, name+"="+content)
			}
		}
	}
	api := startRuntime(t)
	out := api.start(t, made.slack, env)
	var envelope struct{ Message, Subject string }
	if err := json.Unmarshal([]byte(told), &envelope); err != nil {
		t.Fatal(err)
	}
	event := map[string]any{"Records": []any{map[string]any{"EventSource": "aws:sns", "Sns": map[string]any{
		"MessageId": "m-1", "Message": envelope.Message, "Subject": envelope.Subject, "Timestamp": time.Now().UTC().Format(time.RFC3339),
	}}}}
	if failed := api.invoke(t, show(event)); failed != "" {
		t.Fatalf("it failed: %s\n%s", failed, out)
	}
	if post := <-posts; !strings.Contains(post, "SEV1 opened") || !strings.Contains(post, `"type":"header"`) || !strings.Contains(post, "tcp.refused") {
		t.Errorf("posted is %s", post)
	}
	if strings.Contains(out.String(), "hidden") {
		t.Errorf("the log shows the webhook: %s", out)
	}
}

// subscribe makes a queue that gets what functions get.
func (c cloud) subscribe(t *testing.T, topic string) string {
	t.Helper()
	queue, err := sqs.NewFromConfig(c.aws).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: ref("subscriber")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = sns.NewFromConfig(c.aws).Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: ref("sqs"), Endpoint: ref("arn:aws:sqs:us-east-1:123456789012:subscriber")})
	if err != nil {
		t.Fatal(err)
	}
	return *queue.QueueUrl
}

func (c cloud) receive(t *testing.T, queue string) []string {
	t.Helper()
	got, err := sqs.NewFromConfig(c.aws).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(maps.Values(bodies(got.Messages)))
}

func bodies(messages []sqstypes.Message) map[string]string {
	all := map[string]string{}
	for _, m := range messages {
		all[*m.MessageId] = *m.Body
	}
	return all
}
