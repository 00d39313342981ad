package main

import (
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"hokus.ai/tidewatch/lambda/access"
)

// render makes a Slack message of whatever the topics bring. What it does not
// know it shows as it is. Only one thing is no news: an alarm that was just
// made and is well.
func render(sns *events.SNSEntity) (m message, news bool) {
	var n notice
	if understood(sns.Message, &n) && n.ours() {
		if n.Subject == "" {
			n.Subject = sns.Subject
		}
		return n.message(), true
	}
	var a cloudWatchAlarm
	if understood(sns.Message, &a) && a.AlarmName != "" && a.NewStateValue != "" {
		return alarm(&a), a.OldStateValue != "INSUFFICIENT_DATA" || a.NewStateValue != "OK"
	}
	title := sns.Subject
	if title == "" {
		title = "A message"
	}
	return compose(title+": "+sns.Message, header(title), rich(paragraph(element{Type: "text", Text: cut(sns.Message, maxPlain)})), footer(topicName(sns.TopicArn))), true
}

// cloudWatchAlarm is what is shown of an alarm. What it looks at differs from
// kind to kind, as do the types of it, and is not read.
type cloudWatchAlarm struct {
	AlarmName, AlarmDescription, AlarmArn, AWSAccountId, Region string
	NewStateValue, NewStateReason, OldStateValue                string
	StateChangeTime                                             string
}

// topicName is the last part of a topic's ARN.
func topicName(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// alarmMarks are the pictures of an alarm's states, which never stand without
// the word.
var alarmMarks = map[string]string{"ALARM": "🔴", "OK": "✅", "INSUFFICIENT_DATA": "⚪"}

// alarm shows an alarm of CloudWatch.
func alarm(a *cloudWatchAlarm) message {
	mark, ok := alarmMarks[a.NewStateValue]
	if !ok {
		mark = "⚪"
	}
	title := mark + " " + a.NewStateValue + ": " + a.AlarmName
	account := ""
	if a.AWSAccountId != "" {
		account = "account " + a.AWSAccountId
	}
	body, text := []element{}, title
	if a.AlarmDescription != "" {
		body = append(body, paragraph(say(a.AlarmDescription)))
		text += " – " + a.AlarmDescription
	}
	body = append(body, paragraph(label("Why"), element{Type: "text", Text: cut(a.NewStateReason, 1000)}))
	if page := alarmPage(a.AlarmArn, a.AlarmName); page != "" {
		body = append(body, paragraph(link(page, "Open the alarm")))
	}
	return compose(text, header(title), rich(body...), footer(a.Region, account, a.StateChangeTime))
}

// alarmPage is where the console shows an alarm; "" if its ARN tells no region.
func alarmPage(alarm, name string) string {
	parsed, err := arn.Parse(alarm)
	region := parsed.Region
	if err != nil || parsed.Service != "cloudwatch" || region == "" || strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	console := access.ConsoleURL(region)
	if console == "" || access.PartitionOf(region).Name != parsed.Partition {
		return ""
	}
	return console + "/cloudwatch/home?region=" + region + "#alarmsV2:alarm/" + url.PathEscape(name)
}
