package report

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"", 5, ""}, {"short", 5, "short"}, {"longer", 5, "long…"}, {"äöüßé", 5, "äöüßé"}, {"äöüßéx", 5, "äöüß…"},
		{"a b cd", 3, "a…"}, {"𝔵𝔵", 4, "𝔵𝔵"}, {"𝔵𝔵𝔵", 5, "𝔵𝔵…"}, {"𝔵𝔵𝔵", 4, "𝔵…"}, {"x𝔵𝔵", 4, "x𝔵…"}, {"𝔵", 1, "…"},
	} {
		if got := cut(c.text, c.limit); got != c.want || length(got) > c.limit {
			t.Errorf("cut(%q, %d) = %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "less than a minute", 59 * time.Second: "less than a minute", 3*time.Minute + 59*time.Second: "3 min", time.Hour: "1 h",
		23*time.Hour + 36*time.Minute: "23 h 36 min", 24 * time.Hour: "1 d", 76*time.Hour + 5*time.Minute: "3 d 4 h",
	} {
		if got := elapsed(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	at := time.Date(2026, 1, 2, 0, 5, 0, 0, time.UTC)
	for want, when := range map[string]time.Time{
		"00:01 UTC":             at.Add(-4 * time.Minute).In(time.FixedZone("", -7200)),
		"1 Jan 23:59 UTC":       at.Add(-6 * time.Minute),
		"31 Dec 2025 23:59 UTC": at.Add(-24*time.Hour - 6*time.Minute),
	} {
		if got := clock(when, at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// An uptime is never told better than it was.
func TestPercent(t *testing.T) {
	for p, want := range map[float64]string{
		100: "100 %", 99.99999: "99.99 %", 99.9: "99.90 %", 0: "0.00 %", -1: "unknown", 101: "100 %", math.Inf(-1): "unknown",
	} {
		if got := percent(p); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
	if got := percent(math.NaN()); got != "unknown" {
		t.Errorf("not a number: %q", got)
	}
}

func TestMrkdwn(t *testing.T) {
	for text, want := range map[string]string{
		"a < b && c > d":         "a &lt; b &amp;&amp; c &gt; d",
		"<!channel> <@U1> @here": "&lt;!channel&gt; &lt;＠U1&gt; ＠here",
		"*b* `c` ~d~":            "∗b∗ ˋcˋ ∼d∼",
		"_it_ A_B__C __x__":      "ˍitˍ A_B__C ˍˍxˍˍ",
		"at 03:10:07, :fire: :x": "at 03:10:07, ∶fire∶ :x",
		"http://10.0.3.219:5000": "http://10.0.3.219:5000",

		"arn:aws:ecs:us-east-1:123456789012:task/a :fire: arn::x:": "arn:aws:ecs:us-east-1:123456789012:task/a ∶fire∶ arn:∶x∶",
	} {
		if got := mrkdwn(text, 100); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := mrkdwn("aaa & b", 7); got != "aaa…" {
		t.Errorf("cut inside an entity: %q", got)
	}
	if got := mrkdwn("aaa", 0); got != "" {
		t.Errorf("no room, but %q", got)
	}
}

func TestOnlyPlainAddressesAreLinks(t *testing.T) {
	for address, want := range map[string]bool{
		"https://wiki.hokus.ai/r?a=b&c=d#e": true, "http://10.0.1.76:8001/health": true, "javascript:alert(1)": false, "tcp://10.0.3.219:5000": false,
		"https://user@hokus.ai/": false, "https://hokus.ai/?t=[redacted]": false, "https://hokus.ai/|x": false, "https://hokus.ai/> <!here>": false,
		"https://hоkus.ai/": false, "https://hokus.ai/…": false, "": false, "/relative": false, "https://hokus.ai/" + strings.Repeat("x", 300): false,
	} {
		if got := isLink(address); got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
}

func TestFirstAction(t *testing.T) {
	f := func(action string, classes ...result.Class) *incident.Facts {
		facts := &incident.Facts{FirstAction: action}
		for _, class := range classes {
			facts.Endpoints = append(facts.Endpoints, incident.EndpointFact{Failing: true, Class: class})
		}
		return facts
	}
	book := f("")
	book.Runbooks = []string{"https://wiki.hokus.ai"}
	good := f("", result.DNSTimeout)
	good.Endpoints[0].Failing = false
	for _, c := range []struct {
		facts *incident.Facts
		want  string
	}{
		{f("restart it", result.TCPRefused), "restart it"},
		{f(" \n", result.TCPRefused), "look at the listener or process, and the port number"},
		{f("", result.TCPRefused, result.TLSExpired, result.TLSExpired), "look at the certificate's renewal"},
		{f("", result.TLSExpired, result.TCPRefused), "look at the certificate's renewal"},
		{book, "follow the runbook"},
		{good, "ask the endpoints again, from another place: tidewatch run"},
		{f("", "made.up"), "ask the endpoints again, from another place: tidewatch run"},
	} {
		if got := FirstAction(c.facts); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	for info := range result.Classes() {
		if got := FirstAction(f("", info.Class)); !strings.HasPrefix(got, "look at ") {
			t.Errorf("%s: %q", info.Class, got)
		}
	}
}

// Each kind is known by its first words, in the subject and in the chat; what
// is over says so before anything else, and keeps the title.
func TestVerbs(t *testing.T) {
	heads := map[string]string{}
	for _, kind := range incident.Published {
		if kind == incident.KindDeployment || kind == incident.KindSummary {
			continue
		}
		if wordings[kind].verb == "" {
			t.Errorf("%s has no verb", kind)
		}
		n := notice(kind, 2, "", func(f *incident.Facts) { f.Title, f.Before = "registry is down", incident.SEV2 })
		m := Compose(n)
		_, q := parts(t, m)
		head := strings.TrimSuffix(m.Subject, ": registry is down (hokusai-development)")
		if head == m.Subject || heads[head] != "" || !strings.HasSuffix(q.Content.Title, " "+head+": registry is down") {
			t.Errorf("%s: %q and %q", kind, m.Subject, q.Content.Title)
		}
		heads[head] = string(kind)
		if over := kind == incident.KindResolved; over != strings.HasPrefix(m.Subject, "Resolved ") || over != strings.HasPrefix(q.Content.Title, "🟢 Resolved ") {
			t.Errorf("%s: %q and %q", kind, m.Subject, q.Content.Title)
		}
	}
}

// The messages of an incident are one thread, those of another are not.
func TestThreads(t *testing.T) {
	thread := func(sample string) string {
		_, q := parts(t, Compose(messageSamples[sample]()))
		return q.Metadata.ThreadID
	}
	if a, b := thread("opened"), thread("resolved"); a != b || a == "" || a == thread("checker-trouble") {
		t.Errorf("threads %q and %q", a, b)
	}
	if a := thread("resolved-follower"); a != thread("opened-with-one") || a != thread("opened") {
		t.Errorf("what was told with another one is in the thread %q", a)
	}
	if a := thread("deployment-verified"); a == "" || a != thread("deployment-regressed") {
		t.Errorf("thread of a deployment %q", a)
	}
	if a := thread("summary"); a != "" {
		t.Errorf("summaries are in the thread %q", a)
	}
}

// Mail is as wide as a mail may be, except for what must not be broken.
func TestMailIsNarrow(t *testing.T) {
	for _, name := range sampleNames() {
		b, _ := parts(t, Compose(messageSamples[name]()))
		for _, line := range strings.Split(b.Email, "\n") {
			if whole := strings.Contains(line, "://") || strings.Contains(line, "aws ") || strings.Contains(line, "arn:"); !whole && !strings.HasPrefix(name, "huge") && ansi.StringWidth(line) > mailWidth {
				t.Errorf("%s: %d columns: %q", name, ansi.StringWidth(line), line)
			}
			if line != strings.TrimRight(line, " ") {
				t.Errorf("%s: spaces at the end of %q", name, line)
			}
		}
		if strings.Contains(b.Email, "\n\n\n") {
			t.Errorf("%s: two empty lines", name)
		}
	}
}
