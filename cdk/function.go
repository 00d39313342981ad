package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdadestinations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"hokus.ai/tidewatch/lambda/access"
)

// timeout is the time of one invocation, in seconds, that the function divides
// among probing, diagnosis and telling.
const timeout = 120

// function is the checker with its two doors. Ticks and events come in by
// aliases of their own, because a late tick is worthless and an event is not.
type function struct {
	lambda       awslambda.Function
	tick, events awslambda.Alias
	logs         awslogs.LogGroup
}

// parts are what the function works with.
type parts struct {
	net    network
	topics topics
	missed awssqs.Queue // ticks
	table  awsdynamodb.Table
}

// newFunction makes the checker, its logs and its doors.
func newFunction(stack awscdk.Stack, c config, made code, p parts) (function, error) {
	var fn function
	fn.logs = newLogGroup(stack, "Logs", c)
	role, err := functionRole(stack, c, fn.logs, p)
	if err != nil {
		return function{}, err
	}
	if len(c.vpc.groups) == 0 {
		// When the stack is removed, Lambda gives back the interfaces with this
		// role, and the group waits for that: so the role goes after it.
		p.net.own().Node().AddDependency(role)
	}
	fn.lambda = awslambda.NewFunction(stack, str("Function"), &awslambda.FunctionProps{
		FunctionName: str(c.stack), // its policy names it, which cannot wait for a name that AWS makes up
		Description:  str("Tidewatch: checks the endpoints of " + c.file.Environment),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: awslambda.Architecture_ARM_64(),
		Handler:      str("bootstrap"),
		Code:         awslambda.Code_FromAsset(str(made.function), nil),
		Environment:  environment(c, made, p),
		MemorySize:   num(c.memory),
		Timeout:      seconds(timeout),
		Role:         role.WithoutPolicyUpdates(nil),
		Vpc:          p.net.vpc, VpcSubnets: p.net.subnets, SecurityGroups: &p.net.groups,
		LogGroup: fn.logs, LoggingFormat: awslambda.LoggingFormat_JSON,
		// A level above INFO would drop the lines that metrics are made of.
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel_INFO,
		SystemLogLevelV2:      awslambda.SystemLogLevel_WARN,
	})
	version := fn.lambda.CurrentVersion()
	fn.tick = awslambda.NewAlias(stack, str("TickAlias"), &awslambda.AliasProps{
		AliasName: str("tick"), Version: version, Description: str("The schedule: tried once, the next minute brings another"),
		RetryAttempts: num(0), MaxEventAge: seconds(60), OnFailure: awslambdadestinations.NewSqsDestination(p.missed),
	})
	fn.events = awslambda.NewAlias(stack, str("EventsAlias"), &awslambda.AliasProps{
		AliasName: str("events"), Version: version, Description: str("Events of ECS, and people: tried three times"),
		RetryAttempts: num(2), MaxEventAge: minutes(60), OnFailure: awslambdadestinations.NewSqsDestination(p.topics.letters),
	})
	return fn, nil
}

// newLogGroup makes a log group, since one that Lambda makes would be kept for ever.
func newLogGroup(stack awscdk.Stack, id string, c config) awslogs.LogGroup {
	return awslogs.NewLogGroup(stack, str(id), &awslogs.LogGroupProps{
		Retention: retentions[c.keepLogs], RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
}

// environment are the variables of the function.
func environment(c config, made code, p parts) *map[string]*string {
	all := map[string]*string{
		"TIDEWATCH_TABLE": p.table.TableName(), "TIDEWATCH_TOPIC_ARN": p.topics.messages.TopicArn(), "TIDEWATCH_NAMESPACE": str(c.namespace),
	}
	if made.config != "" {
		// Lambda starts the function in its own folder.
		all["TIDEWATCH_CONFIG"] = str(made.config)
	}
	for name, content := range c.variables {
		all[name] = str(content)
	}
	return &all
}

// functionRole allows what the code calls, and what Lambda itself does with the
// role: writing logs, network interfaces, dead letters.
func functionRole(stack awscdk.Stack, c config, logs awslogs.LogGroup, p parts) (awsiam.Role, error) {
	if err := policyFits(c); err != nil {
		return nil, err
	}
	at := placeOf(stack, c)
	code, err := statements(access.Actions, subjectsOf(c, at, owned{*p.table.TableArn(), *p.topics.messages.TopicArn(), *p.topics.key.KeyArn(), functionARN(c, at)}))
	if err != nil {
		return nil, err
	}
	runtime := append(logStatements(logs), sendLetters(p.topics.letters, p.missed))
	return lambdaRole(stack, "Role", map[string][]awsiam.PolicyStatement{
		"Code": code, "Runtime": append(runtime, interfaceStatements(functionARN(c, at))...),
	}), nil
}

// lambdaRole is a role with these policies alone. It is handed on without the
// right to change them, because constructs would widen them.
func lambdaRole(stack awscdk.Stack, id string, policies map[string][]awsiam.PolicyStatement) awsiam.Role {
	inline := map[string]awsiam.PolicyDocument{}
	for name, all := range policies {
		inline[name] = awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &all, Minimize: no()})
	}
	return awsiam.NewRole(stack, str(id), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(str("lambda.amazonaws.com"), nil), InlinePolicies: &inline,
	})
}

// allow is a statement without conditions.
func allow(name string, actions *[]*string, resources ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Sid: str(name), Actions: actions, Resources: strs(resources...)})
}

// logStatements let Lambda write the output of a function.
func logStatements(logs awslogs.LogGroup) []awsiam.PolicyStatement {
	return []awsiam.PolicyStatement{allow("Logs", strs("logs:CreateLogStream", "logs:PutLogEvents"), *logs.LogGroupArn())}
}

// sendLetters let Lambda put aside what failed to the end.
func sendLetters(queues ...awssqs.Queue) awsiam.PolicyStatement {
	var arns []string
	for _, q := range queues {
		arns = append(arns, *q.QueueArn())
	}
	return allow("DeadLetters", strs("sqs:SendMessage"), arns...)
}

// interfaceStatements let Lambda attach the function to the VPC. The code gets
// the same credentials, and is denied what changes interfaces: Lambda puts the
// key lambda:SourceFunctionArn into calls of code only.
func interfaceStatements(function string) []awsiam.PolicyStatement {
	changes := strs("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses")
	looks := strs("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
	return []awsiam.PolicyStatement{
		allow("InterfacesByLambda", changes, "*"),
		allow("InterfacesSeen", looks, "*"),
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: str("NoInterfacesByCode"), Effect: awsiam.Effect_DENY, Actions: changes, Resources: strs("*"),
			Conditions: &map[string]any{"ArnEquals": map[string]any{"lambda:SourceFunctionArn": function}},
		}),
	}
}

// functionARN is the function's, from its name: asked for itself, it would have
// to be there before its role.
func functionARN(c config, at place) string { return at.arn("lambda", "function:"+c.stack) }

// placeOf is where the stack goes. The account is not known before it is there.
func placeOf(stack awscdk.Stack, c config) place {
	return place{partition: *stack.Partition(), region: c.region, account: *stack.Account(), domain: *stack.UrlSuffix()}
}
