package check

import "testing"

func TestEndpointMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "no name",
			file: `endpoints: [{url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:13: endpoints[0].name: the endpoint has no name; accepted: any text without ", \ or control characters`},
		},
		{
			name: "empty name",
			file: `endpoints: [{name: "", url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:20: endpoints[0].name: the endpoint has no name; accepted: any text without ", \ or control characters`},
		},
		{
			name: "null name",
			file: `endpoints: [{name: ~, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:13: endpoints[0].name: the endpoint has no name; accepted: any text without ", \ or control characters`},
		},
		{
			name: "quote in a name",
			file: `endpoints: [{name: 'a"b', url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:20: endpoints[0].name: "a\"b" holds a character that a name cannot; accepted: any text without ", \ or control characters`},
		},
		{
			name: "name as a mapping",
			file: `endpoints: [{name: {a: b}, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:20: endpoints[0].name: a mapping does not fit here; accepted: text"},
		},
		{
			name: "key twice but for case",
			file: `endpoints:
  - {name: a, group: G, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: A, group: g, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{`t.yaml:3:12: endpoints[1].name: the endpoint "g/A" stands here a second time; the first is at line 2, column 12; give it another name or group`},
		},
		{
			name: "key of a disabled endpoint twice",
			file: `endpoints:
  - {name: a, group: G, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: a, group: g, enabled: false, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{`t.yaml:3:12: endpoints[1].name: the endpoint "g/a" stands here a second time; the first is at line 2, column 12; give it another name or group`},
		},
		{
			name: "no url",
			file: `endpoints: [{name: a, conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:13: endpoints[0].url: the endpoint has no url; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://"},
		},
		{
			name: "no conditions",
			file: `endpoints: [{name: a, url: "https://example.com"}]
`,
			want: []string{`t.yaml:1:13: endpoints[0]: the endpoint has no conditions, so nothing would tell whether it is healthy; accepted: conditions: ["[STATUS] == 200"]`},
		},
		{
			name: "empty list of conditions",
			file: `endpoints: [{name: a, url: "tcp://h:1", conditions: []}]
`,
			want: []string{`t.yaml:1:53: endpoints[0]: the endpoint has no conditions, so nothing would tell whether it is healthy; accepted: conditions: ["[CONNECTED] == true"]`},
		},
		{
			name: "condition as a text",
			file: `endpoints: [{name: a, url: "tcp://h:1", conditions: "[CONNECTED] == true"}]
`,
			want: []string{`t.yaml:1:53: endpoints[0].conditions: "[CONNECTED] == true" does not fit here; accepted: a list such as ["[STATUS] == 200"]`},
		},
		{
			name: "condition as a list",
			file: `endpoints: [{name: a, url: "tcp://h:1", conditions: [[STATUS]]}]
`,
			want: []string{`t.yaml:1:54: endpoints[0].conditions[0]: a list does not fit here; accepted: a condition such as "[STATUS] == 200"`},
		},
		{
			name: "unknown placeholder",
			file: `endpoints: [{name: a, url: "http://h", conditions: ["[STATSU] == 200"]}]
`,
			want: []string{`t.yaml:1:53: endpoints[0].conditions[0]: "[STATSU] == 200" is not a condition: unknown placeholder "[STATSU]"; accepted: [STATUS] [CONNECTED] [RESPONSE_TIME] [DNS_TIME] [CONNECT_TIME] [TLS_TIME] [TTFB] [BODY] [HEADERS] [IP] [DNS_RCODE] [CERTIFICATE_EXPIRATION] [DOMAIN_EXPIRATION]; did you mean "[STATUS]"?`},
		},
		{
			name: "wrong operator",
			file: `endpoints:
  - name: a
    url: http://h
    conditions:
      - "[STATUS] = 200"
`,
			want: []string{`t.yaml:5:19: endpoints[0].conditions[0]: "[STATUS] = 200" is not a condition: unknown operator "="; accepted: == != <= >= > <; did you mean "=="?`},
		},
		{
			name: "condition with a variable",
			file: `endpoints: [{name: a, url: "http://h", conditions: ["[STATUS] == ${TOKEN} == 2", "[STATUS] ${TOKEN}"]}]
`,
			want: []string{
				`t.yaml:1:53: endpoints[0].conditions[0]: "[STATUS] == ${TOKEN} == 2" is not a condition once its variables are replaced; accepted: a condition of its own for each comparison, and pat(…) for text that contains an operator`,
				`t.yaml:1:82: endpoints[0].conditions[1]: "[STATUS] ${TOKEN}" is not a condition once its variables are replaced; accepted: == != <= >= > <`,
			},
		},
		{
			name: "latent fault of a condition",
			file: `    warn-conditions: ["[BODY].id == 010"]`,
			want: []string{"t.yaml:5:37: warning: endpoints[0].warn-conditions[0]: 010 is read as octal 8; write it without the leading zero, or with 0o if octal is meant"},
		},
		{
			name: "placeholder that the kind never fills",
			file: `endpoints: [{name: a, url: "tcp://h:1", conditions: ["[STATUS] == 200"]}]
`,
			want: []string{"t.yaml:1:54: warning: endpoints[0].conditions[0]: [STATUS] is never filled by a check of tcp://, so this condition says nothing about the endpoint"},
		},
		{
			name: "certificate without TLS",
			file: `endpoints: [{name: a, url: "http://h", conditions: ["[CERTIFICATE_EXPIRATION] > 14d"]}]
`,
			want: []string{"t.yaml:1:53: warning: endpoints[0].conditions[0]: [CERTIFICATE_EXPIRATION] is never filled by a check of http://, so this condition says nothing about the endpoint"},
		},
		{
			name: "misspelt key",
			file: "    intervall: 5m",
			want: []string{`t.yaml:5:5: endpoints[0]: "intervall" is not a key of an endpoint; did you mean "interval"?`},
		},
		{
			name: "key in another spelling",
			file: "    maintenanceWindows: []",
			want: []string{`t.yaml:5:5: endpoints[0]: "maintenanceWindows" is not a key of an endpoint; did you mean "maintenance-windows"?`},
		},
		{
			name: "singular of a key",
			file: `    condition: "[STATUS] == 200"`,
			want: []string{`t.yaml:5:5: endpoints[0]: "condition" is not a key of an endpoint; did you mean "conditions"?`},
		},
		{
			name: "key of client",
			file: "    insecure: true",
			want: []string{`t.yaml:5:5: endpoints[0]: "insecure" is not a key of an endpoint: it belongs under client:`},
		},
		{
			name: "key of client.tls",
			file: "    server-name: x",
			want: []string{`t.yaml:5:5: endpoints[0]: "server-name" is not a key of an endpoint: it belongs under endpoints[].client.tls:`},
		},
		{
			name: "key of alerts",
			file: "    failure-threshold: 3",
			want: []string{`t.yaml:5:5: endpoints[0]: "failure-threshold" is not a key of an endpoint: it belongs to the entries of alerts:`},
		},
		{
			name: "key of the endpoint under client",
			file: "    client: {headers: {A: b}}",
			want: []string{`t.yaml:5:14: endpoints[0].client: "headers" is not a key of client: it belongs to an endpoint itself`},
		},
		{
			name: "key of the top level",
			file: "    environment: x",
			want: []string{`t.yaml:5:5: endpoints[0]: "environment" is not a key of an endpoint: it belongs to the top level`},
		},
		{
			name: "long unknown key",
			file: "    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 1",
			want: []string{`t.yaml:5:5: endpoints[0]: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" is not a key of an endpoint; accepted: name, group, url, enabled, interval, method, headers, body, graphql, conditions, warn-conditions, alerts, maintenance-windows, dns, ssh, grpc, client, ui, extra-labels, severity, users-lose, owner, runbook, runs-on, depends-on`},
		},
		{
			name: "switch as a word",
			file: "    enabled: maybe",
			want: []string{`t.yaml:5:14: endpoints[0].enabled: "maybe" is neither true nor false; accepted: true, false`},
		},
		{
			name: "switch in quotes",
			file: `    enabled: "true"`,
			want: []string{`t.yaml:5:14: endpoints[0].enabled: "true" is text because of its quotes; remove them; accepted: true, false`},
		},
		{
			name: "switch misspelt",
			file: "    enabled: ture",
			want: []string{`t.yaml:5:14: endpoints[0].enabled: "ture" is neither true nor false; accepted: true, false; did you mean "true"?`},
		},
		{
			name: "switch as a list",
			file: "    enabled: [true]",
			want: []string{"t.yaml:5:14: endpoints[0].enabled: a list does not fit here; accepted: true, false"},
		},
		{
			name: "interval without unit",
			file: "    interval: 30",
			want: []string{`t.yaml:5:15: endpoints[0].interval: "30" has no unit; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "30s"?`},
		},
		{
			name: "interval in words",
			file: "    interval: 5 minutes",
			want: []string{`t.yaml:5:15: endpoints[0].interval: "5 minutes" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "5m"?`},
		},
		{
			name: "interval of zero",
			file: "    interval: 0s",
			want: []string{`t.yaml:5:15: endpoints[0].interval: "0s" is not an interval; accepted: 1m and more`},
		},
		{
			name: "negative interval",
			file: "    interval: -1m",
			want: []string{`t.yaml:5:15: endpoints[0].interval: "-1m" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m`},
		},
		{
			name: "short interval",
			file: "    interval: 10s",
			want: []string{`t.yaml:5:15: warning: endpoints[0].interval: "10s" is less than a minute; the endpoint is checked once a minute`},
		},
		{
			name: "severity",
			file: "    severity: high",
			want: []string{`t.yaml:5:15: endpoints[0].severity: "high" is not accepted; accepted: critical, major, minor`},
		},
		{
			name: "severity misspelt",
			file: "    severity: critcal",
			want: []string{`t.yaml:5:15: endpoints[0].severity: "critcal" is not accepted; accepted: critical, major, minor; did you mean "critical"?`},
		},
		{
			name: "runs-on",
			file: "    runs-on: {services: x}",
			want: []string{`t.yaml:5:15: endpoints[0].runs-on: "services" is not a key of runs-on; did you mean "service"?`},
		},
		{
			name: "dns without a question",
			file: "    dns: {}",
			want: []string{
				`t.yaml:3:10: endpoints[0].url: "https://example.com" is not a DNS server, and beside a dns: block the url is the server to ask; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver; did you mean "dns://example.com"?`,
				"t.yaml:4:18: warning: endpoints[0].conditions[0]: [STATUS] is never filled by a check of dns://, so this condition says nothing about the endpoint",
				"t.yaml:5:10: endpoints[0].dns: the dns block asks for no name; accepted: {query-name: example.com, query-type: A}",
			},
		},
		{
			name: "dns with a name that cannot be",
			file: "    dns: {query-name: a..b}",
			want: []string{
				`t.yaml:3:10: endpoints[0].url: "https://example.com" is not a DNS server, and beside a dns: block the url is the server to ask; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver; did you mean "dns://example.com"?`,
				"t.yaml:4:18: warning: endpoints[0].conditions[0]: [STATUS] is never filled by a check of dns://, so this condition says nothing about the endpoint",
				`t.yaml:5:23: endpoints[0].dns.query-name: "a..b" is not a name that DNS can know; accepted: a name such as example.com, *.example.com or _sip._tcp.example.com`,
			},
		},
		{
			name: "type of record",
			file: "    dns: {query-name: a, query-type: AAAAA}",
			want: []string{
				`t.yaml:3:10: endpoints[0].url: "https://example.com" is not a DNS server, and beside a dns: block the url is the server to ask; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver; did you mean "dns://example.com"?`,
				"t.yaml:4:18: warning: endpoints[0].conditions[0]: [STATUS] is never filled by a check of dns://, so this condition says nothing about the endpoint",
				`t.yaml:5:38: endpoints[0].dns.query-type: "AAAAA" is not accepted; accepted: A, AAAA, CNAME, MX, NS, PTR, SRV, TXT, SOA, CAA; did you mean "AAAA"?`,
			},
		},
		{
			name: "ssh login",
			file: "    ssh: {username: x, password: hunter3}",
			want: []string{
				"t.yaml:5:11: endpoints[0].ssh.username: ssh checks read the banner and never log in; remove the ssh block, or check tcp://HOST:22",
				"t.yaml:5:24: endpoints[0].ssh.password: ssh checks read the banner and never log in; remove the ssh block, or check tcp://HOST:22",
			},
		},
		{
			name: "labels as a list",
			file: "    extra-labels: [a]",
			want: []string{"t.yaml:5:19: endpoints[0].extra-labels: a list does not fit here; accepted: a mapping of texts such as {team: web}"},
		},
		{
			name: "label as a mapping",
			file: "    extra-labels: {a: {b: c}}",
			want: []string{"t.yaml:5:23: endpoints[0].extra-labels.a: a mapping does not fit here; accepted: text"},
		},
		{
			name: "keys of suites",
			file: `    store: {a: "[BODY].a"}
    always-run: true`,
			want: []string{
				"t.yaml:5:5: info: endpoints[0].store: has a meaning only within suites, which are not run yet",
				"t.yaml:6:5: info: endpoints[0].always-run: has a meaning only within suites, which are not run yet",
			},
		},
		{
			name: "badges",
			file: "    ui: {badge: {response-time: {thresholds: [1, 2, 3, 4, 5]}}}",
			want: []string{"t.yaml:5:10: info: endpoints[0].ui.badge: has no effect: there are no badges"},
		},
	})
}
