package check

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// mustLoad loads a text that has no mistakes.
func mustLoad(t *testing.T, text string) *Config {
	t.Helper()
	config, report := loadText(text)
	if config == nil {
		t.Fatalf("refused:\n%s", report.Messages)
	}
	return config
}

const anEndpoint = "url: \"tcp://h:1\", conditions: [\"[CONNECTED] == true\"]"

func TestEndpointDefaults(t *testing.T) {
	c := mustLoad(t, endpointFile("")).Checks[0]
	if c.Interval != time.Minute || c.Timeout != 10*time.Second || c.Severity != Major || c.HTTP.Method != "GET" ||
		c.Alerts != nil || c.DNS != nil || c.Maintenance != nil || c.UI != (UI{}) {
		t.Errorf("got %+v", c)
	}
}

func TestConfigDefaults(t *testing.T) {
	c := mustLoad(t, endpointFile(""))
	if c.Environment != "default" || c.Metrics != "endpoint" || c.Deployments != "problems" || c.Concurrency != 0 || c.Connectivity != nil {
		t.Errorf("got %+v", c)
	}
	if c.Summary != (Summary{"day", "08:00", time.UTC}) {
		t.Errorf("summary: %+v", c.Summary)
	}
}

func TestShortIntervalBecomesAMinute(t *testing.T) {
	if c := mustLoad(t, "    interval: 10s").Checks[0]; c.Interval != time.Minute {
		t.Errorf("got %s", c.Interval)
	}
}

// What an alert says holds; then the default alert of its type; then ours.
func TestAlertDefaults(t *testing.T) {
	config := mustLoad(t, `endpoints:
  - name: a
    `+strings.ReplaceAll(anEndpoint, ", c", "\n    c")+`
    alerts:
      - type: slack
      - {type: slack, failure-threshold: 9, enabled: false}
      - type: email
      - {description: "no type"}
alerting:
  slack: {default-alert: {failure-threshold: 4, send-on-resolved: false, description: "from slack"}}
  email:
`)
	ours := newAlert()
	email := ours
	email.Type = "email"
	untyped := ours
	untyped.Description = "no type"
	want := []Alert{
		{"slack", true, 4, 3, false, 0, "from slack"},
		{"slack", false, 9, 3, false, 0, "from slack"},
		email,
		untyped,
	}
	if got := config.Checks[0].Alerts; !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if ours != (Alert{Type: "sns", Enabled: true, FailureThreshold: 2, SuccessThreshold: 3, SendOnResolved: true}) {
		t.Errorf("our defaults: %+v", ours)
	}
}

func TestWindows(t *testing.T) {
	config := mustLoad(t, `    maintenance-windows:
      - {start: 23:30, duration: 24h}
      - {enabled: false, start: "01:00", duration: 1h}
      - {start: "00:00", duration: 30m, timezone: Asia/Kolkata, every: [monday, SUNDAY]}
`)
	got := config.Checks[0].Maintenance
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	if w := got[0]; w.Start != 23*time.Hour+30*time.Minute || w.Duration != 24*time.Hour || w.Location != time.UTC || w.Days != nil {
		t.Errorf("got %+v", w)
	}
	if w := got[1]; w.Location.String() != "Asia/Kolkata" || !slices.Equal(w.Days, []time.Weekday{time.Monday, time.Sunday}) {
		t.Errorf("got %+v", w)
	}
	config = mustLoad(t, "maintenance: {enabled: false}\n"+endpointFile(""))
	if len(config.Maintenance) != 0 {
		t.Errorf("disabled maintenance: %+v", config.Maintenance)
	}
}

// What is explicit wins over what is merged, and the first of a list over the
// later ones, at every depth.
func TestMergeOrder(t *testing.T) {
	config := mustLoad(t, `x-base: &base {group: base, owner: base, users-lose: base, runbook: base}
x-middle: &middle {<<: *base, owner: middle, users-lose: middle}
x-other: &other {owner: other, severity: minor, runbook: other, headers: &h {A: other, B: other}}
endpoints:
  - {<<: [*middle, *other], users-lose: own, name: a, `+anEndpoint+`}
  - {name: b, severity: ~, <<: *other, headers: {<<: *h, A: own}, url: "http://h", conditions: ["[STATUS] == 200"]}
`)
	a, b := config.Checks[0], config.Checks[1]
	if got := []string{a.Group, a.Owner, a.UsersLose, a.Runbook, string(a.Severity)}; !slices.Equal(got, []string{"base", "middle", "own", "base", "minor"}) {
		t.Errorf("got %q", got)
	}
	if h := b.HTTP.Headers; b.Severity != Major || len(h) != 3 || h[0].Value.Text != "own" || h[1].Value.Text != "other" {
		t.Errorf("got %s %+v", b.Severity, h)
	}
}

// Keys of the top level that only hold anchors are nobody's business.
func TestAnchorHolders(t *testing.T) {
	for _, holder := range []string{
		"default-endpoint: &d {nonsense: true}\n",
		"anchors: [&a {nonsense: true}, &b text]\n",
		"anchors: {one: &a {nonsense: true}, two: &b 1}\n",
		"x-anything: [1, {a: b}]\n",
	} {
		if _, report := loadText(holder + endpointFile("")); len(report.Messages) != 0 {
			t.Errorf("%s:\n%s", holder, report.Messages)
		}
	}
	for _, key := range []string{"anything: 1\n", "anything: [&a 1, 2]\n", "anything: {a: 1, b: &b 2}\n", "anything: []\n", "anything: {}\n"} {
		if config, _ := loadText(key + endpointFile("")); config != nil {
			t.Errorf("%s is accepted", key)
		}
	}
}

// Dependencies are stored as their endpoints are written.
func TestDependencies(t *testing.T) {
	config := mustLoad(t, `endpoints:
  - {name: Web, group: Shop, depends-on: [internal/DB, cache, INTERNAL/db], `+anEndpoint+`}
  - {name: db, group: Internal, `+anEndpoint+`}
  - {name: cache, enabled: off, `+anEndpoint+`}
`)
	if got := config.Checks[0].DependsOn; !slices.Equal(got, []string{"Internal/db", "cache"}) {
		t.Errorf("got %q", got)
	}
	if len(config.Checks) != 2 || config.Checks[1].DependsOn != nil {
		t.Errorf("got %+v", config.Checks)
	}
}

// Two endpoints may depend on one, and a chain is no circle.
func TestDependenciesWithoutCircle(t *testing.T) {
	mustLoad(t, `endpoints:
  - {name: a, depends-on: [b, c], `+anEndpoint+`}
  - {name: b, depends-on: [d], `+anEndpoint+`}
  - {name: c, depends-on: [d, b], `+anEndpoint+`}
  - {name: d, `+anEndpoint+`}
`)
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]string{
		"10 s": "10s", "10": "10s", "5 minutes": "5m", "1 hour": "1h", "2d": "48h", "1 Week": "168h", "250 msec": "250ms", "1H30M": "1h30m",
		"soon": "", "10 parsecs": "", "": "", "-5s": "", "99999999999": "", "1.5 days": "",
	} {
		if got := nearestDuration(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "512B": 512, "64KB": 64000, "64KiB": 65536, "1 MiB": 1 << 20, "2MB": 2000000, "16MiB": 16 << 20,
		"0": 0, "17MiB": 0, "-1": 0, "1.5MiB": 0, "1mb": 0, "MiB": 0, "": 0,
	} {
		if got, ok := parseSize(text); got != want || ok != (want > 0) {
			t.Errorf("%q: got %d %v, want %d", text, got, ok, want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"timeout", "insecure", "dns-resolver", "ip-family", "a"}
	for text, want := range map[string]string{
		"timeuot": "timeout", "time_out": "timeout", "TimeOut": "timeout", "insecur": "insecure", "dnsResolver": "dns-resolver",
		"ipfamily": "ip-family", "retries": "", "": "", "b": "", strings.Repeat("timeout", 20): "",
	} {
		if got := nearest(text, words); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"abc", "bc", 1}, {"kitten", "sitting", 3},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
