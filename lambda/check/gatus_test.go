package check

import (
	"slices"
	"testing"
)

// What each key of Gatus comes to. Files are written against this list, so it
// stands here a second time, apart from the tables.
var gatusVerdicts = map[Verdict][]string{
	Supported: {
		"endpoints", "maintenance", "connectivity", "connectivity.checker", "connectivity.checker.target", "connectivity.checker.interval",
		"endpoints[].name", "endpoints[].group", "endpoints[].url", "endpoints[].enabled", "endpoints[].method",
		"endpoints[].headers", "endpoints[].body", "endpoints[].graphql", "endpoints[].conditions", "endpoints[].alerts",
		"endpoints[].maintenance-windows", "endpoints[].maintenance-windows[].enabled", "endpoints[].maintenance-windows[].start",
		"endpoints[].maintenance-windows[].duration", "endpoints[].maintenance-windows[].timezone", "endpoints[].maintenance-windows[].every",
		"endpoints[].dns", "endpoints[].dns.query-name", "endpoints[].dns.query-type",
		"endpoints[].client", "endpoints[].client.timeout", "endpoints[].client.insecure", "endpoints[].client.ignore-redirect",
		"endpoints[].client.proxy-url", "endpoints[].client.dns-resolver", "endpoints[].client.oauth2",
		"endpoints[].client.oauth2.token-url", "endpoints[].client.oauth2.client-id", "endpoints[].client.oauth2.client-secret",
		"endpoints[].client.oauth2.scopes", "endpoints[].client.tls", "endpoints[].client.tls.renegotiation",
		"concurrency", "alerting", "endpoints[].interval", "endpoints[].alerts[].enabled", "endpoints[].alerts[].description",
		"endpoints[].alerts[].failure-threshold", "endpoints[].alerts[].success-threshold",
		"endpoints[].alerts[].send-on-resolved", "endpoints[].alerts[].minimum-reminder-interval", "alerting.*.default-alert",
		"endpoints[].ui", "endpoints[].ui.hide-url", "endpoints[].ui.hide-hostname", "endpoints[].ui.hide-port", "endpoints[].ui.hide-errors",
		"endpoints[].ui.hide-conditions", "endpoints[].ui.dont-resolve-failed-conditions", "endpoints[].ui.resolve-successful-conditions",
	},
	Adapted: {
		"alerting.*", "endpoints[].alerts[].type", "endpoints[].extra-labels", "endpoints[].ssh",
		"endpoints[].client.store-cookies", "endpoints[].client.tls.certificate-file", "endpoints[].client.tls.private-key-file",
	},
	Ignored: {
		"storage", "web", "ui", "security", "remote", "announcements", "debug", "skip-invalid-config-update", "disable-monitoring-lock",
		"external-endpoints", "suites", "endpoints[].store", "endpoints[].always-run", "endpoints[].ui.badge",
		"endpoints[].alerts[].provider-override", "alerting.*.overrides", "alerting.*.*",
	},
	Rejected: {
		"tunneling", "endpoints[].client.network", "endpoints[].client.tunnel", "endpoints[].client.identity-aware-proxy",
		"endpoints[].ssh.username", "endpoints[].ssh.password", "endpoints[].ssh.private-key",
	},
}

func TestGatusVerdicts(t *testing.T) {
	for verdict, paths := range gatusVerdicts {
		for _, path := range paths {
			found := false
			for _, s := range schema() {
				for _, k := range s.Keys {
					if k.Path == path {
						found = true
						if k.Verdict != verdict {
							t.Errorf("%s is %s, want %s", path, k.Verdict, verdict)
						}
					}
				}
			}
			if !found {
				t.Errorf("%s is not known", path)
			}
		}
	}
}

func TestCompat(t *testing.T) {
	_, report := loadGatus(t)
	count := func(list []KeyUse, key string) int {
		i := slices.IndexFunc(list, func(u KeyUse) bool { return u.Key == key })
		if i < 0 {
			return 0
		}
		return list[i].Count
	}
	c := report.Compat
	for _, want := range []struct {
		list []KeyUse
		key  string
		uses int
	}{
		{c.Supported, "endpoints[].url", 13},
		{c.Supported, "endpoints[].client.insecure", 2}, // merged twice
		{c.Adapted, "endpoints[].alerts[].type", 2},
		{c.Ignored, "storage", 1},
		{c.Ignored, "alerting.*.*", 2},
		{c.Ignored, "metrics (true, false)", 1},
	} {
		if got := count(want.list, want.key); got != want.uses {
			t.Errorf("%s: %d uses, want %d", want.key, got, want.uses)
		}
	}
	if len(c.Rejected) != 0 {
		t.Errorf("rejected: %+v", c.Rejected)
	}
}

func TestCompatText(t *testing.T) {
	_, report := loadText("web: {}\n" + endpointFile("    extra-labels: {a: b}\n    severity: minor\n    client: {network: ip}"))
	const want = `keys: 5 supported, 1 adapted, 1 ignored, 1 rejected, 1 of Tidewatch
  adapted   endpoints[].extra-labels (once): fields of the log line; they are not dimensions of metrics
  ignored   web (once): has no effect: there is no web server
  rejected  endpoints[].client.network (once): only concerns ICMP, which a Lambda function cannot send; write ip-family: ipv4 or ip-family: ipv6 instead
`
	if got := report.Compat.String(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
