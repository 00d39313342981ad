package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("run.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("run.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, document []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestDocumentsFollowTheSchema(t *testing.T) {
	s := schema(t)
	paths, _ := filepath.Glob("testdata/*.json")
	if len(paths) != len(samples) {
		t.Errorf("%d golden documents for %d samples", len(paths), len(samples))
	}
	for _, path := range paths {
		document, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, document); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for name, run := range map[string]Run{"every class": everyClass(), "findings": {Findings: append(threeCauses().Findings, hostileDiagnosis().Findings...)}, "zero values": {Results: []result.Result{{Key: "a", Name: "a", Kind: "tcp"}}}} {
		var b bytes.Buffer
		if err := JSON(&b, run); err != nil {
			t.Fatal(err)
		}
		if err := validate(s, b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema is strict everywhere, and its vocabularies are the code's.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	var b bytes.Buffer
	if err := JSON(&b, mixed()); err != nil {
		t.Fatal(err)
	}
	for old, with := range map[string]string{
		`{"run":{`:                 `{"extra":1,"run":{`,
		`{"id":"B6`:                `{"extra":1,"id":"B6`,
		`{"key":"registry/health"`: `{"extra":1,"key":"registry/health"`,
		`{"condition":`:            `{"extra":1,"condition":`,
		`{"not_before":`:           `{"extra":1,"not_before":`,
		`{"dns":`:                  `{"extra":1,"dns":`,
		`{"address":`:              `{"extra":1,"address":`,
		`{"url":"http://moved`:     `{"extra":1,"url":"http://moved`,
		`"tls.expired"`:            `"tls.mouldy"`,
		`"phase":"ttfb"`:           `"phase":"lunch"`,
		`"addresses":[]`:           `"addresses":null`,
		`"timings_trusted":true`:   `"timings_trusted":"yes"`,
		`03:12:07.45Z`:             `03:12:07.45+01:00`,
		`"findings":[]`:            `"findings":null`,
		`"explains":[]`:            `"explains":null`,
		`"severity":"SEV1"`:        `"severity":"SEV0"`,
		`"state":"monitoring"`:     `"state":"resolved"`,
		`{"id":"INC-0301-9",`:      `{"extra":1,"id":"INC-0301-9",`,
	} {
		changed := strings.Replace(b.String(), old, with, 1)
		if changed == b.String() {
			t.Errorf("no %s in the document", old)
		}
		if validate(s, []byte(changed)) == nil {
			t.Errorf("accepted with %s instead of %s", with, old)
		}
	}
}

func TestSchemaKnowsTheVocabulary(t *testing.T) {
	var doc struct {
		Defs map[string]struct{ Enum []string } `json:"$defs"`
	}
	if err := json.Unmarshal(Schema, &doc); err != nil {
		t.Fatal(err)
	}
	var classes []string
	for info := range result.Classes() {
		classes = append(classes, string(info.Class))
	}
	if !slices.Equal(doc.Defs["class"].Enum, classes) {
		t.Errorf("classes of the schema: %v, of the code: %v", doc.Defs["class"].Enum, classes)
	}
	var phases []string
	for _, p := range result.MeasuredPhases {
		phases = append(phases, string(p))
	}
	if phases = append(phases, string(result.PhaseAssert)); !slices.Equal(doc.Defs["phase"].Enum, phases) {
		t.Errorf("phases of the schema: %v, of the code: %v", doc.Defs["phase"].Enum, phases)
	}
}

// largest notes the largest single write.
type largest struct{ write, total int }

func (l *largest) Write(p []byte) (int, error) {
	l.write = max(l.write, len(p))
	l.total += len(p)
	return len(p), nil
}

func TestJSONStreams(t *testing.T) {
	run := mixed()
	for range 8 {
		run.Results = append(run.Results, run.Results...)
	}
	var sink largest
	if err := JSON(&sink, run); err != nil {
		t.Fatal(err)
	}
	if sink.total < 1<<20 || sink.write > 64<<10 {
		t.Errorf("%d bytes were written with up to %d at once", sink.total, sink.write)
	}
}

type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrorsComeBack(t *testing.T) {
	for name, err := range map[string]error{
		"json": JSON(brokenPipe{}, mixed()), "markdown": Markdown(brokenPipe{}, mixed()), "text": Text(brokenPipe{}, mixed(), TextOptions{}),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	run := large()
	for b.Loop() {
		_ = JSON(&largest{}, run)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(run.Results)), "ns/result")
}
