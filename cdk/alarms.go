package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

// watched is what alarms look at, and whom they tell.
type watched struct {
	function  function
	letters   awssqs.Queue
	operators awssns.Topic
	channel   string // name of the configuration of Amazon Q; "": there is none
}

// alarm is one row: the metric, when it is too much, and what people should
// know. Periods are those of the metric; most of N must be over the threshold,
// because lines become metrics with a delay of their own.
type alarm struct {
	name    string
	when    string // a sentence for the page of the alarm
	first   string // what to look at first
	delay   string // from the first sign to the alarm, as it is to be expected
	metric  func(c config, w watched) awscloudwatch.IMetric
	below   bool // the alarm is for less than the threshold, not for that much and more
	limit   int
	of      int // periods
	most    int // of them
	missing awscloudwatch.TreatMissingData
	only    func(c config, w watched) bool // nil: always there
	passing bool                           // it tells of a moment, and that it is over is no news
}

// What no data means: that the checker is silent, that nothing new is known,
// or that nothing happened.
const (
	silence  = awscloudwatch.TreatMissingData_BREACHING
	unknowns = awscloudwatch.TreatMissingData_IGNORE
	nothing  = awscloudwatch.TreatMissingData_NOT_BREACHING
)

// alarms are all there can be, the most urgent first.
var alarms = []alarm{
	{
		name: "silent", when: "No round of checks has ended for three minutes: nothing is watched", below: true,
		first: "the function's logs; the schedule; the dead letters", delay: "5 to 7 min after the last round",
		metric: ofEnvironment("Heartbeat", "Sum"), limit: 1, most: 3, of: 3, missing: silence,
	},
	{
		name: "critical", when: "Critical endpoints are unhealthy, whether or not a message about it was delivered",
		first: "the message of the incident; without one, the dashboard's table of failures", delay: "4 to 6 min after the first failing round",
		metric: ofEnvironment("CriticalUnhealthy", "Maximum"), limit: 1, most: 3, of: 4, missing: unknowns,
	},
	{
		name: "undelivered", when: "For five minutes a message has been waiting, or nothing could be decided because the table does not answer; or a message was set aside within the hour: people are not told",
		first: "the function's logs; its way to SNS and DynamoDB; the policy of the topic and its key", delay: "7 to 9 min after the first attempt",
		metric: ofEnvironment("UndeliveredAge", "Maximum"), limit: 300, most: 2, of: 3, missing: unknowns,
	},
	{
		name: "trouble", when: "The checker has lost its own way out, which control probes show: it says nothing about endpoints until that is over",
		first: "the function's logs; its subnets, routes and NAT; its resolver", delay: "4 to 6 min after the first such round",
		metric: ofEnvironment("SelfFault", "Maximum"), limit: 1, most: 3, of: 5, missing: unknowns,
	},
	{
		name: "errors", when: "The function fails", first: "the function's logs", delay: "4 to 6 min after the first failure",
		metric: ofFunction("Errors"), limit: 1, most: 3, of: 5, missing: nothing,
	},
	{
		name: "throttles", when: "The function is not started: the concurrency of the account is used up",
		first: "concurrent executions of the account, and its quota", delay: "4 to 6 min after the first throttle",
		metric: ofFunction("Throttles"), limit: 1, most: 3, of: 5, missing: nothing,
	},
	{
		name: "letters", when: "Something could not be handled in all its attempts and is in the queue of dead letters",
		first: "the messages in the queue, each of which says where it is from", delay: "2 to 3 min; up to 15 min if the queue was empty for 6 h",
		// SQS counts about, and leaves out what somebody looks at just now: the
		// alarm does not end, and begin again, for a minute of that.
		metric: ofLetters, limit: 1, most: 1, of: 5, missing: nothing,
	},
	{
		name: "more-letters", when: "A dead letter has come, which the alarm on letters does not say again while it is on",
		first: "the newest messages in the queue", delay: "2 to 4 min",
		// Where Slack does not take this alarm, it is the next dead letter. That
		// comes while the alarm is still on, and so does not bring it again.
		metric: ofMoreLetters, limit: 1, most: 1, of: 15, missing: nothing, passing: true,
	},
	{
		name: "metrics", when: "CloudWatch does not understand the lines that metrics are made of: other alarms may be blind",
		first: "the function's logs, and the version that was deployed last", delay: "5 to 8 min after the first such line",
		metric: ofLines, limit: 1, most: 1, of: 3, missing: nothing,
	},
	{
		name: "slack", when: "Amazon Q Developer did not post a message, which it took for unsupported, could not deliver or throttled: Slack does not get everything",
		first: "the log group /aws/chatbot/ of the channel in us-east-1; whether Amazon Q is still in the channel", delay: "5 to 8 min after the message",
		// That it is over is not told: where it is not, that would be the next
		// message that is not posted, and begin it again.
		metric: ofChannel, limit: 1, most: 1, of: 3, missing: nothing, passing: true,
		// An alarm and its metric are in one region, and Amazon Q has its in this.
		only: func(c config, w watched) bool { return w.channel != "" && c.region == "us-east-1" },
	},
}

// newAlarms makes them. They tell the operators when something begins, and when it
// is over.
func newAlarms(stack awscdk.Stack, c config, w watched) []awscloudwatch.Alarm {
	tell := awscloudwatchactions.NewSnsAction(w.operators)
	var made []awscloudwatch.Alarm
	for _, a := range alarms {
		if a.only != nil && !a.only(c, w) {
			continue
		}
		comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
		if a.below {
			comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
		}
		one := awscloudwatch.NewAlarm(stack, str("Alarm-"+a.name), &awscloudwatch.AlarmProps{
			AlarmName:        str(c.stack + "-" + a.name),
			AlarmDescription: str(a.when + ". Look first at: " + a.first + "."),
			Metric:           a.metric(c, w), Threshold: num(a.limit), ComparisonOperator: comparison,
			EvaluationPeriods: num(a.of), DatapointsToAlarm: num(a.most), TreatMissingData: a.missing,
		})
		one.AddAlarmAction(tell)
		if !a.passing {
			one.AddOkAction(tell)
		}
		made = append(made, one)
	}
	return made
}

// ofEnvironment is a metric out of the lines that the function prints, which
// arrive even when it reaches neither table nor topic.
func ofEnvironment(name, statistic string) func(config, watched) awscloudwatch.IMetric {
	return func(c config, _ watched) awscloudwatch.IMetric {
		return metricOf(c, name, statistic)
	}
}

// ofFunction is what Lambda counts of all versions of the function together.
func ofFunction(name string) func(config, watched) awscloudwatch.IMetric {
	return func(_ config, w watched) awscloudwatch.IMetric {
		return w.function.lambda.Metric(str(name), &awscloudwatch.MetricOptions{Statistic: str("Sum"), Period: minutes(1)})
	}
}

// ofLetters is how many messages are in the queue, which SQS counts every minute.
func ofLetters(_ config, w watched) awscloudwatch.IMetric {
	return w.letters.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Statistic: str("Maximum"), Period: minutes(1)})
}

// ofMoreLetters is how many messages were put into the queue within a minute,
// which SQS counts one by one. How many are in it is approximate, and would seem
// to grow where it was only counted too low before. SQS counts every letter here:
// Lambda, EventBridge and SNS send theirs, and only what SQS itself moves from
// another queue would be missing. It stops counting a queue that was empty for
// long, so the first letter may only show in ofLetters.
func ofMoreLetters(_ config, w watched) awscloudwatch.IMetric {
	return w.letters.MetricNumberOfMessagesSent(&awscloudwatch.MetricOptions{Statistic: str("Sum"), Period: minutes(1)})
}

// ofLines counts lines that are no metrics, in either of the ways in which
// CloudWatch tells.
func ofLines(_ config, w watched) awscloudwatch.IMetric {
	of := map[string]*string{"LogGroupName": w.function.logs.LogGroupName()}
	return together("lines that are no metrics", "AWS/Logs", of, "EMFParsingErrors", "EMFValidationErrors")
}

// ofChannel counts what Amazon Q Developer did not post: it did not understand
// it, which it says to nobody, or Slack did not take it, or there was too much.
func ofChannel(_ config, w watched) awscloudwatch.IMetric {
	of := map[string]*string{"ConfigurationName": str(w.channel)}
	return together("messages that were not posted", "AWS/Chatbot", of, "UnsupportedEvents", "MessageDeliveryFailure", "EventsThrottled")
}

// together is the sum of metrics that only have data when something happened,
// some of them perhaps never. Data that come late find a 0 in their place: an
// alarm must look back at more than the newest period to see them.
func together(label, namespace string, of map[string]*string, names ...string) awscloudwatch.IMetric {
	using := map[string]awscloudwatch.IMetric{}
	var terms []string
	for _, name := range names {
		id := strings.ToLower(name)
		terms = append(terms, "FILL("+id+", 0)")
		using[id] = awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: str(namespace), MetricName: str(name), Statistic: str("Sum"), Period: minutes(5), DimensionsMap: &of,
		})
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: str("SUM([" + strings.Join(terms, ", ") + "])"), Label: str(label), Period: minutes(5), UsingMetrics: &using,
	})
}
