package probe

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// telling answers with a status and everything that a diagnosis looks at.
func telling(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "awselb/2.0")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Location", "https://user:hunter22@elsewhere.example/?token=abcdefgh12345")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("not found\npassword=correct-horse-battery\n" + strings.Repeat("x", 5000)))
	}
}

func TestAnswerOfAFailure(t *testing.T) {
	r := probeOne(t, endpoint(web(t, telling(404)), `conditions: ["[STATUS] == 200"]`))
	a := r.Answer
	if a == nil {
		t.Fatal("a failure keeps no answer")
	}
	if a.Server != "awselb/2.0" || a.ContentType != "text/plain; charset=utf-8" || !strings.HasPrefix(a.Body, "not found") {
		t.Errorf("%+v", a)
	}
	if len(a.Body) > result.MaxAnswerBody+len("…") {
		t.Errorf("the body has %d bytes", len(a.Body))
	}
	for _, secret := range []string{"hunter22", "abcdefgh12345", "correct-horse"} {
		if strings.Contains(a.Location+a.Body, secret) {
			t.Errorf("%q shows in %+v", secret, a)
		}
	}
	if text, err := json.Marshal(r); err != nil || strings.Contains(string(text), "awselb") {
		t.Errorf("the answer shows in the document, which has a fixed form: %s, %v", text, err)
	}
}

// Nobody looks at the answer of what is healthy, so it costs nothing.
func TestAnswerOfWhatIsHealthy(t *testing.T) {
	url := web(t, telling(200))
	if r := probeOne(t, endpoint(url)); r.Answer != nil {
		t.Errorf("kept %+v", r.Answer)
	}
	if r := probeOne(t, endpoint(url, `conditions: ["[STATUS] == 200"]`, `warn-conditions: ["[BODY] == fine"]`)); !r.Degraded || r.Answer == nil {
		t.Errorf("of a degraded endpoint: degraded %t, %+v", r.Degraded, r.Answer)
	}
}

func TestAnswerIsHidden(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://127.0.0.1/x")
		w.WriteHeader(500)
		_, _ = w.Write([]byte("I am 127.0.0.1"))
	})
	for _, c := range []struct{ ui, body, location string }{
		{"hide-hostname: true", "I am <redacted>", "http://<redacted>/x"},
		{"hide-url: true", "I am <redacted>", ""},
		{"hide-errors: true", "", "http://127.0.0.1/x"},
	} {
		a := probeOne(t, endpoint(url, "ui: {"+c.ui+"}", `conditions: ["[STATUS] == 200"]`)).Answer
		if a == nil || a.Body != c.body || a.Location != c.location {
			t.Errorf("%s: %+v", c.ui, a)
		}
	}
}

// Examine asks for a diagnosis: past the limit of the process, and the answer
// stays.
func TestExamine(t *testing.T) {
	over := make(chan struct{}) // the time of the probe itself
	checks := load(t, endpoint(web(t, func(w http.ResponseWriter, r *http.Request) {
		<-over
		telling(200)(w, r)
	})))
	p := New(Options{Timeout: 100 * time.Millisecond})
	r := p.Probe(t.Context(), &checks[0])
	close(over)
	if r.Class != result.HTTPTimeout {
		t.Fatalf("the probe itself: %s", r.Class)
	}
	p = New(Options{Timeout: time.Nanosecond}) // less than anything takes
	r = p.Examine(t.Context(), &checks[0])
	if !r.Healthy || r.Answer == nil || r.Answer.Server != "awselb/2.0" {
		t.Errorf("%+v, answer %+v", r, r.Answer)
	}
}

func TestLookup(t *testing.T) {
	p := New(Options{})
	if addresses, class, err := p.Lookup(t.Context(), "localhost", time.Second); err != nil || class != "" || len(addresses) == 0 {
		t.Errorf("localhost: %v, %s, %v", addresses, class, err)
	}
	p = New(Options{Resolver: &check.Resolver{Network: "udp", Address: nameserver(t, rcode(dns.RcodeNameError))}})
	if addresses, class, err := p.Lookup(t.Context(), "no-such-name.example.com", 5*time.Second); err == nil || class != result.DNSNXDomain || addresses != nil {
		t.Errorf("a name that does not exist: %v, %s, %v", addresses, class, err)
	}
}
