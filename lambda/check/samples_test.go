package check

import "maps"

// simpleSamples sets the keys of the tables that stand once, one a time: lines of an endpoint if they start
// with a space, else lines of the top level. DIR stands for a directory that
// holds client.pem and client.key.
var simpleSamples = map[string]string{
	"endpoints":                     "# the endpoint is enough\n",
	"environment":                   "environment: staging\n",
	"tracker":                       "tracker: https://tracker.example.com/issues\n",
	"aws":                           "aws: {region: eu-west-1}\n",
	"summary":                       "summary: {every: never}\n",
	"metrics":                       "metrics: group\n",
	"deployments":                   "deployments: all\n",
	"concurrency":                   "concurrency: 7\n",
	"alerting":                      "alerting: {sns: {default-alert: {failure-threshold: 9}}}\n",
	"alerting.*":                    "alerting: {sns: {default-alert: {failure-threshold: 9}}}\n",
	"alerting.*.default-alert":      "alerting: {sns: {default-alert: {failure-threshold: 9}}}\n",
	"alerting.*.overrides":          "alerting: {sns: {overrides: []}}\n",
	"alerting.*.*":                  "alerting: {sns: {topic-arn: x}}\n",
	"maintenance":                   "maintenance: {start: 01:00, duration: 1h}\n",
	"connectivity":                  "connectivity: {checker: {target: \"1.1.1.1:53\"}}\n",
	"aws.region":                    "aws: {region: eu-west-1}\n",
	"aws.clusters":                  "aws: {clusters: [main]}\n",
	"aws.log-groups":                "aws: {log-groups: [\"/ecs/*\"]}\n",
	"summary.every":                 "summary: {every: never}\n",
	"summary.at":                    "summary: {at: 09:30}\n",
	"summary.timezone":              "summary: {timezone: Europe/Paris}\n",
	"connectivity.checker":          "connectivity: {checker: {target: \"1.1.1.1:53\"}}\n",
	"connectivity.checker.target":   "connectivity: {checker: {target: \"1.1.1.1:53\"}}\n",
	"connectivity.checker.interval": "connectivity: {checker: {target: \"1.1.1.1:53\", interval: 2m}}\n",

	"tunneling": "tunneling: {}\n", "services": "services: []\n", "suites": "suites: []\n",
	"external-endpoints": "external-endpoints: []\n", "storage": "storage: {}\n", "web": "web: {}\n", "ui": "ui: {}\n",
	"security": "security: {}\n", "remote": "remote: {}\n", "announcements": "announcements: []\n", "debug": "debug: true\n",
	"skip-invalid-config-update": "skip-invalid-config-update: true\n", "disable-monitoring-lock": "disable-monitoring-lock: true\n",

	"endpoints[].name":                "    x-unused: 1", // every sample has it
	"endpoints[].url":                 "    x-unused: 1",
	"endpoints[].conditions":          "    x-unused: 1",
	"endpoints[].group":               "    group: core",
	"endpoints[].enabled":             "    enabled: false",
	"endpoints[].interval":            "    interval: 5m",
	"endpoints[].method":              "    method: HEAD",
	"endpoints[].headers":             "    headers: {Accept: text/html}",
	"endpoints[].body":                "    body: hello",
	"endpoints[].graphql":             "    graphql: true",
	"endpoints[].warn-conditions":     "    warn-conditions: [\"[RESPONSE_TIME] < 1s\"]",
	"endpoints[].alerts":              "    alerts: [{type: sns}]",
	"endpoints[].maintenance-windows": "    maintenance-windows: [{start: 01:00, duration: 1h}]",
	"endpoints[].dns":                 "    dns: {query-name: example.com}",
	"endpoints[].ssh":                 "    ssh: {}",
	"endpoints[].grpc":                "    grpc: {service: shop}",
	"endpoints[].client":              "    client: {insecure: true}",
	"endpoints[].ui":                  "    ui: {hide-url: true}",
	"endpoints[].extra-labels":        "    extra-labels: {team: web}",
	"endpoints[].severity":            "    severity: minor",
	"endpoints[].users-lose":          "    users-lose: the shop",
	"endpoints[].owner":               "    owner: web",
	"endpoints[].runbook":             "    runbook: https://wiki.example.com",
	"endpoints[].runs-on":             "    runs-on: {service: shop}",
	"endpoints[].depends-on":          "    depends-on: [other]\n" + other,
	"endpoints[].store":               "    store: {}",
	"endpoints[].always-run":          "    always-run: true",

	"endpoints[].dns.query-name": "    dns: {query-name: example.com}",
	"endpoints[].dns.query-type": "    dns: {query-name: example.com, query-type: TXT}",
	"endpoints[].grpc.service":   "    grpc: {service: shop}",
	"endpoints[].ssh.username":   "    ssh: {username: me}", "endpoints[].ssh.password": "    ssh: {password: x}", "endpoints[].ssh.private-key": "    ssh: {private-key: x}",

	"endpoints[].runs-on.load-balancer": "    runs-on: {load-balancer: a}",
	"endpoints[].runs-on.target-group":  "    runs-on: {target-group: a}",
	"endpoints[].runs-on.service":       "    runs-on: {service: a}",
	"endpoints[].runs-on.cluster":       "    runs-on: {cluster: a}",

	"endpoints[].ui.hide-url":                       "    ui: {hide-url: true}",
	"endpoints[].ui.hide-hostname":                  "    ui: {hide-hostname: true}",
	"endpoints[].ui.hide-port":                      "    ui: {hide-port: true}",
	"endpoints[].ui.hide-errors":                    "    ui: {hide-errors: true}",
	"endpoints[].ui.hide-conditions":                "    ui: {hide-conditions: true}",
	"endpoints[].ui.dont-resolve-failed-conditions": "    ui: {dont-resolve-failed-conditions: true}",
	"endpoints[].ui.resolve-successful-conditions":  "    ui: {resolve-successful-conditions: true}",
	"endpoints[].ui.badge":                          "    ui: {badge: {}}",

	"endpoints[].client.timeout":              "    client: {timeout: 3s}",
	"endpoints[].client.insecure":             "    client: {insecure: true}",
	"endpoints[].client.ignore-redirect":      "    client: {ignore-redirect: true}",
	"endpoints[].client.store-cookies":        "    client: {store-cookies: true}",
	"endpoints[].client.proxy-url":            "    client: {proxy-url: \"http://proxy:3128\"}",
	"endpoints[].client.dns-resolver":         "    client: {dns-resolver: \"udp://10.0.0.2:53\"}",
	"endpoints[].client.oauth2":               "    client: {oauth2: " + oauth2Sample + "}",
	"endpoints[].client.tls":                  "    client: {tls: {min-version: 1.3}}",
	"endpoints[].client.ip-family":            "    client: {ip-family: ipv6}",
	"endpoints[].client.every-address":        "    client: {every-address: true}",
	"endpoints[].client.max-body-size":        "    client: {max-body-size: 64KiB}",
	"endpoints[].client.network":              "    client: {network: ip}",
	"endpoints[].client.tunnel":               "    client: {tunnel: x}",
	"endpoints[].client.identity-aware-proxy": "    client: {identity-aware-proxy: {}}",

	"endpoints[].client.oauth2.token-url":     "    client: {oauth2: " + oauth2Sample + "}",
	"endpoints[].client.oauth2.client-id":     "    client: {oauth2: " + oauth2Sample + "}",
	"endpoints[].client.oauth2.client-secret": "    client: {oauth2: " + oauth2Sample + "}",
	"endpoints[].client.oauth2.scopes":        "    client: {oauth2: " + oauth2Sample + "}",

	"endpoints[].client.tls.certificate-file": "    client: {tls: {certificate-file: DIR/client.pem, private-key-file: DIR/client.key}}",
	"endpoints[].client.tls.private-key-file": "    client: {tls: {certificate-file: DIR/client.pem, private-key-file: DIR/client.key}}",
	"endpoints[].client.tls.renegotiation":    "    client: {tls: {renegotiation: once}}",
	"endpoints[].client.tls.ca-file":          "    client: {tls: {ca-file: DIR/client.pem}}",
	"endpoints[].client.tls.server-name":      "    client: {tls: {server-name: other.example.com}}",
	"endpoints[].client.tls.min-version":      "    client: {tls: {min-version: \"1.3\"}}",
	"endpoints[].client.tls.post-quantum":     "    client: {tls: {post-quantum: false}}",
}

const (
	other        = "  - {name: other, url: \"tcp://h:1\", conditions: [\"[CONNECTED] == true\"]}"
	oauth2Sample = "{token-url: \"https://a.example.com\", client-id: a, client-secret: \"ssm:s\", scopes: [s]}"
)

// samples adds to the simple samples those of alerts and windows, whose keys
// stand in two sections each.
func samples() map[string]string {
	all := maps.Clone(simpleSamples)
	for name, value := range map[string]string{
		"type": "sns", "enabled": "false", "failure-threshold": "9", "success-threshold": "9", "send-on-resolved": "false",
		"minimum-reminder-interval": "1h", "description": "x", "provider-override": "{}",
	} {
		all["endpoints[].alerts[]."+name] = "    alerts: [{" + name + ": " + value + "}]"
		all["alerting.*.default-alert."+name] = "alerting: {sns: {default-alert: {" + name + ": " + value + "}}}\n"
	}
	for name, window := range map[string]string{
		"enabled": "{enabled: false, start: 01:00, duration: 1h}", "start": "{start: 02:00, duration: 1h}",
		"duration": "{start: 01:00, duration: 2h}", "timezone": "{start: 01:00, duration: 1h, timezone: Europe/Paris}",
		"every": "{start: 01:00, duration: 1h, every: [Monday]}",
	} {
		all["endpoints[].maintenance-windows[]."+name] = "    maintenance-windows: [" + window + "]"
		all["maintenance."+name] = "maintenance: " + window + "\n"
	}
	return all
}
