package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The delay that the README states begins with the time that the alarm needs by
// itself; up to two minutes more are for data to arrive.
func TestDelaysAreThoseOfTheAlarms(t *testing.T) {
	tt := templateOf(t, "channel")
	for _, a := range alarms {
		r := tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "Tidewatch-hokusai-development-"+a.name)
		needed := r.at("DatapointsToAlarm").(float64) * periodOf(r) / 60
		if threshold := r.at("Threshold").(float64); threshold != 1 {
			needed += threshold / 60 // an age, which must be reached first
		}
		stated, err := strconv.ParseFloat(strings.Fields(a.delay)[0], 64)
		if err != nil || stated < needed || stated > needed+2 {
			t.Errorf("%s needs %v min, and the README says %s", a.name, needed, a.delay)
		}
	}
}

// periodOf is the period of an alarm in seconds, be it on one metric or several.
func periodOf(r resource) float64 {
	if period, single := r.at("Period").(float64); single {
		return period
	}
	return r.at("Metrics").([]any)[1].(map[string]any)["MetricStat"].(map[string]any)["Period"].(float64)
}

// A checker that gets nowhere would find everything broken.
func TestFunctionReachesEverything(t *testing.T) {
	for _, variant := range []string{"existing", "new"} {
		group := templateOf(t, variant).where(t, "AWS::EC2::SecurityGroup", "GroupDescription", "Tidewatch function")
		if out := show(group.at("SecurityGroupEgress")); !strings.Contains(out, `"CidrIp":"0.0.0.0/0"`) || !strings.Contains(out, `"IpProtocol":"-1"`) {
			t.Errorf("%s: it gets out to %s", variant, out)
		}
	}
}

// A tick that is not handled, by the schedule or by the function, is put aside
// where no alarm looks.
func TestMissedTicksAreNoDeadLetters(t *testing.T) {
	tt := templateOf(t, "existing")
	for name, to := range map[string]any{
		"schedule": tt.all("AWS::Scheduler::Schedule")[0].at("Target.DeadLetterConfig.Arn"),
		"function": tt.where(t, "AWS::Lambda::EventInvokeConfig", "Qualifier", "TickAlias").at("DestinationConfig.OnFailure.Destination"),
	} {
		if !made("MissedTicks").MatchString(show(to)) {
			t.Errorf("%s: missed ticks go to %s", name, show(to))
		}
	}
	letters := tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "development-letters")
	if strings.Contains(show(letters.at("Dimensions")), "MissedTicks") {
		t.Error("there is an alarm on missed ticks")
	}
}

// Only the stack's own topics start the forwarder and fill the queue, and only
// its own rules start the checker.
func TestOnlyOwnSourcesComeIn(t *testing.T) {
	tt := templateOf(t, "webhook")
	sources := map[string]int{}
	for _, r := range tt.all("AWS::Lambda::Permission") {
		by := r.at("Principal").(string)
		sources[by]++
		if from := show(r.at("SourceArn")); !made("Messages|Operators|Deployments|ServiceActions|StoppedTasks").MatchString(from) {
			t.Errorf("%s may start a function for %s", by, from)
		}
	}
	if fmt.Sprint(sources) != "map[events.amazonaws.com:3 sns.amazonaws.com:2]" {
		t.Errorf("permissions of %v", sources)
	}
	own := regexp.MustCompile(`^\{"ArnEquals":\{"aws:SourceArn":\{("Ref":"(Messages|Operators)|"Fn::GetAtt":\["(Deployments|ServiceActions|StoppedTasks))[0-9A-F]{8}"(,"Arn"\])?\}\}\}$`)
	for _, raw := range tt.where(t, "AWS::SQS::QueuePolicy", "PolicyDocument", "sns.amazonaws.com").at("PolicyDocument.Statement").([]any) {
		s := raw.(map[string]any)
		if s["Effect"] == "Allow" && !own.MatchString(show(s["Condition"])) {
			t.Errorf("letters are taken from %s", show(s))
		}
	}
}

// Letters are kept as long as the README says.
func TestLettersAreKept(t *testing.T) {
	const days = 24 * 60 * 60
	for _, r := range templateOf(t, "existing").all("AWS::SQS::Queue") {
		if kept := r.at("MessageRetentionPeriod").(float64); kept != 14*days && kept != days {
			t.Errorf("a queue keeps messages for %v s", kept)
		}
	}
	templateOf(t, "existing").where(t, "AWS::SQS::Queue", "MessageRetentionPeriod", strconv.Itoa(14*days))
}
