package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

// topics are the two ways to people: the function's messages, and the alarms
// of CloudWatch about the function. The second depends on nothing that the
// first does, not even on a key.
type topics struct {
	messages, operators awssns.Topic
	key                 awskms.Key   // of messages
	letters             awssqs.Queue // for what cannot be handed over
}

// newTopics makes both topics, with their subscribers by mail.
func newTopics(stack awscdk.Stack, c config, letters awssqs.Queue) topics {
	t := topics{letters: letters}
	t.key = awskms.NewKey(stack, str("Key"), &awskms.KeyProps{
		Description: str("Encrypts messages of Tidewatch in SNS"), EnableKeyRotation: yes(),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY, PendingWindow: awscdk.Duration_Days(num(7)),
	})
	t.messages = awssns.NewTopic(stack, str("Messages"), &awssns.TopicProps{
		DisplayName: str(displayName("Tidewatch " + c.file.Environment)), MasterKey: t.key, EnforceSSL: yes(),
	})
	t.operators = awssns.NewTopic(stack, str("Operators"), &awssns.TopicProps{
		DisplayName: str(displayName("Tidewatch alarms " + c.file.Environment)), EnforceSSL: yes(),
	})
	// The statement about TLS replaces the policy that a topic has by itself,
	// which would have let alarms in.
	t.operators.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: str("Alarms"), Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(str("cloudwatch.amazonaws.com"), nil)},
		Actions: strs("sns:Publish"), Resources: strs(*t.operators.TopicArn()),
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
	}))
	subscribe(stack, "Mail", t.messages, c.mail)
	subscribe(stack, "OperatorMail", t.operators, c.operatorMail)
	return t
}

// displayName is the sender of mails, which SNS limits to 100 characters.
func displayName(s string) string { return s[:min(len(s), 100)] }

// subscribe adds people by mail, who have to confirm it once.
func subscribe(stack awscdk.Stack, id string, topic awssns.Topic, addresses []string) {
	for i, address := range addresses {
		awssns.NewCfnSubscription(stack, str(fmt.Sprintf("%s%d", id, i+1)), &awssns.CfnSubscriptionProps{
			TopicArn: topic.TopicArn(), Protocol: str("email"), Endpoint: str(address),
		})
	}
}

// newDeadLetters is the queue of everything that was lost: events that
// EventBridge could not hand over, events whose handling failed to the end, and
// messages that did not reach Slack. Each says itself where it is from.
func newDeadLetters(stack awscdk.Stack) awssqs.Queue {
	return newQueue(stack, "DeadLetters", 14)
}

// newMissedTicks is the queue of ticks that were not handled. They have one of
// their own, on which there is no alarm: the next tick makes up for one that
// was missed, and for many there are the alarms on silence and on errors.
func newMissedTicks(stack awscdk.Stack) awssqs.Queue {
	return newQueue(stack, "MissedTicks", 1)
}

// newQueue makes a queue that keeps messages for some days, encrypted by SQS itself.
func newQueue(stack awscdk.Stack, id string, days int) awssqs.Queue {
	return awssqs.NewQueue(stack, str(id), &awssqs.QueueProps{
		RetentionPeriod: awscdk.Duration_Days(num(days)), Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: yes(),
	})
}
