package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// metricOf is a metric of the environment, or of one endpoint or group in it,
// which is named by its dimension and its value.
// Names and dimensions are those of the lines that the function prints; a test
// runs it and compares.
func metricOf(c config, name, statistic string, of ...string) awscloudwatch.Metric {
	dimensions := map[string]*string{"Environment": str(dimension(c.file.Environment, "default"))}
	if len(of) == 2 {
		dimensions[of[0]] = str(of[1])
	}
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: str(c.namespace), MetricName: str(name), Statistic: str(statistic), Period: minutes(1),
		DimensionsMap: &dimensions,
	})
}

// maxDimension is how long a dimension may be for the CDK, in characters.
// CloudWatch takes more, so a longer name has its metrics and its alarms, but
// is not drawn by name. The function itself cuts none as short.
const maxDimension = 255

// dimension is how a name stands in a metric: printable ASCII, with other
// characters by their number.
func dimension(s, empty string) string {
	var b strings.Builder
	for i, r := range strings.TrimSpace(s) {
		if r > '~' || r < ' ' || r == ':' && i == 0 {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return empty
	}
	return b.String()
}
