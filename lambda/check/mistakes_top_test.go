package check

import "testing"

func TestTopLevelMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "no endpoints",
			file: `environment: x
`,
			want: []string{`t.yaml:1:1: endpoints: there are no endpoints, so nothing would be checked; accepted: endpoints: [{name: web, url: "https://example.com", conditions: ["[STATUS] == 200"]}]`},
		},
		{
			name: "empty list of endpoints",
			file: `endpoints: []
`,
			want: []string{`t.yaml:1:1: endpoints: there are no endpoints, so nothing would be checked; accepted: endpoints: [{name: web, url: "https://example.com", conditions: ["[STATUS] == 200"]}]`},
		},
		{
			name: "endpoints as a mapping",
			file: `endpoints: {web: {url: x}}
`,
			want: []string{"t.yaml:1:12: endpoints: a mapping does not fit here; accepted: a list of endpoints, each of which starts with -"},
		},
		{
			name: "endpoint as a text",
			file: `endpoints: [https://example.com]
`,
			want: []string{`t.yaml:1:13: endpoints[0]: "https://example.com" does not fit here; accepted: a mapping of name, group, url, enabled, interval, method and 19 more`},
		},
		{
			name: "unknown key",
			file: `enviroment: x
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:1: "enviroment" is not a key of the top level; did you mean "environment"?`},
		},
		{
			name: "a tracker with a password",
			file: `tracker: https://me:secret@tracker.example.com/issues
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:10: tracker: this is no address of a tracker; accepted: a URL of up to 300 bytes without a password, such as https://tracker.example.com/issues`},
		},
		{
			name: "a tracker that is no address",
			file: `tracker: PROJECT-7
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:10: tracker: this is no address of a tracker; accepted: a URL of up to 300 bytes without a password, such as https://tracker.example.com/issues`},
		},
		{
			name: "unknown key that is like nothing",
			file: `xyzzy: 1
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:1: "xyzzy" is not a key of the top level; accepted: endpoints, environment, tracker, aws, summary, metrics, deployments, concurrency, alerting, maintenance, connectivity`},
		},
		{
			name: "key of another level",
			file: `conditions: []
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:1: "conditions" is not a key of the top level: it belongs to the entries of endpoints:`},
		},
		{
			name: "key of a section",
			file: `region: us-east-1
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:1: "region" is not a key of the top level: it belongs under aws:`},
		},
		{
			name: "old name",
			file: `services: []
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:1: services: has been renamed: write endpoints"},
		},
		{
			name: "tunnels",
			file: `tunneling: {}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:1: tunneling: SSH tunnels are not made here; run the function in that network, or connect the networks by VPC peering or a transit gateway"},
		},
		{
			name: "environment with a space",
			file: `environment: my env
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:14: environment: "my env" cannot name an environment; accepted: up to 64 letters, digits, dots, dashes and underscores`},
		},
		{
			name: "environment as a list",
			file: `environment: [a]
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:14: environment: a list does not fit here; accepted: up to 64 letters, digits, dots, dashes and underscores"},
		},
		{
			name: "metrics",
			file: `metrics: endpoints
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:10: metrics: "endpoints" is not accepted; accepted: endpoint, group, environment; did you mean "endpoint"?`},
		},
		{
			name: "deployments",
			file: `deployments: failed
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:14: deployments: "failed" is not accepted; accepted: all, problems, none`},
		},
		{
			name: "concurrency",
			file: `concurrency: -1
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:14: concurrency: "-1" is not accepted; accepted: a whole number from 0 to 10000`},
		},
		{
			name: "concurrency in quotes",
			file: `concurrency: "3"
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:14: concurrency: "3" is text because of its quotes; remove them; accepted: a whole number from 0 to 10000`},
		},
		{
			name: "concurrency as a word",
			file: `concurrency: many
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:14: concurrency: "many" is not accepted; accepted: a whole number from 0 to 10000`},
		},
		{
			name: "clusters as a text",
			file: `aws: {clusters: main}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:17: aws.clusters: "main" does not fit here; accepted: a list of texts such as [one, two]`},
		},
		{
			name: "region",
			file: `aws: {region: Frankfurt}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:15: aws.region: "Frankfurt" is not a region of AWS; accepted: a region such as us-east-1`},
		},
		{
			name: "aws as a text",
			file: `aws: us-east-1
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:6: aws: "us-east-1" does not fit here; accepted: a mapping of region, clusters, log-groups`},
		},
		{
			name: "unknown key of aws",
			file: `aws: {cluster: [main]}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:7: aws: "cluster" is not a key of aws; did you mean "clusters"?`},
		},
		{
			name: "summary every",
			file: `summary: {every: week}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:18: summary.every: "week" is not accepted; accepted: day, never`},
		},
		{
			name: "summary at",
			file: `summary: {at: 8am}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:15: summary.at: "8am" is not a time of day; accepted: hours and minutes such as 08:00, 23:30`},
		},
		{
			name: "summary timezone",
			file: `summary: {timezone: New York}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:21: summary.timezone: "New York" is not a time zone; accepted: a name of the IANA database such as UTC, Europe/Paris, America/New_York`},
		},
		{
			name: "the time zone of the machine",
			file: `summary: {timezone: Local}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:21: summary.timezone: "Local" is not a time zone; accepted: a name of the IANA database such as UTC, Europe/Paris, America/New_York`},
		},
		{
			name: "maintenance without duration",
			file: `maintenance: {start: "23:00"}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:14: maintenance: the window needs start and duration; accepted: {start: "23:00", duration: 1h}`},
		},
		{
			name: "connectivity without target",
			file: `connectivity: {checker: {interval: 60s}}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:15: connectivity: there is no checker with a target; accepted: checker: {target: HOST:PORT, interval: 60s}"},
		},
		{
			name: "connectivity with a name only",
			file: `connectivity: {checker: {target: example.com}}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:34: connectivity.checker.target: "example.com" is not a target; accepted: HOST:PORT such as 1.1.1.1:53`},
		},
		{
			name: "connectivity as a text",
			file: `connectivity: true
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:15: connectivity: "true" does not fit here; accepted: a mapping of checker`},
		},
		{
			name: "every endpoint disabled",
			file: `endpoints: [{name: x, enabled: false, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:12: warning: endpoints: every endpoint is disabled, so nothing is checked"},
		},
		{
			name: "what has no effect",
			file: `storage: {type: sqlite}
web: {port: 80}
ui: {title: x}
security: {}
remote: {}
announcements: []
debug: true
skip-invalid-config-update: true
disable-monitoring-lock: true
metrics: true
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{
				"t.yaml:1:1: info: storage: has no effect: results are kept in CloudWatch, incidents in a DynamoDB table",
				"t.yaml:2:1: info: web: has no effect: there is no web server",
				"t.yaml:3:1: info: ui: has no effect: there is no status page",
				"t.yaml:4:1: info: security: has no effect: there is no status page to log in to",
				"t.yaml:5:1: info: remote: has no effect: there is no status page to show other instances on",
				"t.yaml:6:1: info: announcements: has no effect: there is no status page",
				"t.yaml:7:1: info: debug: has no effect: the level of the logs is set on the function",
				"t.yaml:8:1: info: skip-invalid-config-update: has no effect: a new configuration is deployed, not reloaded",
				"t.yaml:9:1: info: disable-monitoring-lock: has no effect: endpoints are always probed at the same time; see concurrency",
				"t.yaml:10:10: info: metrics: true and false have no effect here: metrics always go to CloudWatch; accepted: endpoint, group, environment",
			},
		},
		{
			name: "endpoints that are not checked",
			file: `suites: [{name: a}]
external-endpoints: [{name: b}]
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{
				"t.yaml:1:1: warning: suites: not run yet: none of the endpoints of suites is checked",
				"t.yaml:2:1: warning: external-endpoints: not supported yet, because nothing can call a function that has no address: none of them is checked",
			},
		},
		{
			name: "several mistakes at once",
			file: `metrics: x
summary: {at: y}
endpoints:
  - url: z
    intervall: 5m
  - name: b
`,
			want: []string{
				`t.yaml:1:10: metrics: "x" is not accepted; accepted: endpoint, group, environment`,
				`t.yaml:2:15: summary.at: "y" is not a time of day; accepted: hours and minutes such as 08:00, 23:30`,
				`t.yaml:4:5: endpoints[0].name: the endpoint has no name; accepted: any text without ", \ or control characters`,
				`t.yaml:4:5: endpoints[0]: the endpoint has no conditions, so nothing would tell whether it is healthy; accepted: conditions: ["[STATUS] == 200"]`,
				`t.yaml:4:10: endpoints[0].url: "z" names no scheme; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://; did you mean "https://z"?`,
				`t.yaml:5:5: endpoints[0]: "intervall" is not a key of an endpoint; did you mean "interval"?`,
				"t.yaml:6:5: endpoints[1].url: the endpoint has no url; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://",
				`t.yaml:6:5: endpoints[1]: the endpoint has no conditions, so nothing would tell whether it is healthy; accepted: conditions: ["[STATUS] == 200"]`,
			},
		},
	})
}
