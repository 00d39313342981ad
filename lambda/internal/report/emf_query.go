package report

// Queries for CloudWatch Logs Insights over the log group of the function. They
// are about the lines that EMF writes, whose fields Logs Insights finds by
// itself; phases_ms.ttfb and labels.team are how it writes inner ones.
const (
	// QueryFailures lists what failed, the newest first.
	QueryFailures = `fields @timestamp, Endpoint, class, phase, status, address, error
| filter message = "endpoint" and state = "failing"
| sort @timestamp desc
| limit 200`

	// QueryFailuresByClass counts failures by endpoint and class, and tells
	// when each began and ended: the first question of a review.
	QueryFailuresByClass = `filter message = "endpoint" and state = "failing"
| stats count(*) as failures, min(@timestamp) as first, max(@timestamp) as last by Endpoint, class
| sort failures desc`

	// QueryUnjudged lists probes that could not be made, and why.
	QueryUnjudged = `fields @timestamp, Endpoint, class, error
| filter message = "endpoint" and state = "unjudged"
| sort @timestamp desc
| limit 200`

	// QuerySlow shows by endpoint how long answers took and in which phase the
	// time went, leaving out what a starved checker measured.
	QuerySlow = `filter message = "endpoint" and state in ["healthy", "degraded"] and timings_trusted = 1
| stats pct(Duration, 50) as p50, pct(Duration, 99) as p99, avg(phases_ms.dns) as dns, avg(phases_ms.tcp) as tcp, avg(phases_ms.tls) as tls, avg(phases_ms.ttfb) as ttfb by Endpoint
| sort p99 desc`
)
