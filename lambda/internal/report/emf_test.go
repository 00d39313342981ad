package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func emfSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile("testdata/emf/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("emf.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("emf.json")
}

func emfOf(t testing.TB, run Run, env Metrics) string {
	t.Helper()
	var b bytes.Buffer
	if err := EMF(&b, run, env); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// emfLine is a line as CloudWatch reads it.
type emfLine map[string]any

// valid reads lines, holding each against what the format wants: the schema,
// and what a schema cannot say, that names refer to what is at the top.
func valid(t testing.TB, s *jsonschema.Schema, text string) []emfLine {
	t.Helper()
	var lines []emfLine
	for raw := range strings.Lines(text) {
		if len(raw) > 200<<10 {
			t.Fatalf("a line of %d bytes", len(raw))
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(raw))
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		line := emfLine(v.(map[string]any))
		if _, isMetric := line["_aws"]; isMetric {
			if err := s.Validate(v); err != nil {
				t.Fatalf("%v: %s", err, raw)
			}
			line.refers(t)
		}
		lines = append(lines, line)
	}
	return lines
}

func (l emfLine) directive() (dimensions, metrics []string) {
	meta, ok := l["_aws"].(map[string]any)
	if !ok {
		return nil, nil
	}
	d := meta["CloudWatchMetrics"].([]any)[0].(map[string]any)
	for _, name := range d["Dimensions"].([]any)[0].([]any) {
		dimensions = append(dimensions, name.(string))
	}
	for _, m := range d["Metrics"].([]any) {
		metrics = append(metrics, m.(map[string]any)["Name"].(string))
	}
	return dimensions, metrics
}

var dimensionValue = regexp.MustCompile(`^[!-9;-~]([ -~]*[!-~])?$`)

func (l emfLine) refers(t testing.TB) {
	t.Helper()
	dimensions, metrics := l.directive()
	for _, name := range dimensions {
		if value, ok := l[name].(string); !ok || !dimensionValue.MatchString(value) || len(value) > maxEMFDimension {
			t.Fatalf("dimension %s is %q", name, l[name])
		}
	}
	for _, name := range metrics {
		if n, err := l.number(name); err != nil || n < 0 || n > 1e19 {
			t.Fatalf("metric %s is %v", name, l[name])
		}
	}
}

func (l emfLine) number(name string) (float64, error) {
	n, ok := l[name].(json.Number)
	if !ok {
		return 0, errors.New("no number")
	}
	return n.Float64()
}

// known is what the configuration and the state say of the samples.
func known() Metrics {
	return Metrics{
		Environment: "hokusai-development", State: &StateMetrics{OpenIncidents: 2}, UndeliveredAge: 95*time.Second + time.Millisecond,
		Secrets: []string{"hunter2!"},
		Endpoints: map[string]Trait{
			"registry/mlflow-api": {Group: "registry", Critical: true, Labels: map[string]string{"team": "ml-platform", "note": "login: hunter2!\n"}},
			"registry/elsewhere":  {Group: "registry", Critical: true, Failing: true},
			"registry/fine":       {Group: "registry", Critical: true},
			"site/elsewhere":      {Group: "site", Failing: true},
			"needs-secret":        {Failing: true},
		},
	}
}

func TestEMFGolden(t *testing.T) {
	s := emfSchema(t)
	for name, run := range map[string]func() Run{"mixed": mixed, "hostile": hostile, "starved": allHealthy, "empty": samples["empty"]} {
		for _, billed := range []string{"endpoint", "group", "environment"} {
			t.Run(name+"."+billed, func(t *testing.T) {
				env := known()
				env.Billed = billed
				got := emfOf(t, run(), env)
				golden(t, "emf/"+name+"."+billed+".jsonl", []byte(got))
				valid(t, s, got)
				if strings.Contains(got, "hunter2") {
					t.Error("a secret is shown")
				}
			})
		}
	}
}

// billedMetrics counts metrics by their dimensions.
func billedMetrics(lines []emfLine) map[string]int {
	counts := map[string]int{}
	for _, l := range lines {
		if dimensions, metrics := l.directive(); metrics != nil {
			counts[strings.Join(dimensions, ",")] += len(metrics)
		}
	}
	return counts
}

func TestEMFBilled(t *testing.T) {
	s := emfSchema(t)
	for billed, want := range map[string]map[string]int{
		"":            {"Environment,Endpoint": 26, "Environment": 6},
		"endpoint":    {"Environment,Endpoint": 26, "Environment": 6},
		"group":       {"Environment,Group": 12, "Environment": 6},
		"environment": {"Environment": 6},
	} {
		env := Metrics{Billed: billed, State: &StateMetrics{}}
		lines := valid(t, s, emfOf(t, mixed(), env))
		got := billedMetrics(lines)
		for dimensions, n := range want {
			if got[dimensions] != n {
				t.Errorf("%q: %v, want %v", billed, got, want)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%q: %v, want %v", billed, got, want)
		}
	}
}

// Messages that were set aside are a field, which costs nothing, and absent as
// long as there are none.
func TestEMFSetAside(t *testing.T) {
	s := emfSchema(t)
	for n, want := range map[int]any{0: nil, 2: json.Number("2")} {
		lines := valid(t, s, emfOf(t, mixed(), Metrics{State: &StateMetrics{SetAside: n}}))
		last := lines[len(lines)-1]
		if last["messages_set_aside"] != want {
			t.Errorf("%d: the field is %v", n, last["messages_set_aside"])
		}
		if _, metrics := last.directive(); len(metrics) != 6 {
			t.Errorf("%d: %d metrics", n, len(metrics))
		}
	}
}

// lineOf returns the line of an endpoint, a group, or "" for the environment.
func lineOf(t *testing.T, text, kind, name string) emfLine {
	t.Helper()
	for _, l := range valid(t, emfSchema(t), text) {
		if l["message"] == kind && (kind == "environment" || l["Endpoint"] == name || l["Endpoint"] == nil && l["Group"] == name) {
			return l
		}
	}
	t.Fatalf("no line of %s %s", kind, name)
	return nil
}

func expect(t *testing.T, l emfLine, want map[string]any) {
	t.Helper()
	for name, value := range want {
		got := l[name]
		if n, err := l.number(name); err == nil {
			got = n
		}
		if got != value {
			t.Errorf("%s is %v, want %v", name, got, value)
		}
	}
}

func TestEMFEndpointsCount(t *testing.T) {
	run := mixed() // of its results 8 fail and needs-secret says nothing
	env := known()
	env.State.SelfFault = true
	expect(t, lineOf(t, emfOf(t, run, env), "environment", ""), map[string]any{
		"Heartbeat": 1.0, "Unhealthy": 11.0, "CriticalUnhealthy": 2.0, "OpenIncidents": 2.0, "SelfFault": 1.0, "UndeliveredAge": 95.0,
		"probed": 14.0, "degraded": 1.0, "unjudged": 1.0, "duration_ms": 12340.0, "level": "INFO",
	})
	env.Unscheduled, env.UndeliveredAge, env.State.OpenIncidents = true, -time.Hour, -1
	expect(t, lineOf(t, emfOf(t, run, env), "environment", ""), map[string]any{"Heartbeat": nil, "UndeliveredAge": 0.0, "OpenIncidents": 0.0})
	env.State = nil // an outage of the table is no news that all is well
	expect(t, lineOf(t, emfOf(t, run, env), "environment", ""), map[string]any{"OpenIncidents": nil, "SelfFault": nil})
	expect(t, lineOf(t, emfOf(t, Run{}, Metrics{}), "environment", ""), map[string]any{"Heartbeat": 1.0, "Unhealthy": 0.0, "Environment": "default"})
}

func TestEMFAbsentMeansUnknown(t *testing.T) {
	run := mixed()
	text := emfOf(t, run, known())
	expect(t, lineOf(t, text, "endpoint", "needs-secret"), map[string]any{"_aws": nil, "Healthy": nil, "Duration": nil, "state": "unjudged", "level": "WARN"})
	expect(t, lineOf(t, text, "endpoint", "registry/health"), map[string]any{"Healthy": 1.0, "Duration": 38.0, "state": "healthy", "level": "INFO", "Group": "registry"})
	expect(t, lineOf(t, text, "endpoint", "platform/renew-soon"), map[string]any{"Healthy": 1.0, "state": "degraded", "level": "WARN"})
	expect(t, lineOf(t, text, "endpoint", "registry/mlflow-api"), map[string]any{"Healthy": 0.0, "Duration": 5000.0, "state": "failing", "level": "ERROR", "critical": true})

	run.TimingsTrusted = false
	starved := lineOf(t, emfOf(t, run, known()), "endpoint", "registry/health")
	if _, metrics := starved.directive(); !slices.Equal(metrics, []string{"Healthy"}) {
		t.Errorf("a starved checker has metrics %v", metrics)
	}
	expect(t, starved, map[string]any{"Duration": 38.0, "timings_trusted": false})

	failed := result.Result{Key: "a", Class: result.ProbeInternal, Duration: result.Millis(time.Second)}
	expect(t, lineOf(t, emfOf(t, Run{Results: []result.Result{failed}}, Metrics{}), "endpoint", "a"), map[string]any{"_aws": nil, "Healthy": nil, "phases_ms": nil})
	odd := result.Result{Key: "a", Duration: -1}
	expect(t, lineOf(t, emfOf(t, Run{Results: []result.Result{odd}}, Metrics{}), "endpoint", "a"), map[string]any{"Healthy": 0.0, "Duration": nil})
}

func TestEMFGroups(t *testing.T) {
	env := known()
	env.Billed = "group"
	text := emfOf(t, mixed(), env)
	expect(t, lineOf(t, text, "group", "registry"), map[string]any{"Healthy": 0.0, "Duration": 5000.0, "failing": 2.0, "probed": 3.0})
	expect(t, lineOf(t, text, "group", "site"), map[string]any{"Healthy": 0.0, "failing": 1.0}) // of which none was probed
	expect(t, lineOf(t, text, "group", "platform"), map[string]any{"Healthy": 0.0, "degraded": 1.0})
	expect(t, lineOf(t, text, "group", "(none)"), map[string]any{"Healthy": 0.0, "failing": 2.0, "unjudged": 1.0})

	skipped := Run{Results: []result.Result{{Key: "g/a", Group: "g", Class: result.ProbeSkipped}}}
	expect(t, lineOf(t, emfOf(t, skipped, Metrics{Billed: "group"}), "group", "g"), map[string]any{"_aws": nil, "Healthy": nil})
	expect(t, lineOf(t, emfOf(t, allHealthy(), Metrics{Billed: "group"}), "group", "(none)"), map[string]any{"Healthy": 1.0, "Duration": 31.0})
}

// oneLine fails unless every write is one whole line.
type oneLine struct{ t *testing.T }

func (o oneLine) Write(p []byte) (int, error) {
	if strings.Count(string(p), "\n") != 1 || !bytes.HasSuffix(p, []byte("}\n")) || p[0] != '{' {
		o.t.Errorf("written at once: %q", p)
	}
	return len(p), nil
}

func TestEMFWritesWholeLines(t *testing.T) {
	if err := EMF(oneLine{t}, large(), known()); err != nil {
		t.Error(err)
	}
	if err := EMF(brokenPipe{}, large(), known()); !errors.Is(err, errBroken) || strings.Count(err.Error(), errBroken.Error()) != 1 {
		t.Errorf("%v", err)
	}
}

func BenchmarkEMF(b *testing.B) {
	run, env := large(), known()
	for b.Loop() {
		_ = EMF(&largest{}, run, env)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(run.Results)), "ns/result")
}
