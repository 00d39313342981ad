package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"hokus.ai/tidewatch/lambda/check"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// fixtures are the events of testdata, by case.
func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	events := map[string][]byte{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		events[strings.TrimSuffix(filepath.Base(path), ".json")] = raw
	}
	return events
}

// told is what became of an event, as golden files have it.
func told(raw []byte) string {
	e, err := Parse(raw)
	if err != nil {
		return err.Error() + "\n"
	}
	b, _ := json.MarshalIndent(e, "", "  ") // an Event always encodes
	return string(b) + "\n"
}

func TestParseGolden(t *testing.T) {
	for name, raw := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(raw); (err != nil) != strings.HasPrefix(name, "bad-") {
				t.Errorf("err %v", err)
			}
			got, path := told(raw), filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs; if that is wanted: go test ./lambda/internal/trigger -update\n--- got\n%s--- want\n%s", got, want)
			}
		})
	}
}

// Fields in another order, and fields that nobody knows, change nothing.
func TestOrderAndExtraFieldsDoNotMatter(t *testing.T) {
	for name, raw := range fixtures(t) {
		var fields map[string]any
		if json.Unmarshal(raw, &fields) != nil || fields["source"] == nil {
			continue
		}
		extra := maps.Clone(fields)
		extra["Source"], extra["AAA"], extra["zzz"] = "aws.s3", map[string]any{"source": "x"}, []int{1}
		if detail, ok := fields["detail"].(map[string]any); ok {
			detail = maps.Clone(detail)
			detail["EventName"], detail["zzz"] = 5, nil
			extra["detail"] = detail
		}
		var changed bytes.Buffer
		encoder := json.NewEncoder(&changed)
		encoder.SetEscapeHTML(false) // errors quote what stands there
		if err := encoder.Encode(extra); err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(raw); err != nil && strings.Contains(err.Error(), "{") {
			continue // it quotes an object, whose order is another now
		}
		if got, want := told(changed.Bytes()), told(raw); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestErrorTellsItsParts(t *testing.T) {
	_, err := Parse([]byte(`{"source":"aws.ecs","detail-type":"ECS Service Action","id":"a","time":"2026-03-01T03:12:22Z","detail":{"eventName":5}}`))
	e, ok := errors.AsType[*Error](err)
	if !ok || *e != (Error{"ECS Service Action", "detail.eventName", "a text", "5"}) {
		t.Errorf("%#v", err)
	}
}

func TestHostileSizes(t *testing.T) {
	long := strings.Repeat("x", maxEvent-100)
	for name, raw := range map[string]string{
		"too long":    strings.Repeat(" ", maxEvent) + "{}",
		"long source": `{"source":"` + long + `"}`,
		"long name":   `{"source":"aws.ecs","detail-type":"` + long + `"}`,
		"long id":     `{"source":"tidewatch","trigger":"tick","id":"` + long + `"}`,
		"long glob":   `{"only":"` + long + `"}`,
		"deep":        `{"only":` + strings.Repeat("[", 500_000),
		"many":        `{"only":["a"` + strings.Repeat(`,"a"`, 200_000) + `]}`,
	} {
		if got := told([]byte(raw)); len(got) > 1000 {
			t.Errorf("%s: %d bytes about it", name, len(got))
		}
	}
}

// bounded are the texts of an event, and how long they may be.
func bounded(e Event) map[string]int {
	return map[string]int{
		e.ID: maxToken, e.Name: maxToken, e.DeploymentID: maxToken, e.Service.Name: maxToken, e.Service.Cluster: maxToken,
		e.Reason: maxProse + len("…"), e.Note: 3 * quoted,
	}
}

func FuzzParse(f *testing.F) {
	for _, raw := range fixtures(f) {
		f.Add(raw)
	}
	at := time.Date(2026, 3, 1, 3, 12, 30, 0, time.UTC)
	checks := []check.Check{{Key: "a/b", Name: "b", Group: "a", Interval: time.Hour, RunsOn: check.RunsOn{Service: "hokusai-api-development"}}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := Parse(raw)
		if err != nil {
			wrong, ok := errors.AsType[*Error](err)
			if !ok || wrong.Expected == "" || wrong.Got == "" || len(err.Error()) > 500 || strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("error %q", err)
			}
			return
		}
		for text, limit := range bounded(e) {
			if len(text) > limit || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q in %+v", text, e)
			}
		}
		switch e.Kind {
		case Deployment, ServiceAction, TaskStopped:
			if e.ID == "" || e.Name == "" || e.Service.Name == "" {
				t.Errorf("%+v", e)
			}
		case Ignored:
			if e.Note == "" {
				t.Errorf("ignored without a reason: %+v", e)
			}
		case Tick, Manual:
		default:
			t.Errorf("kind %q", e.Kind)
		}
		Due(e, checks, at)
		Coalesce(e, at, at)
	})
}
