package redact

import "testing"

func TestURL(t *testing.T) {
	for in, want := range map[string]string{
		"":                                    "",
		"https://example.com/a?b=c":           "https://example.com/a?b=c",
		"tcp://[fd00::1]:5432":                "tcp://[fd00::1]:5432",
		"https://bob:hunter2@example.com/":    "https://bob:[redacted]@example.com/",
		"https://bob:p@ss:w@example.com":      "https://bob:[redacted]@example.com",
		"https://ghtoken@example.com/":        "https://[redacted]@example.com/",
		"https://example.com/@scope/a":        "https://example.com/@scope/a",
		"https://e.com/?token=abc":            "https://e.com/?token=[redacted]",
		"https://e.com/?Access_Token=abc&x=1": "https://e.com/?Access_Token=[redacted]&x=1",
		"https://e.com/?%74oken=abc":          "https://e.com/?%74oken=[redacted]",
		"https://e.com/?key=a&page=2&sig=b":   "https://e.com/?key=[redacted]&page=2&sig=[redacted]",
		"https://e.com/?X-Amz-Signature=a&X-Amz-Credential=b&X-Amz-Security-Token=c&X-Amz-Date=d": "https://e.com/?X-Amz-Signature=[redacted]&X-Amz-Credential=[redacted]&X-Amz-Security-Token=[redacted]&X-Amz-Date=d",
		"https://e.com/cb#access_token=abc&state=1":                                               "https://e.com/cb#access_token=[redacted]&state=1",
		"https://e.com/cb?code=abc":                                                               "https://e.com/cb?code=[redacted]",
		"https://e.com/?max_results=1":                                                            "https://e.com/?max_results=1",
		"https://e.com/?u=https://a:b@c.example":                                                  "https://e.com/?u=https://a:[redacted]@c.example",
		"https://e.com/?token=":                                                                   "https://e.com/?token=",
		"::not a url::?password=x":                                                                "::not a url::?password=[redacted]",
		"https://e.com/\x1b[31m":                                                                  "https://e.com/␛[31m",
	} {
		if got := URL(in); got != want {
			t.Errorf("URL(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestTelling(t *testing.T) {
	for _, name := range []string{"token", "access_token", "key", "api-key", "secret", "password", "sig", "signature",
		"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "code", "AWSAccessKeyId", "auth[token]"} {
		if !telling(name) {
			t.Errorf("the value of %q is shown", name)
		}
	}
	for _, name := range []string{"q", "page", "max_results", "keyword", "tokens_used", "status_code", "design"} {
		if telling(name) {
			t.Errorf("the value of %q is masked", name)
		}
	}
}
