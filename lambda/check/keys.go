package check

import (
	"time"

	"go.yaml.in/yaml/v4"
)

// draft is the top level of a file while it is read.
type draft struct {
	config    *Config
	endpoints *yaml.Node
	defaults  map[string]Alert // default alerts, by type
}

// topSection is the table of the top level.
var topSection = top()

// top adds to the keys that mean something those that only Gatus has.
func top() *section[draft] {
	s := newSection("", "the top level",
		key[draft]{name: "endpoints", verdict: Supported, field: node("list of mappings", func(d *draft) **yaml.Node { return &d.endpoints }), doc: "what is checked; at least one"},
		key[draft]{name: "environment", def: "default", verdict: Ours, field: custom("name", environment), doc: "names the installation in metrics and messages"},
		key[draft]{name: "tracker", verdict: Ours, field: custom("URL", tracker), doc: "where the work on what fails is followed, such as a list of issues: reports name it"},
		key[draft]{name: "aws", verdict: Ours, field: sub(awsSection, func(d *draft) *AWS { return &d.config.AWS }), doc: "where the diagnosis looks"},
		key[draft]{name: "summary", verdict: Ours, field: sub(summarySection, func(d *draft) *Summary { return &d.config.Summary }), doc: "the daily summary"},
		key[draft]{name: "metrics", def: "endpoint", verdict: Ours, field: custom("endpoint, group, environment", metrics), doc: "how many metrics are made, and billed (`true` and `false` of Gatus have no effect)"},
		key[draft]{
			name: "deployments", def: "problems", verdict: Ours, doc: "which deployment results are told",
			field: choice(func(d *draft) *string { return &d.config.Deployments }, "all", "problems", "none"),
		},
		key[draft]{name: "concurrency", def: "0", verdict: Supported, field: whole(0, func(d *draft) *int { return &d.config.Concurrency }), doc: "probes at once; 0: as many as the function carries (Gatus: 3)"},
		key[draft]{name: "alerting", verdict: Supported, field: sub(alertingSection, func(d *draft) *draft { return d }), doc: "providers of Gatus, of which `default-alert` counts"},
		key[draft]{name: "maintenance", verdict: Supported, field: custom("mapping", maintenance), doc: "a time in which nobody is alerted"},
		key[draft]{name: "connectivity", verdict: Supported, field: custom("mapping", connectivity), doc: "a control probe that tells a broken checker from broken endpoints"},
		key[draft]{name: "tunneling", verdict: Rejected, doc: "reaches endpoints through SSH", note: "SSH tunnels are not made here; run the function in that network, or connect the networks by VPC peering or a transit gateway"},
		key[draft]{name: "services", verdict: Rejected, doc: "the old name of endpoints", note: "has been renamed: write endpoints"},
		key[draft]{name: "suites", verdict: Ignored, skips: true, doc: "endpoints that run in a row", note: "not run yet: none of the endpoints of suites is checked"},
		key[draft]{name: "external-endpoints", verdict: Ignored, skips: true, doc: "endpoints that report themselves", note: "not supported yet, because nothing can call a function that has no address: none of them is checked"},
	)
	for _, k := range gatusOnly {
		s.add(key[draft]{name: k.name, verdict: Ignored, doc: k.doc, note: "has no effect: " + k.why})
	}
	s.other = anchorHolder
	return s
}

// gatusOnly are the keys of Gatus that mean nothing to a function.
var gatusOnly = []struct{ name, doc, why string }{
	{"storage", "where results are kept", "results are kept in CloudWatch, incidents in a DynamoDB table"},
	{"web", "the web server", "there is no web server"},
	{"ui", "the status page", "there is no status page"},
	{"security", "the login of the status page", "there is no status page to log in to"},
	{"remote", "other instances", "there is no status page to show other instances on"},
	{"announcements", "texts of the status page", "there is no status page"},
	{"debug", "logging", "the level of the logs is set on the function"},
	{"skip-invalid-config-update", "reloading", "a new configuration is deployed, not reloaded"},
	{"disable-monitoring-lock", "probing at once", "endpoints are always probed at the same time; see concurrency"},
}

// awsSection is the table of where the diagnosis looks.
var awsSection = newSection("aws", "aws",
	key[AWS]{name: "region", verdict: Ours, field: custom("region", region), doc: "by default that of the function"},
	key[AWS]{name: "clusters", verdict: Ours, field: texts(func(a *AWS) *[]string { return &a.Clusters }), doc: "ECS clusters to look at; by default all"},
	key[AWS]{name: "log-groups", verdict: Ours, field: texts(func(a *AWS) *[]string { return &a.LogGroups }), doc: "log groups that may be quoted, with * at the end for a prefix; by default those that the credentials may read, which for the deployed function are none"},
)

// summarySection is the table of the daily summary.
var summarySection = newSection("summary", "summary",
	key[Summary]{name: "every", def: "day", verdict: Ours, field: choice(func(s *Summary) *string { return &s.Every }, "day", "never"), doc: "how often it is sent"},
	key[Summary]{name: "at", def: "08:00", verdict: Ours, field: custom("HH:MM", summaryAt), doc: "when it is sent"},
	key[Summary]{name: "timezone", def: "UTC", verdict: Ours, field: zone(func(s *Summary) **time.Location { return &s.Timezone }), doc: "the time zone of `at`"},
)

var (
	connectivitySection = newSection("connectivity", "connectivity",
		key[Connectivity]{name: "checker", verdict: Supported, field: sub(checkerSection, func(c *Connectivity) *Connectivity { return c }), doc: "the control probe"},
	)
	checkerSection = newSection("connectivity.checker", "checker",
		key[Connectivity]{name: "target", verdict: Supported, field: custom("HOST:PORT", checkerTarget), doc: "a TCP address that only fails when the checker's own network does; required"},
		key[Connectivity]{name: "interval", def: "60s", verdict: Supported, field: duration(func(c *Connectivity) *time.Duration { return &c.Interval }), doc: "how often it is probed"},
	)
)
