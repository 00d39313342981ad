package main

import (
	"strings"
	"testing"
)

// Left out, role and guardrails of a channel would be an administrator's.
func TestChannel(t *testing.T) {
	tt := templateOf(t, "channel")
	channel := tt.all("AWS::Chatbot::SlackChannelConfiguration")[0]
	channel.wants(t, map[string]string{"SlackWorkspaceId": `"T0123ABCD"`, "SlackChannelId": `"C0123ABCD"`, "LoggingLevel": `"ERROR"`})
	// Everybody in the channel acts with the role of the channel, which may draw
	// graphs. Were a role of their own required, each would first have to choose
	// one, which may then do more.
	channel.wants(t, map[string]string{"UserRoleRequired": "false"})
	if to := show(channel.at("SnsTopicArns")); !strings.Contains(to, "Messages") || !strings.Contains(to, "Operators") {
		t.Errorf("it listens to %s", to)
	}
	if g := show(channel.at("GuardrailPolicies")); !strings.Contains(g, "ChannelPolicy") {
		t.Errorf("its guardrails are %s", g)
	}
	role := tt.where(t, "AWS::IAM::Role", "AssumeRolePolicyDocument", "chatbot.amazonaws.com")
	if m := show(role.at("ManagedPolicyArns")); !strings.Contains(m, "ChannelPolicy") || strings.Contains(m, "arn:aws:iam::aws:policy") {
		t.Errorf("its role has %s", m)
	}
	if n := len(tt.all("AWS::Lambda::Function")); n != 1 {
		t.Errorf("%d functions: a channel needs no forwarder", n)
	}
}

func TestWebhook(t *testing.T) {
	tt := templateOf(t, "webhook")
	if n := len(tt.all("AWS::Chatbot::SlackChannelConfiguration")); n != 0 {
		t.Errorf("%d channels", n)
	}
	forwarder := tt.where(t, "AWS::Lambda::Function", "Description", "Slack")
	forwarder.wants(t, map[string]string{
		"Environment": `{"Variables":{"TIDEWATCH_SLACK_WEBHOOK":"secretsmanager:tidewatch/slack#url"}}`, "VpcConfig": "null", "Timeout": "60",
	})
	async := tt.where(t, "AWS::Lambda::EventInvokeConfig", "FunctionName", "Slack")
	async.wants(t, map[string]string{"MaximumRetryAttempts": "2"})
	if to := show(async.at("DestinationConfig")); !strings.Contains(to, "DeadLetters") {
		t.Errorf("what it cannot post goes to %s", to)
	}
	var from []string
	for _, s := range tt.all("AWS::SNS::Subscription") {
		if !strings.Contains(show(s.at("RedrivePolicy")), "DeadLetters") || show(s.at("Protocol")) != `"lambda"` {
			t.Errorf("a subscription is %s", show(s.Properties))
		}
		from = append(from, show(s.at("TopicArn")))
	}
	if all := strings.Join(from, " "); len(from) != 2 || !strings.Contains(all, "Messages") || !strings.Contains(all, "Operators") {
		t.Errorf("it is subscribed to %v", from)
	}
	queue := tt.where(t, "AWS::SQS::QueuePolicy", "PolicyDocument", "sns.amazonaws.com")
	if n := strings.Count(show(queue.at("PolicyDocument")), "sns.amazonaws.com"); n != 2 {
		t.Errorf("%d topics may put messages into the queue", n)
	}
}

// The secret itself is nowhere in a template.
func TestWebhookReference(t *testing.T) {
	for written, want := range map[string]string{
		"tidewatch/slack": "secretsmanager:tidewatch/slack", "tidewatch/slack#url": "secretsmanager:tidewatch/slack#url",
		"arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-AbCdEf#u": "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-AbCdEf#u",
	} {
		if got := webhookSecret(written); got.String() != want {
			t.Errorf("%s is read as %s", written, got)
		}
	}
}
