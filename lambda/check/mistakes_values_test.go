package check

import "testing"

func TestValuesMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "variable for a number that is none",
			file: "    alerts: [{failure-threshold: $TOKEN}]",
			want: []string{`t.yaml:5:34: endpoints[0].alerts[0].failure-threshold: "$TOKEN" is not accepted; accepted: a whole number from 1 to 10000`},
		},
		{
			name: "variable for a duration that is none",
			file: "    interval: ${TOKEN}",
			want: []string{`t.yaml:5:15: endpoints[0].interval: "${TOKEN}" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m`},
		},
		{
			name: "variable for a switch that is none",
			file: "    enabled: ${TOKEN}",
			want: []string{`t.yaml:5:14: endpoints[0].enabled: "${TOKEN}" is neither true nor false; accepted: true, false`},
		},
		{
			name: "variable for a choice that is none",
			file: "    severity: ${TOKEN}",
			want: []string{`t.yaml:5:15: endpoints[0].severity: "${TOKEN}" is not accepted; accepted: critical, major, minor`},
		},
		{
			name: "variable for a condition that is none",
			file: `    warn-conditions: ["${TOKEN}"]`,
			want: []string{`t.yaml:5:23: endpoints[0].warn-conditions[0]: "${TOKEN}" is not a condition once its variables are replaced; accepted: == != <= >= > <`},
		},
		{
			name: "variable for a window that is none",
			file: "    maintenance-windows: [{start: $TOKEN, duration: 1h}]",
			want: []string{`t.yaml:5:35: endpoints[0].maintenance-windows[0].start: "$TOKEN" is not a time of day; accepted: hours and minutes such as 08:00, 23:30`},
		},
		{
			name: "variable for a key that is none",
			file: "    depends-on: [$TOKEN]",
			want: []string{`t.yaml:5:18: endpoints[0].depends-on[0]: no endpoint has the key "$TOKEN"; accepted: web`},
		},
		{
			name: "variable for a size that is none",
			file: "    client: {max-body-size: $TOKEN}",
			want: []string{`t.yaml:5:29: endpoints[0].client.max-body-size: "$TOKEN" is not a size; accepted: bytes with a unit such as 512KiB, 1MiB, from 1B to 16MiB`},
		},
		{
			name: "variable for a resolver that is none",
			file: "    client: {dns-resolver: $TOKEN}",
			want: []string{`t.yaml:5:28: endpoints[0].client.dns-resolver: "$TOKEN" is not a DNS resolver; accepted: udp://HOST:PORT, tcp://HOST:PORT`},
		},
		{
			name: "variable for a proxy that is none",
			file: "    client: {proxy-url: $TOKEN}",
			want: []string{`t.yaml:5:25: endpoints[0].client.proxy-url: "$TOKEN" is not the URL of a proxy; accepted: http://HOST:PORT, https://HOST:PORT, socks5://HOST:PORT`},
		},
		{
			name: "variable for a time zone that is none",
			file: `    maintenance-windows: [{start: "08:00", duration: 1h, timezone: $TOKEN}]`,
			want: []string{`t.yaml:5:68: endpoints[0].maintenance-windows[0].timezone: "$TOKEN" is not a time zone; accepted: a name of the IANA database such as UTC, Europe/Paris, America/New_York`},
		},
		{
			name: "variable for a header that cannot be",
			file: "    headers: {A: $BAD}",
			want: []string{"t.yaml:5:18: endpoints[0].headers.A: the value of a header cannot hold a line break or control character"},
		},
		{
			name: "variable in the name of an endpoint that stands twice",
			file: `endpoints:
  - {name: $TOKEN, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: $TOKEN, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{`t.yaml:3:12: endpoints[1].name: the endpoint "$TOKEN" stands here a second time; the first is at line 2, column 12; give it another name or group`},
		},
		{
			name: "variables in a circle",
			file: `endpoints:
  - {name: $TOKEN, group: $TOKEN, depends-on: [b], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {name: b, depends-on: [$TOKEN/$TOKEN], url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{"t.yaml:2:47: endpoints[0].depends-on: endpoints depend on each other in a circle: $TOKEN/$TOKEN → b → $TOKEN/$TOKEN"},
		},
		{
			name: "a fault in what is merged is told once",
			file: `x-a: &a {client: {timeout: 5}}
endpoints:
  - {<<: *a, name: a, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
  - {<<: *a, name: b, url: "tcp://h:1", conditions: ["[CONNECTED] == true"]}
`,
			want: []string{`t.yaml:1:28: endpoints[0].client.timeout: "5" has no unit; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "5s"?`},
		},
	})
}
