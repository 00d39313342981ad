package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
)

// newStack puts Tidewatch together. The order is that in which parts need each
// other; ids are explicit, because a changed id replaces a resource.
func newStack(app awscdk.App, c config, made code) (awscdk.Stack, error) {
	stack := awscdk.NewStack(app, str("Tidewatch"), &awscdk.StackProps{
		StackName:   str(c.stack),
		Description: str("Tidewatch: checks the endpoints of " + c.file.Environment + " and reports incidents"),
		Env:         &awscdk.Environment{Region: str(c.region)},
	})
	awscdk.Tags_Of(stack).Add(str("tidewatch:environment"), str(c.file.Environment), &awscdk.TagProps{
		ExcludeResourceTypes: strs("AWS::CloudWatch::Dashboard"), // not every region takes them there yet
	})

	net := newNetwork(stack, c)
	letters := newDeadLetters(stack)
	missed := newMissedTicks(stack)
	topics := newTopics(stack, c, letters)
	table := newTable(stack, c)
	fn, err := newFunction(stack, c, made, parts{net: net, topics: topics, missed: missed, table: table})
	if err != nil {
		return nil, err
	}
	newTick(stack, c, fn, missed)
	newRules(stack, c, fn, letters)
	channel, err := newSlack(stack, c, made, topics)
	if err != nil {
		return nil, err
	}
	alarms := newAlarms(stack, c, watched{function: fn, letters: letters, operators: topics.operators, channel: channel})
	if c.dashboard {
		newDashboard(stack, c, fn, alarms)
	}
	output(stack, "SecurityGroup", *net.own().SecurityGroupId(), "Security group of the function; admit it where the function must get in")
	output(stack, "Function", *fn.lambda.FunctionName(), "Invoke it as FUNCTION:events with {} for a round now")
	output(stack, "Messages", *topics.messages.TopicArn(), "Topic of incidents, for more subscribers")
	output(stack, "Operators", *topics.operators.TopicArn(), "Topic of alarms about the checker itself")
	output(stack, "Table", *table.TableName(), "Table of the state")
	output(stack, "LogGroup", *fn.logs.LogGroupName(), "Results and logs")
	output(stack, "DeadLetters", *letters.QueueUrl(), "What could not be handled")
	warnIfNobodyIsTold(stack, c)
	return stack, nil
}

// output tells a value after the deployment, under a name of ours.
func output(stack awscdk.Stack, name, value, description string) {
	awscdk.NewCfnOutput(stack, str(name+"Output"), &awscdk.CfnOutputProps{
		Key: str(name), Value: str(value), Description: str(description),
	})
}

// newTable keeps the state: the keys and the TTL attribute are those that the
// function writes.
func newTable(stack awscdk.Stack, c config) awsdynamodb.Table {
	stays := awscdk.RemovalPolicy_DESTROY
	if c.keepTable {
		stays = awscdk.RemovalPolicy_RETAIN
	}
	return awsdynamodb.NewTable(stack, str("Table"), &awsdynamodb.TableProps{
		PartitionKey:                     &awsdynamodb.Attribute{Name: str("pk"), Type: awsdynamodb.AttributeType_STRING},
		SortKey:                          &awsdynamodb.Attribute{Name: str("sk"), Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute:              str("expires"),
		BillingMode:                      awsdynamodb.BillingMode_PAY_PER_REQUEST,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: yes()},
		DeletionProtection:               &c.keepTable,
		RemovalPolicy:                    stays,
	})
}

// warnIfNobodyIsTold says at synthesis what would otherwise show at night.
func warnIfNobodyIsTold(stack awscdk.Stack, c config) {
	warn := func(id, text string) {
		awscdk.Annotations_Of(stack).AddWarningV2(str("tidewatch:"+id), str(text))
	}
	byChat := c.slack.webhook != "" || c.slack.channel != ""
	if !byChat && len(c.mail) == 0 {
		warn("nobody", "nobody is told of incidents: set email, slackChannelId or slackWebhookSecret, or subscribe to the topic Messages")
	}
	if len(c.operatorMail) == 0 {
		how := "set operatorEmail"
		if byChat {
			how += "; Slack alone does not tell when the way to Slack is broken"
		}
		warn("operators", fmt.Sprintf("nobody gets alarms about the checker itself by mail: %s", how))
	}
}
