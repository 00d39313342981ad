package check

import "testing"

func TestAlertsMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "alerts as a mapping",
			file: "    alerts: {type: sns}",
			want: []string{"t.yaml:5:13: endpoints[0].alerts: a mapping does not fit here; accepted: a list such as [{type: sns}]"},
		},
		{
			name: "alert as a text",
			file: "    alerts: [slack]",
			want: []string{`t.yaml:5:14: endpoints[0].alerts[0]: "slack" does not fit here; accepted: a mapping of type, enabled, failure-threshold, success-threshold, send-on-resolved, minimum-reminder-interval and 1 more`},
		},
		{
			name: "misspelt threshold",
			file: "    alerts: [{type: sns, success-threshhold: 3}]",
			want: []string{`t.yaml:5:26: endpoints[0].alerts[0]: "success-threshhold" is not a key of an alert; did you mean "success-threshold"?`},
		},
		{
			name: "threshold of zero",
			file: "    alerts: [{failure-threshold: 0}]",
			want: []string{`t.yaml:5:34: endpoints[0].alerts[0].failure-threshold: "0" is not accepted; accepted: a whole number from 1 to 10000`},
		},
		{
			name: "threshold as a word",
			file: "    alerts: [{failure-threshold: three}]",
			want: []string{`t.yaml:5:34: endpoints[0].alerts[0].failure-threshold: "three" is not accepted; accepted: a whole number from 1 to 10000`},
		},
		{
			name: "threshold in quotes",
			file: `    alerts: [{success-threshold: "3"}]`,
			want: []string{`t.yaml:5:34: endpoints[0].alerts[0].success-threshold: "3" is text because of its quotes; remove them; accepted: a whole number from 1 to 10000`},
		},
		{
			name: "short reminder",
			file: "    alerts: [{minimum-reminder-interval: 1m}]",
			want: []string{`t.yaml:5:42: endpoints[0].alerts[0].minimum-reminder-interval: "1m" is too short; accepted: 0s for the default, or 5m and more`},
		},
		{
			name: "reminder without unit",
			file: "    alerts: [{minimum-reminder-interval: 30}]",
			want: []string{`t.yaml:5:42: endpoints[0].alerts[0].minimum-reminder-interval: "30" has no unit; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "30s"?`},
		},
		{
			name: "foreign types, once each",
			file: "    alerts: [{type: slack}, {type: email}, {type: slack, failure-threshold: 5}]",
			want: []string{
				`t.yaml:5:21: info: endpoints[0].alerts[0].type: alerts of type "slack" go to the SNS topic, which tells Slack and mail`,
				`t.yaml:5:36: info: endpoints[0].alerts[1].type: alerts of type "email" go to the SNS topic, which tells Slack and mail`,
			},
		},
		{
			name: "override of a provider",
			file: "    alerts: [{provider-override: {webhook-url: x}}]",
			want: []string{"t.yaml:5:15: info: endpoints[0].alerts[0].provider-override: has no effect: messages go to the SNS topic"},
		},
		{
			name: "type as a list",
			file: "    alerts: [{type: [a]}]",
			want: []string{"t.yaml:5:21: endpoints[0].alerts[0].type: a list does not fit here; accepted: text"},
		},
		{
			name: "default alert",
			file: `alerting: {sns: {default-alert: {failure-treshold: 3}}}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:34: alerting.sns.default-alert: "failure-treshold" is not a key of default-alert; did you mean "failure-threshold"?`},
		},
		{
			name: "settings of providers, told once",
			file: `alerting: {slack: {webhook-url: x, title: y}, email: {from: z}}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:20: info: alerting.slack.webhook-url: has no effect, as all settings of providers but default-alert: alerts go to the SNS topic"},
		},
		{
			name: "overrides of groups",
			file: `alerting: {slack: {overrides: [{group: a}]}}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:20: info: alerting.slack.overrides: has no effect: messages of every group go to the SNS topic"},
		},
		{
			name: "provider as a text",
			file: `alerting: {slack: x}
endpoints: [{name: x, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:19: alerting.slack: "x" does not fit here; accepted: a mapping of default-alert`},
		},
		{
			name: "window without start",
			file: "    maintenance-windows: [{duration: 1h}]",
			want: []string{`t.yaml:5:27: endpoints[0].maintenance-windows[0]: the window needs start and duration; accepted: {start: "23:00", duration: 1h}`},
		},
		{
			name: "start",
			file: "    maintenance-windows: [{start: 25:00, duration: 1h}]",
			want: []string{`t.yaml:5:35: endpoints[0].maintenance-windows[0].start: "25:00" is not a time of day; accepted: hours and minutes such as 08:00, 23:30`},
		},
		{
			name: "start with one digit",
			file: `    maintenance-windows: [{start: "8:00", duration: 1h}]`,
			want: []string{`t.yaml:5:35: endpoints[0].maintenance-windows[0].start: "8:00" is not a time of day; accepted: hours and minutes such as 08:00, 23:30`},
		},
		{
			name: "duration of zero",
			file: `    maintenance-windows: [{start: "08:00", duration: 0s}]`,
			want: []string{`t.yaml:5:54: endpoints[0].maintenance-windows[0].duration: "0s" is not accepted; accepted: more than 0s, at most 24h`},
		},
		{
			name: "duration of two days",
			file: `    maintenance-windows: [{start: "08:00", duration: 48h}]`,
			want: []string{`t.yaml:5:54: endpoints[0].maintenance-windows[0].duration: "48h" is not accepted; accepted: more than 0s, at most 24h`},
		},
		{
			name: "duration without unit",
			file: `    maintenance-windows: [{start: "08:00", duration: 60}]`,
			want: []string{`t.yaml:5:54: endpoints[0].maintenance-windows[0].duration: "60" has no unit; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "60s"?`},
		},
		{
			name: "time zone",
			file: `    maintenance-windows: [{start: "08:00", duration: 1h, timezone: EasternTime}]`,
			want: []string{`t.yaml:5:68: endpoints[0].maintenance-windows[0].timezone: "EasternTime" is not a time zone; accepted: a name of the IANA database such as UTC, Europe/Paris, America/New_York`},
		},
		{
			name: "weekday",
			file: `    maintenance-windows: [{start: "08:00", duration: 1h, every: [Mondy]}]`,
			want: []string{`t.yaml:5:66: endpoints[0].maintenance-windows[0].every[0]: "Mondy" is not accepted; accepted: Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday; did you mean "Monday"?`},
		},
		{
			name: "weekday as a text",
			file: `    maintenance-windows: [{start: "08:00", duration: 1h, every: Monday}]`,
			want: []string{`t.yaml:5:65: endpoints[0].maintenance-windows[0].every: "Monday" does not fit here; accepted: a list of weekdays such as [Monday, Friday]`},
		},
		{
			name: "window as a text",
			file: "    maintenance-windows: [nightly]",
			want: []string{`t.yaml:5:27: endpoints[0].maintenance-windows[0]: "nightly" does not fit here; accepted: a mapping of enabled, start, duration, timezone, every`},
		},
		{
			name: "windows as a mapping",
			file: `    maintenance-windows: {start: "08:00", duration: 1h}`,
			want: []string{`t.yaml:5:26: endpoints[0].maintenance-windows: a mapping does not fit here; accepted: a list such as [{start: "23:00", duration: 1h}]`},
		},
		{
			name: "window of a dns endpoint is checked too",
			file: `    dns: {query-name: a}
    maintenance-windows: [{start: bogus, duration: 1h}]`,
			want: []string{
				`t.yaml:3:10: endpoints[0].url: "https://example.com" is not a DNS server, and beside a dns: block the url is the server to ask; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver; did you mean "dns://example.com"?`,
				"t.yaml:4:18: warning: endpoints[0].conditions[0]: [STATUS] is never filled by a check of dns://, so this condition says nothing about the endpoint",
				`t.yaml:6:35: endpoints[0].maintenance-windows[0].start: "bogus" is not a time of day; accepted: hours and minutes such as 08:00, 23:30`,
			},
		},
		{
			name: "disabled window is checked too",
			file: "    maintenance-windows: [{enabled: false, start: bogus, duration: 1h}]",
			want: []string{`t.yaml:5:51: endpoints[0].maintenance-windows[0].start: "bogus" is not a time of day; accepted: hours and minutes such as 08:00, 23:30`},
		},
	})
}
