package report

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestEMFDimension(t *testing.T) {
	for text, want := range map[string]string{
		"registry/health": "registry/health", "": "empty", " \t\n": "empty", " a b ": "a b", ":odd": `\u003aodd`, "a:b": "a:b",
		"café": `caf\u00e9`, "a\x00b": `a\u0000b`, "\xff": `\ufffd`, "日本": `\u65e5\u672c`, "\x7f": `\u007f`,
	} {
		if got := emfDimension(text, "empty"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	long := strings.Repeat("x", 5000)
	one, two := emfDimension(long+"1", ""), emfDimension(long+"2", "")
	if len(one) != maxEMFDimension || one == two {
		t.Errorf("%d bytes; the same: %v", len(one), one == two)
	}
	if exact := long[:maxEMFDimension]; emfDimension(exact, "") != exact {
		t.Error("cut without need")
	}
}

func TestEMFNamespace(t *testing.T) {
	for text, want := range map[string]string{
		"": "Tidewatch", "Team/Tidewatch": "Team/Tidewatch", ":x": "x", "é\n": "_", " : ": "Tidewatch", "a b": "a b", "a<b>": "a_b_",
		strings.Repeat("n", 300): strings.Repeat("n", 255),
	} {
		if got := emfNamespace(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Whatever an endpoint and a configuration hold, lines stay within bounds.
func TestEMFBoundsLines(t *testing.T) {
	huge := strings.Repeat("\"\\\x00é\u202e<", 1<<16)
	labels := map[string]string{}
	for i := range 1000 {
		labels[fmt.Sprintf("%d%s", i, huge[:1000])] = huge
	}
	r := result.Result{
		Key: huge, Name: huge, Group: huge, URL: huge, Kind: huge, Class: result.Class(huge), Phase: result.Phase(huge),
		Error: huge, Status: -1 << 62, Address: huge, Duration: 1<<63 - 1, Phases: timings(result.PhaseDNS, 1e12),
	}
	run := Run{ID: huge, Trigger: huge, Duration: 1<<63 - 1, TimingsTrusted: true, Results: []result.Result{r}}
	for _, billed := range []string{"endpoint", "group"} {
		env := Metrics{Namespace: huge, Environment: huge, Billed: billed, Endpoints: map[string]Trait{huge: {Labels: labels}}, UndeliveredAge: 1<<63 - 1}
		for line := range strings.Lines(emfOf(t, run, env)) {
			if len(line) > 100<<10 {
				t.Errorf("%d bytes: %.100s", len(line), line)
			}
		}
		valid(t, emfSchema(t), emfOf(t, run, env))
	}
}

// The fields that queries ask for are fields that lines have.
func TestEMFQueriesAskForFields(t *testing.T) {
	fields := map[string]bool{
		"@timestamp": true, "fields": true, "filter": true, "sort": true, "limit": true, "stats": true, "by": true, "as": true,
		"desc": true, "and": true, "in": true, "count": true, "min": true, "max": true, "pct": true, "avg": true,
	}
	for line := range strings.Lines(emfOf(t, mixed(), known())) {
		var top map[string]any
		if err := json.Unmarshal([]byte(line), &top); err != nil {
			t.Fatal(err)
		}
		for name, value := range top {
			fields[name] = true
			if inner, ok := value.(map[string]any); ok {
				for below := range inner {
					fields[name+"."+below] = true
				}
			}
		}
	}
	quoted, alias := regexp.MustCompile(`"[^"]*"`), regexp.MustCompile(` as (\w+)`)
	for _, query := range []string{QueryFailures, QueryFailuresByClass, QueryUnjudged, QuerySlow} {
		known := map[string]bool{}
		for _, m := range alias.FindAllStringSubmatch(query, -1) {
			known[m[1]] = true
		}
		for _, word := range regexp.MustCompile(`@?[A-Za-z_][\w.]*`).FindAllString(quoted.ReplaceAllString(query, ""), -1) {
			if !fields[word] && !known[word] {
				t.Errorf("no line has %s, for which this asks: %s", word, query)
			}
		}
	}
}

func FuzzEMF(f *testing.F) {
	f.Add("group/name", "group", "http.status", "answered 404", "prod", "Tidewatch", int64(12345678), int64(1772334727450), uint8(0))
	f.Add("", "", "", "", "", "", int64(-1), int64(0), uint8(255))
	f.Add(":é\x00\xff", " ", "probe.skipped", "\u2028\"\\", ":", "AWS/ 日", int64(1)<<62, int64(-1), uint8(0x2a))
	s := emfSchema(f)
	f.Fuzz(func(t *testing.T, key, group, class, text, environment, namespace string, took, at int64, bits uint8) {
		on := func(bit int) bool { return bits>>bit&1 == 1 }
		r := result.Result{
			Key: key, Group: group, Class: result.Class(class), Phase: result.Phase(text), Error: text, URL: text, Address: text, Kind: class,
			Healthy: on(0), Degraded: on(1), Status: int(took), Duration: result.Millis(took),
		}
		r.Phases.Add(result.PhaseTTFB, time.Duration(took))
		run := Run{ID: text, Trigger: class, Started: time.UnixMilli(at % (1 << 47)), Duration: time.Duration(took), TimingsTrusted: on(2), Results: []result.Result{r, good(group, "x", 30)}}
		env := Metrics{
			Namespace: namespace, Environment: environment, Billed: []string{"endpoint", "group", "environment", text}[bits>>3&3],
			Endpoints: map[string]Trait{key: {Group: group, Failing: on(5), Labels: map[string]string{text: class}}, text: {Group: group, Failing: on(6), Critical: on(5)}},
			Secrets:   []string{class}, Unscheduled: on(7), State: &StateMetrics{OpenIncidents: int(took)}, UndeliveredAge: time.Duration(took),
		}
		lines := valid(t, s, emfOf(t, run, env))
		if len(lines) < 3 || lines[len(lines)-1]["message"] != "environment" {
			t.Errorf("%d lines", len(lines))
		}
	})
}
