package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awschatbot"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdadestinations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/check"
)

// newSlack makes the way to Slack that was chosen, if one was, for both topics.
// It returns the name of the channel's configuration in Amazon Q, if that is it.
func newSlack(stack awscdk.Stack, c config, made code, t topics) (channel string, err error) {
	switch {
	case c.slack.webhook != "":
		to, err := newForwarder(stack, c, made, t.letters)
		if err != nil {
			return "", err
		}
		f := forwarder{to, t.letters}
		f.subscribe(stack, "ForwardMessages", t.messages)
		f.subscribe(stack, "ForwardAlarms", t.operators)
	case c.slack.channel != "":
		newChannel(stack, c, t)
		return c.stack, nil
	}
	return "", nil
}

// forwarder is the function that posts to a webhook, and where goes what it
// does not get.
type forwarder struct {
	to      awslambda.Function
	letters awssqs.Queue
}

// channelReads are what Amazon Q Developer may do in the channel. For
// notifications AWS documents every Describe, Get and List of CloudWatch; these
// are the ones of alarms and metrics.
var channelReads = []string{
	"cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmsForMetric",
	"cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:GetMetricWidgetImage", "cloudwatch:ListMetrics",
}

// newChannel configures Amazon Q Developer. A role or guardrail that is left
// out would be that of an administrator, so both are given, and allow no more
// than to draw the graph of an alarm.
func newChannel(stack awscdk.Stack, c config, t topics) {
	graphs := awsiam.NewManagedPolicy(stack, str("ChannelPolicy"), &awsiam.ManagedPolicyProps{
		Description: str("What Amazon Q Developer may do in the channel of Tidewatch: draw the graph of an alarm"),
		Statements:  &[]awsiam.PolicyStatement{allow("Graphs", strs(channelReads...), "*")},
	})
	role := awsiam.NewRole(stack, str("ChannelRole"), &awsiam.RoleProps{
		// Nothing documents that the service says for which account it asks. A
		// condition that needs it could shut it out; this one holds where it does.
		AssumedBy: awsiam.NewServicePrincipal(str("chatbot.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEqualsIfExists": map[string]any{"aws:SourceAccount": stack.Account()}},
		}),
		ManagedPolicies: &[]awsiam.IManagedPolicy{graphs},
	})
	awschatbot.NewCfnSlackChannelConfiguration(stack, str("Channel"), &awschatbot.CfnSlackChannelConfigurationProps{
		ConfigurationName: str(c.stack), SlackWorkspaceId: str(c.slack.workspace), SlackChannelId: str(c.slack.channel),
		IamRoleArn: role.RoleArn(), GuardrailPolicies: strs(*graphs.ManagedPolicyArn()), UserRoleRequired: no(), LoggingLevel: str("ERROR"),
		SnsTopicArns: &[]any{t.messages.TopicArn(), t.operators.TopicArn()},
	})
}

// newForwarder is the small function that posts to a webhook. It is outside the
// VPC, so that it works when the VPC's way out does not.
func newForwarder(stack awscdk.Stack, c config, made code, letters awssqs.Queue) (awslambda.Function, error) {
	secret := webhookSecret(c.slack.webhook)
	logs := newLogGroup(stack, "SlackLogs", c)
	may, err := statements(credentials(), subjectsOf(config{
		region: c.region, secretKeys: c.secretKeys,
		file: &check.Config{Checks: []check.Check{{Body: check.Value{Secret: &secret}, Client: &check.Client{}}}},
	}, placeOf(stack, c), owned{}))
	if err != nil {
		return nil, err
	}
	return awslambda.NewFunction(stack, str("Slack"), &awslambda.FunctionProps{
		Description:  str("Tidewatch: posts messages and alarms of " + c.file.Environment + " to Slack"),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: awslambda.Architecture_ARM_64(),
		Handler:      str("bootstrap"),
		Code:         awslambda.Code_FromAsset(str(made.slack), nil),
		Environment:  &map[string]*string{"TIDEWATCH_SLACK_WEBHOOK": str(secret.String())},
		MemorySize:   num(128),
		Timeout:      seconds(60),
		Role: lambdaRole(stack, "SlackRole", map[string][]awsiam.PolicyStatement{
			"Code": may, "Runtime": append(logStatements(logs), sendLetters(letters)),
		}).WithoutPolicyUpdates(nil),
		LogGroup: logs, LoggingFormat: awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel_INFO, SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
		RetryAttempts: num(2), MaxEventAge: minutes(60), OnFailure: awslambdadestinations.NewSqsDestination(letters),
	}), nil
}

// credentials are the actions that reading a secret takes.
func credentials() []access.Action {
	var all []access.Action
	for _, a := range access.Actions {
		if a.Part == access.Credentials && a.Resource != access.Parameters {
			all = append(all, a)
		}
	}
	return all
}

// webhookSecret is the reference as the configuration file would have it.
func webhookSecret(written string) check.Reference {
	ref := check.Reference{Store: "secretsmanager", Name: written}
	for i := range written {
		if written[i] == '#' {
			ref.Name, ref.Key = written[:i], written[i+1:]
			break
		}
	}
	return ref
}

// subscribe hands the messages of a topic to the forwarder. What SNS cannot
// hand over goes to the dead letters, too.
func (f forwarder) subscribe(stack awscdk.Stack, id string, from awssns.Topic) {
	f.to.AddPermission(str(id), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(str("sns.amazonaws.com"), nil), SourceArn: from.TopicArn(),
	})
	f.letters.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: str(id), Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(str("sns.amazonaws.com"), nil)},
		Actions: strs("sqs:SendMessage"), Resources: strs(*f.letters.QueueArn()),
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": from.TopicArn()}},
	}))
	awssns.NewCfnSubscription(stack, str(id), &awssns.CfnSubscriptionProps{
		TopicArn: from.TopicArn(), Protocol: str("lambda"), Endpoint: f.to.FunctionArn(),
		RedrivePolicy: map[string]any{"deadLetterTargetArn": f.letters.QueueArn()},
	})
}
