package check

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// loadGatus loads the sample file of Gatus.
func loadGatus(t *testing.T) (*Config, Report) {
	t.Helper()
	config, report := ReadFile("testdata/gatus.yaml", testEnv)
	if config == nil {
		t.Fatalf("refused:\n%s", report.Messages)
	}
	return config, report
}

func find(t *testing.T, c *Config, key string) *Check {
	t.Helper()
	for i := range c.Checks {
		if c.Checks[i].Key == key {
			return &c.Checks[i]
		}
	}
	t.Fatalf("no check %s", key)
	return nil
}

func conditionTexts(c *Check) []string {
	var list []string
	for _, condition := range c.Conditions {
		list = append(list, condition.String())
	}
	return list
}

func TestGatusFileMessages(t *testing.T) {
	_, report := loadGatus(t)
	want := []string{
		"testdata/gatus.yaml:2:10: info: metrics: true and false have no effect here: metrics always go to CloudWatch; accepted: endpoint, group, environment",
		"testdata/gatus.yaml:3:1: info: debug: has no effect: the level of the logs is set on the function",
		"testdata/gatus.yaml:4:1: info: storage: has no effect: results are kept in CloudWatch, incidents in a DynamoDB table",
		"testdata/gatus.yaml:8:1: info: web: has no effect: there is no web server",
		"testdata/gatus.yaml:10:1: info: ui: has no effect: there is no status page",
		`testdata/gatus.yaml:27:15: info: endpoints[0].alerts[0].type: alerts of type "slack" go to the SNS topic, which tells Slack and mail`,
		`testdata/gatus.yaml:30:15: info: endpoints[0].alerts[1].type: alerts of type "pagerduty" go to the SNS topic, which tells Slack and mail`,
		"testdata/gatus.yaml:42:5: info: alerting.slack.webhook-url: has no effect, as all settings of providers but default-alert: alerts go to the SNS topic",
		"testdata/gatus.yaml:48:5: info: alerting.slack.overrides: has no effect: messages of every group go to the SNS topic",
		"testdata/gatus.yaml:141:7: info: endpoints[12].ui.badge: has no effect: there are no badges",
	}
	if got := strings.Split(strings.TrimSpace(report.Messages.String()), "\n"); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestGatusFileTop(t *testing.T) {
	config, _ := loadGatus(t)
	if config.Concurrency != 5 || config.Metrics != "endpoint" || config.Environment != "default" {
		t.Errorf("got %+v", config)
	}
	if len(config.Maintenance) != 1 || config.Maintenance[0].Start != time.Hour || config.Maintenance[0].Duration != 30*time.Minute ||
		!slices.Equal(config.Maintenance[0].Days, []time.Weekday{time.Sunday}) {
		t.Errorf("maintenance: %+v", config.Maintenance)
	}
	if c := config.Connectivity; c == nil || *c != (Connectivity{"1.1.1.1:53", time.Minute}) {
		t.Errorf("connectivity: %+v", c)
	}
	if len(config.Checks) != 12 {
		t.Errorf("%d checks, want 12: all but the disabled one", len(config.Checks))
	}
}

// What is merged with << holds where the endpoint itself says nothing.
func TestGatusFileMerges(t *testing.T) {
	config, _ := loadGatus(t)
	front, back := find(t, config, "core/front-end"), find(t, config, "shop/back-end")
	if front.Interval != 5*time.Minute || front.Timeout != 5*time.Second || !front.Client.Insecure || front.Labels["team"] != "web" {
		t.Errorf("front-end: %+v", front)
	}
	if got := conditionTexts(front); !slices.Equal(got, []string{"[STATUS] == 200", "[RESPONSE_TIME] < 500"}) {
		t.Errorf("front-end: %q", got)
	}
	if len(front.Maintenance) != 1 || front.Maintenance[0].Location.String() != "Europe/Amsterdam" {
		t.Errorf("front-end: %+v", front.Maintenance)
	}
	if got := conditionTexts(back); len(got) != 3 || got[0] != "[STATUS] == any(200, 429)" {
		t.Errorf("back-end: %q", got)
	}
	if front.Client != back.Client {
		t.Error("equal clients are not shared")
	}
}

func TestGatusFileAlerts(t *testing.T) {
	config, _ := loadGatus(t)
	want := []Alert{
		{Type: "slack", Enabled: true, FailureThreshold: 3, SuccessThreshold: 3, SendOnResolved: false, Reminder: time.Hour, Description: "healthcheck failed"},
		{Type: "pagerduty", Enabled: true, FailureThreshold: 10, SuccessThreshold: 5, SendOnResolved: true},
	}
	if got := find(t, config, "core/front-end").Alerts; !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := find(t, config, "cache").Alerts; got != nil {
		t.Errorf("an endpoint without alerts has %+v", got)
	}
}

func TestGatusFileKinds(t *testing.T) {
	config, _ := loadGatus(t)
	for key, want := range map[string]Target{
		"core/front-end":  {Scheme: "https", Host: "example.org", Port: 443, Path: "/"},
		"cache":           {Scheme: "tcp", Host: "127.0.0.1", IP: netip.MustParseAddr("127.0.0.1"), Port: 6379, Path: "/"},
		"dns/name server": {Scheme: "dns", Host: "8.8.8.8", IP: netip.MustParseAddr("8.8.8.8"), Port: 53, Path: "/"},
		"mail":            {Scheme: "starttls", Host: "smtp.gmail.com", Port: 587, Path: "/"},
		"ldap":            {Scheme: "tls", Host: "ldap.example.org", Port: 636, Path: "/"},
		"syslog":          {Scheme: "udp", Host: "10.0.0.9", IP: netip.MustParseAddr("10.0.0.9"), Port: 514, Path: "/"},
		"socket":          {Scheme: "wss", Host: "echo.example.org", Port: 443, Path: "/"},
		"rpc":             {Scheme: "grpcs", Host: "rpc.example.org", Port: 8443, Path: "/"},
		"shell":           {Scheme: "ssh", Host: "bastion.example.org", Port: 22, Path: "/"},
	} {
		if got := find(t, config, key).Target; got != want {
			t.Errorf("%s: got %+v, want %+v", key, got, want)
		}
	}
	if dns := find(t, config, "dns/name server"); dns.Kind != KindDNS || *dns.DNS != (DNS{"example.com.", "MX"}) {
		t.Errorf("dns: %s %+v", dns.Kind, dns.DNS)
	}
}

// Every kind keeps its maintenance window.
func TestGatusFileWindows(t *testing.T) {
	config, _ := loadGatus(t)
	for _, key := range []string{"core/front-end", "dns/name server", "shell"} {
		w := find(t, config, key).Maintenance
		if len(w) != 1 || w[0].Start != 23*time.Hour+30*time.Minute || w[0].Duration != time.Hour {
			t.Errorf("%s: %+v", key, w)
		}
	}
}

func TestGatusFileRequests(t *testing.T) {
	config, _ := loadGatus(t)
	back := find(t, config, "shop/back-end").HTTP
	wantBack := []Header{
		{"Content-Type", Value{Text: "text/plain"}},
		{"Authorization", Value{Text: "Bearer hunter2", Sensitive: true}},
		{"User-Agent", Value{Text: "Tidewatch/1.0"}},
	}
	if back.Method != "POST" || back.Host != "back-end.example.org" || !slices.Equal(back.Headers, wantBack) || back.Body.Text != "name=[ENDPOINT_NAME]" {
		t.Errorf("back-end: %+v", back)
	}
	graphql := find(t, config, "graphql").HTTP
	wantGraphQL := []Header{{"Content-Type", Value{Text: "application/json"}}, {"User-Agent", Value{Text: "Tidewatch/1.0"}}}
	if graphql.Body.Text != `{"query":"{ users(gender: \"female\") { id } }\n"}` || !slices.Equal(graphql.Headers, wantGraphQL) {
		t.Errorf("graphql: %+v", graphql)
	}
	if cache := find(t, config, "cache"); cache.Body.Text != "PING\n" || cache.HTTP == nil {
		t.Errorf("cache: %+v", cache)
	}
}

func TestGatusFileClient(t *testing.T) {
	config, _ := loadGatus(t)
	token := find(t, config, "token")
	c := token.Client
	if c.Proxy.String() != "http://proxy.example.org:3128" || *c.Resolver != (Resolver{"tcp", "8.8.4.4:53"}) || !c.IgnoreRedirect || c.Insecure {
		t.Errorf("client: %+v", c)
	}
	if o := c.OAuth2; o.TokenURL != "https://auth.example.org/token" || o.ClientID.Text != "tidewatch" ||
		o.ClientSecret != (Value{Text: "hunter2", Sensitive: true}) || !slices.Equal(o.Scopes, []string{"https://example.org/.default"}) {
		t.Errorf("oauth2: %+v", o)
	}
	if token.UI != (UI{true, true, true, true, true, true, true}) {
		t.Errorf("ui: %+v", token.UI)
	}
}

func TestDefaultFileIsClean(t *testing.T) {
	config, report := Default(nil)
	if config == nil || len(report.Messages) != 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	for i := range config.Checks {
		c := &config.Checks[i]
		if c.Group == "" || c.UsersLose == "" || c.Timeout != 13*time.Second {
			t.Errorf("%s: group %q, users-lose %q, timeout %s", c.Key, c.Group, c.UsersLose, c.Timeout)
		}
		if c.Target.Scheme == "https" && len(c.Warnings) != 2 {
			t.Errorf("%s: %d warn-conditions, want 2", c.Key, len(c.Warnings))
		}
	}
	if got := find(t, config, "internal/mlflow-port").Target; got.Host != "10.0.3.219" || got.Port != 5000 {
		t.Errorf("mlflow-port: %+v", got)
	}
	if got := find(t, config, "internal/mlflow-name").Target; got.Host != "" || got.Scheme != "dns" {
		t.Errorf("mlflow-name: %+v", got)
	}
}

func TestDefaultFileTakesTheAddress(t *testing.T) {
	config, _ := Default(func(name string) (string, bool) { return "10.0.3.77:5001", name == "MLFLOW_ADDRESS" })
	if got := find(t, config, "internal/mlflow-health").Target; got.Host != "10.0.3.77" || got.Port != 5001 || got.Path != "/health" {
		t.Errorf("mlflow-health: %+v", got)
	}
}

func TestOpenChooses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte("environment: mine\n"+endpointFile("")), 0o600); err != nil {
		t.Fatal(err)
	}
	fromEnv := func(name string) (string, bool) { return path, name == EnvConfig }
	for _, c := range []struct {
		name, path, want string
		env              func(string) (string, bool)
	}{
		{"the path given", path, "mine", nil},
		{"the path of the variable", "", "mine", fromEnv},
		{"the embedded file", "", "hokusai-development", func(string) (string, bool) { return "", false }},
		{"the embedded file without variables", "", "hokusai-development", nil},
	} {
		config, report := Open(c.path, c.env)
		if config == nil || config.Environment != c.want {
			t.Errorf("%s: %+v\n%s", c.name, config, report.Messages)
		}
	}
}
