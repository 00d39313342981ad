package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each alarm tells the operators' topic, natively, and says what to look at.
func TestAlarms(t *testing.T) {
	tt := templateOf(t, "channel") // in us-east-1, so with all of them
	if got := len(tt.all("AWS::CloudWatch::Alarm")); got != len(alarms) {
		t.Errorf("%d alarms, want %d", got, len(alarms))
	}
	for _, a := range alarms {
		r := tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "Tidewatch-hokusai-development-"+a.name)
		for _, action := range []string{"AlarmActions", "OKActions"} {
			if a.passing && action == "OKActions" {
				if r.at(action) != nil {
					t.Errorf("%s: its end is told, and means nothing", a.name)
				}
				continue
			}
			if to := show(r.at(action)); !strings.Contains(to, "Operators") || strings.Contains(to, "Messages") {
				t.Errorf("%s: %s are %s", a.name, action, to)
			}
		}
		if about := show(r.at("AlarmDescription")); !strings.Contains(about, "Look first at: ") {
			t.Errorf("%s: %s", a.name, about)
		}
	}
}

// What pages when the function reaches nothing, and what when it is silent.
func TestAlarmsOnMetricsOfTheFunction(t *testing.T) {
	tt := templateOf(t, "channel")
	const dimensions = `[{"Name":"Environment","Value":"hokusai-development"}]`
	for name, want := range map[string]map[string]string{
		"silent": {
			"MetricName": `"Heartbeat"`, "Statistic": `"Sum"`, "Threshold": "1", "ComparisonOperator": `"LessThanThreshold"`,
			"TreatMissingData": `"breaching"`, "EvaluationPeriods": "3", "DatapointsToAlarm": "3",
		},
		"critical":    {"MetricName": `"CriticalUnhealthy"`, "Statistic": `"Maximum"`, "Threshold": "1", "TreatMissingData": `"ignore"`},
		"undelivered": {"MetricName": `"UndeliveredAge"`, "Statistic": `"Maximum"`, "Threshold": "300", "TreatMissingData": `"ignore"`},
		"trouble":     {"MetricName": `"SelfFault"`, "Statistic": `"Maximum"`, "Threshold": "1", "TreatMissingData": `"ignore"`},
	} {
		r := tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "-"+name)
		r.wants(t, want)
		r.wants(t, map[string]string{"Namespace": `"Tidewatch"`, "Dimensions": dimensions, "Period": "60"})
	}
}

func TestAlarmsOnWhatAWSCounts(t *testing.T) {
	tt := templateOf(t, "channel")
	for name, want := range map[string]map[string]string{
		"errors":    {"Namespace": `"AWS/Lambda"`, "MetricName": `"Errors"`},
		"throttles": {"Namespace": `"AWS/Lambda"`, "MetricName": `"Throttles"`},
		"letters":   {"Namespace": `"AWS/SQS"`, "MetricName": `"ApproximateNumberOfMessagesVisible"`, "Statistic": `"Maximum"`, "EvaluationPeriods": "5", "DatapointsToAlarm": "1"},
		// What comes is counted, not reckoned from how many are there, which is
		// approximate: it would tell of letters that did not come.
		"more-letters": {"Namespace": `"AWS/SQS"`, "MetricName": `"NumberOfMessagesSent"`, "Statistic": `"Sum"`, "Threshold": "1", "Period": "60", "Metrics": "null"},
	} {
		r := tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "development-"+name)
		r.wants(t, want)
		r.wants(t, map[string]string{"TreatMissingData": `"notBreaching"`})
	}
	for _, name := range []string{"letters", "more-letters"} {
		if of := show(tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "development-"+name).at("Dimensions")); !strings.Contains(of, "DeadLetters") {
			t.Errorf("the alarm on %s looks at %s", name, of)
		}
	}
}

// reckoned is what an alarm makes of several metrics.
type reckoned struct {
	expression string
	metrics    map[string]string // names by what the expression calls them
	namespace  string
	dimensions string
}

// expressionOf is the expression of an alarm, with its metrics.
func expressionOf(t *testing.T, tt template, name string) reckoned {
	t.Helper()
	got := reckoned{metrics: map[string]string{}}
	for _, raw := range tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "development-"+name).at("Metrics").([]any) {
		query := resource{Properties: raw.(map[string]any)}
		if text, ok := query.at("Expression").(string); ok {
			got.expression = text
			continue
		}
		got.metrics[query.at("Id").(string)] = query.at("MetricStat.Metric.MetricName").(string)
		got.namespace = query.at("MetricStat.Metric.Namespace").(string)
		got.dimensions = show(query.at("MetricStat.Metric.Dimensions"))
	}
	return got
}

// Some alarms are on several metrics, each of which counts.
func TestAlarmsOnSeveralMetrics(t *testing.T) {
	tt := templateOf(t, "channel")
	for name, want := range map[string]struct {
		namespace, dimensions string
		metrics               []string
	}{
		"metrics": {"AWS/Logs", `[{"Name":"LogGroupName","Value":{"Ref":"Logs`, []string{"EMFParsingErrors", "EMFValidationErrors"}},
		"slack":   {"AWS/Chatbot", `[{"Name":"ConfigurationName","Value":"Tidewatch-hokusai-development"}]`, []string{"EventsThrottled", "MessageDeliveryFailure", "UnsupportedEvents"}},
	} {
		got := expressionOf(t, tt, name)
		if names := slices.Sorted(maps.Values(got.metrics)); !slices.Equal(names, want.metrics) || got.namespace != want.namespace || !strings.HasPrefix(got.dimensions, want.dimensions) {
			t.Errorf("%s is on %+v", name, got)
		}
		for id := range got.metrics {
			if !strings.Contains(got.expression, "FILL("+id+", 0)") || !strings.HasPrefix(got.expression, "SUM([") {
				t.Errorf("%s: %s is not in %s", name, id, got.expression)
			}
		}
	}
}

// What fills in for data also stands where data have not come yet, so that an
// alarm on the newest period alone could miss all of them.
func TestAlarmsWaitForLateData(t *testing.T) {
	for _, r := range templateOf(t, "channel").all("AWS::CloudWatch::Alarm") {
		if strings.Contains(show(r.at("Metrics")), "FILL(") && r.at("EvaluationPeriods").(float64) < r.at("DatapointsToAlarm").(float64)+2 {
			t.Errorf("%v looks at %v periods", r.at("AlarmName"), r.at("EvaluationPeriods"))
		}
	}
}

// An alarm that Slack does not take is itself what the alarm is about. It must
// not come again and again for its own sake: what it causes comes while it is
// on, and its end causes nothing.
func TestAlarmsDoNotBringThemselvesAgain(t *testing.T) {
	forwarder := templateOf(t, "webhook").where(t, "AWS::Lambda::Function", "Description", "to Slack")
	tries := templateOf(t, "webhook").where(t, "AWS::Lambda::EventInvokeConfig", "FunctionName", "Slack").at("MaximumRetryAttempts").(float64) + 1
	const pauses, counted = 60 + 120, 4 * 60 // of Lambda between three tries; until CloudWatch has a letter
	lost := tries*forwarder.at("Timeout").(float64) + pauses + counted
	for variant, name := range map[string]string{"webhook": "production-more-letters", "channel": "development-slack"} {
		r := templateOf(t, variant).where(t, "AWS::CloudWatch::Alarm", "AlarmName", name)
		period := periodOf(r)
		if on := r.at("EvaluationPeriods").(float64) * period; on < lost || r.at("DatapointsToAlarm").(float64) != 1 {
			t.Errorf("%s is on for %v s, and an alarm is lost after %v s", name, on, lost)
		}
		if r.at("OKActions") != nil {
			t.Errorf("%s tells of its end", name)
		}
	}
}

// What the README reckons with is what is deployed.
func TestAlarmsCostWhatTheREADMESays(t *testing.T) {
	for variant, want := range map[string]int{"existing": alarmMetrics, "channel": alarmMetrics + channelMetrics} {
		metrics := 0
		for _, r := range templateOf(t, variant).all("AWS::CloudWatch::Alarm") {
			metrics += strings.Count(show(r.Properties), `"MetricName"`)
		}
		if metrics != want {
			t.Errorf("%s: alarms are on %d metrics, and the README says %d", variant, metrics, want)
		}
	}
}

// Amazon Q has its metrics in one region, and alarms see those of their own.
func TestAlarmOnSlackOnlyWhereItsMetricIs(t *testing.T) {
	for _, variant := range []string{"existing", "webhook"} {
		if text := show(templateOf(t, variant).all("AWS::CloudWatch::Alarm")); strings.Contains(text, "AWS/Chatbot") {
			t.Errorf("%s has no channel, but an alarm on it", variant)
		}
	}
	for _, a := range alarms {
		if a.only != nil && (a.only(config{region: "eu-west-1"}, watched{channel: "x"}) || !a.only(config{region: "us-east-1"}, watched{channel: "x"})) {
			t.Errorf("%s is in the wrong region", a.name)
		}
	}
}

// board is the dashboard's body, with references by their names.
func board(t *testing.T, tt template) struct{ Widgets []widget } {
	t.Helper()
	body := flatten(tt.all("AWS::CloudWatch::Dashboard")[0].at("DashboardBody"))
	var b struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return b
}

type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Query string
		Metrics      []any
		Alarms       []string
	}
}

// flatten joins what CloudFormation will join.
func flatten(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if join, ok := v["Fn::Join"].([]any); ok {
			text := ""
			for _, part := range join[1].([]any) {
				text += flatten(part)
			}
			return text
		}
		if ref, ok := v["Ref"].(string); ok {
			return "<" + ref + ">"
		}
		if get, ok := v["Fn::GetAtt"].([]any); ok {
			return "<" + get[0].(string) + ">"
		}
	}
	return "?"
}

func TestDashboard(t *testing.T) {
	b := board(t, templateOf(t, "existing"))
	titles := ""
	for _, w := range b.Widgets {
		titles += w.Properties.Title + "\n"
		if w.X < 0 || w.X+w.Width > 24 {
			t.Errorf("%s does not fit", w.Properties.Title)
		}
		if w.Type == "alarm" && len(w.Properties.Alarms) != len(alarms)-1 { // without the one on Slack
			t.Errorf("%d alarms on it", len(w.Properties.Alarms))
		}
		if w.Properties.Title == "internal: latency" && len(w.Properties.Metrics) != 5 {
			t.Errorf("%d endpoints in the group", len(w.Properties.Metrics))
		}
	}
	for _, want := range []string{"Now in hokusai-development", "Alarms about", "State by group", "registry: healthy", "internal: latency", "Failures, the newest first", "Unhealthy endpoints and open incidents"} {
		if !strings.Contains(titles, want) {
			t.Errorf("no %q in\n%s", want, titles)
		}
	}
}

// The dashboard shows the metrics that there are, and for a large fleet finds
// them by itself.
func TestDashboardFollowsTheConfiguration(t *testing.T) {
	needsNode(t)
	base := settings(t, contexts["existing"])
	for name, tt := range map[string]struct {
		metrics string
		times   int
		want    string
		not     string
	}{
		"groups":      {"group", 1, `"Group","registry"`, `"Endpoint","registry/health"`},
		"environment": {"environment", 1, "latest(state)", `"Healthy"`},
		"large":       {"endpoint", 20, `SEARCH('{\"Tidewatch\",Environment,Endpoint} MetricName=\"Healthy\" Environment=\"hokusai-development\"', 'Minimum', 60)`, `"Endpoint","registry/health"`},
	} {
		t.Run(name, func(t *testing.T) {
			c, file := base, *base.file
			file.Metrics, file.Checks = tt.metrics, nil
			for range tt.times {
				file.Checks = append(file.Checks, base.file.Checks...)
			}
			c.file = &file
			_, raw := synthesize(t, c, placeholders(t))
			var made template
			if err := json.Unmarshal(raw, &made); err != nil {
				t.Fatal(err)
			}
			body := flatten(made.all("AWS::CloudWatch::Dashboard")[0].at("DashboardBody"))
			if !strings.Contains(body, tt.want) || strings.Contains(body, tt.not) {
				t.Errorf("the body has no %s, or has %s:\n%s", tt.want, tt.not, body)
			}
			board(t, made) // it is JSON
		})
	}
}

// A name that is no plain ASCII is shown as its metric is called.
func TestDimension(t *testing.T) {
	if body := flatten(templateOf(t, "webhook").all("AWS::CloudWatch::Dashboard")[0].at("DashboardBody")); !strings.Contains(body, `"Endpoint","caf\\u00e9"`) {
		t.Errorf("the body has no café:\n%s", body)
	}
	for text, want := range map[string]string{"a/b": "a/b", "": "none", ":x": `\u003ax`, "日": `\u65e5`, " a ": "a"} {
		if got := dimension(text, "none"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The CDK refuses long names, of which some are long only because characters
// beyond ASCII are written by their numbers. They are left out, not fatal.
func TestNamesThatAreTooLongToDraw(t *testing.T) {
	needsNode(t)
	c := settings(t, contexts["existing"])
	file := *c.file
	file.Checks = slices.Clone(file.Checks)
	for _, name := range []string{strings.Repeat("x", 300), strings.Repeat("日", 50)} {
		long := file.Checks[0]
		long.Key = long.Group + "/" + name
		file.Checks = append(file.Checks, long)
	}
	c.file = &file
	_, raw := synthesize(t, c, placeholders(t))
	body := flatten(templateFrom(t, raw).all("AWS::CloudWatch::Dashboard")[0].at("DashboardBody"))
	if strings.Contains(body, "xxx") || strings.Contains(body, "u65e5") || !strings.Contains(body, `"registry/health"`) {
		t.Errorf("the body is\n%s", body)
	}
}

// The tables of failures are of failures alone.
func TestDashboardListsFailures(t *testing.T) {
	queries := map[string]string{}
	for _, w := range board(t, templateOf(t, "existing")).Widgets {
		if w.Type == "log" {
			queries[w.Properties.Title] = w.Properties.Query
		}
	}
	for title, want := range map[string]string{"Failures, the newest first": queryFailures, "Failures by endpoint and class": queryClasses} {
		if !strings.HasSuffix(strings.ReplaceAll(queries[title], "\n", " "), strings.ReplaceAll(want, "\n", " ")) {
			t.Errorf("%s asks %q", title, queries[title])
		}
		if !strings.Contains(queries[title], `filter message = "endpoint" and state = "failing"`) {
			t.Errorf("%s lists other lines than those of failures: %s", title, queries[title])
		}
	}
}

// Queries name no log group of somebody else's.
func TestQueriesAreOverOwnLogs(t *testing.T) {
	for _, w := range board(t, templateOf(t, "existing")).Widgets {
		if w.Type == "log" && !regexp.MustCompile(`^SOURCE '<Logs\w+>' \| `).MatchString(w.Properties.Query) {
			t.Errorf("%s asks %s", w.Properties.Title, w.Properties.Query)
		}
	}
}
