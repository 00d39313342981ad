package redact

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"clean", "connection refused", "connection refused"},
		{"aws key", "key AKIAIOSFODNN7EXAMPLE used", "key [redacted] used"},
		{"aws session key", "ASIAIOSFODNN7EXAMPLE", "[redacted]"},
		{"bearer", "Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"},
		{"basic", "authorization=Basic dXNlcjpwYXNz", "authorization=Basic [redacted]"},
		{"other scheme", `"Authorization": "ApiKey abcd1234"`, `"Authorization": "[redacted]"`},
		{"scheme token", `Authorization: token ghx_1234`, `Authorization: token [redacted]`},
		{"challenge", `Bearer realm="api", error="invalid_token"`, `Bearer realm="api", error="invalid_token"`},
		{"prose", "Basic authentication required", "Basic authentication required"},
		{"jwt", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!", "got [redacted]!"},
		{"jwt cut", "eyJhbGciOiJIUzI1NiJ9.eyJzd", "[redacted]"},
		{"json", `{"user":"bob","password":"hunter2","n":1}`, `{"user":"bob","password":"[redacted]","n":1}`},
		{"json escape", `{"client_secret":"a\"b","n":1}`, `{"client_secret":"[redacted]","n":1}`},
		{"json cut", `{"refreshToken": "abcdef`, `{"refreshToken": "[redacted]`},
		{"json number", `{"api-key": 12345}`, `{"api-key": [redacted]`},
		{"json null", `{"token": null}`, `{"token": null}`},
		{"json list", `{"tokens": ["a1b2","c3d4"]}`, `{"tokens": [redacted]}`},
		{"json in json", `"body":"{\"password\":\"hunter2\",\"a\":1}"`, `"body":"{\"password\":\"[redacted]\",\"a\":1}"`},
		{"single quotes", `{'secret': 'hunter2'}`, `{'secret': '[redacted]'}`},
		{"form", "user=bob&password=hunter2&x=1", "user=bob&password=[redacted]&x=1"},
		{"environment", "DB_PASSWORD=hunter2 HOME=/", "DB_PASSWORD=[redacted] HOME=/"},
		{"yaml", "passwd: hunter2", "passwd: [redacted]"},
		{"second name", "authorization: token=abc123", "authorization: [redacted]"},
		{"reason stays", "invalid token: expired", "invalid token: expired"},
		{"cookie", "Set-Cookie: sid=abc; Path=/", "Set-Cookie: [redacted]"},
		{"sigv4", "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1, Signature=deadbeef", "Credential=[redacted] Signature=[redacted]"},
		{"github", "remote: ghp_0123456789abcdefABCD", "remote: [redacted]"},
		{"slack hook", "https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/[redacted]"},
		{"private key", "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b", "a [redacted] b"},
		{"private key cut", "-----BEGIN PRIVATE KEY-----\\nMIIE", "[redacted]"},
		{"public key", "-----BEGIN PUBLIC KEY----- MIIE", "-----BEGIN PUBLIC KEY----- MIIE"},
		{"url user", "dial postgres://app:p@ss@db:5432/x", "dial postgres://app:[redacted]@db:5432/x"},
		{"url token", "clone https://abcdef@git.example.com/x", "clone https://[redacted]@git.example.com/x"},
		{"url query", "GET https://x/?a=1&sig=abc&code=9", "GET https://x/?a=1&sig=[redacted]&code=[redacted]"},
		{"status code", "code=404 key=f", "code=404 key=f"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("Text(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
			if got := Text(tt.want); got != tt.want {
				t.Errorf("masking twice changes the text: %q becomes %q", tt.want, got)
			}
		})
	}
}

func TestTextGivenSecrets(t *testing.T) {
	const secret = `p"a<s s/1`
	for _, in := range []string{
		secret, "x" + secret + "y",
		`p\"a<s s/1`, `p&#34;a&lt;s s/1`, "p%22a%3Cs+s%2F1", "p%22a%3Cs%20s%2F1",
		"cCJhPHMgcy8x", `p\"a\u003cs s/1`, "p\"a<s\ns/1",
	} {
		got := Text("before "+in+" after", secret)
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, Mask) {
			t.Errorf("Text(%q) = %q", in, got)
		}
	}
	if got := Text("aaaaaaab", "aaaa", "aaab"); got != Mask {
		t.Errorf("overlapping secrets leave %q", got)
	}
	if got := Text("the cat", "cat"); got != "the cat" {
		t.Errorf("a secret of three letters masks %q", got)
	}
	if got := Text("x[redact-xyzw-ed]", "x[redacted", "redact-xyzw-ed", "-xyzw-"); strings.Contains(got, "x[redacted") {
		t.Errorf("a mask completes a secret: %q", got)
	}
}

func TestCleanTextCostsLittle(t *testing.T) {
	const clean = "connection to 10.0.3.219:5000 was refused: nothing listens there"
	if n := testing.AllocsPerRun(100, func() { Text(clean) }); n > 1 {
		t.Errorf("%v allocations for a clean text", n)
	}
	if n := testing.AllocsPerRun(100, func() { URL("https://registry.hokus.ai/api/mlflow/health") }); n > 1 {
		t.Errorf("%v allocations for a clean URL", n)
	}
}

func BenchmarkURLClean(b *testing.B) {
	for b.Loop() {
		URL("https://registry.hokus.ai/api/mlflow/health")
	}
}

func BenchmarkSnippet(b *testing.B) {
	body := []byte(strings.Repeat(`{"status":"DOWN","token":"abcdef"} `, 1000))
	for b.Loop() {
		Snippet(body, 0, "some-secret")
	}
}
