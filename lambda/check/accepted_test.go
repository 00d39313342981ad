package check

import (
	"net/netip"
	"testing"
)

// Documents that hold nothing are as good as none.
func TestEmptyDocuments(t *testing.T) {
	for _, text := range []string{
		named("a") + "---\n", named("a") + "---\n# the end\n---\n", "---\n---\n" + named("a"), "--- ~\n---\n" + named("a"), named("a") + "...\n",
	} {
		if config, report := loadText(text); config == nil || len(config.Checks) != 1 || len(report.Messages) > 0 {
			t.Errorf("%q:\n%s", text, report.Messages)
		}
	}
}

func TestEmptyFiles(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a.yaml": "# nothing yet\n", "b.yaml": named("b"), "c.yml": "", "d.yaml": "---\n"})
	if config, report := ReadFile(dir, nil); config == nil || len(config.Checks) != 1 || len(report.Messages) > 0 {
		t.Errorf("got:\n%s", report.Messages)
	}
	dir = writeFiles(t, map[string]string{"a.yaml": "# nothing yet\n", "b.yaml": ""})
	config, report := ReadFile(dir, nil)
	want := dir + "/a.yaml: the file is empty; accepted: a mapping that holds endpoints:\n" +
		dir + "/b.yaml: the file is empty; accepted: a mapping that holds endpoints:\n"
	if config != nil || report.Messages.String() != want {
		t.Errorf("got:\n%swant:\n%s", report.Messages, want)
	}
}

func TestBooleans(t *testing.T) {
	for text, want := range map[string]bool{
		"y": true, "Y": true, "yes": true, "on": true, "True": true, "n": false, "N": false, "No": false, "OFF": false, "false": false,
	} {
		config, report := loadText("    graphql: " + text)
		if config == nil || config.Checks[0].HTTP.GraphQL != want {
			t.Errorf("%s: want %v\n%s", text, want, report.Messages)
		}
	}
}

// Internationalised names are asked for as DNS knows them and shown as written.
func TestInternationalHosts(t *testing.T) {
	for url, want := range map[string]struct {
		shown, host string
		ip          bool
	}{
		"https://bücher.example/a b?c=é":     {"https://bücher.example/a b?c=é", "xn--bcher-kva.example", false},
		"https://BÜCHER.example:8443":        {"https://BÜCHER.example:8443", "xn--bcher-kva.example", false},
		"https://me:pw@bücher.example/ü":     {"https://bücher.example/ü", "xn--bcher-kva.example", false},
		"https://a@b:p@w@例え.jp./":            {"https://例え.jp./", "xn--r8jz45g.jp.", false},
		"tcp://bücher.example:80":            {"tcp://bücher.example:80", "xn--bcher-kva.example", false},
		"https://xn--bcher-kva.example":      {"https://xn--bcher-kva.example", "xn--bcher-kva.example", false},
		"https://under_score.Example.com/@x": {"https://under_score.Example.com/@x", "under_score.Example.com", false},
		"https://[fd00::1]:8443/":            {"https://[fd00::1]:8443/", "fd00::1", true},
	} {
		config, report := loadURL(url, "")
		if config == nil {
			t.Errorf("%s:\n%s", url, report.Messages)
			continue
		}
		c := config.Checks[0]
		if c.URL != want.shown || c.Target.Host != want.host || c.Target.IP.IsValid() != want.ip {
			t.Errorf("%s: got %s, %+v", url, c.URL, c.Target)
		}
	}
}

// What keeps the host out of reports looks for that of the target.
func TestInternationalHostCanBeHidden(t *testing.T) {
	config, _ := loadURL("https://me:pw@bücher.example:8443/a", ", ui: {hide-hostname: true}")
	if got := config.Checks[0].URL; got != "https://xn--bcher-kva.example:8443/a" {
		t.Errorf("got %s", got)
	}
}

func TestInternationalNamesElsewhere(t *testing.T) {
	config, report := loadText(`connectivity: {checker: {target: "bücher.example:53"}}
endpoints:
  - name: a
    url: https://example.com
    conditions: ["[STATUS] == 200"]
    headers: {Host: "bücher.example:8080"}
    client:
      dns-resolver: udp://bücher.example:53
      proxy-url: http://bücher.example:3128
      tls: {server-name: bücher.example}
      oauth2: {token-url: "https://bücher.example/token", client-id: a, client-secret: "ssm:b", scopes: [c]}
  - {name: b, url: "dns://bücher.example", dns: {query-name: _sip._tcp.bücher.example}, conditions: ["[DNS_RCODE] == NOERROR"]}
  - {name: c, dns: {query-name: "*.bücher.example"}, conditions: ["[DNS_RCODE] == NOERROR"]}
  - {name: d, url: "10.0.0.2", dns: {query-name: "*.example.com"}, conditions: ["[DNS_RCODE] == NOERROR"]}
`)
	if config == nil || len(report.Messages) > 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	const ascii = "xn--bcher-kva.example"
	client := config.Checks[0].Client
	for what, pair := range map[string][2]string{
		"control probe": {config.Connectivity.Target, ascii + ":53"},
		"Host":          {config.Checks[0].HTTP.Host, ascii + ":8080"},
		"resolver":      {client.Resolver.Address, ascii + ":53"},
		"proxy":         {client.Proxy.Host, ascii + ":3128"},
		"server name":   {client.TLS.ServerName, ascii},
		"token":         {client.OAuth2.TokenURL, "https://" + ascii + "/token"},
		"server":        {config.Checks[1].Target.Host, ascii},
		"question":      {config.Checks[1].DNS.QueryName, "_sip._tcp." + ascii + "."},
		"wildcard":      {config.Checks[2].DNS.QueryName, "*." + ascii + "."},
		"plain":         {config.Checks[3].DNS.QueryName, "*.example.com."},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %s, want %s", what, pair[0], pair[1])
		}
	}
	if got := config.Checks[3].Target.IP; got != netip.MustParseAddr("10.0.0.2") {
		t.Errorf("got %s", got)
	}
}
