package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"

	"hokus.ai/tidewatch/lambda/access"
)

// Queries for Logs Insights, over the lines that the function prints.
const (
	queryFailures = `fields @timestamp, Endpoint, class, phase, status, address, error
| filter message = "endpoint" and state = "failing"
| sort @timestamp desc
| limit 100`
	queryClasses = `filter message = "endpoint" and state = "failing"
| stats count(*) as failures, min(@timestamp) as first, max(@timestamp) as last by Endpoint, class
| sort failures desc`
	queryStates = `filter message = "endpoint"
| stats latest(state) as now, latest(class) as class, pct(Duration, 50) as p50, pct(Duration, 99) as p99 by Group, Endpoint
| sort Group, Endpoint`
)

// newDashboard draws what the configuration holds, the worst news on top.
func newDashboard(stack awscdk.Stack, c config, fn function, made []awscloudwatch.Alarm) {
	board := awscloudwatch.NewDashboard(stack, str("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: str(c.stack), DefaultInterval: awscdk.Duration_Hours(num(3)),
	})
	row := func(widgets ...awscloudwatch.IWidget) { board.AddWidgets(widgets...) }
	var refs []interfacesawscloudwatch.IAlarmRef
	for _, a := range made {
		refs = append(refs, a)
	}
	row(
		awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
			Title: str("Now in " + c.file.Environment), Width: num(12), Height: num(4), Sparkline: yes(),
			Metrics: &[]awscloudwatch.IMetric{
				named(c, "Unhealthy", "unhealthy endpoints"), named(c, "CriticalUnhealthy", "critical ones"),
				named(c, "OpenIncidents", "open incidents"), named(c, "UndeliveredAge", "oldest message waiting"),
			},
		}),
		awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: str("Alarms about the checker itself"), Width: num(12), Height: num(4), Alarms: &refs,
		}),
	)
	row(
		lines("Unhealthy endpoints and open incidents", nil, named(c, "Unhealthy", "unhealthy endpoints"), named(c, "OpenIncidents", "open incidents")),
		lines("State by group: 1 while all of a group is healthy", bit(), stateByGroup(c)...),
	)
	for _, g := range shown(c) {
		row(lines(g.title+": healthy (1) or not (0)", bit(), g.metrics(c, "Healthy", "Minimum")...),
			lines(g.title+": latency", fromZero("ms"), g.metrics(c, "Duration", "Average")...))
	}
	if len(shown(c)) == 0 {
		row(table("State and latency by endpoint", queryStates, fn))
	}
	row(table("Failures, the newest first", queryFailures, fn))
	row(table("Failures by endpoint and class", queryClasses, fn))
	where := c.stack
	if console := access.ConsoleURL(c.region); console != "" {
		where = fmt.Sprintf("%s/cloudwatch/home?region=%s#dashboards/dashboard/%s", console, c.region, c.stack)
	}
	output(stack, "Dashboard", where, "The dashboard")
}

// named is a metric of the environment under a label for people.
func named(c config, name, label string) awscloudwatch.IMetric {
	return metricOf(c, name, "Maximum").With(&awscloudwatch.MetricOptions{Label: str(label)})
}

// lines is a graph of half the width.
func lines(title string, axis *awscloudwatch.YAxisProps, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: str(title), Width: num(12), Height: num(6), Left: &metrics, LeftYAxis: axis, LiveData: yes(), Period: minutes(1),
	})
}

// table is a query of Logs Insights over the whole width.
func table(title, query string, fn function) awscloudwatch.IWidget {
	return awscloudwatch.NewLogQueryWidget(&awscloudwatch.LogQueryWidgetProps{
		Title: str(title), Width: num(24), Height: num(8), View: awscloudwatch.LogQueryVisualizationType_TABLE,
		LogGroupNames: strs(*fn.logs.LogGroupName()), QueryString: str(query),
	})
}

// bit is an axis from 0 to 1.
func bit() *awscloudwatch.YAxisProps {
	return &awscloudwatch.YAxisProps{Min: num(0), Max: num(1), ShowUnits: no()}
}

// fromZero is an axis that does not make small differences look large.
func fromZero(unit string) *awscloudwatch.YAxisProps {
	return &awscloudwatch.YAxisProps{Min: num(0), Label: str(unit), ShowUnits: no()}
}
