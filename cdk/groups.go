package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// drawn is what one row of the dashboard shows: the endpoints of a group, or
// where groups are what is billed, the groups.
type drawn struct {
	title string
	kind  string   // dimension: Endpoint or Group
	names []string // its values; none: a search finds them
}

// most is how many lines the dashboard names one by one. CloudWatch takes 500
// in a graph and 2,500 in all, and a template has its size; more are searched
// for, which shows the first 500.
const most = 250

// shown are the rows, in the order of the file; none where only the
// environment has metrics.
func shown(c config) []drawn {
	switch {
	case c.file.Metrics == "environment":
		return nil
	case c.file.Metrics == "group":
		var names []string
		for _, g := range endpointsByGroup(c) {
			names = append(names, g.title)
		}
		if len(names) > most {
			names = nil
		}
		return []drawn{{"Groups", "Group", names}}
	case len(c.file.Checks) > most:
		return []drawn{{"Endpoints", "Endpoint", nil}}
	}
	return endpointsByGroup(c)
}

// endpointsByGroup are the groups with their endpoints by name.
func endpointsByGroup(c config) []drawn {
	var groups []drawn
	places := map[string]int{}
	for i := range c.file.Checks {
		one := &c.file.Checks[i]
		group, key := dimension(one.Group, "(none)"), dimension(one.Key, "none")
		if len(group) > maxDimension || len(key) > maxDimension {
			continue
		}
		at, ok := places[group]
		if !ok {
			at = len(groups)
			places[group] = at
			groups = append(groups, drawn{title: group, kind: "Endpoint"})
		}
		groups[at].names = append(groups[at].names, key)
	}
	return groups
}

// metrics are the lines of a row for one metric.
func (d drawn) metrics(c config, name, statistic string) []awscloudwatch.IMetric {
	if len(d.names) == 0 {
		return []awscloudwatch.IMetric{awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: str(fmt.Sprintf(`SEARCH('{"%s",Environment,%s} MetricName="%s" Environment="%s"', '%s', 60)`,
				c.namespace, d.kind, name, c.file.Environment, statistic)),
			Label: str(""), Period: minutes(1), UsingMetrics: &map[string]awscloudwatch.IMetric{},
		})}
	}
	var all []awscloudwatch.IMetric
	for _, of := range d.names {
		label := strings.TrimPrefix(of, d.title+"/")
		all = append(all, metricOf(c, name, statistic, d.kind, of).With(&awscloudwatch.MetricOptions{Label: str(label)}))
	}
	return all
}

// stateByGroup is a line for each group, which is 1 while all of it is healthy.
func stateByGroup(c config) []awscloudwatch.IMetric {
	rows := shown(c)
	if len(rows) == 0 {
		return []awscloudwatch.IMetric{named(c, "CriticalUnhealthy", "critical endpoints that are unhealthy")}
	}
	if rows[0].kind == "Group" || len(rows[0].names) == 0 {
		return rows[0].metrics(c, "Healthy", "Minimum")
	}
	var all []awscloudwatch.IMetric
	for i, g := range rows {
		using := map[string]awscloudwatch.IMetric{}
		var ids []string
		for j, of := range g.names {
			id := fmt.Sprintf("g%de%d", i, j)
			ids = append(ids, id)
			using[id] = metricOf(c, "Healthy", "Minimum", g.kind, of)
		}
		all = append(all, awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: str("MIN([" + strings.Join(ids, ",") + "])"), Label: str(g.title), Period: minutes(1), UsingMetrics: &using,
		}))
	}
	return all
}
