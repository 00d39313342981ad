package awsapi

import (
	"fmt"
	"strings"
	"testing"
)

func TestAddressIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, wanted string }{
		{"MLFLOW_TRACKING_URI", "http://10.0.3.219:5000", "http 10.0.3.219 5000"},
		{"X", "https://API.example.org./v1?x=1", "https api.example.org 0"},
		{"DATABASE_URL", "postgresql+psycopg2://bob:pa55@db.internal:5432/x", "postgresql db.internal 5432"},
		{"JDBC", "jdbc:mysql://db.internal:3306/x", "mysql db.internal 3306"},
		{"X", "redis://:p%40ss@[fd00::1]:6379/0", "redis fd00::1 6379"},
		{"TOKEN_URL", "https://auth.example.org/token", "https auth.example.org 0"},
		{"SENTRY_DSN", "https://0123456789abcdef@sentry.example.org/1", "https sentry.example.org 0"},
		{"KAFKA_BROKERS", "kafka-1.internal:9092,kafka-2.internal:9092", " kafka-1.internal 9092"},
		{"REDIS_HOST", "redis", " redis 0"},
		{"REDIS_HOST", "redis.internal", " redis.internal 0"},
		{"X", "10.0.3.219", " 10.0.3.219 0"},
		{"X", "10.0.3.219:5000", " 10.0.3.219 5000"},
		{"X", "10.0.3.219:5000/api", " 10.0.3.219 5000"},
		{"X", "localhost:5000", " localhost 5000"},
		{"X", "mlflow.internal:5000", " mlflow.internal 5000"},
		{"AUTH_HOST", "auth.internal", " auth.internal 0"},

		{"X", "", ""},
		{"PORT", "8001", ""},
		{"LOG_LEVEL", "debug", ""},
		{"VERSION", "1.2.3", ""},
		{"X", "mlflow.internal", ""}, // may be anything
		{"X", "user:12345", ""},
		{"SECRET", "db.internal:5432", ""},
		{"X", "postgres://u:pa/12345@db.internal/x", ""}, // the password is not escaped
		{"X", "postgres://u:12/34@db.internal/x", ""},
		{"X", "redis://u?x@db.internal", ""},
		{"X", "hunter2://db.internal", ""},
		{"X", "http://", ""},
		{"X", "http://a b", ""},
		{"X", "http://db.internal:99999", ""},
		{"X", "https://a8f5f167f44f4964e6c998dee827110c.example.org", ""},
		{"API_HOST", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", ""},
		{"API_HOST", "AKIAIOSFODNN7EXAMPLE", ""},
		{"X", "http://db.internal:0x50", ""},
		{"X", "::::", ""},
		{"X", ":", ""},
		{"X", "s3://bucket/key", ""},
	} {
		got := ""
		if a := addressIn(c.name, c.value); a != nil {
			got = fmt.Sprintf("%s %s %d", a.Scheme, a.Host, a.Port)
		}
		if got != c.wanted {
			t.Errorf("%s=%s: %q, not %q", c.name, c.value, got, c.wanted)
		}
	}
}

func TestAddressesOnACommandLine(t *testing.T) {
	t.Parallel()
	for argument, wanted := range map[string]string{
		"mlflow server --host 0.0.0.0 --port 5000 --backend-store-uri postgresql://u:secret@db.internal:5432/m": "[{0.0.0.0 0 } {db.internal 5432 postgresql}]",
		"--bind=127.0.0.1:8000":               "[{127.0.0.1 8000 }]",
		"app.py":                              "[]",
		"main:app":                            "[]",
		"--password=hunter2":                  "[]",
		"http://a.internal http://a.internal": "[{a.internal 0 http}]",
	} {
		if got := fmt.Sprint(addressesOn(argument)); got != wanted {
			t.Errorf("%s: %s, not %s", argument, got, wanted)
		}
	}
}

// Nothing of a value gets out but a host and a port.
func FuzzAddressIn(f *testing.F) {
	for _, seed := range []string{"http://u:p@h:1/", "a:1", "[::1]:2", "jdbc:x://", "http://[", "://", "a://b@c@d", "10.0.0.1:", "é.example:1"} {
		f.Add("X_URL", seed)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		a := addressIn(name, value)
		if a == nil {
			return
		}
		if a.Port < 0 || a.Port > 65535 || !strings.Contains(strings.ToLower(value), a.Host) || !isAddress(a.Host) && !isHostName(a.Host) || strings.ContainsAny(a.Host, "@/ ") {
			t.Errorf("%q came to %+v", value, a)
		}
	})
}
