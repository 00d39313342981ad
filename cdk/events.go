package main

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

// tickEvent is what the schedule sends. The scheduler fills in what is in
// angle brackets.
const tickEvent = `{"source":"tidewatch","trigger":"tick","id":"<aws.scheduler.execution-id>","time":"<aws.scheduler.scheduled-time>"}`

// newTick is the schedule. A tick that cannot be handed over within its minute
// is given up: the next one asks for the same.
func newTick(stack awscdk.Stack, c config, fn function, missed awssqs.Queue) {
	// The scheduler names the group of a schedule, which here is the one that
	// every account has, and never the schedule itself.
	group := placeOf(stack, c).arn("scheduler", "schedule-group/default")
	role := awsiam.NewRole(stack, str("TickRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(str("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account(), "aws:SourceArn": group}},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"Tick": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{allow("Invoke", strs("lambda:InvokeFunction"), *fn.tick.FunctionArn()), sendLetters(missed)},
		})},
	})
	awsscheduler.NewCfnSchedule(stack, str("Tick"), &awsscheduler.CfnScheduleProps{
		Description:        str("A round of Tidewatch every minute"),
		ScheduleExpression: str("rate(1 minute)"),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: str("OFF")},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn: fn.tick.FunctionArn(), RoleArn: role.RoleArn(), Input: str(tickEvent),
			RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumRetryAttempts: num(0), MaximumEventAgeInSeconds: num(60)},
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: missed.QueueArn()},
		},
	})
}

// rule is one kind of event of ECS. Events of other clusters are not handed
// over at all.
type rule struct {
	id, kind, about string
	resources       []any
	detail          map[string]any
}

// rulesOf are the three kinds. Deployments tell their cluster in their
// resources only, and that of no event can be relied on to be elsewhere.
func rulesOf(c config, at place) []rule {
	var services []any
	var clusters []string
	for _, name := range c.file.AWS.Clusters {
		services = append(services, map[string]any{"prefix": at.arn("ecs", "service/"+name+"/")})
		clusters = append(clusters, at.arn("ecs", "cluster/"+name))
	}
	within := func(detail map[string]any) map[string]any {
		if len(clusters) > 0 {
			detail["clusterArn"] = clusters
		}
		return detail
	}
	return []rule{
		{"Deployments", "ECS Deployment State Change", "Deployments of services", services, map[string]any{
			"eventName": []string{"SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"},
		}},
		{"ServiceActions", "ECS Service Action", "Services in trouble", nil, within(map[string]any{"eventType": []string{"WARN", "ERROR"}})},
		{"StoppedTasks", "ECS Task State Change", "Tasks of services that failed", nil, within(map[string]any{
			"lastStatus": []string{"STOPPED"}, "stopCode": []string{"TaskFailedToStart", "EssentialContainerExited"},
			"group": []any{map[string]any{"prefix": "service:"}},
		})},
	}
}

// newRules hand events to the function. EventBridge tries for an hour, after which
// an event says nothing about now.
func newRules(stack awscdk.Stack, c config, fn function, letters awssqs.Queue) {
	for _, r := range rulesOf(c, placeOf(stack, c)) {
		made := awsevents.NewRule(stack, str(r.id), &awsevents.RuleProps{
			Description: str(r.about + ", for Tidewatch"),
			Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(fn.events.(awslambda.IFunction), &awseventstargets.LambdaFunctionProps{
				DeadLetterQueue: letters, RetryAttempts: num(8), MaxEventAge: minutes(60),
			})},
			EventPattern: &awsevents.EventPattern{Source: strs("aws.ecs")},
		})
		// The typed pattern knows no prefix for resources.
		made.Node().DefaultChild().(awsevents.CfnRule).SetEventPattern(r.pattern())
	}
}

// pattern is the rule as EventBridge has it.
func (r rule) pattern() map[string]any {
	p := map[string]any{"source": []string{"aws.ecs"}, "detail-type": []string{r.kind}, "detail": r.detail}
	if len(r.resources) > 0 {
		p["resources"] = r.resources
	}
	// The CDK takes maps of its own types only, which JSON makes them.
	var plain map[string]any
	data, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(data, &plain); err != nil {
		panic(err)
	}
	return plain
}
