package check

import (
	"net/netip"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/condition"
)

// loadURL loads an endpoint with that URL and further keys in flow style.
func loadURL(url, more string) (*Config, Report) {
	return loadText(`endpoints: [{name: a, url: "` + url + `", conditions: ["[CONNECTED] == true"]` + more + "}]\n")
}

// Every scheme of the table is read into its kind, with and without a port.
func TestEveryScheme(t *testing.T) {
	for _, k := range Kinds {
		for _, s := range k.Schemes {
			more := ""
			if k.Kind == KindDNS {
				more = ", dns: {query-name: example.com}"
			}
			config, report := loadURL(s.Name+"://example.com:1234", more)
			if config == nil {
				t.Errorf("%s: refused\n%s", s.Name, report.Messages)
				continue
			}
			c := config.Checks[0]
			if c.Kind != k.Kind || c.Target != (Target{Scheme: s.Name, Host: "example.com", Port: 1234, Path: "/"}) {
				t.Errorf("%s: %s %+v", s.Name, c.Kind, c.Target)
			}
			config, _ = loadURL(s.Name+"://example.com", more)
			if (s.Port == 0) != (config == nil) {
				t.Errorf("%s without a port: accepted %v", s.Name, config != nil)
			} else if config != nil && config.Checks[0].Target.Port != s.Port {
				t.Errorf("%s: default port %d", s.Name, config.Checks[0].Target.Port)
			}
		}
	}
}

// What the table says that conditions can read is known to their language.
func TestKindsReadKnownPlaceholders(t *testing.T) {
	known := make(map[condition.Placeholder]bool)
	for _, p := range condition.Placeholders() {
		known[p.Name] = true
	}
	for _, k := range Kinds {
		if k.Does == "" || k.Connected == "" || len(k.Schemes) == 0 {
			t.Errorf("%s is not documented", k.Kind)
		}
		for _, f := range k.Reads {
			if !known[f.Placeholder] {
				t.Errorf("%s reads %s, which no condition knows", k.Kind, f.Placeholder)
			}
		}
	}
	if got := Kind("none").info(); got.Kind != "none" || len(got.Schemes) != 0 {
		t.Errorf("unknown kind: %+v", got)
	}
}

func TestTargets(t *testing.T) {
	const dns = ", dns: {query-name: example.com}"
	address := netip.MustParseAddr
	for _, c := range []struct {
		url, more, kept string
		kind            Kind
		want            Target
	}{
		{"HTTP://Example.com/A", "", "http://Example.com/A", KindHTTP, Target{"http", "Example.com", netip.Addr{}, 80, "/A"}},
		{"https://example.com?x=1", "", "", KindHTTP, Target{"https", "example.com", netip.Addr{}, 443, "/?x=1"}},
		{"https://example.com/a b?c=d#e", "", "", KindHTTP, Target{"https", "example.com", netip.Addr{}, 443, "/a%20b?c=d"}},
		{"https://[2001:db8::1]:8443/", "", "", KindHTTP, Target{"https", "2001:db8::1", address("2001:db8::1"), 8443, "/"}},
		{"tcp://[::1]:22", "", "", KindTCP, Target{"tcp", "::1", address("::1"), 22, "/"}},
		{"tcp://_svc.internal.:22", "", "", KindTCP, Target{"tcp", "_svc.internal.", netip.Addr{}, 22, "/"}},
		{"ws://example.com/socket", "", "", KindWS, Target{"ws", "example.com", netip.Addr{}, 80, "/socket"}},
		{"8.8.8.8", dns, "", KindDNS, Target{"dns", "8.8.8.8", address("8.8.8.8"), 53, "/"}},
		{"8.8.8.8:5353", dns, "", KindDNS, Target{"dns", "8.8.8.8", address("8.8.8.8"), 5353, "/"}},
		{"ns1.example.com", dns, "", KindDNS, Target{"dns", "ns1.example.com", netip.Addr{}, 53, "/"}},
		{"2001:db8::53", dns, "", KindDNS, Target{"dns", "2001:db8::53", address("2001:db8::53"), 53, "/"}},
		{"[2001:db8::53]:5353", dns, "", KindDNS, Target{"dns", "2001:db8::53", address("2001:db8::53"), 5353, "/"}},
		{"dns://system", dns, "", KindDNS, Target{"dns", "", netip.Addr{}, 53, "/"}},
		{"dns://", dns, "", KindDNS, Target{"dns", "", netip.Addr{}, 53, "/"}},
		{"", dns, "", KindDNS, Target{"dns", "", netip.Addr{}, 53, "/"}},
		{"https://${HOST}/", "", "https://example.com/", KindHTTP, Target{"https", "example.com", netip.Addr{}, 443, "/"}},
	} {
		config, report := loadURL(c.url, c.more)
		if config == nil {
			t.Errorf("%s: refused\n%s", c.url, report.Messages)
			continue
		}
		got := config.Checks[0]
		if c.kept == "" {
			c.kept = c.url
		}
		if got.Kind != c.kind || got.Target != c.want || got.URL != c.kept {
			t.Errorf("%s:\ngot  %s %q %+v\nwant %s %q %+v", c.url, got.Kind, got.URL, got.Target, c.kind, c.kept, c.want)
		}
	}
}

// A dns endpoint needs no url.
func TestDNSWithoutURL(t *testing.T) {
	config, report := loadText("endpoints: [{name: a, dns: {query-name: example.com.}, conditions: [\"[DNS_RCODE] == NOERROR\"]}]\n")
	if config == nil || len(report.Messages) > 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	if c := config.Checks[0]; c.Kind != KindDNS || c.Target.Host != "" || *c.DNS != (DNS{"example.com.", "A"}) {
		t.Errorf("got %+v %+v", c.Target, c.DNS)
	}
}

// A user in the URL becomes a header, and leaves the URL.
func TestUserInURL(t *testing.T) {
	config, report := loadURL("https://me:${TOKEN}@example.com/x", "")
	if config == nil || len(report.Messages) > 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	c := config.Checks[0]
	want := Header{"Authorization", Value{Text: "Basic bWU6aHVudGVyMg==", Sensitive: true}}
	if c.URL != "https://example.com/x" || len(c.HTTP.Headers) != 2 || c.HTTP.Headers[1] != want {
		t.Errorf("got %q %+v", c.URL, c.HTTP.Headers)
	}
	config, _ = loadURL("https://me:${TOKEN}@example.com/x", ", headers: {authorization: \"Bearer $TOKEN\"}")
	if h := config.Checks[0].HTTP.Headers; len(h) != 2 || h[0].Value.Text != "Bearer hunter2" {
		t.Errorf("a header that is written is overridden: %+v", h)
	}
}

// Rejected schemes count in the summary.
func TestRejectedSchemes(t *testing.T) {
	for _, s := range rejectedSchemes {
		config, report := loadURL(s.name+"://example.com", "")
		uses := report.Compat.Rejected
		if config != nil || len(uses) != 1 || uses[0].Key != "endpoints[].url ("+s.name+"://)" || uses[0].Note != s.why {
			t.Errorf("%s: %+v", s.name, uses)
		}
	}
}
